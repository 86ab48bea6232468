"""When to read a post's engagement again: when it is likely to tell something."""

import math
from collections.abc import Iterable

from monitor.core.spread.parameters import Curve
from monitor.core.spread.shipped import SHIPPED

_LEAST, _MOST = 0.1, 0.9  # of what is to come: how much is let come before the next look


def next_look(
    age: float,
    passing: Iterable[tuple[int, float]],
    curve: Curve = SHIPPED.curve,
    *,
    soonest: float,
    latest: float,
) -> float:
    """Return in how many seconds to look again at a post of this age, at least `soonest`, at most `latest`.

    A look tells the more, the more of what is to come has come since the last one, and the less sure it is
    what the post will pass: while a threshold of `passing` is even, a tenth of the rest is let come; when all
    are decided, nine tenths.
    """
    doubt = max((4 * chance * (1 - chance) for _, chance in passing), default=0.0)
    part = _MOST - (_MOST - _LEAST) * min(max(doubt, 0.0), 1.0)
    share = curve.share_by(age)
    wait = age_of(curve, share + (1 - share) * part) - max(age, 0.0)
    return min(max(wait, soonest), latest)


def age_of(curve: Curve, share: float) -> float:
    """Return the age in seconds by which this share of a post's engagement has come."""
    if share <= 0:
        return 0.0
    odds = share / max(1 - share, 1e-12)
    return curve.half * math.pow(odds, 1 / (curve.early if odds < 1 else curve.late))
