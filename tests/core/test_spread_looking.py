import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spread import SHIPPED
from monitor.core.spread.looking import age_of, next_look

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
CURVE = SHIPPED.curve
ages = st.floats(-1e6, 1e9)
chances = st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1)), max_size=3)


def look(age: float, *chance: float) -> float:
    """Return the wait until the next look, within wide bounds."""
    passing = [(10**index, each) for index, each in enumerate(chance)]
    return next_look(age, passing, soonest=1.0, latest=30 * DAY)


@given(ages, chances)
def test_a_look_comes_within_its_bounds(age: float, passing: list[tuple[int, float]]) -> None:
    """Whatever the age and the chances, the wait is neither shorter nor longer than asked."""
    assert 120.0 <= next_look(age, passing, soonest=120.0, latest=600.0) <= 600.0


@given(st.floats(0, 30 * DAY), st.floats(0, 0.5), st.floats(0, 0.5))
def test_doubt_brings_the_next_look_forward(age: float, one: float, other: float) -> None:
    """The nearer a threshold is to even, the sooner the next look."""
    surer, less_sure = sorted((one, other))
    assert look(age, less_sure) <= look(age, surer) + 1e-6


@given(st.floats(1, 10 * DAY), st.floats(1, 10 * DAY), st.floats(0, 1))
def test_looks_come_less_often_as_a_post_ages(one: float, other: float, chance: float) -> None:
    """A young post changes faster than an old one, and is looked at again sooner."""
    younger, older = sorted((one, other))
    assert look(younger, chance) <= look(older, chance) * (1 + 1e-6)


def test_the_most_doubtful_threshold_decides() -> None:
    """One threshold that is even brings the look forward, however sure the others are."""
    assert look(HOUR, 0.999, 0.5, 0.001) == look(HOUR, 0.5) < look(HOUR, 0.999, 0.001)


def test_how_long_a_post_is_left_alone() -> None:
    """An even post of ten minutes is looked at within minutes, a decided one of a day after days."""
    assert 2 * MINUTE < look(10 * MINUTE, 0.5) < 10 * MINUTE
    assert look(DAY, 0.0) > 5 * DAY
    assert look(HOUR) == look(HOUR, 0.0, 1.0)


@pytest.mark.parametrize("age", [1.0, 300.0, HOUR - 1, HOUR, HOUR + 1, DAY])
def test_a_share_and_its_age(age: float) -> None:
    """The age of a share is where the curve has it, on both sides of its bend."""
    assert age_of(CURVE, CURVE.share_by(age)) == pytest.approx(age, rel=1e-6)
    assert age_of(CURVE, 0.0) == 0.0
