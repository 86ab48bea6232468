"""One alert whole: what was said, both clocks, why it matters, what was done, what to type next."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.text import Text

from monitor.console import records, telling
from monitor.console.card import clock_lines, title
from monitor.console.sheet import Section
from monitor.console.story import AlertStory
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.mentions import Stored
from monitor.store.overview import Joined


def sections(story: AlertStory, now: datetime) -> Iterator[Section]:
    """Yield the sections of the screen of one alert."""
    card = story.card
    first, second = clock_lines(card, now)
    yield Section(heading=paint.joined("alert ", title(card), f" {_status(story)}"), lines=(first, second))
    if card.again is not None:
        yield Section(heading="came back", lines=tuple(_said(card.again, now)))
    yield Section(heading="said", lines=tuple(_said(card.first, now)))
    if story.verdict is not None:
        yield Section(heading="why", lines=tuple(telling.verdict_lines(story.verdict)))
        yield Section(heading="spread", lines=tuple(_spread(story)))
    if story.answer is not None:
        yield Section(heading="answer", lines=tuple(telling.answer_lines(story.answer, story.reply)))
    yield Section(heading=wording.joined(card.mentions), lines=tuple(_join(*each) for each in story.joins))
    yield Section(heading="log", lines=tuple(map(telling.log_line, story.log)))
    told = tuple(map(telling.told_line, story.told))
    yield Section(heading="notices", lines=told or ("none was written",))
    yield Section(heading="next", lines=(_policy(story), *telling.next_lines(card.alert, now)))


def _status(story: AlertStory) -> str:
    state = story.card.alert.state
    how = f" ({state.resolution})" if state.resolution else ""
    return f"{state.status}{how}"


def _said(first: Stored, now: datetime) -> Iterator[Text | str]:
    seen = first.mention
    published = f"published {wording.moment(seen.created_at)}, {wording.age(now - seen.created_at)} ago"
    yield f"{wording.by_whom(first)} · {line(first.brand, 60)} · {published}"
    yield wording.address(first)
    for each in telling.text_of(first):
        yield Text(each, style=paint.STRONG)
    yield f"mention {first.number}: uproar why {first.number}"


def _spread(story: AlertStory) -> Iterator[str]:
    yield f"now: {telling.counts(story.card.latest.mention.engagement)}"
    if story.verdict is not None:
        yield from telling.spread_lines(story.verdict)


def _join(joined: Joined, stored: Stored) -> str:
    gone = f", parted {wording.moment(joined.parted_at)}" if joined.parted_at else ""
    what = f"{wording.by_whom(stored)}: {wording.said(stored, 160)}"
    return f"{stored.number} ({line(joined.reason, 200)}{gone}) {what}"


def _policy(story: AlertStory) -> str:
    state = story.card.alert.state
    where = wording.progress(state, story.policy)
    if story.policy is None or not state.is_open:
        return f"{where}; version {state.policy_version}"
    step = story.policy.steps[min(state.step, len(story.policy.steps) - 1)]
    names = ", ".join(line(name, 60) for name in step.notify)
    return f"{where}; version {state.policy_version}; this step tells {names}"


def row(story: AlertStory) -> dict[str, Any]:
    """Return one alert whole, as JSON data."""
    verdict = story.verdict
    names = ("expected", "low", "high", "to_come", "passing")
    return records.card(story.card) | {
        "spread": {name: getattr(verdict, name) for name in names} if verdict else None,
        "joined": [
            records.mention(stored)
            | {"reason": joined.reason, "joined_at": joined.joined_at, "parted_at": joined.parted_at}
            for joined, stored in story.joins
        ],
        "answer": records.answer(story.answer),
        "log": [records.entry(each) for each in story.log],
        "notices": [records.told(each) for each in story.told],
    }
