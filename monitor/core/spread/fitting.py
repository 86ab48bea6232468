"""Fits the parameters of spread to finished posts by maximum likelihood, step by step; deterministic.

The steps follow the model: what followers say beforehand, when the first act comes, how engagement falls off,
and how the present speaks of the future. Each is pulled a little towards the parameters that it starts from,
so that few posts move them little.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.core.spread.evidence import Readings, first_act, gather, rising
from monitor.core.spread.model import to_come
from monitor.core.spread.parameters import Curve, Onset, Parameters, Prior

INSTANTS = (300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 43_200.0)  # ages to predict from, in seconds
_PULL = 0.5  # the weight of the square of a parameter's change, in logarithms
_HEARD = 20  # acts of one post that speak of the curve: a huge post does not drown the others
_TOLERANCE = 1e-3
_KNOWN_AT_LEAST = 30  # authors with known followers, to learn from them

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A finished post: its author's followers, and its readings, the last of which has the final count."""

    followers: int | None
    readings: Readings

    @property
    def final(self) -> int:
        """The engagement in the end."""
        return self.readings[-1][1]

    def until(self, age: float) -> Readings:
        """Return what was read by `age`, and the count then; nothing if it was not read so early."""
        known = bisect_right(self.readings, age, key=lambda each: each[0])
        return [*self.readings[:known], (age, self.readings[known - 1][1])] if known else ()


def fit(cascades: Sequence[Cascade], start: Parameters, *, curve: bool = True) -> Parameters:
    """Return the parameters for posts like `cascades`, beginning at `start`, whose curve may be kept.

    Raises `ValueError` without a cascade that has any engagement.
    """
    cascades = [replace(each, readings=rising(each.readings)[0]) for each in cascades if each.readings]
    moving = [each for each in cascades if each.final > 0]
    if not moving:
        raise ValueError("no post with engagement to fit to")
    found = replace(start, prior=fit_prior(cascades, start.prior), onset=fit_onset(moving, start.onset))
    if curve:
        found = replace(found, curve=fit_curve(moving, start.curve))
    return fit_momentum(moving, found)


def fit_prior(cascades: Sequence[Cascade], start: Prior) -> Prior:
    """Fit what to expect beforehand to the final engagement, with the followers and without."""
    known = [each for each in cascades if each.followers is not None]
    found = start
    if len(known) >= _KNOWN_AT_LEAST:
        names = ("scale", "exponent", "shape", "hits", "lift")
        found = _likeliest(found, names, known)
    unknown = [replace(each, followers=None) for each in cascades]
    return _likeliest(found, ("unknown", "unknown_shape"), unknown)


def _likeliest(start: Prior, names: tuple[str, ...], cascades: Sequence[Cascade]) -> Prior:
    """Return `start` with the fields of these names fitted to the final engagement of `cascades`."""

    def at(point: Point) -> Prior:
        return replace(start, **dict(zip(names, point, strict=True)))

    def unlikely(point: Point) -> float:
        prior = at(point)
        if prior.hits >= 0.5 or prior.lift < 1:  # noqa: PLR2004 - hits are the fewer
            return math.inf
        return -sum(_log_final(each, prior) for each in cascades)

    return at(minimum(unlikely, tuple(getattr(start, name) for name in names)))


def _log_final(cascade: Cascade, prior: Prior) -> float:
    """Return the logarithm of the chance of the final engagement, before anything is seen."""
    mean, shape = prior.expected(cascade.followers)
    parts = prior.parts(mean)
    chance = sum(share * math.exp(_log_count(cascade.final, part, shape)) for share, part in parts)
    return math.log(max(chance, 1e-300))


def fit_onset(moving: Sequence[Cascade], start: Onset) -> Onset:
    """Fit when the first act comes to the readings before and after it."""
    bounds = [_first_between(each.readings) for each in moving]

    def unlikely(point: Point) -> float:
        onset = Onset(half=point[0], exponent=point[1])
        return -sum(math.log(max(onset.by(late) - onset.by(early), 1e-12)) for early, late in bounds)

    half, exponent = minimum(unlikely, (start.half, start.exponent))
    return Onset(half=half, exponent=exponent)


def _first_between(readings: Readings) -> tuple[float, float]:
    """Return the ages between which the first act came, a second apart at least."""
    first = next(index for index, (_, count) in enumerate(readings) if count)
    late = max(readings[first][0], 1.0)
    return min(readings[first - 1][0] if first else 0.0, late - 1.0), late


def fit_curve(moving: Sequence[Cascade], start: Curve) -> Curve:
    """Fit the response curve to how the acts fall between the readings."""
    gains = [each for cascade in moving for each in _gains(cascade.readings, start)]

    def unlikely(point: Point) -> float:
        curve = Curve(half=point[0], early=point[1], late=point[2])
        return -sum(
            weight * math.log(max(curve.share_by(late) - curve.share_by(early), 1e-12) / curve.share_by(end))
            for weight, early, late, end in gains
        )

    half, early, late = minimum(unlikely, (start.half, start.early, start.late))
    return Curve(half=half, early=early, late=late)


def _gains(readings: Readings, curve: Curve) -> Iterator[tuple[float, float, float, float]]:
    """Yield what acts between two readings weigh, and the ages of both and of the last, since the onset."""
    begun, first = first_act(readings, curve)
    after = [(max(age - begun, 1e-3), count) for age, count in readings[first:]]
    end, final = after[-1]
    early, seen = 0.0, 1
    for late, count in after:
        if count > seen and late > early:
            yield (count - seen) * min(1.0, _HEARD / final), early, late, end
        if late > early:
            early, seen = late, count


def fit_momentum(moving: Sequence[Cascade], start: Parameters) -> Parameters:
    """Fit what the readings by several instants say of the rest; how acts lose weight is kept."""
    samples = [
        (each.followers, readings, each.final - readings[-1][1])
        for each in moving
        for age in INSTANTS
        if age < each.readings[-1][0] and (readings := each.until(age)) and readings[-1][1]
    ]

    def at(point: Point) -> Parameters:
        momentum = replace(start.momentum, trend=point[0], drift=point[1])
        return replace(start, momentum=momentum, prior=replace(start.prior, weight=point[2]))

    seen = [(each, gather(readings, start.curve, start.momentum), rest) for each, readings, rest in samples]

    def unlikely(point: Point) -> float:
        asked = at(point)
        total = 0.0
        for followers, evidence, rest in seen:
            coming = to_come(evidence, followers, asked)
            total -= _log_count(rest, max(coming.mean, 1e-9), coming.shape)
        return total / len(INSTANTS)  # what one post says at several instants is nearly the same

    now = start.momentum
    return at(minimum(unlikely, (now.trend, now.drift, start.prior.weight)))


def _log_count(count: int, mean: float, shape: float) -> float:
    """Return the logarithm of the chance of `count` under a negative binomial distribution."""
    return (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        - math.lgamma(count + 1)
        + shape * math.log(shape / (shape + mean))
        + count * math.log(mean / (shape + mean))
    )


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
