"""Fits the parameters of spread to finished posts by maximum likelihood, step by step; deterministic.

The steps follow the model: what followers say beforehand, when the first act comes, how engagement falls off,
and how the present speaks of the future. Each is pulled a little towards the parameters that it starts from,
so that few posts move them little.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.core.spread.chances import log_count, log_of_mean, log_ways
from monitor.core.spread.evidence import Readings, first_act, gather, rising
from monitor.core.spread.model import Rest, along, rest_along
from monitor.core.spread.parameters import Curve, Onset, Parameters, Prior
from monitor.core.spread.searching import Point, minimum

INSTANTS = (300.0, 1800.0, 7200.0, 28_800.0)  # ages to predict from, in seconds
_HEARD = 20  # acts of one post that speak of the curve: a huge post does not drown the others
_KNOWN_AT_LEAST = 30  # authors with known followers, to learn from them


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


def fit(
    cascades: Sequence[Cascade],
    start: Parameters,
    *,
    curve: bool = True,
    instants: Sequence[float] = INSTANTS,
) -> Parameters:
    """Return the parameters for posts like `cascades`, beginning at `start`, whose curve may be kept.

    What readings by the `instants` say of the rest is learned for them, in seconds since the post.

    Raises `ValueError` without a cascade that has any engagement.
    """
    cascades = [replace(each, readings=rising(each.readings)[0]) for each in cascades if each.readings]
    moving = [each for each in cascades if each.final > 0]
    if not moving:
        raise ValueError("no post with engagement to fit to")
    found = replace(start, prior=fit_prior(cascades, start.prior), onset=fit_onset(moving, start.onset))
    if curve:
        variety = replace(start.variety, size=_usual_size(moving))
        found = replace(found, curve=fit_curve(moving, start.curve), variety=variety)
    return fit_momentum(moving, found, instants)


def _usual_size(moving: Sequence[Cascade]) -> float:
    """Return the size of the posts that the curve is of, each weighing as much as it does there."""
    weights = [min(each.final, _HEARD) for each in moving]
    logs = (weight * math.log1p(each.final) for weight, each in zip(weights, moving, strict=True))
    return math.expm1(sum(logs) / sum(weights))


def fit_prior(cascades: Sequence[Cascade], start: Prior) -> Prior:
    """Fit what to expect beforehand to the final engagement, with the followers and without."""
    known = [each for each in cascades if each.followers is not None]
    found = start
    if len(known) >= _KNOWN_AT_LEAST:
        names = ("scale", "exponent", "shape", "hits", "lift", "echo")
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
    alone = prior.alone(mean)
    chance = sum(
        once * share * math.exp(log_count(cascade.final - sure, part, shape))
        for share, part in prior.parts(mean)
        for sure, once in ((0, 1 - alone), (1, alone))
        if cascade.final >= sure
    )
    return math.log(max(chance, 1e-300))


def fit_onset(moving: Sequence[Cascade], start: Onset) -> Onset:
    """Fit when the first act comes to the readings before and after it."""
    bounds = [(*_first_between(each.readings), each.final == 1) for each in moving]

    def onset(point: Point) -> Onset:
        quick, lone, soon, half, exponent = point
        shares = {"quick": quick / (1 + quick), "lone": lone / (1 + lone)}  # of odds
        return Onset(**shares, soon=soon, half=half, exponent=exponent)

    def unlikely(point: Point) -> float:
        tried = onset(point)
        chances = (tried.by(late, alone=one) - tried.by(early, alone=one) for early, late, one in bounds)
        return -sum(math.log(max(chance, 1e-12)) for chance in chances)

    odds = (share / (1 - share) for share in (start.quick, start.lone))
    return onset(minimum(unlikely, (*odds, start.soon, start.half, start.exponent)))


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


def fit_momentum(
    moving: Sequence[Cascade], start: Parameters, instants: Sequence[float] = INSTANTS
) -> Parameters:
    """Fit what the readings by several instants say of the rest; how acts lose weight is kept."""
    seen = [
        (each, evidence, along(evidence, start.curve, start.variety), each.final - evidence.seen)
        for each in moving
        for age in instants
        if age < each.readings[-1][0]
        and (readings := each.until(age))
        and (evidence := gather(readings, start.curve, start.momentum)).seen
    ]

    def at(point: Point) -> Parameters:
        return replace(
            start,
            variety=replace(start.variety, growth=point[0]),
            momentum=replace(start.momentum, drift=point[1]),
            prior=replace(start.prior, weight=point[2]),
        )

    def unlikely(point: Point) -> float:
        asked = at(point)
        total = sum(
            _log_rest(rest, rest_along(evidence, ways, each.followers, asked))
            for each, evidence, ways, rest in seen
        )
        return -total / len(instants)  # what one post says at several instants is nearly the same

    return at(minimum(unlikely, (start.variety.growth, start.momentum.drift, start.prior.weight)))


def _log_rest(count: int, rest: Rest) -> float:
    """Return the logarithm of the chance that so many are to come of a post that has begun."""
    logs = [
        math.log(each.chance) + log_of_mean(count, max(each.mean, 1e-9), rest.shape) for each in rest.parts
    ]
    most = max(logs)
    return log_ways(count, rest.shape) + most + math.log(sum(math.exp(each - most) for each in logs))
