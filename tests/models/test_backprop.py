"""The gradient, held against differences of the loss: in numbers of 64 bits, with random parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from monitor.models.fitting.backprop import Dropout, Pass, backward, forward
from monitor.models.memory import Table
from monitor.models.network import Array

WAIST, STEP = 16, 1e-5
SHAPES: dict[str, tuple[int, ...]] = {
    "projection": (512, 768),
    "projection_bias": (768,),
    "inner_gain": (768,),
    "inner_bias": (768,),
    "outer_gain": (1280,),
    "outer_bias": (1280,),
    "spoken": (1280, 20),
    "spoken_bias": (20,),
    "mean": (1280, 512),
    "mean_bias": (512,),
    "first": (512, 320),
    "second_mean": (512, 320),
    "second": (320, 320),
    "third": (320, 512),
    "last": (512, 512),
    "last_second": (320, 512),
    "told": (512, 7),
    "told_bias": (7,),
    **{f"gram{size}": (size * 256, 256) for size in (2, 3, 5)},
    **{f"gram{size}_bias": (256,) for size in (2, 3, 5)},
    **{f"wider{size}_in": (256, size * WAIST) for size in (2, 3, 5)},
    **{f"wider{size}_out": (WAIST, 256) for size in (2, 3, 5)},
    **{f"wider{size}_bias": (256,) for size in (2, 3, 5)},
}


class Same:
    """Random numbers that are the same in each pass, so that the same are dropped."""

    def random(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return numbers in [0, 1)."""
        return np.random.default_rng(3).random(shape)


def parameter(name: str, random: np.random.Generator) -> Array:
    """Return random numbers of a size that keeps the activations near 1."""
    shape = SHAPES[name]
    scale = 0.3 if len(shape) == 1 else 0.05
    return random.normal(1.0 if name.endswith("gain") else 0.0, scale, shape)


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_the_gradient_is_that_of_finite_differences(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of parameter has the gradient that small steps show, with numbers dropped and without."""
    monkeypatch.setattr(np, "float32", np.float64)  # the network's own buffers
    random = np.random.default_rng(0)
    parameters = {name: parameter(name, random) for name in SHAPES}
    rows = random.integers(0, 255, (50, 512)).astype(np.uint8)
    table = Table(rows, np.full(50, 0.01), np.full(50, -1.2))
    texts = [random.integers(0, 50, size).tolist() for size in (5, 1, 9, 14)]
    wrong = random.normal(size=(4, 27))

    def passed() -> tuple[Pass, Dropout]:
        drop = Dropout(rate, Same())  # type: ignore[arg-type] # as a generator is asked
        return forward(parameters, table, texts, drop), drop

    made, drop = passed()
    gradient = backward(parameters, made, drop, wrong)
    assert gradient.keys() == parameters.keys()
    for name, value in parameters.items():
        for _ in range(3):
            at = tuple(int(random.integers(size)) for size in value.shape)
            slope = difference(value, at, lambda: float((passed()[0].logits * wrong).sum()))
            assert gradient[name][at] == pytest.approx(slope, rel=1e-3, abs=1e-4), name


def difference(value: Array, at: tuple[int, ...], loss: Callable[[], float]) -> float:
    """Return what the loss changes by, for each unit that one number of a parameter does."""
    before = value[at]
    value[at] = before + STEP
    above = loss()
    value[at] = before - STEP
    below = loss()
    value[at] = before
    return (above - below) / (2 * STEP)


def test_what_is_dropped_is_made_up_for() -> None:
    """A share of the numbers is dropped, and the mean stays."""
    rows = np.ones((200, 200), np.float32)
    drop = Dropout(0.2, np.random.default_rng(1))
    kept = drop(rows)
    assert (kept == 0).mean() == pytest.approx(0.2, abs=0.01)
    assert kept.mean() == pytest.approx(1, abs=0.01)
    assert (kept == drop.masks[0]).all()
