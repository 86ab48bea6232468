"""The sections that the screens of an alert and of a mention share: verdict, spread, answer, log, notices."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.text import Text

from monitor.core.alert import Status
from monitor.core.mention import Engagement
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.alerts import Entry, Kept
from monitor.store.labels import ANSWERED, LABEL, RESOLVE, Label
from monitor.store.mentions import Stored, Verdict
from monitor.store.notices import Told
from monitor.store.overview import Answer

TEXT_SHOWN = 4_000  # characters of a text on a screen; `--json` has all of it
_HOW = {
    LABEL: "labelled",
    RESOLVE: "its alert closed as such",
    ANSWERED: "implied: its alert closed as answered",
}
_LOUD = {"sent": paint.GOOD, "dead": paint.ALARM, "pending": paint.WARN}


def text_of(stored: Stored) -> Iterator[str]:
    """Yield what was written, its line breaks kept."""
    whole = wording.said_whole(stored)
    yield from whole[:TEXT_SHOWN].split("\n")
    if len(whole) > TEXT_SHOWN:
        yield f"… {len(whole) - TEXT_SHOWN:,} more characters: --json has them"


def verdict_lines(verdict: Verdict) -> Iterator[Text | str]:
    """Yield the judgement and its reasons."""
    word = {True: "a complaint", False: "not a complaint", None: "could not be judged"}[verdict.complaint]
    sure = "" if verdict.probability is None else f" (probability {verdict.probability:.2f})"
    graded = () if verdict.complaint is None else (", severity ", paint.severity_word(verdict.severity))
    yield paint.joined(f"{word}{sure}", *graded, f", by {verdict.model}")
    yield from _made_of(verdict)
    yield from (f"- {reason}" for reason in wording.phrases(verdict.reasons))
    if verdict.topics:
        yield f"topics: {line(', '.join(verdict.topics))}"


def _made_of(verdict: Verdict) -> Iterator[str]:
    """Yield what the probability was made of, and held against; older verdicts do not say."""
    facts = []
    if verdict.raw is not None:
        facts.append(f"raw probability {verdict.raw:.2f}")
        facts.append(f"tuning {verdict.tuning}" if verdict.tuning is not None else "no tuning")
    if verdict.threshold is not None:
        facts.append(f"a complaint from {verdict.threshold:.2f} on")
    if verdict.lang:
        facts.append(f"language {line(verdict.lang, 20)}")
    if facts:
        yield ", ".join(facts)


def label_lines(labels: Iterable[Label]) -> Iterator[str]:
    """Yield what people said of a mention; the last of it counts."""
    for each in labels:
        said = "a complaint" if each.complaint else "not a complaint"
        yield f"{wording.moment(each.at)}  {said}, {_HOW[each.how]} by {wording.person(each.by)}"


def spread_lines(verdict: Verdict) -> Iterator[str]:
    """Yield the engagement that is expected, with its interval, and what it may pass."""
    yield (
        f"expected in the end: {verdict.expected:,.0f} acts of engagement "
        f"(80% interval {verdict.low:,.0f} to {verdict.high:,.0f}), {verdict.to_come:.0%} of it still to come"
    )
    if verdict.passing:
        chances = (f"{limit:,}: {chance:.0%}" for limit, chance in verdict.passing)
        yield f"chance of passing {', '.join(chances)}"


def counts(engagement: Engagement) -> str:
    """Return the counts that the platform gives."""
    names = {"likes": "like", "replies": "reply", "reposts": "repost", "quotes": "quote", "views": "view"}
    given = ((one, many, getattr(engagement, many)) for many, one in names.items())
    told = (f"{count:,} {one if count == 1 else many}" for one, many, count in given if count is not None)
    return ", ".join(told) or "not given"


def answer_lines(answer: Answer, reply: Stored | None) -> Iterator[str]:
    """Yield who answered in public, when, and what."""
    yield f"answered in public by {wording.person(answer.by)} at {wording.moment(answer.answered_at)}"
    if reply is not None:
        yield f"“{wording.said(reply, 500)}”"


def log_line(entry: Entry) -> str:
    """Return a line of the log."""
    actor = f" by {wording.person(entry.actor)}" if entry.actor else ""
    where = f"{entry.status}, step {entry.step + 1}, round {entry.round + 1}"
    return f"{wording.moment(entry.at)}  {entry.event}{actor} → {where}: {line(entry.reason)}"


def told_line(told: Told) -> Text:
    """Return a notice, with what became of it."""
    outgoing = told.outgoing
    whom = f" for {wording.person(outgoing.recipient)}" if outgoing.recipient else ""
    facts = [f" {line(outgoing.destination, 60)}{whom}: {outgoing.why}"]
    if told.sent_at is not None:
        facts.append(f"sent {wording.moment(told.sent_at)}")
    else:
        facts.append(f"written {wording.moment(told.created_at)}")
    if told.attempts > 1 or told.error:
        facts.append(f"{told.attempts} attempts")
    if told.error:
        facts.append(f"last error: {line(told.error, 300)}")
    return paint.joined(Text(f"{told.state:<9}", style=_LOUD.get(told.state, "")), ", ".join(facts))


def next_lines(alert: Kept, now: datetime) -> Iterator[Text | str]:
    """Yield what time will do next, and what a person may type."""
    state, number = alert.state, alert.number
    yield wording.due(state, now)
    if state.unless is not None:
        ends = ["the author writes again"] if state.unless.author_replies else []
        if state.unless.engagement_above is not None:
            ends.append(f"engagement passes {state.unless.engagement_above:,}")
        yield f"the snooze ends early when {' or '.join(ends)}" if ends else "nothing ends the snooze early"
    for command, meaning in _commands(state.status, number):
        yield paint.joined(Text(f"{command:<34}", style=paint.TYPE), " ", meaning)


def _commands(status: Status, number: int) -> Iterator[tuple[str, str]]:
    if status is Status.RESOLVED:
        return
    if status is Status.TRIGGERED:
        yield f"uproar ack {number}", "it is yours: escalation pauses"
    yield f"uproar assign {number} PERSON", "hand it on"
    yield f"uproar snooze {number} 30m", "out of sight for a while"
    yield f"uproar resolve {number} --answered", "close it (or --not-a-complaint, --duplicate …)"
    yield f'uproar note {number} "TEXT"', "tell the next person"
