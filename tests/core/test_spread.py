import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from monitor.core.spread import SHIPPED, Spread, chance_of_next, likely_passed, predict, span
from monitor.core.spread.evidence import gather

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
ages = st.floats(-1e6, 1e9) | st.sampled_from([0.0, 300.0, HOUR])
counts = st.integers(0, 10**9)
series = st.lists(st.tuples(ages, counts), max_size=5)
followers = st.none() | st.integers(-5, 10**12)
thresholds = st.lists(st.integers(0, 10**10), max_size=5)
gains = st.lists(st.tuples(st.floats(1, 1e6), st.integers(0, 5_000)), min_size=1, max_size=6)


def grown(steps: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return the series whose readings lie so many seconds apart, each with so many new acts."""
    readings, age, count = [], 0.0, 0
    for later, more in steps:
        age, count = age + later, count + more
        readings.append((age, count))
    return readings


def _last(seen: list[tuple[float, int]]) -> int:
    """Return the count of the newest reading, the last of those at one instant."""
    newest = max((max(age, 0.0) for age, _ in seen), default=0.0)
    return next((count for age, count in reversed(seen) if max(age, 0.0) == newest), 0)


@given(series, followers, thresholds)
@example([], None, [1, 10])
@example([(0.0, 0)], 0, [1])
@example([(-3600.0, 5)], 10, [1, 10])
@example([(1e9, 10**9)], 10**9, [10**9, 10**9 + 1])
@example([(5.0, 3), (5.0, 8)], None, [9])
@example([(math.inf, 3), (math.nan, 8)], None, [9])
@example([(1.0, 2), (2.0, 4), (3.0, 22), (4.0, 49), (1e9, 49)], 0, [50])
@example([(2.0, 3), (5e-324, 1)], None, [5])
@example([(1e-6, 3), (math.nextafter(1e-6, 1), 9), (1e9, 12)], None, [50])
def test_a_prediction_is_in_order(
    seen: list[tuple[float, int]], reach: int | None, limits: list[int]
) -> None:
    """Any age (future too), count and reach give low <= expected <= high and shares in [0, 1]."""
    spread = predict(seen, reach, limits)
    assert 0 <= spread.low <= spread.expected <= spread.high < math.inf
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
    assert all(later <= former + 1e-9 for former, later in pairwise(chances))
    so_far = _last(seen)
    assert all(chance == 1.0 for limit, chance in spread.passing if limit <= so_far)


@given(gains, followers, st.integers(1, 10_000))
def test_more_engagement_lately_never_lowers_a_prediction(
    steps: list[tuple[float, int]], reach: int | None, more: int
) -> None:
    """A post whose last count is higher is expected to end as high or higher."""
    readings = grown(steps)
    age, count = readings[-1]
    higher = predict([*readings[:-1], (age, count + more)], reach)
    assert higher.expected >= predict(readings, reach).expected * (1 - 1e-9)


@given(gains, followers, st.integers(2, 20))
def test_a_post_many_times_as_big_never_ends_lower(
    steps: list[tuple[float, int]], reach: int | None, times: int
) -> None:
    """All counts many times over lead one to expect as much or more."""
    readings = grown(steps)
    assume(readings[-1][1] < 10**6)
    higher = predict([(age, count * times) for age, count in readings], reach)
    assert higher.expected >= predict(readings, reach).expected * (1 - 1e-9)


@given(ages, counts, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**6))
def test_more_followers_never_lower_a_prediction(
    age: float, count: int, few: int, more: int, limit: int
) -> None:
    """The larger audience leads one to expect as much or more."""
    less, greater = predict([(age, count)], few, [limit]), predict([(age, count)], few + more, [limit])
    assert greater.expected >= less.expected * (1 - 1e-9)
    assert greater.passing[0][1] >= less.passing[0][1] - 1e-9


@given(series, followers)
def test_the_order_of_readings_is_of_no_weight(seen: list[tuple[float, int]], reach: int | None) -> None:
    """Readings in another order, all at different ages, tell the same."""
    assume(len({max(age, 0.0) for age, _ in seen}) == len(seen))
    assert predict(seen[::-1], reach) == predict(seen, reach)


def test_at_first_sight_the_followers_speak() -> None:
    """Without any count the expectation is the prior's: it grows with the followers, by less than they do."""
    few, many = predict([], 100).expected, predict([], 10_000).expected
    assert 4 < many / few < 20
    assert predict([], None).expected == pytest.approx(SHIPPED.prior.beforehand(None))
    assert predict([], 10_000).to_come == 1.0


def test_a_negative_count_of_followers_is_none() -> None:
    """A platform's -1 does not turn the prediction upside down."""
    assert predict([(60.0, 3)], -1_000_000, [10]).passing == predict([(60.0, 3)], 0, [10]).passing


def test_an_old_post_is_nearly_done() -> None:
    """The share still to come shrinks as a post ages with the same count."""
    shares = [predict([(age, 50)], 100).to_come for age in (MINUTE, HOUR, DAY, 30 * DAY)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5
    assert shares[-1] < 0.05


def test_recent_acts_speak_of_the_future() -> None:
    """Of two posts with one count at one age, the one that drew it lately is expected to end higher."""
    early = predict([(5 * MINUTE, 90), (HOUR, 100)], None, [300])
    late = predict([(5 * MINUTE, 5), (30 * MINUTE, 30), (HOUR, 100)], None, [300])
    assert late.expected > 1.5 * early.expected
    assert late.passing[0][1] > early.passing[0][1]


def test_a_post_that_stood_still_hardly_goes_on() -> None:
    """A count that stays the same for a day leaves little to come."""
    assert predict([(HOUR, 40), (5 * HOUR, 60), (30 * HOUR, 60)], None).to_come < 0.05


def test_many_readings_tell_what_few_tell() -> None:
    """Reading along the curve more often, at irregular instants, tells its pace and changes little else."""
    total = 400 / SHIPPED.curve.share_by(HOUR)

    def read(*instants: float) -> float:
        readings = [(at, round(total * SHIPPED.curve.share_by(at))) for at in instants]
        return predict(readings, None).expected

    some = read(120.0, 300.0, 900.0, 1000.0, HOUR)
    assert read(*(60.0 * minute for minute in range(1, 61))) == pytest.approx(some, rel=0.1)
    assert read(HOUR) == pytest.approx(some, rel=0.2)


def test_a_slow_starter_is_not_taken_for_over() -> None:
    """Of two posts with one count, the one that grows as evenly as ever has the longer way to go."""
    even = predict([(minute * MINUTE, minute) for minute in range(1, 31)], None, [300])
    burst = predict([(MINUTE, 25), (2 * MINUTE, 28), (5 * MINUTE, 29), (30 * MINUTE, 30)], None, [300])
    assert even.to_come > 2 * burst.to_come
    assert even.passing[0][1] > 10 * burst.passing[0][1]


def test_a_late_burst_may_last() -> None:
    """Hours on, much may still come of a post that goes on growing, and the interval leaves room for it."""
    late = predict([(hour * HOUR, 25 * hour) for hour in range(1, 5)], None)
    assert late.high > 300 > late.low


def test_what_is_smaller_is_over_sooner() -> None:
    """Of two posts with acts at the same instants, a tenth of the other's has a smaller share to come."""
    small, large = (
        predict([(MINUTE, 2 * times), (10 * MINUTE, 6 * times), (HOUR, 10 * times)], None).to_come
        for times in (1, 20)
    )
    assert small < large


def test_readings_that_leave_no_doubt_tell_as_much_as_many() -> None:
    """A count that stood still between two readings stood still at every instant between them."""
    few = predict([(MINUTE, 30), (5 * MINUTE, 40), (HOUR, 40)], None)
    many = predict([(MINUTE, 30), *((5 * MINUTE * step, 40) for step in range(1, 13))], None)
    assert few.expected == pytest.approx(many.expected, rel=0.02)


def test_one_act_says_little_of_a_second() -> None:
    """A first act that comes on its own makes one act likelier, and two hardly."""
    prior = replace(SHIPPED.prior, echo=1e-9)
    without = predict([], 5_000, [1, 2], replace(SHIPPED, prior=prior)).passing
    given = predict([], 5_000, [1, 2]).passing
    assert given[0][1] > without[0][1] + 0.1
    assert given[1][1] - without[1][1] < 0.5 * (given[0][1] - without[0][1])


def test_a_prediction_is_quick() -> None:
    """However many readings a post has, a few instants are looked at."""
    long = [(10.0 * index, index) for index in range(2_000)]
    assert len(gather(long, SHIPPED.curve, SHIPPED.momentum).spans) == 8


def test_a_far_larger_post_outweighs_its_authors_past() -> None:
    """At hundreds of acts it is nearly the same whether the author has ten followers or a million."""
    few, many = (predict([(600.0, 300), (1800.0, 600)], each).expected for each in (10, 10**6))
    assert many / few < 1.05


def test_a_count_that_fell_is_taken_as_it_is_now() -> None:
    """A platform's correction downwards holds for the earlier readings, too, and is told."""
    fell = predict([(60.0, 90), (120.0, 4)], 5)
    assert fell.expected == predict([(60.0, 4), (120.0, 4)], 5).expected
    assert "a count fell: taken as it is now" in fell.reasons


def test_one_act_makes_nobody_expect_less() -> None:
    """A big author's quiet post is not expected to end lower for one act than for none."""
    assert predict([(20 * HOUR, 1)], 10**6).expected >= predict([(20 * HOUR, 0)], 10**6).expected


def test_acts_at_once_are_a_quick_start() -> None:
    """Acts counted in the very second of the post, or by a clock that lags, came within the first one."""
    after_a_second = predict([(1, 5)], 1_000, [8]).passing
    assert predict([(0, 5)], 1_000, [8]).passing == after_a_second
    assert predict([(-30, 5)], 1_000, [8]).passing == after_a_second
    assert after_a_second[0][1] > predict([(600, 5)], 1_000, [8]).passing[0][1]


@pytest.mark.parametrize("seen", [[(0, 7), (0, 0)], [(-5, 10), (-3, 0)], [(0.2, 0), (0.5, 3), (0.9, 0)]])
def test_a_count_that_fell_within_the_first_second_is_taken_as_it_is_now(
    seen: list[tuple[float, int]],
) -> None:
    """However close to the post, the last reading is the one that counts."""
    told = predict(seen, 1_000, [1])
    assert told.passing[0][1] < 1
    assert told.expected < 7


def test_one_act_alone_comes_later() -> None:
    """So silence speaks less against any act than against several."""
    early, late = (predict([(age, 0)], 1_000, [1, 2]).passing for age in (0, 3_600))
    assert late[1][1] / early[1][1] < late[0][1] / early[0][1]


def test_silence_lowers_the_chance_of_any_engagement() -> None:
    """The longer nothing came, the less is expected to come."""
    quiet = [predict([(age, 0)], 5_000).expected for age in (MINUTE, HOUR, DAY, 7 * DAY)]
    assert quiet == sorted(quiet, reverse=True)
    assert quiet[-1] < 0.3 * quiet[0]


@pytest.mark.parametrize(
    ("seen", "reach", "reasons"),
    [
        ([], 1200, ("first sight", "1,200 followers: 1.5 expected beforehand")),
        ([(0.0, 0)], None, ("first sight", "followers unknown: 2.0 expected beforehand")),
        ([(1800.0, 0)], 0, ("no engagement seen by 30 min", "0 followers: 0.1 expected beforehand")),
        (
            [(300.0, 100), (DAY, 120)],
            9,
            ("120 in the 24 h since the first act", "slowing down: 22% of the usual pace"),
        ),
        (
            [(0.0, 1), (1500.0, 9), (1800.0, 60)],
            9,
            ("60 in the 30 min since the first act", "picking up: 2.8 times the usual pace"),
        ),
    ],
)
def test_the_reasons_say_what_a_prediction_rests_on(
    seen: list[tuple[float, int]], reach: int | None, reasons: tuple[str, ...]
) -> None:
    """What was seen, how it goes on, and what the author's followers lead one to expect, in words."""
    assert predict(seen, reach).reasons == reasons


def test_lengths_of_time_in_words() -> None:
    """The largest unit of which there are two, or a minute."""
    assert [span(each) for each in (0, 59, 60, 7_000, 7_200, 172_800)] == [
        "0 s", "59 s", "1 min", "117 min", "2 h", "2 d",
    ]  # fmt: skip


def test_a_spread_without_thresholds_passes_none() -> None:
    """No thresholds, no chances."""
    assert predict([(60.0, 3)], 5).passing == Spread(expected=0, low=0, high=0, to_come=0).passing == ()


def test_what_is_likely_passed() -> None:
    """A threshold counts as passed from one half on; the chance of the next is that of the first below."""
    passing = ((10, 1.0), (100, 0.5), (1000, 0.2), (10_000, 0.01))
    assert (likely_passed(passing), chance_of_next(passing)) == ([10, 100], 0.2)
    assert chance_of_next(passing[:2]) == 0.0
