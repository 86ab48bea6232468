"""A week of mentions and alerts as figures, compared with the week before; docs/reports.md defines them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from monitor.core.alert import Resolution
from monitor.core.coverage import Interval, share_seen
from monitor.core.mention import Kind
from monitor.core.severity import Severity

_WRITTEN = re.compile(r"(\d{4})-W(\d{2})")
_YEARS = range(1970, 3000)  # beyond them a zone's offset may lead out of the calendar


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Week:
    """An ISO 8601 week: from Monday 00:00 up to the next Monday 00:00, in some zone."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @classmethod
    def parse(cls, text: str) -> "Week":
        """Read a week such as `2026-W47`. Raises `ValueError` for what is none."""
        found = _WRITTEN.fullmatch(text.strip().upper())
        if found is None:
            raise ValueError("expected an ISO week such as 2026-W47")
        week = cls(year=int(found[1]), number=int(found[2]))
        if week.year not in _YEARS:
            raise ValueError(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}")
        week.monday()
        return week

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo = UTC) -> "Week":
        """Return the week that `moment` is in, by the calendar of `zone`."""
        return cls._of(moment.astimezone(zone).date())

    @classmethod
    def _of(cls, day: date) -> "Week":
        year, number, _ = day.isocalendar()
        return cls(year=year, number=number)

    def monday(self) -> date:
        """Return its first day. Raises `ValueError` for week 53 of a year that has 52."""
        return date.fromisocalendar(self.year, self.number, 1)

    def before(self) -> "Week":
        """Return the week before."""
        return self._of(self.monday() - timedelta(days=7))

    def within(self, zone: tzinfo = UTC) -> Interval:
        """Return it as an interval. It has 167 or 169 hours where the zone's clocks change."""
        first, last = self.monday(), self.monday() + timedelta(days=7)
        start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last))
        return Interval(start=start.astimezone(UTC), end=end.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionFact:
    """What a report needs of a mention. `answered_at`: of the brand's first public answer to it.

    `complaint` is the verdict on it, `label` what a person says it is; None where there is none.
    """

    platform: str
    kind: Kind
    created_at: datetime
    own: bool = False
    history: bool = False
    deleted_at: datetime | None = None
    complaint: bool | None = None
    label: bool | None = None
    severity: Severity = Severity.LOW
    topics: tuple[str, ...] = ()
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFact:
    """What a report needs of an alert: its instants, and how it ended."""

    created_at: datetime
    first_acknowledged_at: datetime | None = None
    first_escalated_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a report. `group` is "all" or a platform, severity, topic, resolution or source.

    `value` and `previous` (the week before) are counts, shares in [0, 1], seconds or days, as `unit` says;
    None where there is nothing to measure.
    """

    name: str
    group: str
    value: float | None
    previous: float | None
    unit: str

    @property
    def change(self) -> float | None:
        """The difference; None where either week has nothing to measure."""
        if self.value is None or self.previous is None:
            return None
        return self.value - self.previous

    @property
    def relative(self) -> float | None:
        """The difference as a share of the week before; None where that was nothing or zero."""
        return None if self.change is None or not self.previous else self.change / self.previous


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyReport:
    """The figures of one brand. `so_far`: the week is not over, and `within` ends now.

    `compared` is what `previous` of each figure counts: the week before, as long as the time reported.
    """

    brand: str
    week: Week
    zone: str
    within: Interval
    compared: Interval
    so_far: bool
    figures: tuple[Figure, ...]

    def get(self, name: str, group: str = "all") -> Figure:
        """Return a figure. Raises `KeyError`."""
        found = next((each for each in self.figures if (each.name, each.group) == (name, group)), None)
        if found is None:
            raise KeyError(f"{name} of {group}")
        return found

    def groups(self, name: str) -> tuple[Figure, ...]:
        """Return the figures of one name, in order."""
        return tuple(each for each in self.figures if each.name == name)


def weekly(
    *,
    brand: str,
    week: Week,
    zone: tzinfo,
    now: datetime,
    mentions: Iterable[MentionFact],
    alerts: Iterable[AlertFact],
    seen: Mapping[str, Sequence[Interval]],
) -> WeeklyReport:
    """Return the report of a week. The facts may be of any time: each counts where it belongs.

    `seen` is what each source of the brand proved to have seen. Facts are gone through once, so that they can
    be streamed. Raises `ValueError` for a week that has not begun.
    """
    within, compared = spans(week, zone, now)
    this, before = _Tally(within), _Tally(compared)
    for mention in mentions:
        this.add_mention(mention)
        before.add_mention(mention)
    for alert in alerts:
        this.add_alert(alert)
        before.add_alert(alert)
    return WeeklyReport(
        brand=brand,
        week=week,
        zone=str(zone),
        within=within,
        compared=compared,
        so_far=now < week.within(zone).end,
        figures=tuple(_figures(this, before, seen)),
    )


def spans(week: Week, zone: tzinfo, now: datetime) -> tuple[Interval, Interval]:
    """Return what a report counts, and what it is compared with. Raises `ValueError` for a week to come."""
    whole, earlier = week.within(zone), week.before().within(zone)
    if whole.start >= now:
        raise ValueError(f"the week {week} has not begun")
    if now >= whole.end:
        return whole, earlier
    within = Interval(start=whole.start, end=now)
    return within, Interval(start=earlier.start, end=min(earlier.start + within.length, earlier.end))


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the sorted `values` lie; None when there are none.

    By linear interpolation between the closest ranks, as Excel's PERCENTILE.INC, numpy and pandas do (Hyndman
    and Fan 1996, type 7): at 0.5 it is the usual median.
    """
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# ------------------------------------------------------------------------------------------------- counting
@dataclass(slots=True)
class _Tally:
    """What is counted over one interval: counts by figure and group, and two lists of seconds."""

    within: Interval
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    answered: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)

    def add_mention(self, fact: MentionFact) -> None:
        if fact.own:
            self._count("own_posts", given=self._has(fact.created_at))
            return
        if self._has(fact.created_at):
            self._add_volume(fact)
        if is_complaint(fact) and fact.answered_at is not None and self._has(fact.answered_at):
            self.answered.append(_seconds(fact.created_at, fact.answered_at))

    def _add_volume(self, fact: MentionFact) -> None:
        self._count("mentions")
        self._count("mentions_by_platform", fact.platform)
        self._count("reposts", given=fact.kind is Kind.REPOST)
        self._count("history", given=fact.history)
        self._count("deleted", given=fact.deleted_at is not None)
        self._count("unjudged", given=_taken_for(fact) is None)
        self._count("labelled", given=fact.label is not None)
        self._count("corrected", given=fact.label is not None and fact.label != fact.complaint)
        if not is_complaint(fact):
            return
        self._count("complaints")
        self._count("complaints_by_platform", fact.platform)
        self._count("complaints_by_severity", fact.severity)
        for topic in set(fact.topics):
            self._count("complaints_by_topic", topic)
        self._count("unanswered", given=not (self._by_end(fact.answered_at) or self._by_end(fact.deleted_at)))

    def add_alert(self, fact: AlertFact) -> None:
        self._count("alerts_opened", given=self._has(fact.created_at))
        self._count("alerts_escalated", given=self._has(fact.first_escalated_at))
        if self._has(fact.resolved_at):
            self._count("alerts_resolved")
            self._count("alerts_resolved_by_reason", fact.resolution or "unknown")
        self._count(
            "alerts_open", given=fact.created_at < self.within.end and not self._by_end(fact.resolved_at)
        )
        if fact.first_acknowledged_at is not None and self._has(fact.first_acknowledged_at):
            self.acknowledged.append(_seconds(fact.created_at, fact.first_acknowledged_at))

    def _count(self, name: str, group: str = "all", *, given: bool = True) -> None:
        self.counts[name, group] += given

    def _has(self, moment: datetime | None) -> bool:
        return moment is not None and self.within.start <= moment < self.within.end

    def _by_end(self, moment: datetime | None) -> bool:
        return moment is not None and moment < self.within.end


