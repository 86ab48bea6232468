"""A week as figures: what counts where, and what it is compared with."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Resolution
from monitor.core.coverage import Interval
from monitor.core.mention import Kind
from monitor.core.severity import Severity
from monitor.core.weekly import AlertFact, MentionFact, Week, WeeklyReport, quantile, weekly

WEEK = Week(year=2026, number=47)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
LATER = MONDAY + timedelta(days=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def fact(at: datetime, **fields: Any) -> MentionFact:
    """Return a post on X by somebody, made at `at`."""
    given: dict[str, Any] = {"platform": "twitter", "kind": Kind.POST, "created_at": at}
    return MentionFact(**(given | fields))


def complaint(at: datetime, **fields: Any) -> MentionFact:
    """Return a complaint made at `at`."""
    return fact(at, **({"complaint": True} | fields))


def report(
    *mentions: MentionFact,
    alerts: tuple[AlertFact, ...] = (),
    now: datetime = LATER,
    seen: dict[str, list[Interval]] | None = None,
    zone: Any = UTC,
) -> WeeklyReport:
    """Return the report of week 47."""
    return weekly(
        brand="acme", week=WEEK, zone=zone, now=now, mentions=mentions, alerts=alerts, seen=seen or {}
    )


def both(found: WeeklyReport, name: str, group: str = "all") -> tuple[float | None, float | None]:
    """Return a figure of the week and of the week before."""
    figure = found.get(name, group)
    return figure.value, figure.previous


# ------------------------------------------------------------------------------------------------- the week
def test_a_week_is_read_and_written() -> None:
    """`2026-W47` is the week of Monday 16 November 2026."""
    assert Week.parse("2026-W47") == Week.parse(" 2026-w47 ") == WEEK == Week.of(MONDAY)
    assert str(WEEK) == "2026-W47"
    assert WEEK.within() == Interval(start=MONDAY, end=MONDAY + 7 * DAY)


@pytest.mark.parametrize(
    "text", ["", "2026-47", "2026W47", "2026-W00", "2026-W54", "2025-W53", "0001-W01", "x"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    """Anything else is a `ValueError`, week 53 of a short year too."""
    with pytest.raises(ValueError, match=r"week|year"):
        Week.parse(text)


def test_the_week_before_crosses_the_year() -> None:
    """Before the first week of a year comes the last of the one before: 52 or 53."""
    assert str(Week.parse("2026-W01").before()) == "2025-W52"
    assert str(Week.parse("2027-W01").before()) == "2026-W53"


@pytest.mark.parametrize(("week", "hours"), [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)])
def test_a_week_follows_the_clocks_of_its_zone(week: str, hours: int) -> None:
    """In Berlin the weeks in which the clocks change have 167 and 169 hours."""
    zone = ZoneInfo("Europe/Berlin")
    within = Week.parse(week).within(zone)
    assert within.length == hours * HOUR
    assert within.start.astimezone(zone).hour == within.end.astimezone(zone).hour == 0


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2999, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_every_instant_is_in_one_week(naive: datetime, name: str) -> None:
    """An instant lies in its own week and in none beside it; the weeks leave no gap."""
    zone, moment = ZoneInfo(name), naive.replace(tzinfo=UTC)
    week = Week.of(moment, zone)
    within, before = week.within(zone), week.before().within(zone)
    assert within.start <= moment < within.end
    assert before.end == within.start
    assert Week.parse(str(week)) == week


# ------------------------------------------------------------------------------------------------ quantiles
@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.9, 7),
        ([4, 1], 0.5, 2.5),
        ([3, 1, 2], 0.5, 2),
        ([1, 2, 3, 4], 0.9, 3.7),  # Excel: =PERCENTILE.INC({1,2,3,4}, 0.9)
        ([15, 20, 35, 40, 50], 0.4, 29),  # the worked example of https://en.wikipedia.org/wiki/Percentile
    ],
)
def test_quantiles_of_known_values(values: list[float], share: float, expected: float | None) -> None:
    """Median and 90th percentile are those of spreadsheets."""
    assert quantile(values, share) == (expected if expected is None else pytest.approx(expected))


@given(st.lists(st.floats(0, 1e9), min_size=2))
def test_quantiles_agree_with_the_standard_library(values: list[float]) -> None:
    """They are `statistics.quantiles(method="inclusive")`, whatever the values."""
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    assert quantile(values, 0.5) == pytest.approx(statistics.median(values))
    assert quantile(values, 0.9) == pytest.approx(tenths[8])


# -------------------------------------------------------------------------------------------------- figures
def test_mentions_count_in_the_week_of_their_making() -> None:
    """Monday 00:00 belongs to the week, the next Monday 00:00 does not; the week before is counted apart."""
    found = report(
        fact(MONDAY),
        fact(MONDAY + 7 * DAY - timedelta(microseconds=1), platform="reddit"),
        fact(MONDAY + 7 * DAY),
        fact(MONDAY - timedelta(microseconds=1)),
        fact(MONDAY - 8 * DAY),
    )
    assert both(found, "mentions") == (2, 1)
    assert both(found, "mentions_by_platform", "twitter") == (1, 1)
    assert both(found, "mentions_by_platform", "reddit") == (1, 0)


def test_own_posts_are_no_mentions() -> None:
    """What the brand wrote is counted apart, and is never a complaint."""
    found = report(fact(MONDAY), complaint(MONDAY, own=True, answered_at=MONDAY + HOUR))
    assert (both(found, "mentions")[0], both(found, "own_posts")[0]) == (1, 1)
    assert (both(found, "complaints")[0], both(found, "answered")[0]) == (0, 0)


def test_what_is_particular_is_counted_within_the_volume() -> None:
    """Reposts, history, deleted and unjudged mentions are part of the volume, and their number is said."""
    found = report(
        fact(MONDAY, kind=Kind.REPOST, complaint=False),
        fact(MONDAY, history=True, complaint=False),
        fact(MONDAY, deleted_at=LATER, complaint=False),
        fact(MONDAY, complaint=None),
    )
    assert both(found, "mentions")[0] == 4
    assert [both(found, name)[0] for name in ("reposts", "history", "deleted", "unjudged")] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("verdict", "label", "counts", "corrected"),
    [
        (True, None, 1, 0),
        (True, True, 1, 0),
        (True, False, 0, 1),
        (False, True, 1, 1),
        (False, False, 0, 0),
        (None, True, 1, 1),
    ],
)
def test_what_a_person_says_outranks_the_verdict(
    verdict: bool | None, label: bool | None, counts: int, corrected: int
) -> None:
    """A labelled mention counts as what it is labelled, and the report says how often that was another."""
    found = report(fact(MONDAY, complaint=verdict, label=label, answered_at=MONDAY + HOUR))
    assert [both(found, name)[0] for name in ("complaints", "answered")] == [counts, counts]
    assert both(found, "corrected")[0] == corrected
    assert both(found, "labelled")[0] == (label is not None)
    assert both(found, "unjudged")[0] == 0


def test_a_repost_of_a_complaint_is_no_further_complaint() -> None:
    """The complaint is counted once, as its author made it."""
    found = report(complaint(MONDAY), complaint(MONDAY, kind=Kind.REPOST), fact(MONDAY), fact(MONDAY))
    assert both(found, "complaints") == (1, 0)
    assert both(found, "complaint_share") == (0.25, None)


def test_complaints_are_told_by_severity_platform_and_topic() -> None:
    """Every severity has a figure; a complaint of two topics counts in both, once in each."""
    found = report(
        complaint(MONDAY, severity=Severity.HIGH, topics=("refund", "delivery", "refund")),
        complaint(MONDAY, severity=Severity.LOW, topics=("refund",), platform="reddit"),
        complaint(MONDAY - DAY, topics=("outage",)),
    )
    by_severity = [(each.group, each.value) for each in found.groups("complaints_by_severity")]
    assert by_severity == [("critical", 0), ("high", 1), ("medium", 0), ("low", 1)]
    by_topic = [(each.group, each.value, each.previous) for each in found.groups("complaints_by_topic")]
    assert by_topic == [("refund", 2, 0), ("delivery", 1, 0), ("outage", 0, 1)]
    assert both(found, "complaints_by_platform", "reddit") == (1, 0)


def test_unanswered_is_judged_at_the_end_of_the_week() -> None:
    """An answer after the week's end comes too late for it; a complaint deleted by then needs none."""
    end = MONDAY + 7 * DAY
    found = report(
        complaint(MONDAY),
        complaint(MONDAY, answered_at=MONDAY + HOUR),
        complaint(MONDAY, answered_at=end),
        complaint(MONDAY, deleted_at=MONDAY + HOUR),
        complaint(MONDAY, deleted_at=end),
        complaint(MONDAY - DAY, answered_at=MONDAY + HOUR),
    )
    assert both(found, "unanswered") == (3, 1)


