"""The search for the parameters that are likeliest: Nelder and Mead's, on logarithms."""

import math
from collections.abc import Callable

_PULL = 0.5  # the weight of the square of a parameter's change, in logarithms
_TOLERANCE = 0.05  # of a log-likelihood: too little to tell

Point = tuple[float, ...]


def minimum(unlikely: Callable[[Point], float], start: Point, *, steps: int = 400) -> Point:
    """Return the positive numbers near `start` that make `unlikely` least (Nelder and Mead 1965, in logs)."""

    def cost(logs: Point) -> float:
        if any(abs(log) > 20 for log in logs):  # noqa: PLR2004 - e^20: beyond any sense
            return math.inf
        pull = sum((log - origin) ** 2 for log, origin in zip(logs, centre, strict=True))
        return unlikely(tuple(map(math.exp, logs))) + _PULL * pull

    centre = tuple(map(math.log, start))
    corners = [centre] + [
        tuple(log + 0.3 * (i == j) for j, log in enumerate(centre)) for i in range(len(centre))
    ]
    simplex = sorted((cost(each), each) for each in corners)
    for _ in range(steps):
        if simplex[-1][0] - simplex[0][0] < _TOLERANCE:
            break
        simplex = sorted(_moved(simplex, cost))
    return tuple(map(math.exp, simplex[0][1]))


def _moved(simplex: list[tuple[float, Point]], cost: Callable[[Point], float]) -> list[tuple[float, Point]]:
    """Return the simplex with its worst corner reflected, stretched or drawn in, or shrunk altogether."""
    *kept, (worst_cost, worst) = simplex
    middle = tuple(sum(axis) / len(kept) for axis in zip(*(each for _, each in kept), strict=True))

    def along(step: float) -> tuple[float, Point]:
        corner = tuple(m + step * (m - w) for m, w in zip(middle, worst, strict=True))
        return cost(corner), corner

    reflected = along(1.0)
    if reflected[0] < kept[0][0]:
        return [*kept, min(reflected, along(2.0))]
    if reflected[0] < kept[-1][0]:
        return [*kept, reflected]
    drawn = along(0.5) if reflected[0] < worst_cost else along(-0.5)
    if drawn[0] < min(reflected[0], worst_cost):
        return [*kept, drawn]
    best = kept[0][1]
    shrunk = [tuple((b + c) / 2 for b, c in zip(best, corner, strict=True)) for _, corner in simplex[1:]]
    return [simplex[0], *((cost(corner), corner) for corner in shrunk)]