def is_complaint(fact: MentionFact) -> bool:
    """Tell whether a mention counts as a complaint: a repost repeats one that is counted already."""
    return bool(_taken_for(fact)) and not fact.own and fact.kind is not Kind.REPOST


def _taken_for(fact: MentionFact) -> bool | None:
    """Tell what a mention is taken for: a person's word outranks the verdict."""
    return fact.complaint if fact.label is None else fact.label


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


# -------------------------------------------------------------------------------------------------- figures
def _figures(this: _Tally, before: _Tally, seen: Mapping[str, Sequence[Interval]]) -> Iterator[Figure]:
    def counted(name: str, unit: str = "mentions") -> Figure:
        return _measured(name, "all", unit, [tally.counts[name, "all"] for tally in (this, before)])

    def grouped(name: str, unit: str = "mentions", order: Iterable[str] = ()) -> Iterator[Figure]:
        for group in [*order] or _by_size(name, this, before):
            yield _measured(name, group, unit, [tally.counts[name, group] for tally in (this, before)])

    days = [tally.within.length / timedelta(days=1) for tally in (this, before)]
    yield _measured("days", "all", "days", days)
    yield counted("mentions")
    yield from grouped("mentions_by_platform")
    yield from map(counted, ("reposts", "history", "deleted", "unjudged", "labelled", "corrected"))
    yield from map(counted, ("own_posts", "complaints"))
    yield _measured("complaint_share", "all", "share", [_share(tally.counts) for tally in (this, before)])
    yield from grouped("complaints_by_platform")
    yield from grouped("complaints_by_severity", order=[each.value for each in reversed(Severity)])
    yield from grouped("complaints_by_topic")
    yield counted("unanswered")
    yield from _times("answered", "mentions", this.answered, before.answered)
    yield from _times("acknowledged", "alerts", this.acknowledged, before.acknowledged)
    for name in ("alerts_opened", "alerts_escalated", "alerts_resolved"):
        yield counted(name, "alerts")
    yield from grouped("alerts_resolved_by_reason", "alerts")
    yield counted("alerts_open", "alerts")
    yield from _coverage(seen, this.within, before.within)


