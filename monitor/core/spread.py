"""How far a post will spread: its final engagement, predicted from what was seen so far.

The number of acts of engagement that a post draws in all is taken as Gamma distributed around what its
author's followers lead one to expect; those seen by a certain age are Poisson. The share that falls before
an age is the response curve of SEISMIC (Zhao et al., "A Self-Exciting Point Process Model for Predicting
Tweet Popularity", KDD 2015, section 3.2): constant for five minutes, then a power law.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FLAT = 300.0  # seconds: SEISMIC's s0
_THETA = 0.242  # SEISMIC's exponent
_SHAPE = 0.35  # of the Gamma prior: posts of one author differ by orders of magnitude
_PER_FOLLOWER = 0.002  # acts of engagement expected for each follower
_AT_LEAST = 1.0  # acts expected of an author without followers
_UNKNOWN_FOLLOWERS = 300  # assumed where the platform does not say
_LIKELY = 0.5  # a threshold counts as passed when that is more likely than not


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Expected final engagement with its 80 % interval, the share of it still to come, and what it may pass.

    `passing` has a pair (threshold, probability) for each threshold that was asked for.
    """

    expected: float
    low: float
    high: float
    to_come: float
    passing: tuple[tuple[int, float], ...] = ()


def likely_passed(passing: Iterable[tuple[int, float]]) -> list[int]:
    """Return the thresholds that are more likely than not to be passed, of pairs as in `Spread.passing`."""
    return [threshold for threshold, chance in passing if chance >= _LIKELY]


def chance_of_next(passing: Iterable[tuple[int, float]]) -> float:
    """Return the chance of passing the first threshold that is not likely to be passed; 0 after the last."""
    return next((chance for _, chance in passing if chance < _LIKELY), 0.0)


def share_by(age: float) -> float:
    """Return the share in [0, 1) of a post's engagement that falls in its first `age` seconds."""
    flat = 1 / (1 + 1 / _THETA)  # the flat part's share of the whole curve
    if age <= _FLAT:
        return flat * max(age, 0.0) / _FLAT
    return flat + (1 - flat) * (1 - math.pow(age / _FLAT, -_THETA))


def predict(
    series: Sequence[tuple[float, int]], followers: int | None, thresholds: Sequence[int] = ()
) -> Spread:
    """Predict from `series`, pairs of (age in seconds, engagement so far), oldest first; it may be empty."""
    age, seen = series[-1] if series else (0.0, 0)
    prior = _AT_LEAST + _PER_FOLLOWER * max(_UNKNOWN_FOLLOWERS if followers is None else followers, 0)
    shape = _SHAPE + seen
    share = share_by(age)
    rate, rest = _SHAPE / prior + share, 1 - share
    expected = seen + rest * shape / rate
    return Spread(
        expected=expected,
        low=seen + rest * _gamma_quantile(shape, -1.2816) / rate,
        high=seen + rest * _gamma_quantile(shape, 1.2816) / rate,
        to_come=(expected - seen) / expected,
        passing=tuple((limit, _chance(limit - seen, shape, rate / rest)) for limit in thresholds),
    )


def _gamma_quantile(shape: float, z: float) -> float:
    """Return a quantile of Gamma(shape, rate 1) after Wilson and Hilferty (1931); `z` is the normal one."""
    ninth = 1 / (9 * shape)
    return max(0.0, shape * (1 - ninth + z * math.sqrt(ninth)) ** 3)


def _chance(more: float, shape: float, rate: float) -> float:
    """Return the chance that a Gamma(shape, rate) variable is at least `more` (Wilson and Hilferty 1931)."""
    if more <= 0:
        return 1.0
    ninth = 1 / (9 * shape)
    z = ((more * rate / shape) ** (1 / 3) - (1 - ninth)) / math.sqrt(ninth)
    return 0.5 * math.erfc(z / math.sqrt(2))
