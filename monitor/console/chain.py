"""The whole chain for one mention: seen, judged, what came of it, who was told; and why it did not page."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.text import Text

from monitor.console import records, telling
from monitor.console.sheet import Section
from monitor.console.story import AlertStory, MentionStory
from monitor.core.mention import Kind
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.mentions import ASSESS, ESCALATE, Stored
from monitor.store.notices import Told
from monitor.store.overview import Joined

_JUDGED = (
    *("complaint", "probability", "raw", "threshold", "tuning", "lang", "severity", "score", "topics"),
    *("reasons", "model"),
)
_SPREAD = ("expected", "low", "high", "to_come", "passing")
_WAITS = {ASSESS: "it waits to be judged", ESCALATE: "it is judged, and waits for what comes of it"}


def sections(story: MentionStory, now: datetime) -> Iterator[Section]:
    """Yield the links of the chain, in order."""
    stored = story.mention
    heading = (
        f"1. seen: mention {stored.number}, {line(stored.mention.platform, 60)}:{line(stored.mention.id)}"
    )
    links: list[tuple[str, list[Text | str]]] = [("filter", list(_filtered(stored)))]
    if story.verdict is not None:
        links.append(("judged", [_assessed_at(story), *telling.verdict_lines(story.verdict)]))
        links.append(("spread", list(telling.spread_lines(story.verdict))))
    links.append(("outcome", list(_outcome(story))))
    if story.labels:
        links.append(("labels of people", list(telling.label_lines(story.labels))))
    if story.answer is not None:
        links.append(("answer", list(telling.answer_lines(story.answer, story.reply))))
    for joined, alert in story.alerts:
        links.append((f"alert {joined.alert}", list(_alert(joined, alert, now))))
        links.append((f"notices of alert {joined.alert}", _notices(alert)))
    links.append(("next", list(_next(story, now))))
    yield Section(heading=heading, lines=tuple(_seen(story, now)))
    for number, (name, lines) in enumerate(links, start=2):
        yield Section(heading=f"{number}. {name}", lines=tuple(lines))


def _seen(story: MentionStory, now: datetime) -> Iterator[Text | str]:
    stored = story.mention
    published = stored.mention.created_at
    first_seen = story.series[0][0] if story.series else stored.observed_at
    yield f"published {wording.moment(published)}, {wording.age(now - published)} ago"
    late = wording.age(first_seen - published)
    yield f"seen by source {line(stored.source, 60)} at {wording.moment(first_seen)}, {late} after it"
    if stored.observed_at > first_seen:
        yield f"last seen changed at {wording.moment(stored.observed_at)}"
    yield f"{wording.by_whom(stored)} · {line(stored.brand, 60)}"
    yield wording.address(stored)
    yield from (Text(each, style=paint.STRONG) for each in telling.text_of(stored))
    yield f"engagement: {telling.counts(stored.mention.engagement)}"


def _filtered(stored: Stored) -> Iterator[str]:
    yield f"it passed the filter of the brand {line(stored.brand, 60)}"
    if stored.own:
        yield "one of the brand's own accounts wrote it: it opens no alert"
    if stored.history:
        yield "it was published before its source was first pulled: learned, never paged for"
    if stored.mention.kind is Kind.REPOST:
        yield "it is a repost: it opens no alert"
    if stored.deleted_at:
        yield f"its platform no longer has it: erased here at {wording.moment(stored.deleted_at)}"


def _assessed_at(story: MentionStory) -> str:
    return f"at {wording.moment(story.verdict.assessed_at)}" if story.verdict else ""


def _outcome(story: MentionStory) -> Iterator[Text | str]:
    came_of_it = story.verdict.outcome if story.verdict else None
    sent = sum(told.state == "sent" for told in _told_since(story))
    if sent:
        yield Text(f"it paged: {sent:,} notice{'s' * (sent > 1)} of its alert went out", style=paint.STRONG)
    else:
        why_not = _why_not(story)
        yield Text(f"it did not page: {why_not}", style=paint.STRONG)
        came_of_it = None if came_of_it == why_not else came_of_it
    if came_of_it:
        yield line(came_of_it)


def _told_since(story: MentionStory) -> list[Told]:
    """Return the notices written since the mention belonged to its alert: it did not cause those before."""
    return [
        told for joined, alert in story.alerts for told in alert.told if told.created_at >= joined.joined_at
    ]


def _why_not(story: MentionStory) -> str:
    if story.stages:
        return _WAITS.get(story.stages[0], "a step still has to look at it")
    if told := _told_since(story):
        states = ", ".join(dict.fromkeys(each.state for each in told))
        return f"no notice of its alert went out ({states})"
    if story.alerts:
        return "its alert had told everyone before, and has told nobody since"
    if story.verdict and story.verdict.outcome:
        return line(story.verdict.outcome)
    if story.mention.own:
        return "the brand wrote it"
    return (
        "published before its source was first pulled" if story.mention.history else "no reason was recorded"
    )


def _alert(joined: Joined, story: AlertStory, now: datetime) -> Iterator[Text | str]:
    state = story.card.alert.state
    gone = f", parted {wording.moment(joined.parted_at)}" if joined.parted_at else ""
    yield f"belongs to it since {wording.moment(joined.joined_at)}: {line(joined.reason, 200)}{gone}"
    yield paint.joined(
        paint.severity_word(state.severity), f" {state.status}, ", wording.acknowledged(state, now)
    )
    yield wording.answered(state, story.card.first, now)
    yield f"{wording.progress(state, story.policy)}; version {state.policy_version}"
    yield from map(telling.log_line, story.log)


def _notices(story: AlertStory) -> list[Text | str]:
    return [*map(telling.told_line, story.told)] or ["none was written"]


def _next(story: MentionStory, now: datetime) -> Iterator[Text | str]:
    if story.stages:
        yield "the daemon looks at it: `uproar status` says whether one runs"
    live = [alert for joined, alert in story.alerts if joined.parted_at is None]
    for alert in live:
        number = alert.card.alert.number
        yield paint.joined(
            f"alert {number}: {wording.due(alert.card.alert.state, now)}; ",
            Text(wording.to_type(alert.card.alert), style=paint.TYPE),
        )
    if not story.stages and not live:
        yield "nothing, unless it changes or is answered: no alert is about it"


# ----------------------------------------------------------------------------------------------------- JSON
def rows(story: MentionStory, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the links of the chain as JSON data: each has the keys `mention`, `link` and `at`."""
    for link, at, facts in _links(story, now):
        yield {"mention": story.mention.number, "link": link, "at": at} | facts


