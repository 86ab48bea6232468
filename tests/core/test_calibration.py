import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.calibration import EDGE, LEAST_SLOPE, Calibration, Measure, fit, held_back
from monitor.core.evaluation import Row, calibration_error

NEUTRAL = Calibration()
chances = st.sampled_from([0.0, 0.01, 0.3, 0.5, 0.7, 0.99, 1.0]) | st.floats(0.0, 1.0)
answers = st.lists(st.tuples(chances, st.booleans()), max_size=40)
priors = st.builds(
    Calibration,
    slope=st.floats(0.2, 3.0),
    intercept=st.floats(-3.0, 3.0),
    threshold=st.floats(0.05, 0.95),
)


def from_judge(seed: int, count: int, slope: float, intercept: float) -> list[Row]:
    """Return answers on a judge whose logit is off by a line: `slope` and `intercept` would put it right."""
    rng = random.Random(seed)  # noqa: S311 - chance that is the same each time
    logits = [rng.gauss(0.3, 2.0) for _ in range(count)]
    return [(logistic(x), rng.random() < logistic(slope * x + intercept)) for x in logits]


def logistic(x: float) -> float:
    """Return the logistic function."""
    return 1 / (1 + math.exp(-x))


# ---------------------------------------------------------------------------------------------- of one value
def test_what_ships_changes_nothing() -> None:
    """The neutral calibration gives back the raw probability, to the last bit."""
    assert [NEUTRAL.of(raw) for raw in (0.1, 0.62, 0.999)] == [0.1, 0.62, 0.999]


@given(priors, chances, chances)
def test_it_keeps_the_order_and_stays_inside(calibration: Calibration, one: float, other: float) -> None:
    """What is raw more likely is never less likely afterwards; nothing is certain, either way."""
    low, high = sorted((one, other))
    assert EDGE <= calibration.of(low) <= calibration.of(high) <= 1 - EDGE


@given(priors)
def test_the_least_raw_probability_is_at_the_threshold(calibration: Calibration) -> None:
    """A raw probability a little above is above the threshold, one a little below is below."""
    least = calibration.least
    assert calibration.of(min(1.0, least * 1.001)) >= calibration.threshold or least > 1 - 2 * EDGE
    assert calibration.of(least * 0.999) <= calibration.threshold or least < 2 * EDGE


# ------------------------------------------------------------------------------------------------ of a fit
@given(answers, priors)
def test_a_fit_keeps_the_order_and_stays_inside(given_answers: list[Row], prior: Calibration) -> None:
    """Whatever the answers: rising, inside (0, 1), and with a threshold that can be passed either way."""
    fitted = fit(given_answers, prior)
    assert fitted.slope >= LEAST_SLOPE
    assert 0 < fitted.of(0.0) <= fitted.of(0.3) <= fitted.of(0.9) <= fitted.of(1.0) < 1
    assert 0 < fitted.threshold < 1


@given(answers, priors, chances, st.integers(1, 5))
def test_a_no_never_makes_it_likelier(
    given_answers: list[Row], prior: Calibration, chance: float, times: int
) -> None:
    """More answers "not a complaint" at a probability never raise what is made of that probability."""
    before = fit(given_answers, prior).of(chance)
    after = fit([*given_answers, *[(chance, False)] * times], prior).of(chance)
    assert after <= before + 1e-5


@given(answers, priors, chances, st.integers(1, 5))
def test_a_yes_never_makes_it_less_likely(
    given_answers: list[Row], prior: Calibration, chance: float, times: int
) -> None:
    """More answers "complaint" at a probability never lower what is made of that probability."""
    before = fit(given_answers, prior).of(chance)
    after = fit([*given_answers, *[(chance, True)] * times], prior).of(chance)
    assert after >= before - 1e-5


@given(answers, priors)
def test_the_order_of_answers_tells_nothing(given_answers: list[Row], prior: Calibration) -> None:
    """The same answers in another order teach the same."""
    one, other = fit(given_answers, prior), fit(given_answers[::-1], prior)
    assert (one.slope, one.intercept) == pytest.approx((other.slope, other.intercept), abs=1e-4)


@given(priors)
def test_no_answers_teach_nothing(prior: Calibration) -> None:
    """Without answers what held before goes on to hold."""
    assert fit([], prior) == prior


@pytest.mark.parametrize("kind", [True, False])
@pytest.mark.parametrize("count", [1, 30, 3_000])
def test_answers_of_one_kind_do_no_harm(kind: bool, count: int) -> None:
    """Only complaints, or none: the probabilities follow, without end, and the threshold stays."""
    fitted = fit([(0.3, kind), (0.8, kind)] * count, Calibration(threshold=0.4))
    assert fitted.threshold == 0.4
    assert (fitted.of(0.5) > 0.5) is kind


def test_a_judge_that_is_upside_down_is_not_turned_round() -> None:
    """Answers that contradict it everywhere make it flat, never falling."""
    fitted = fit([(0.9, False), (0.1, True)] * 500, NEUTRAL)
    assert fitted.slope == LEAST_SLOPE
    assert fitted.of(0.1) < fitted.of(0.9)


@pytest.mark.parametrize("kinds", [(True, False, True, False, True), (False, True, False, True, False)])
def test_five_answers_hardly_move_it(kinds: tuple[bool, ...]) -> None:
    """Five answers, three against two, move no probability by more than .04, and the threshold by .03."""
    fitted = fit(list(zip((0.2, 0.4, 0.5, 0.6, 0.9), kinds, strict=True)), NEUTRAL)
    assert max(abs(fitted.of(at / 100) - at / 100) for at in range(1, 100)) < 0.04
    assert abs(fitted.threshold - NEUTRAL.threshold) < 0.03


