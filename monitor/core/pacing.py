"""How often to call a platform: budgets, backoff and the next due time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Per(StrEnum):
    """The period over which a limit counts."""

    SECOND = "second"
    MINUTE = "minute"
    QUARTER_HOUR = "quarter-hour"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


_LENGTH = {
    Per.SECOND: timedelta(seconds=1),
    Per.MINUTE: timedelta(minutes=1),
    Per.QUARTER_HOUR: timedelta(minutes=15),
    Per.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """What a platform documents: `units` in `bucket` for each period, which begins anew in `zone`.

    It is where a budget starts. What the platform's headers say afterwards replaces it.
    """

    bucket: str
    units: int
    per: Per
    zone: str = "UTC"

    def resets_at(self, now: datetime) -> datetime:
        """Return the end of the period that `now` is in, as aware UTC.

        Days and months end at midnight in `zone`; the shorter periods count from the epoch.
        """
        if self.per in _LENGTH:
            length = _LENGTH[self.per]
            return now + length - (now - datetime(1970, 1, 1, tzinfo=UTC)) % length
        local = now.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        day_after = local + timedelta(days=1 if self.per is Per.DAY else 32 - local.day)
        if self.per is Per.MONTH:
            day_after = day_after.replace(day=1)
        return day_after.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left in one bucket until it resets. Units are the platform's: calls, quota units or posts."""

    bucket: str
    remaining: int
    resets_at: datetime

    def spend(self, units: int) -> "Budget":
        """Return the budget after `units` were used. It may fall below zero: the platform decides."""
        return Budget(bucket=self.bucket, remaining=self.remaining - units, resets_at=self.resets_at)


def backoff(failures: int, jitter: float, *, first: timedelta, ceiling: timedelta) -> timedelta:
    """Return how long to wait after `failures` failures in a row (1 or more).

    Exponential with full upper-half jitter: between half and all of `first` · 2^(failures - 1), at most
    `ceiling`; `jitter` is a number in [0, 1) that the caller drew.
    """
    longest = first
    for _ in range(min(failures - 1, 32)):
        if longest > ceiling / 2:
            longest = ceiling  # doubling on might pass the longest time that Python can tell
            break
        longest *= 2
    return min(longest, ceiling) * (0.5 + jitter / 2)


def next_due(finished_at: datetime, every: timedelta, budgets: tuple[Budget, ...] = ()) -> datetime:
    """Return when to pull again: after `every`, or when the last empty budget resets, whichever is later."""
    due = finished_at + every
    return max([due, *(budget.resets_at for budget in budgets if budget.remaining <= 0)])
