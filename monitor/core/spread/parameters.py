"""What the model of spread is made of: response curve and its varieties, prior, onset and momentum."""

import math
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

VERSION = 3  # of the form of the parameters: a store's own ones of another form are not used


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share of a post's engagement that falls before an age: log-logistic, bent at its half-life.

    `half` is in seconds; `early` and `late` are the exponents before and after it.
    """

    half: float
    early: float
    late: float

    def share_by(self, age: float) -> float:
        """Return the share in [0, 1) of the engagement that falls in the first `age` seconds."""
        if age <= 0:
            return 0.0
        bent = self.early if age < self.half else self.late
        return min(1 / (1 + math.pow(self.half / age, bent)), _NEARLY_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """How posts differ in pace.

    Half-lives are log-normal with the deviation `halves`, around `curve.half` for a post that draws `size`
    acts, and around that · ((1 + acts) / (1 + `size`))^`growth` for a smaller one, which is over sooner. The
    early exponent is `fan` times below or above the curve's, either as likely. However many acts a post has,
    they speak of its pace as no more than `credence` independent ones would.
    """

    halves: float
    fan: float
    size: float
    growth: float
    credence: float

    def usual(self, acts: float) -> float:
        """Return the logarithm of the usual half-life of a post that draws so many, over the curve's."""
        return self.growth * math.log(min((1 + acts) / (1 + self.size), _LARGEST))


@lru_cache(maxsize=64)
def curves(curve: Curve, variety: Variety) -> tuple[tuple[float, Curve], ...]:
    """Return the curves that a post may follow, each with the logarithm of its half-life over the usual."""
    return tuple(
        (
            step * _STEP,
            Curve(half=curve.half * math.exp(step * _STEP), early=curve.early * bend, late=curve.late),
        )
        for step in _STEPS
        for bend in (1 / variety.fan, variety.fan)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Final engagement before anything is seen: a mixture of two negative binomials, and an act of its own.

    The mean of the mixture is `scale` · (1 + followers)^`exponent`, or `unknown` where the platform does not
    say how many; `shape` and `unknown_shape` are the shapes of the two. A share `hits` of the posts draws
    `lift` times as much as the others. One act that brings no others comes on its own with the chance
    1 - exp(-`echo` · mean). `weight` is how many acts the prior is worth beside what was seen; a post far
    above it outweighs it, as its tail is a power law of index `tail`.
    """

    scale: float
    exponent: float
    shape: float
    hits: float
    lift: float
    echo: float
    unknown: float
    unknown_shape: float
    weight: float
    tail: float

    def expected(self, followers: int | None) -> tuple[float, float]:
        """Return the mean and the shape of the mixture for an author with so many followers."""
        if followers is None:
            return self.unknown, self.unknown_shape
        return self.scale * math.pow(1.0 + max(followers, 0), self.exponent), self.shape

    def beforehand(self, followers: int | None) -> float:
        """Return the mean of the final engagement of such an author's post."""
        mean, _ = self.expected(followers)
        return mean + self.alone(mean)

    def parts(self, mean: float) -> tuple[tuple[float, float], ...]:
        """Return the chance and the mean of each part of the mixture whose mean is `mean`."""
        common = mean / (1 - self.hits + self.hits * self.lift)
        return (1 - self.hits, common), (self.hits, common * self.lift)

    def alone(self, mean: float) -> float:
        """Return the chance of an act of its own beside a mixture of this mean."""
        return -math.expm1(-self.echo * mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """When the first act comes: soon, for a share of the posts, or later, when people come back.

    The share is `quick`, or `lone` of the posts that draw one act and no more. Both ways are log-logistic,
    with their half-lives `soon` and `half` in seconds, and one exponent.
    """

    quick: float
    lone: float
    soon: float
    half: float
    exponent: float

    def by(self, age: float, *, alone: bool = False) -> float:
        """Return the share in [0, 1) whose first act comes by `age`, of posts with acts or with one alone."""
        if age <= 0:
            return 0.0
        soon, later = (1 / (1 + math.pow(half / age, self.exponent)) for half in (self.soon, self.half))
        quick = self.lone if alone else self.quick
        return min(quick * soon + (1 - quick) * later, _NEARLY_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum:
    """How the present speaks of the future.

    An act at a share y of the time since the first one has the weight y^`discount`. `drift` is the shape of
    what nothing tells beforehand: the smaller, the wider the interval.
    """

    discount: float
    drift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All that the model knows of a platform."""

    curve: Curve
    variety: Variety
    prior: Prior
    onset: Onset
    momentum: Momentum


def to_record(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters as JSON objects."""
    return {"version": VERSION, **asdict(parameters)}


def from_record(record: dict[str, Any]) -> Parameters:
    """Return the parameters in a record of `to_record`. Raises `ValueError` for any other."""
    try:
        if record["version"] != VERSION:
            raise ValueError(f"parameters of form {record['version']}, not {VERSION}")
        kinds = {"curve": Curve, "variety": Variety, "prior": Prior, "onset": Onset, "momentum": Momentum}
        parts = {name: _part(kind, record[name]) for name, kind in kinds.items()}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not the parameters of spread: {error!r}") from error
    return Parameters(**parts)


def _part(kind: Any, record: dict[str, Any]) -> Any:
    values = {field.name: float(record[field.name]) for field in fields(kind)}
    if odd := [name for name, value in values.items() if not (math.isfinite(value) and value > 0)]:
        raise ValueError(f"{odd[0]} of the {kind.__name__.lower()} must be a positive number")
    return kind(**values)


_NEARLY_ALL = 1 - 1e-9  # the last act is never certain to have been seen
_LARGEST = 1.5  # of a size: what is larger still lasts no longer
_STEP = math.log(4)  # between the half-lives that are told apart
_STEPS = range(-3, 3)  # from a 64th of the curve's to 16 times as long
