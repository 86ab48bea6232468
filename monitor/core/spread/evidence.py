"""What a series of readings says of a post: how many acts, since when, and how many of them lately."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.spread.parameters import Curve, Momentum

Readings = Sequence[tuple[float, int]]  # (age in seconds, engagement so far), oldest first

_UNDER_WAY = 1e-6  # seconds: nothing is divided by a shorter time


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of a post up to the `age` of its last reading, in seconds.

    `seen` acts, the first of them some `since` seconds ago (0 when there is none). `recent` are the acts
    after it, each by its weight; `exposure` is what `recent` would be if the post drew one act in all along
    the curve, and `share` the part of the curve that has passed. `fell` says that a count was corrected.
    """

    age: float = 0.0
    seen: int = 0
    since: float = 0.0
    recent: float = 0.0
    exposure: float = 0.0
    share: float = 0.0
    fell: bool = False


def gather(series: Readings, curve: Curve, momentum: Momentum) -> Evidence:
    """Weigh up `series`. An age before the post is its beginning; a count that fell is taken as it is now."""
    if not series:
        return Evidence()
    readings, fell = rising(series)
    age, seen = readings[-1]
    if seen == 0:
        return Evidence(age=age, fell=fell)
    begun, first = first_act(readings, curve)
    since = max(age - begun, _UNDER_WAY)
    recent, exposure, share = _weighed(readings[first:], begun, since, curve, momentum.discount)
    return Evidence(age=age, seen=seen, since=since, recent=recent, exposure=exposure, share=share, fell=fell)


def rising(series: Readings) -> tuple[list[tuple[float, int]], bool]:
    """Return the readings in order, none of them above a later one."""
    readings = [(max(age, 0.0), max(count, 0)) for age, count in series if math.isfinite(age)]
    readings.sort(key=lambda each: each[0])
    fell, least = False, readings[-1][1] if readings else 0
    for index in range(len(readings) - 1, -1, -1):
        age, count = readings[index]
        if count > least:
            readings[index], fell = (age, least), True
        least = min(least, count)
    return readings or [(0.0, 0)], fell


def first_act(readings: Readings, curve: Curve) -> tuple[float, int]:
    """Return at what age the first act came, and the index of the reading that showed it.

    n acts between two readings lie evenly along the early part of the curve, which is a power of the time.
    """
    first = next(index for index, (_, count) in enumerate(readings) if count)
    age, count = readings[first]
    before = readings[first - 1][0] if first else 0.0
    return before + (age - before) * math.pow(count + 1, -1 / curve.early), first


def _weighed(
    readings: Readings, begun: float, since: float, curve: Curve, discount: float
) -> tuple[float, float, float]:
    """Return the weighted acts, the weighted and the plain share of the curve, since the first act.

    Between two readings the curve is a power of the age, and acts follow it.
    """
    recent = exposure = share = reached = 0.0
    seen, age_before, power = 1, 0.0, 0.0
    for age, count in readings:
        after = age - begun
        if after <= age_before:  # two readings at one instant
            recent += (count - seen) * power
            seen = count
            continue
        passed, power_after = curve.share_by(after), (after / since) ** discount
        bent = curve.early * (1 - passed)
        if share and passed > share:
            bent = math.log(passed / share) / math.log(after / age_before)
        gain = passed - share
        reach = passed * power_after
        weighted = (reach - reached) * bent / (bent + discount)
        weight = min(max(weighted / gain, power), power_after) if gain > 0 else power_after
        recent += (count - seen) * weight
        exposure += gain * weight
        share, reached, power, age_before, seen = passed, reach, power_after, after, count
    return recent, exposure, share