def test_answers_count_in_the_week_in_which_they_are_given() -> None:
    """The time to an answer counts where the answer was made, of any week's complaints: none is cut off."""
    found = report(
        complaint(MONDAY - 20 * DAY, answered_at=MONDAY + DAY),
        complaint(MONDAY, answered_at=MONDAY + HOUR),
        complaint(MONDAY, answered_at=MONDAY + 8 * DAY),
        complaint(MONDAY - 2 * HOUR, answered_at=MONDAY - HOUR),
        fact(MONDAY, complaint=False, answered_at=MONDAY + HOUR),
    )
    assert both(found, "answered") == (2, 1)
    assert both(found, "answered_median") == ((21 * 86_400 + 3_600) / 2, 3_600)


def test_an_answer_before_its_complaint_took_no_time() -> None:
    """Clocks of platforms differ: a time is never below zero."""
    found = report(complaint(MONDAY + HOUR, answered_at=MONDAY))
    assert both(found, "answered_median")[0] == 0


def test_alerts_count_where_each_thing_happened() -> None:
    """Opened, acknowledged, escalated and resolved each count in the week of their own instant."""
    alerts = (
        AlertFact(
            created_at=MONDAY - HOUR,
            first_acknowledged_at=MONDAY + HOUR,
            first_escalated_at=MONDAY,
            resolved_at=MONDAY + DAY,
            resolution=Resolution.ANSWERED,
        ),
        AlertFact(created_at=MONDAY, first_acknowledged_at=MONDAY + HOUR),
        AlertFact(
            created_at=MONDAY - 3 * DAY, resolved_at=MONDAY - DAY, resolution=Resolution.NOT_A_COMPLAINT
        ),
        AlertFact(created_at=MONDAY + 9 * DAY),
    )
    found = report(alerts=alerts)
    assert both(found, "alerts_opened") == (1, 2)
    assert both(found, "alerts_escalated") == (1, 0)
    assert both(found, "alerts_resolved") == (1, 1)
    assert both(found, "alerts_resolved_by_reason", "answered") == (1, 0)
    assert both(found, "alerts_resolved_by_reason", "not-a-complaint") == (0, 1)
    assert both(found, "alerts_open") == (1, 1)
    assert both(found, "acknowledged") == (2, 0)
    assert both(found, "acknowledged_median") == (5_400, None)
    assert both(found, "acknowledged_p90") == (3_600 + 0.9 * 3_600, None)