def _measured(name: str, group: str, unit: str, both: Sequence[float | None]) -> Figure:
    value, previous = both
    return Figure(name=name, group=group, value=value, previous=previous, unit=unit)


def _by_size(name: str, this: _Tally, before: _Tally) -> list[str]:
    """Return the groups of either week, the largest of this week first."""
    groups = {group for tally in (this, before) for key, group in tally.counts if key == name}
    return sorted(groups, key=lambda group: (-this.counts[name, group], -before.counts[name, group], group))


def _share(counts: Counter[tuple[str, str]]) -> float | None:
    mentions = counts["mentions", "all"]
    return counts["complaints", "all"] / mentions if mentions else None


def _times(name: str, unit: str, this: Sequence[float], before: Sequence[float]) -> Iterator[Figure]:
    yield _measured(name, "all", unit, [len(this), len(before)])
    for suffix, share in (("median", 0.5), ("p90", 0.9)):
        both = [quantile(values, share) for values in (this, before)]
        yield _measured(f"{name}_{suffix}", "all", "seconds", both)


def _coverage(seen: Mapping[str, Sequence[Interval]], this: Interval, before: Interval) -> Iterator[Figure]:
    """Yield the share of the time that each source proved to have seen; None where it never proved any."""
    shares = {
        name: [share_seen(intervals, within) if intervals else None for within in (this, before)]
        for name, intervals in sorted(seen.items())
    }
    proved = [both for both in shares.values() if both[0] is not None]
    mean = [sum(filter(None, column)) / len(proved) for column in zip(*proved, strict=True)] or [None, None]
    yield _measured("coverage", "all", "share", mean)
    for name, both in shares.items():
        yield _measured("coverage_by_source", name, "share", both)
