"""The model of spread: what is still to come of a post, given what was seen of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.core.spread.chances import at_least, gamma_quantile, log_count
from monitor.core.spread.evidence import Evidence
from monitor.core.spread.parameters import Curve, Parameters, Prior, Variety, curves

_STEADY = 1.0  # acts at the usual pace that the pace is weighed against: few acts show none
_NOTHING = 1e-12  # an exposure too small to divide by, or a rest too small to come
_FAINT = 1e-3  # a chance of a pace below this one is let go


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of what may come: with `chance`, a negative binomial of this `mean`, and `sure` acts more."""

    chance: float
    mean: float
    sure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How much is still to come: a mixture of negative binomials of one shape, else nothing.

    `pace` is how fast the post grows against what its acts so far lead one to expect; 1 is as usual.
    """

    parts: tuple[Part, ...]
    shape: float
    pace: float = 1.0

    @property
    def mean(self) -> float:
        """The engagement that is expected to come."""
        return sum(each.chance * (each.mean + each.sure) for each in self.parts)

    def at_least(self, count: float) -> float:
        """Return the chance that `count` acts or more are still to come."""
        if count <= 0:
            return 1.0
        chances = (each.chance * at_least(count - each.sure, each.mean, self.shape) for each in self.parts)
        return min(sum(chances), 1.0)

    def quantile(self, chance: float) -> float:
        """Return what the rest stays below with this chance, near enough for an interval."""
        begun = sum(each.chance for each in self.parts)
        mean = self.mean / begun
        inside = 1 - (1 - chance) / begun
        if inside <= 0 or mean < _NOTHING:
            return 0.0
        square = sum(
            each.chance * ((each.mean + each.sure) ** 2 + each.mean**2 / self.shape) for each in self.parts
        )
        variance = mean + square / begun - mean * mean
        return gamma_quantile(mean * mean / variance, inside) * variance / mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """What the evidence is along one curve, whose half-life is e^`off` times the usual one of its size.

    `exposure` is what the recent acts would be if the post drew one act in all, `share` the part of the curve
    that has passed, and `fit` how well the curve has the acts where they came: a logarithm.
    """

    off: float
    exposure: float
    share: float
    fit: float


def to_come(evidence: Evidence, followers: int | None, parameters: Parameters) -> Rest:
    """Return what is still to come of a post of which this was seen."""
    if not evidence.seen:
        return _not_begun(evidence.age, followers, parameters)
    ways = along(evidence, parameters.curve, parameters.variety)
    rest = rest_along(evidence, ways, followers, parameters)
    return replace(rest, pace=_pace(evidence, parameters.curve))


def along(evidence: Evidence, curve: Curve, variety: Variety) -> list[Along]:
    """Return what the evidence is along each of the curves that a post may follow."""
    after = evidence.seen - 1
    heard = variety.credence / (variety.credence + after)
    return [_along(off, each, evidence, heard) for off, each in curves(curve, variety)]


def _along(off: float, curve: Curve, evidence: Evidence, heard: float) -> Along:
    exposure = fit = share = 0.0
    for span in evidence.spans:
        passed = curve.share_by(span.until)
        gain = max(passed - share, _NOTHING)
        exposure += gain * span.weight
        fit += span.acts * math.log(gain)
        share = passed
    fit -= (evidence.seen - 1) * math.log(share)
    return Along(off=off, exposure=exposure, share=share, fit=fit * heard)


def rest_along(
    evidence: Evidence, ways: Sequence[Along], followers: int | None, parameters: Parameters
) -> Rest:
    """Return what is still to come if the post follows one of these curves, as likely as they fit."""
    prior, variety = parameters.prior, parameters.variety
    mean, _ = prior.expected(followers)
    levels = [_level(evidence.recent, each.exposure, mean, prior) for each in ways]
    likely = [
        each.fit
        + _log_density(level, mean, prior)
        - ((each.off - variety.usual(level)) / variety.halves) ** 2 / 2
        for each, level in zip(ways, levels, strict=True)
    ]
    parts: dict[float, tuple[float, float]] = {}  # by half-life: the weight, and that times the mean
    most = max(likely)
    for each, level, log in zip(ways, levels, likely, strict=True):
        weight, come = parts.get(each.off, (0.0, 0.0))
        more = math.exp(log - most)
        parts[each.off] = weight + more, come + more * level * (1 - each.share)
    kept = [each for each in parts.values() if each[0] >= _FAINT]
    total = sum(weight for weight, _ in kept)
    return Rest(
        parts=tuple(Part(chance=weight / total, mean=come / weight) for weight, come in kept),
        shape=1 / (1 / (prior.weight + evidence.recent) + 1 / parameters.momentum.drift),
    )


def _not_begun(age: float, followers: int | None, parameters: Parameters) -> Rest:
    """Return what is to come of a post without an act, going by how many have their first one later."""
    prior, onset = parameters.prior, parameters.onset
    mean, shape = prior.expected(followers)
    alone = prior.alone(mean)
    parts = prior.parts(mean)
    none, one = (
        sum(chance * math.exp(log_count(count, part, shape)) for chance, part in parts) for count in (0, 1)
    )
    never, single = (1 - alone) * none, (1 - alone) * one + alone * none
    late, lone = 1 - onset.by(age), 1 - onset.by(age, alone=True)
    still = never + single * lone + (1 - never - single) * late
    begun, more = late / still, max(lone - late, 0.0) / still
    return Rest(
        parts=(
            *(
                Part(chance=chance * begun * share, mean=part, sure=sure)
                for chance, part in parts
                for sure, share in ((0, 1 - alone), (1, alone))
            ),
            Part(chance=single * more, mean=0.0, sure=1),
        ),
        shape=shape,
    )


def _level(recent: float, exposure: float, mean: float, prior: Prior) -> float:
    """Return how much engagement the post draws along the whole curve, going by its recent acts.

    It is where the posterior of the rate has its centre: Gamma, whose prior rate gives way to a level far
    above it, so that the prior's tail is a power law. The larger root of a quadratic equation.
    """
    if exposure < _NOTHING:
        return mean
    scale = prior.tail * mean / prior.weight
    half = (exposure * scale + prior.tail - recent) / 2
    root = math.sqrt(half * half + exposure * (prior.weight + recent) * scale)
    return (root - half) / exposure if half < 0 else (prior.weight + recent) * scale / (root + half)


def _log_density(level: float, mean: float, prior: Prior) -> float:
    """Return the logarithm of how dense the prior of the logarithm of the level is, up to a constant."""
    part = level * prior.weight / (prior.tail * mean)
    return prior.weight * math.log(part) - (prior.weight + prior.tail) * math.log1p(part)


def _pace(evidence: Evidence, curve: Curve) -> float:
    """Return what the recent acts stand for over all acts after the first: below 1 it slows down."""
    usual = _along(0.0, curve, evidence, 1.0)
    if usual.exposure < _NOTHING:
        return 1.0
    stands_for = evidence.recent * usual.share / usual.exposure
    return (stands_for + _STEADY) / (evidence.seen - 1 + _STEADY)
