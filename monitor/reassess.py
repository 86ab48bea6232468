"""What a new model, or a new tuning, makes of what was judged before: the differences, and their application.

It pages nobody for history. Alerts stay as they are: an open one is weighed again by the daemon, as always,
when one of its mentions changes.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from monitor.core.assessment import Assessment, Rubric
from monitor.core.mention import Kind
from monitor.store import Store, alerts, judged, mentions
from monitor.store.judged import Span
from monitor.store.mentions import ESCALATE, Stored, Verdict
from monitor.verdicts import verdicts

AT_ONCE = 500  # mentions in one transaction: others wait for less than a second
LARGEST = 10  # changes that are shown one by one
_DIGITS = 2  # of a probability: what is less is no change, but the order of a sum
_TOP = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A mention with the verdict that is stored and the one that takes its place."""

    stored: Stored
    before: Verdict
    after: Assessment

    @property
    def begins(self) -> bool:
        """Whether it is a complaint only now."""
        return bool(self.after.is_complaint) and not self.before.complaint

    @property
    def ceases(self) -> bool:
        """Whether it is no complaint any more."""
        return bool(self.before.complaint) and not self.after.is_complaint

    @property
    def steps(self) -> int:
        """By how many steps the severity of a complaint rises; negative when it falls."""
        if not (self.before.complaint and self.after.is_complaint):
            return 0
        return self.after.severity.rank - self.before.severity.rank

    @property
    def changes_topics(self) -> bool:
        """Whether a complaint, before and after, is about something else."""
        both = bool(self.before.complaint and self.after.is_complaint)
        return both and set(self.before.topics) != set(self.after.topics)

    @property
    def size(self) -> tuple[bool, float, int]:
        """How large it is: turned round before shifted, then by the probability, then by the severity."""
        shift = round(abs((self.after.probability or 0.0) - (self.before.probability or 0.0)), _DIGITS)
        return self.begins or self.ceases, shift, abs(self.steps)


@dataclass(slots=True)
class Counts:
    """How many were looked at, and what became of them."""

    mentions: int = 0
    complaints_before: int = 0
    complaints_after: int = 0
    begin: int = 0
    cease: int = 0
    severity_up: int = 0
    severity_down: int = 0
    topics_changed: int = 0

    def add(self, change: Change) -> None:
        """Count a mention."""
        self.mentions += 1
        self.complaints_before += bool(change.before.complaint)
        self.complaints_after += bool(change.after.is_complaint)
        self.begin += change.begins
        self.cease += change.ceases
        self.severity_up += change.steps > 0
        self.severity_down += change.steps < 0
        self.topics_changed += change.changes_topics


@dataclass(slots=True)
class Differences:
    """What changes: in all, by brand and source, and the largest changes. `handed_on` go to escalation."""

    whole: Counts = field(default_factory=Counts)
    by_source: dict[tuple[str, str], Counts] = field(default_factory=dict)
    handed_on: int = 0
    _largest: list[tuple[tuple[bool, float, int], int, Change]] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Count a mention, and keep it if it is among the largest changes."""
        key = (change.stored.brand, change.stored.source)
        for counts in (self.whole, self.by_source.setdefault(key, Counts())):
            counts.add(change)
        if any(change.size):
            heapq.heappush(self._largest, (change.size, change.stored.number, change))
            if len(self._largest) > LARGEST:
                heapq.heappop(self._largest)

    @property
    def largest(self) -> list[Change]:
        """The largest changes, the largest first."""
        return [change for _, _, change in sorted(self._largest, reverse=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Whether to write the differences, and since when published a complaint may still alert somebody."""

    now: datetime
    write: bool = False
    escalate_since: datetime | None = None


def reassess(
    store: Store,
    rubrics: Mapping[str, Rubric],
    span: Span,
    how: Application,
    *,
    limit: int = _TOP,
    tell: Callable[[int], None] = lambda _: None,
) -> Differences:
    """Judge again what was judged before, the newest `limit` of it, and return what changes.

    Written or not, a batch is one transaction. `tell` is told how many were looked at.
    """
    differences = Differences()
    below = _TOP
    while (room := min(AT_ONCE, limit - differences.whole.mentions)) > 0:
        with store.transaction() if how.write else store.reading() as connection:
            batch = judged.batch(connection, span, below, room)
            changes = _changes(connection, batch, rubrics)
            onward = _onward(connection, changes, how)
            if how.write:
                _write(connection, changes, onward, how.now)
        if not batch:
            break
        for change in changes:
            differences.add(change)
        differences.handed_on += len(onward)
        below = batch[-1][0].number
        tell(differences.whole.mentions)
    return differences


def _changes(
    connection: Connection, batch: Sequence[tuple[Stored, Verdict]], rubrics: Mapping[str, Rubric]
) -> list[Change]:
    before = {stored.number: verdict for stored, verdict in batch}
    return [
        Change(stored=stored, before=before[stored.number], after=after)
        for stored, after in verdicts(connection, [stored for stored, _ in batch], rubrics)
    ]


def _onward(connection: Connection, changes: Sequence[Change], how: Application) -> set[int]:
    """Return the numbers of new complaints that are young enough to alert somebody, and have not."""
    since = how.escalate_since
    if since is None:
        return set()
    begun = [change.stored for change in changes if change.begins and _is_talk(change.stored)]
    numbers = {each.number for each in begun if each.mention.created_at >= since and not each.history}
    return numbers - alerts.belonging(connection, sorted(numbers))


def _is_talk(stored: Stored) -> bool:
    return not stored.own and stored.mention.kind is not Kind.REPOST


def _write(
    connection: Connection, changes: Sequence[Change], onward: AbstractSet[int], now: datetime
) -> None:
    members = alerts.belonging(connection, [change.stored.number for change in changes])
    saved = [
        (
            change.stored.number,
            change.after,
            change.before.outcome if change.stored.number in members else _outcome(change, onward),
        )
        for change in changes
        if _differs(change.before, change.after)
    ]
    mentions.save_assessments(connection, saved, now)
    mentions.put_in_inbox(connection, sorted(onward), ESCALATE)


def _outcome(change: Change, onward: AbstractSet[int]) -> str | None:
    """Return what came of a mention that belongs to no alert; None where escalation is to say."""
    if change.stored.number in onward:
        return None
    if not _is_talk(change.stored) or change.before.complaint == change.after.is_complaint:
        return change.before.outcome
    if change.after.is_complaint:
        return f"a complaint only by {change.after.model}, judged again later: opens nothing"
    return "not a complaint" if change.after.is_complaint is False else "could not be judged"


def _differs(before: Verdict, after: Assessment) -> bool:
    """Tell whether there is anything to write."""
    return (
        before.model != after.model
        or (before.complaint, before.probability) != (after.is_complaint, after.probability)
        or (before.raw, before.threshold, before.tuning) != (after.raw, after.threshold, after.tuning)
        or (before.severity, before.score) != (after.severity, after.severity_score)
        or (before.expected, before.passing) != (after.spread.expected, after.spread.passing)
        or (before.topics, before.reasons, before.lang) != (after.topics, after.reasons, after.lang)
    )