def _links(story: MentionStory, now: datetime) -> Iterator[tuple[str, datetime | None, dict[str, Any]]]:
    stored, verdict = story.mention, story.verdict
    seen_at = story.series[0][0] if story.series else stored.observed_at
    yield "seen", seen_at, {"source": stored.source, "brand": stored.brand, "seen": records.mention(stored)}
    passed = {"own": stored.own, "history": stored.history, "kind": stored.mention.kind.value}
    yield "filter", seen_at, passed | {"deleted_at": stored.deleted_at}
    if verdict is not None:
        yield "judged", verdict.assessed_at, {name: getattr(verdict, name) for name in _JUDGED}
        yield "spread", verdict.assessed_at, {name: getattr(verdict, name) for name in _SPREAD}
    outcome = verdict.outcome if verdict else None
    yield "outcome", None, {"outcome": outcome, "waits_for": list(story.stages)}
    for label in story.labels:
        yield "label", label.at, {"complaint": label.complaint, "by": label.by, "how": label.how}
    if story.answer is not None:
        yield "answer", story.answer.answered_at, {"by": story.answer.by, "reply": story.answer.reply}
    for joined, alert in story.alerts:
        belonging = {"reason": joined.reason, "parted_at": joined.parted_at}
        yield "alert", joined.joined_at, records.alert(alert.card.alert) | belonging
        for entry in alert.log:
            yield "transition", entry.at, {"alert": joined.alert} | records.entry(entry)
        for told in alert.told:
            yield "notice", told.sent_at or told.created_at, {"alert": joined.alert} | records.told(told)
        due_at = alert.card.alert.state.due_at
        yield "next", due_at, {"alert": joined.alert, "says": wording.due(alert.card.alert.state, now)}
