"""The model of spread: what is still to come of a post, given what was seen of it."""

import math
from dataclasses import dataclass

from monitor.core.spread.chances import at_least, gamma_quantile
from monitor.core.spread.evidence import Evidence
from monitor.core.spread.parameters import Parameters

_STEADY = 1.0  # acts at the usual pace that the trend is weighed against: few acts show none
_EBB = 0.5  # below this factor a trend does not cut what is to come by as much again
_WILD = 4.0  # a pace further from 1 says no more: counts come late, and in lumps
_NOTHING = 1e-12  # an exposure too small to divide by, or a rest too small to come


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How much is still to come: a mixture of negative binomials, the rest of the chance being nothing.

    `parts` are pairs of the chance and the mean of each; `shape` is that of all.

    `pace` is how fast the post grows against what its acts so far lead one to expect; 1 is as usual.
    """

    parts: tuple[tuple[float, float], ...]
    shape: float
    pace: float = 1.0

    @property
    def mean(self) -> float:
        """The engagement that is expected to come."""
        return sum(chance * mean for chance, mean in self.parts)

    def at_least(self, count: float) -> float:
        """Return the chance that `count` acts or more are still to come."""
        if count <= 0:
            return 1.0
        return min(sum(chance * at_least(count, mean, self.shape) for chance, mean in self.parts), 1.0)

    def quantile(self, chance: float) -> float:
        """Return what the rest stays below with this chance, near enough for an interval."""
        begun = sum(each for each, _ in self.parts)
        mean = self.mean / begun
        inside = 1 - (1 - chance) / begun
        if inside <= 0 or mean < _NOTHING:
            return 0.0
        square = sum(each * part * part for each, part in self.parts) / begun
        variance = mean + square * (1 + 1 / self.shape) - mean * mean
        return gamma_quantile(mean * mean / variance, inside) * variance / mean


def to_come(evidence: Evidence, followers: int | None, parameters: Parameters) -> Rest:
    """Return what is still to come of a post of which this was seen."""
    prior, momentum = parameters.prior, parameters.momentum
    mean, shape = prior.expected(followers)
    if not evidence.seen:
        return _not_begun(prior.parts(mean), shape, 1 - parameters.onset.by(evidence.age))
    pace = 1 / _slowing(evidence)
    slowing = min(max(1 / pace, 1 / _WILD), _WILD)
    left = 1 - evidence.share
    trend = _trend(slowing, min(momentum.trend, evidence.share / left))
    drift = momentum.drift * slowing  # what picks up may go anywhere
    return Rest(
        parts=((1.0, _level(evidence, mean, prior.weight, prior.tail) * left * trend),),
        shape=1 / (1 / (prior.weight + evidence.recent) + 1 / drift),
        pace=pace,
    )


def _not_begun(parts: tuple[tuple[float, float], ...], shape: float, late: float) -> Rest:
    """Return what is to come of a post without an act; of those with any, `late` begin later."""
    never = sum(chance * math.exp(-shape * math.log1p(mean / shape)) for chance, mean in parts)
    begun = late / (never + (1 - never) * late)
    return Rest(parts=tuple((chance * begun, mean) for chance, mean in parts), shape=shape)


def _level(evidence: Evidence, mean: float, weight: float, tail: float) -> float:
    """Return how much engagement the post draws along the whole curve, going by its recent acts.

    It is where the posterior of the rate has its centre: Gamma, whose prior rate gives way to a level far
    above it, so that the prior's tail is a power law. The larger root of a quadratic equation.
    """
    recent, exposure = evidence.recent, evidence.exposure
    if exposure < _NOTHING:
        return mean
    scale = tail * mean / weight
    half = (exposure * scale + tail - recent) / 2
    root = math.sqrt(half * half + exposure * (weight + recent) * scale)
    return (root - half) / exposure if half < 0 else (weight + recent) * scale / (root + half)


def _slowing(evidence: Evidence) -> float:
    """Return all acts after the first over those that the recent ones stand for: above 1 it slows down."""
    if evidence.exposure < _NOTHING:
        return 1.0
    stands_for = evidence.recent * evidence.share / evidence.exposure
    return (evidence.seen - 1 + _STEADY) / (stands_for + _STEADY)


def _trend(slowing: float, strength: float) -> float:
    """Return the factor by which the trend changes what is to come: straight, with an exponential end."""
    factor = 1 - strength * (slowing - 1)
    return factor if factor >= _EBB else _EBB * math.exp(factor / _EBB - 1)