@pytest.mark.parametrize(
    ("slope", "intercept"),
    [(0.4, -1.0), (0.5, 0.0), (0.6, 1.0), (2.0, 0.0), (1.0, -2.0), (1.0, 2.0), (0.4, -2.0), (2.0, 1.5)],
)
def test_two_hundred_answers_put_a_judge_right(slope: float, intercept: float) -> None:
    """After 200 answers the calibration error on 3,000 others is at most .05, in the mean of ten such judges.

    Each of these judges is off by more than .08 before.
    """
    errors = []
    for seed in range(10):
        fitted = fit(from_judge(seed, 200, slope, intercept), NEUTRAL)
        others = from_judge(seed + 100, 3_000, slope, intercept)
        errors.append(calibration_error([(fitted.of(raw), label) for raw, label in others]) or 0.0)
        assert (calibration_error(others) or 0.0) > 0.08
    assert fmean(errors) <= 0.05


def test_a_judge_that_is_right_is_left_alone() -> None:
    """200 answers on a judge that needs no correction leave its error at most .05."""
    others = from_judge(1, 3_000, 1.0, 0.0)
    fits = [fit(from_judge(seed, 200, 1.0, 0.0), NEUTRAL) for seed in range(2, 12)]
    errors = [calibration_error([(each.of(raw), label) for raw, label in others]) for each in fits]
    assert fmean(error or 0.0 for error in errors) <= 0.05


# ---------------------------------------------------------------------------------------- of the threshold
def test_a_miss_costs_as_much_as_two_false_alarms() -> None:
    """A complaint is let through with one other beside it; with three others it is not worth it."""
    sure = [(0.95, True)] * 300 + [(0.05, False)] * 300
    low = fit([*sure, *[(0.30, True)] * 60, *[(0.30, False)] * 60], NEUTRAL).threshold
    high = fit([*sure, *[(0.30, True)] * 60, *[(0.30, False)] * 180], NEUTRAL).threshold
    assert low < high


def test_the_threshold_is_drawn_towards_what_held_before() -> None:
    """The more answers, the nearer it comes to a third, where two false alarms weigh a miss."""
    right = [(at / 20, number < at) for at in range(1, 20) for number in range(20)]  # a judge that is right
    few, many = (fit(right * times, NEUTRAL).threshold for times in (1, 10))
    assert 1 / 3 < many < few < NEUTRAL.threshold


# --------------------------------------------------------------------------------------------- of measures
def measure(rows: list[Row], calibration: Calibration) -> Measure:
    """Return the measure of a calibration that is not taught by these answers."""
    return held_back(rows, lambda _: calibration)


def test_a_measure_counts_mistakes_at_the_threshold() -> None:
    """What is at the threshold is a complaint; the log loss and the cost of an answer are means."""
    found = measure([(0.5, True), (0.5, False), (0.2, True), (0.1, False)], NEUTRAL)
    assert (found.answers, found.false_alarms, found.misses, found.f1) == (4, 1, 1, 0.5)
    assert found.cost == 3 / 4
    assert found.loss == pytest.approx(-(2 * math.log(0.5) + math.log(0.2) + math.log(0.9)) / 4)
    assert measure([], NEUTRAL).calibration_error is None


def judged_by_the_others(given_answers: list[Row], folds: int = 5) -> Measure:
    """Return the measure of answers, each heap of which is judged by what the others teach."""

    def taught(heap: range) -> Calibration:
        return fit([each for place, each in enumerate(given_answers) if place not in heap], NEUTRAL)

    return held_back(given_answers, taught, folds)


def test_each_heap_is_judged_by_the_threshold_that_was_taught_for_it() -> None:
    """Two heaps with thresholds of their own make two kinds of mistakes."""
    rows = [(0.5, False), (0.5, True)]
    found = held_back(rows, lambda heap: Calibration(threshold=0.4 if 0 in heap else 0.6), 2)
    assert (found.false_alarms, found.misses) == (1, 1)


def test_held_back_answers_are_judged_by_the_others() -> None:
    """What is measured on answers that were fitted flatters; held back, the same answers cost more."""
    rows = from_judge(3, 40, 0.3, -1.5)
    found = judged_by_the_others(rows)
    assert found.loss > measure(rows, fit(rows, NEUTRAL)).loss
    assert (found, found.answers) == (judged_by_the_others(rows), 40)


@given(answers, st.integers(2, 7))
def test_any_answers_can_be_held_back(given_answers: list[Row], folds: int) -> None:
    """However few, and all of one kind, they are measured, each once."""
    assert judged_by_the_others(given_answers, folds).answers == len(given_answers)


def test_worse_is_beyond_a_hundredth() -> None:
    """A loss or a cost that rises by more than .01 an answer is worse; one that hardly rises is not."""
    before = Measure(answers=100, calibration_error=0.1, f1=0.5, false_alarms=10, misses=5, loss=0.5)
    one_more_miss = Measure(answers=100, calibration_error=0.1, f1=0.5, false_alarms=10, misses=6, loss=0.4)
    likelier = Measure(answers=100, calibration_error=0.1, f1=0.5, false_alarms=0, misses=0, loss=0.52)
    hardly = Measure(answers=100, calibration_error=0.9, f1=0.1, false_alarms=11, misses=5, loss=0.505)
    assert [each.is_worse_than(before) for each in (one_more_miss, likelier, hardly)] == [True, True, False]
