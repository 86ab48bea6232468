from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.pacing import Budget, Per, RateLimit, backoff, next_due
from tests.core.builders import HOUR, MINUTE, NOON

PACIFIC = "America/Los_Angeles"
SHORT = {Per.SECOND: 1, Per.MINUTE: 60, Per.QUARTER_HOUR: 900, Per.HOUR: 3600}
# Havana and Beirut change their clocks at midnight, Lord Howe by half an hour, Kathmandu is 5:45 ahead.
ZONES = ["UTC", PACIFIC, "Europe/London", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe"]
ZONES += ["Asia/Kathmandu", "Pacific/Kiritimati"]
instants = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=3))


def limit(per: Per, zone: str = "UTC") -> RateLimit:
    """Return a limit over a period in a zone."""
    return RateLimit(bucket="b", units=10, per=per, zone=zone)


@given(instants, st.sampled_from(Per), st.sampled_from(ZONES))
@example(datetime(2026, 3, 8, 10, tzinfo=UTC), Per.DAY, PACIFIC)
@example(datetime(2026, 11, 1, 9, 30, tzinfo=UTC), Per.DAY, PACIFIC)
@example(datetime(2026, 11, 1, 4, 30, tzinfo=UTC), Per.DAY, "America/Havana")
def test_a_reset_is_ahead_and_within_one_period(now: datetime, per: Per, zone: str) -> None:
    """The reset lies after now, no further away than the longest such period."""
    longest = {Per.DAY: 25 * 3600, Per.MONTH: 31 * 86_400 + 3600} | SHORT
    reset = limit(per, zone).resets_at(now)
    assert now < reset <= now + timedelta(seconds=longest[per])
    assert reset.tzinfo is UTC


@given(instants, st.sampled_from(Per), st.sampled_from(ZONES))
def test_a_period_has_one_reset(now: datetime, per: Per, zone: str) -> None:
    """All instants up to the reset have the same reset, and the reset itself begins the next period."""
    each = limit(per, zone)
    reset = each.resets_at(now)
    assert each.resets_at(reset - timedelta(microseconds=1)) == reset
    assert each.resets_at(reset) > reset


@given(instants)
def test_days_and_months_end_at_midnight_of_the_zone(now: datetime) -> None:
    """A day ends at midnight in Los Angeles, a month at midnight before its first, all year round."""
    for per in (Per.DAY, Per.MONTH):
        local = limit(per, PACIFIC).resets_at(now).astimezone(ZoneInfo(PACIFIC))
        assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        assert per is Per.DAY or local.day == 1


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        ("2026-03-08T07:59:59", "2026-03-08T08:00:00"),  # the last second of winter time's last day
        ("2026-03-08T08:00:00", "2026-03-09T07:00:00"),  # a day of 23 hours
        ("2026-11-01T07:00:00", "2026-11-02T08:00:00"),  # a day of 25 hours
        ("2026-11-01T09:30:00", "2026-11-02T08:00:00"),  # 1:30 for the second time that day
    ],
)
def test_the_days_on_which_los_angeles_changes_its_clocks(now: str, reset: str) -> None:
    """The quota day has 23 hours in March and 25 in November."""
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert limit(Per.DAY, PACIFIC).resets_at(at) == datetime.fromisoformat(reset).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "reset"),
    [("2027-01-31", "2027-02-01"), ("2028-02-29", "2028-03-01"), ("2026-12-01", "2027-01-01")],
)
def test_the_ends_of_months(now: str, reset: str) -> None:
    """Short months, leap days and the turn of the year end where the calendar says."""
    at = datetime.fromisoformat(f"{now}T23:59:59").replace(tzinfo=UTC)
    assert limit(Per.MONTH).resets_at(at) == datetime.fromisoformat(reset).replace(tzinfo=UTC)


@pytest.mark.parametrize(("per", "length"), SHORT.items())
def test_short_periods_count_from_the_epoch(per: Per, length: int) -> None:
    """Seconds to hours end at whole multiples since the epoch, in UTC."""
    assert limit(per).resets_at(NOON + timedelta(microseconds=1)) == NOON + timedelta(seconds=length)


@given(st.integers(-3, 10**6), st.floats(0, 1, exclude_max=True), spans, spans)
@example(10**6, 0.0, timedelta(days=3), timedelta(days=3))
@example(40, 0.5, timedelta(days=999), timedelta.max)
def test_backoff_stays_within_its_bounds(
    failures: int, jitter: float, first: timedelta, ceiling: timedelta
) -> None:
    """A wait is at least half of first or the ceiling, at most the ceiling, after any number of failures."""
    wait = backoff(failures, jitter, first=first, ceiling=ceiling)
    assert min(first, ceiling) / 2 <= wait <= ceiling


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True), spans, spans)
def test_backoff_never_shrinks_with_failures(
    failures: int, jitter: float, first: timedelta, ceiling: timedelta
) -> None:
    """One more failure never makes the wait shorter."""
    sooner = backoff(failures, jitter, first=first, ceiling=ceiling)
    assert sooner <= backoff(failures + 1, jitter, first=first, ceiling=ceiling)


def test_backoff_doubles() -> None:
    """Without jitter the wait is half of first, then doubles up to half of the ceiling."""
    waits = [backoff(n, 0.0, first=2 * MINUTE, ceiling=12 * MINUTE) / MINUTE for n in range(1, 6)]
    assert waits == [1, 2, 4, 6, 6]


def test_backoff_is_spread_over_its_upper_half() -> None:
    """Jitter moves the wait through the upper half of what it may be."""
    waits = [backoff(1, jitter, first=2 * MINUTE, ceiling=HOUR) / MINUTE for jitter in (0.0, 0.5)]
    assert waits == [1, 1.5]


def budget(remaining: int, minutes: int) -> Budget:
    """Return a budget that resets some minutes after noon."""
    return Budget(bucket="b", remaining=remaining, resets_at=NOON + minutes * MINUTE)


def test_what_is_spent_is_gone() -> None:
    """Spending lowers what remains, below zero too, and leaves the reset."""
    assert budget(3, 9).spend(5) == budget(-2, 9)


def test_a_pull_is_due_after_its_interval() -> None:
    """With budget left, or one that resets before, the next pull comes after the interval."""
    assert next_due(NOON, 5 * MINUTE) == NOON + 5 * MINUTE
    assert next_due(NOON, 5 * MINUTE, (budget(1, 60), budget(0, 2))) == NOON + 5 * MINUTE


def test_an_empty_budget_puts_the_pull_off() -> None:
    """Empty budgets put the next pull off to the last of their resets."""
    assert next_due(NOON, 5 * MINUTE, (budget(0, 60), budget(-1, 30))) == NOON + 60 * MINUTE
