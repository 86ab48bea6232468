"""How far a post will spread: its final engagement, predicted from what was seen so far.

Before any act, the final engagement is a mixture of negative binomials around what the author's followers
lead one to expect. From the first act on, the rate at which a post draws engagement is Gamma distributed, the
acts are Poisson along one of several response curves, each as likely as the acts so far make it, and later
acts count for more than early ones. docs/assessment.md has the formulas, where they come from, and how well
they do.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.core.spread.evidence import Evidence, Readings, gather
from monitor.core.spread.model import Rest, to_come
from monitor.core.spread.parameters import Parameters
from monitor.core.spread.shipped import SHIPPED

__all__ = ["SHIPPED", "Parameters", "Spread", "chance_of_next", "likely_passed", "predict"]

_LIKELY = 0.5  # a threshold counts as passed when that is more likely than not
_LOW, _HIGH = 0.1, 0.9  # the interval has 80 % of the chance
_CLEAR = 1.25  # a trend that is worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Expected final engagement with its 80 % interval, the share of it still to come, and what it may pass.

    `passing` has a pair (threshold, probability) for each threshold that was asked for; `reasons` are short
    phrases on what the prediction rests on.
    """

    expected: float
    low: float
    high: float
    to_come: float
    passing: tuple[tuple[int, float], ...] = ()
    reasons: tuple[str, ...] = ()


def likely_passed(passing: Iterable[tuple[int, float]]) -> list[int]:
    """Return the thresholds that are more likely than not to be passed, of pairs as in `Spread.passing`."""
    return [threshold for threshold, chance in passing if chance >= _LIKELY]


def chance_of_next(passing: Iterable[tuple[int, float]]) -> float:
    """Return the chance of passing the first threshold that is not likely to be passed; 0 after the last."""
    return next((chance for _, chance in passing if chance < _LIKELY), 0.0)


def predict(
    series: Readings,
    followers: int | None,
    thresholds: Sequence[int] = (),
    parameters: Parameters = SHIPPED,
) -> Spread:
    """Predict from `series`, pairs of (age in seconds, engagement so far), oldest first; it may be empty."""
    evidence = gather(series, parameters.curve, parameters.momentum)
    rest = to_come(evidence, followers, parameters)
    seen, more = evidence.seen, rest.mean
    if not seen and evidence.age:  # no act makes nobody expect more than one act would
        before = [each for each in series if each[0] < evidence.age]
        one = gather([*before, (evidence.age, 1)], parameters.curve, parameters.momentum)
        more = min(more, 1 + to_come(one, followers, parameters).mean)
    low, high = math.floor(rest.quantile(_LOW)), math.ceil(rest.quantile(_HIGH))
    return Spread(
        expected=seen + more,
        low=seen + min(low, more),
        high=seen + max(high, more),
        to_come=more / (seen + more) if more else 0.0,
        passing=tuple((each, rest.at_least(each - seen)) for each in thresholds),
        reasons=tuple(_reasons(evidence, followers, rest, parameters)),
    )


def _reasons(evidence: Evidence, followers: int | None, rest: Rest, parameters: Parameters) -> Iterable[str]:
    beforehand = parameters.prior.beforehand(followers)
    who = "followers unknown" if followers is None else f"{followers:,} followers"
    if not evidence.seen:
        yield f"no engagement seen by {span(evidence.age)}" if evidence.age else "first sight"
        yield f"{who}: {beforehand:,.1f} expected beforehand"
        return
    yield f"{evidence.seen:,} in the {span(evidence.since)} since the first act"
    if rest.pace > _CLEAR:
        yield f"picking up: {rest.pace:.1f} times the usual pace"
    elif rest.pace * _CLEAR < 1:
        yield f"slowing down: {rest.pace:.0%} of the usual pace"
    if evidence.recent < parameters.prior.weight:
        yield f"{who}: {beforehand:,.1f} expected beforehand"
    if evidence.fell:
        yield "a count fell: taken as it is now"


def span(seconds: float) -> str:
    """Return a length of time in its largest whole unit: "45 s", "30 min", "7 h", "3 d"."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or (unit == "min" and seconds >= length):
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
