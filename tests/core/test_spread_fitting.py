import math
import random
from dataclasses import replace

import pytest

from monitor.core.spread import SHIPPED
from monitor.core.spread.chances import at_least, gamma_quantile
from monitor.core.spread.fitting import Cascade, fit, fit_curve, fit_onset, fit_prior
from monitor.core.spread.measuring import measure, ranked
from monitor.core.spread.parameters import from_record, to_record
from monitor.core.spread.searching import minimum

DAY = 86_400.0


def made(count: int, half: float, mean: float, seed: int = 1) -> list[Cascade]:
    """Return cascades of exponential waits with this median, around this mean; two of five draw nothing."""
    dice = random.Random(seed)  # noqa: S311 - it makes examples
    found = []
    for _ in range(count):
        size = 0 if dice.random() < 0.4 else 1 + int(dice.expovariate(0.6 / mean))
        begun = dice.expovariate(1 / 600)
        acts = sorted(begun + dice.expovariate(math.log(2) / half) for _ in range(size - 1))
        readings = [(begun - 1, 0), *((at, index) for index, at in enumerate([begun, *acts], 1))]
        found.append(Cascade(followers=100, readings=[*(readings if size else []), (7 * DAY, size)]))
    return found


def test_a_negative_binomial_tail_is_the_sum_of_its_chances() -> None:
    """At whole numbers the chance of so many or more is that of the sum over the rest, of any shape."""
    for mean, shape in ((0.3, 0.2), (5.0, 1.0), (40.0, 0.7), (40.0, 90.0)):
        p, below = mean / (mean + shape), 0.0
        for count in range(60):
            assert at_least(count, mean, shape) == pytest.approx(1 - below, abs=1e-9)
            ways = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
            below += math.exp(ways + count * math.log(p) + shape * math.log(1 - p))
    assert at_least(5, 0.0, 1.0) == 0.0


def test_gamma_quantiles() -> None:
    """Quantiles of shapes 1 and 1/2 (exponential, squared normal) and of a large shape, as in the tables."""
    assert gamma_quantile(1.0, 0.9) == pytest.approx(math.log(10), rel=1e-3)
    assert gamma_quantile(0.5, 0.9) == pytest.approx(2.7055 / 2, rel=1e-3)
    assert gamma_quantile(0.5, 0.1) == pytest.approx(0.015791 / 2, rel=1e-3)
    assert gamma_quantile(50.0, 0.9) == pytest.approx(118.498 / 2, rel=1e-3)
    assert gamma_quantile(0.1, 0.0) == 0.0


def test_the_least_of_a_valley_is_found() -> None:
    """The search goes to where a function of positive numbers is least, drawn a little to where it began."""
    found = minimum(lambda at: 1e4 * ((at[0] - 3) ** 2 + (at[1] - 0.2) ** 2), (1.0, 1.0))
    assert found == pytest.approx((3.0, 0.2), rel=0.01)


def test_a_fit_finds_the_mean_the_onset_and_the_pace() -> None:
    """From finished posts come their mean engagement, when they begin, and how fast they are over."""
    quick = made(400, half=300.0, mean=6.0)
    found = fit(quick, SHIPPED)
    mean = sum(each.final for each in quick) / len(quick)
    assert found.prior.expected(100)[0] == pytest.approx(mean, rel=0.1)
    assert found.prior.expected(None)[0] == pytest.approx(mean, rel=0.1)
    assert found.onset.by(600 * math.log(2)) == pytest.approx(0.5, rel=0.15)
    assert found.curve.half == pytest.approx(300.0, rel=0.3)
    assert fit(quick, SHIPPED) == found


def test_a_published_curve_can_be_kept() -> None:
    """The fit leaves the curve alone where it is asked to, and always the index of the tail."""
    found = fit(made(200, half=300.0, mean=6.0), SHIPPED, curve=False)
    assert found.curve == SHIPPED.curve
    assert found.prior.tail == SHIPPED.prior.tail


def test_few_posts_move_the_parameters_little() -> None:
    """Three posts that are over at once do not halve the half-life ten times."""
    quick = [each for each in made(4, half=5.0, mean=3.0) if each.final]
    assert fit_curve(quick, SHIPPED.curve).half > 0.02 * SHIPPED.curve.half
    few = made(20, half=300.0, mean=6.0)
    assert fit_prior(few, SHIPPED.prior).scale == SHIPPED.prior.scale  # too few with known followers
    assert fit_onset([each for each in few if each.final], SHIPPED.onset).half > 0


def test_without_any_engagement_there_is_nothing_to_fit() -> None:
    """Posts that drew nothing, or none, are refused."""
    for cascades in ([], [Cascade(followers=1, readings=[(DAY, 0)])], [Cascade(followers=1, readings=[])]):
        with pytest.raises(ValueError, match="no post with engagement"):
            fit(cascades, SHIPPED)


def test_parameters_survive_their_record() -> None:
    """What is written comes back; another form, a missing part or a number that is none is refused."""
    record = to_record(SHIPPED)
    assert from_record(record) == SHIPPED
    for odd in (
        record | {"version": 0},
        {name: part for name, part in record.items() if name != "onset"},
        record | {"onset": record["onset"] | {"half": -1.0}},
        record | {"onset": record["onset"] | {"half": math.nan}},
        record | {"onset": 5},
        {},
    ):
        with pytest.raises(ValueError, match=r"form|not the parameters|positive"):
            from_record(odd)


def test_figures_are_of_the_posts_that_are_not_past_the_threshold() -> None:
    """At each age those below the threshold are counted, with the mean chance and the share that passed."""
    low = Cascade(followers=10, readings=[(60.0, 1), (DAY, 2)])
    high = Cascade(followers=10, readings=[(60.0, 5), (290.0, 20), (DAY, 90)])
    past = Cascade(followers=10, readings=[(60.0, 60), (DAY, 90)])
    early, later = measure([low, high, past, replace(past, followers=None)], SHIPPED, (0.0, 300.0), (50,))
    assert (early.posts, early.passed) == (4, 0.75)
    assert (later.posts, later.passed, later.auc) == (2, 0.5, 1.0)
    assert later.error == abs(later.expected - 0.5) > 0


def test_ranks() -> None:
    """The area under the curve: 1 when all are in order, one half for ties, none without both kinds."""
    assert ranked([(0.1, False), (0.9, True)]) == 1.0
    assert ranked([(0.5, False), (0.5, True)]) == 0.5
    assert ranked([(0.9, False), (0.1, True), (0.5, True)]) == 0.0
    assert ranked([(0.9, True)]) is None
