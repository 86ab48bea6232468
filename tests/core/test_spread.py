import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.spread import Spread, predict, share_by

HOUR = 3600.0
ages = st.floats(-1e6, 1e9)
counts = st.integers(0, 10**9)
series = st.lists(st.tuples(ages, counts), max_size=3)
followers = st.none() | st.integers(0, 10**9)
thresholds = st.lists(st.integers(0, 10**10), max_size=5)


@given(series, followers, thresholds)
@example([], None, [1, 10])
@example([(0.0, 0)], 0, [1])
@example([(-3600.0, 5)], 10, [1, 10])
@example([(1e9, 10**9)], 10**9, [10**9, 10**9 + 1])
def test_a_prediction_is_in_order(
    seen: list[tuple[float, int]], reach: int | None, limits: list[int]
) -> None:
    """Any age (future too), count and reach give seen <= low <= expected <= high and shares in [0, 1]."""
    spread = predict(seen, reach, limits)
    so_far = seen[-1][1] if seen else 0
    assert so_far <= spread.low <= spread.expected <= spread.high < math.inf
    assert 0.0 <= spread.to_come <= 1.0
    assert [limit for limit, _ in spread.passing] == limits
    assert all(0.0 <= chance <= 1.0 for _, chance in spread.passing)


@given(series, followers, thresholds)
def test_a_higher_threshold_is_never_more_likely_passed(
    seen: list[tuple[float, int]], reach: int | None, limits: list[int]
) -> None:
    """The chance of passing a threshold does not grow with the threshold, and is 1 once it is passed."""
    spread = predict(seen, reach, sorted(limits))
    chances = [chance for _, chance in spread.passing]
    assert chances == sorted(chances, reverse=True)
    so_far = seen[-1][1] if seen else 0
    assert all(chance == 1.0 for limit, chance in spread.passing if limit <= so_far)


@given(ages, counts, followers, followers, st.integers(1, 10**6))
def test_more_followers_never_lower_a_prediction(
    age: float, count: int, some: int | None, others: int | None, limit: int
) -> None:
    """The larger audience leads one to expect as much or more."""
    few, many = sorted((some, others), key=lambda each: 300 if each is None else each)
    less, more = predict([(age, count)], few, [limit]), predict([(age, count)], many, [limit])
    assert more.expected >= less.expected * (1 - 1e-12)
    assert more.passing[0][1] >= less.passing[0][1] - 1e-12


@given(st.floats(0, 1e8), st.integers(0, 10**6), st.integers(1, 10**6), followers)
def test_more_engagement_at_one_age_never_lowers_a_prediction(
    age: float, count: int, more: int, reach: int | None
) -> None:
    """A post that drew more by the same age is expected to end higher."""
    assert predict([(age, count + more)], reach).expected > predict([(age, count)], reach).expected


@given(ages, ages)
def test_the_share_grows_with_age(one: float, other: float) -> None:
    """The share of a post's engagement never falls as it ages, and lies in [0, 1)."""
    younger, older = sorted((one, other))
    assert 0.0 <= share_by(younger) <= share_by(older) < 1.0


def test_the_share_has_no_jump() -> None:
    """The curve's two parts meet after five minutes; a post from the future has had nothing yet."""
    assert share_by(300.0) == pytest.approx(share_by(300.0 + 1e-6))
    assert share_by(0.0) == share_by(-5.0) == 0.0


def test_at_first_sight_the_followers_speak() -> None:
    """Without any count the expectation is the prior's: one act, and two for each thousand followers."""
    assert predict([], 0).expected == pytest.approx(1.0)
    assert predict([], 10_000).expected == pytest.approx(21.0)
    assert predict([], None) == predict([], 300)
    assert predict([], 10_000).to_come == 1.0


def test_a_negative_count_of_followers_is_none() -> None:
    """A platform's -1 does not turn the prediction upside down."""
    assert predict([(60.0, 3)], -1_000_000, [10]) == predict([(60.0, 3)], 0, [10])


def test_an_old_post_is_nearly_done() -> None:
    """The share still to come shrinks as a post ages with the same count."""
    shares = [predict([(age, 50)], 100).to_come for age in (60.0, HOUR, 24 * HOUR, 720 * HOUR)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.2 < shares[0]


def test_only_the_last_reading_counts() -> None:
    """The prediction goes by the newest reading, which may be lower than one before it."""
    assert predict([(60.0, 90), (120.0, 4)], 5) == predict([(120.0, 4)], 5)


def test_a_spread_without_thresholds_passes_none() -> None:
    """No thresholds, no chances."""
    assert predict([(60.0, 3)], 5).passing == Spread(expected=0, low=0, high=0, to_come=0).passing == ()
