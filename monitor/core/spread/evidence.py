"""What a series of readings says of a post: how many acts, since when, and how many of them lately."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.spread.parameters import Curve, Momentum

Readings = Sequence[tuple[float, int]]  # (age in seconds, engagement so far), oldest first

_TOLD_IN = 1.0  # seconds: platforms tell no shorter ones, so an act by second 0 came within the first
_UNDER_WAY = 1e-6  # seconds: nothing is divided by a shorter time
_HALVINGS = 7  # the first 128th of the time is one span
_NEARLY = 1 + 1e-9  # a reading at the half itself counts as one by then, rounded or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What came between two readings: `acts`, up to so many seconds after the first one, each of `weight`."""

    until: float
    acts: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of a post up to the `age` of its last reading, in seconds.

    `seen` acts, the first of them some `since` seconds ago (0 when there is none); `spans` has the acts after
    it, and `recent` is their sum, each by its weight. `fell` says that a count was corrected.
    """

    age: float = 0.0
    seen: int = 0
    since: float = 0.0
    spans: tuple[Span, ...] = ()
    recent: float = 0.0
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
    spans = _spans(readings[first:], begun, since, momentum.discount)
    recent = sum(each.acts * each.weight for each in spans)
    return Evidence(age=age, seen=seen, since=since, spans=spans, recent=recent, fell=fell)


def rising(series: Readings) -> tuple[list[tuple[float, int]], bool]:
    """Return the readings in order, none of them above a later one, and whether a count fell.

    An act by second 0 came within the first: from the first one on, no age is shorter.
    """
    readings = [(max(age, 0.0), max(count, 0)) for age, count in series if math.isfinite(age)]
    readings.sort(key=lambda each: each[0])
    begun = next((index for index, (_, count) in enumerate(readings) if count), len(readings))
    readings[begun:] = [(max(age, _TOLD_IN), count) for age, count in readings[begun:]]
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


def _spans(readings: Readings, begun: float, since: float, discount: float) -> tuple[Span, ...]:
    """Return the spans since the first act, cut at a half of the time, a quarter, an eighth and so on.

    So acts weigh the same however often a post is read.
    """
    ages = [age - begun for age, _ in readings]
    cuts = [_cut(readings, ages, since / 2**halving) for halving in range(_HALVINGS, 0, -1)]
    spans, before, counted = [], 0.0, 1
    for until, count in (*cuts, (since, readings[-1][1])):
        early, late = before / since, until / since
        if late > early:  # two instants may be told apart, and their shares of the time not
            weight = _weight(early, late, discount)
            spans.append(Span(until=until, acts=count - counted, weight=weight))
            before, counted = until, count
    return tuple(spans)


def _cut(readings: Readings, ages: Sequence[float], instant: float) -> tuple[float, int]:
    """Return where to cut for an instant after the first act, and the count there.

    That is the instant itself, if the readings around it leave no more than an act in doubt, else the reading
    before it, or the one after it if the one before is long past and another follows.
    """
    after = bisect_right(ages, instant * _NEARLY)
    before, later = after - 1, min(after, len(readings) - 1)
    count = readings[before][1] if after else 1
    if after and readings[later][1] - count <= 1:
        return instant, count
    if after and (ages[before] > instant / 2 or later == len(readings) - 1):
        return ages[before], count
    return ages[later], readings[later][1]


def _weight(early: float, late: float, discount: float) -> float:
    """Return the mean of y^discount between two shares y of the time."""
    power = discount + 1
    return (math.pow(late, power) - math.pow(early, power)) / (power * (late - early))
