"""Which intervals of time are proved to have been seen, and where the holes are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Interval:
    """An interval of time, from `start` up to but not including `end`; aware UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; zero when it ends before it starts."""
        return max(self.end - self.start, timedelta())


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time as disjoint intervals in order; those that touch become one."""
    result: list[Interval] = []
    for interval in sorted(interval for interval in intervals if interval.start < interval.end):
        if result and interval.start <= result[-1].end:
            last = result.pop()
            interval = Interval(start=last.start, end=max(last.end, interval.end))  # noqa: PLW2901
        result.append(interval)
    return tuple(result)


def holes(seen: Iterable[Interval], within: Interval) -> tuple[Interval, ...]:
    """Return the parts of `within` that `seen` does not cover, in order."""
    missing: list[Interval] = []
    at = within.start
    for interval in merged(seen):
        if interval.start > at:
            missing.append(Interval(start=at, end=min(interval.start, within.end)))
        at = max(at, interval.end)
        if at >= within.end:
            break
    if at < within.end:
        missing.append(Interval(start=at, end=within.end))
    return tuple(hole for hole in missing if hole.start < hole.end)


def share_seen(seen: Iterable[Interval], within: Interval) -> float:
    """Return the share in [0, 1] of `within` that was seen; 1.0 for an empty interval."""
    if not within.length:
        return 1.0
    blind = sum((hole.length for hole in holes(seen, within)), timedelta())
    return 1.0 - blind / within.length


def blind_since(seen: Iterable[Interval], now: datetime) -> datetime | None:
    """Return the end of the last interval seen, up to `now`; None when nothing before `now` was seen.

    What lies after `now` (the clock was set back) proves nothing about the time before it.
    """
    past = merged(Interval(start=interval.start, end=min(interval.end, now)) for interval in seen)
    return past[-1].end if past else None