def test_coverage_is_the_share_of_the_week_that_each_source_proved() -> None:
    """A source that never proved anything has no share, and does not lower the mean of the others."""
    seen = {
        "whole": [Interval(start=MONDAY - 7 * DAY, end=LATER)],
        "half": [Interval(start=MONDAY, end=MONDAY + 3.5 * DAY)],
        "feeds": [],
    }
    found = report(seen=seen)
    assert both(found, "coverage_by_source", "whole") == (1.0, 1.0)
    assert both(found, "coverage_by_source", "half") == (0.5, 0.0)
    assert both(found, "coverage_by_source", "feeds") == (None, None)
    assert both(found, "coverage") == (0.75, 0.5)
    assert both(report(), "coverage") == (None, None)


def test_a_running_week_is_compared_with_as_much_of_the_week_before() -> None:
    """So far: what lies after now is not there yet, in this week and in the one before."""
    now = MONDAY + 2 * DAY
    found = report(fact(MONDAY + DAY), fact(MONDAY - 6 * DAY), fact(MONDAY - 4 * DAY), fact(now), now=now)
    assert found.so_far
    assert both(found, "days") == (2, 2)
    assert both(found, "mentions") == (1, 1)
    assert not report().so_far


def test_a_week_to_come_has_no_report() -> None:
    """It is refused rather than reported as empty."""
    with pytest.raises(ValueError, match="2026-W47 has not begun"):
        report(now=MONDAY)


def test_the_zone_moves_the_borders() -> None:
    """Sunday 23:30 UTC is Monday in Berlin."""
    late = fact(MONDAY - timedelta(minutes=30))
    assert both(report(late), "mentions") == (0, 1)
    assert both(report(late, zone=ZoneInfo("Europe/Berlin")), "mentions") == (1, 0)


def test_changes_never_divide_by_zero() -> None:
    """From zero to something has no share; from nothing to nothing is no change; no share is of nothing."""
    found = report(complaint(MONDAY))
    assert (found.get("complaints").change, found.get("complaints").relative) == (1, None)
    assert (found.get("reposts").change, found.get("reposts").relative) == (0, None)
    assert found.get("complaint_share").change is None
    risen = report(fact(MONDAY), fact(MONDAY), fact(MONDAY), fact(MONDAY - DAY), fact(MONDAY - DAY)).get(
        "mentions"
    )
    assert (risen.change, risen.relative) == (1, 0.5)
    with pytest.raises(KeyError):
        found.get("nonsense")
