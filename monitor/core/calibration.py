"""What answers of people teach: how a judge's probability is corrected, and from where on it is a complaint.

The correction is that of Platt ("Probabilistic outputs for support vector machines", 1999), a line in the
logit. It is fitted to answers by maximum a posteriori, with what held before as the prior, so that a handful
of answers hardly moves it.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monitor.core.complaint import THRESHOLD
from monitor.core.evaluation import Row, calibration_error, confusion

EDGE = 1e-6  # nothing is surer than this
LEAST_SLOPE = 0.05  # a judge is never turned round: what it finds more likely stays more likely
MISS_WEIGHS = 2  # a missed complaint is as bad as so many false alarms: it festers, the other costs a look
WORSE = 0.01  # by which the loss, or the cost, of an answer may rise before a fit counts as worse
FOLDS = 5

_ANSWERS_HELD = 100  # as many answers as the prior's threshold weighs
_STEPS = 100
_STEADY = 1e-12
_TRACE = 1e-6


@dataclass(frozen=True, slots=True)
class _Prior:
    """How firmly a parameter is held: as by a Gaussian of variance `scale / pull`, but never beyond `pull`.

    The pull of a Gaussian grows without end: 200 answers could not put right a judge that is far off. That of
    a hyperbolic secant comes to outweigh `pull` answers and no more.
    """

    pull: float
    scale: float

    def loss(self, off: float) -> float:
        """Return the negative logarithm of the density, up to a constant."""
        size = abs(off / self.scale)
        return self.pull * self.scale * (size + math.log1p(math.exp(-2 * size)))

    def slope(self, off: float) -> float:
        return self.pull * math.tanh(off / self.scale)

    def curvature(self, off: float) -> float:
        return self.pull / self.scale * (1 - math.tanh(off / self.scale) ** 2)


_SLOPE, _INTERCEPT = _Prior(4.0, 0.2), _Prior(4.0, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A line in the logit, and the calibrated probability from which on it is a complaint.

    `version` is the number of the tuning that it comes from; None for what ships.
    """

    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = THRESHOLD
    version: int | None = None

    def of(self, raw: float) -> float:
        """Return the calibrated probability, always inside (0, 1), of a judge's raw one in [0, 1]."""
        if (self.slope, self.intercept) == (1.0, 0.0):
            return _inside(raw)
        return _inside(_logistic(self.slope * _logit(raw) + self.intercept))

    @property
    def least(self) -> float:
        """The raw probability from which on it is a complaint."""
        return _logistic((_logit(self.threshold) - self.intercept) / self.slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How well calibrated probabilities agree with answers. `loss` is the mean log loss, in nats.

    A figure that its definition leaves open, for want of answers or of complaints, is None.
    """

    answers: int
    calibration_error: float | None
    f1: float | None
    false_alarms: int
    misses: int
    loss: float

    @property
    def cost(self) -> float:
        """The mean cost of an answer, in false alarms."""
        return (self.false_alarms + MISS_WEIGHS * self.misses) / max(1, self.answers)

    def is_worse_than(self, other: "Measure") -> bool:
        """Tell whether probabilities, or what is made of them, are worse than in `other`, beyond chance."""
        return self.loss > other.loss + WORSE or self.cost > other.cost + WORSE


# ---------------------------------------------------------------------------------------------- the fitting
def fit(answers: Sequence[Row], prior: Calibration) -> Calibration:
    """Return the calibration that `answers`, pairs of raw probability and complaint, make of the prior.

    It is exact and the same each time. One more answer "not a complaint" at a probability never raises what
    is made of that probability, since the loss has one lowest point.
    """
    lines = [(_logit(raw), bool(label)) for raw, label in answers]
    slope, intercept = _line(lines, prior)
    fitted = replace(prior, slope=slope, intercept=intercept)
    calibrated = [(fitted.of(raw), bool(label)) for raw, label in answers]
    return replace(fitted, threshold=_threshold(calibrated, prior.threshold))


def _line(answers: Sequence[tuple[float, bool]], prior: Calibration) -> tuple[float, float]:
    """Return the best slope and intercept: Newton's method, halving a step that leads upwards."""
    fitted = _descend(answers, prior, (prior.slope, prior.intercept), free=True)
    if fitted[0] >= LEAST_SLOPE:
        return fitted
    return _descend(answers, prior, (LEAST_SLOPE, fitted[1]), free=False)


def _descend(
    answers: Sequence[tuple[float, bool]], prior: Calibration, start: tuple[float, float], *, free: bool
) -> tuple[float, float]:
    """Return the lowest point of the loss, along the intercept alone when the slope is not `free`."""
    here, loss = start, _loss(answers, prior, start)
    for _ in range(_STEPS):
        step, promised = _newton(answers, prior, here, free=free)
        if promised < _STEADY:
            break
        length = 1.0
        while (found := _loss(answers, prior, there := _moved(here, step, length))) > loss and there != here:
            length /= 2
        if there == here:
            break
        here, loss = there, found
    return here


def _moved(here: tuple[float, float], step: tuple[float, float], length: float) -> tuple[float, float]:
    return here[0] - length * step[0], here[1] - length * step[1]


def _loss(answers: Sequence[tuple[float, bool]], prior: Calibration, at: tuple[float, float]) -> float:
    slope, intercept = at
    held = _SLOPE.loss(slope - prior.slope) + _INTERCEPT.loss(intercept - prior.intercept)
    return held + math.fsum(_softplus(slope * x + intercept, label) for x, label in answers)


def _newton(
    answers: Sequence[tuple[float, bool]], prior: Calibration, at: tuple[float, float], *, free: bool
) -> tuple[tuple[float, float], float]:
    """Return the gradient divided by the curvature, and what that promises: a loss lower by half of it."""
    slope, intercept = at
    to_slope, to_intercept = _SLOPE.slope(slope - prior.slope), _INTERCEPT.slope(intercept - prior.intercept)
    # far from the prior its curvature vanishes in floating point: a trace of it keeps the division possible
    of_slope = max(_TRACE, _SLOPE.curvature(slope - prior.slope))
    of_intercept = max(_TRACE, _INTERCEPT.curvature(intercept - prior.intercept))
    of_both = 0.0
    for x, label in answers:
        chance = _logistic(slope * x + intercept)
        off, weight = chance - label, chance * (1 - chance)
        to_slope, to_intercept = to_slope + off * x, to_intercept + off
        of_slope, of_both, of_intercept = (
            of_slope + weight * x * x,
            of_both + weight * x,
            of_intercept + weight,
        )
    if not free:
        return (0.0, to_intercept / of_intercept), to_intercept**2 / of_intercept
    area = of_slope * of_intercept - of_both**2
    along_slope = (of_intercept * to_slope - of_both * to_intercept) / area
    along_intercept = (of_slope * to_intercept - of_both * to_slope) / area
    return (along_slope, along_intercept), along_slope * to_slope + along_intercept * to_intercept


def _threshold(answers: Sequence[Row], prior: float) -> float:
    """Return the threshold at which mistakes on `answers` cost least, drawn towards the prior's.

    A missed complaint costs as much as `MISS_WEIGHS` false alarms. Of those that cost the same, the one
    nearest to the prior's is taken. Where all answers are of one kind there is nothing to choose by.
    """
    complaints, others = (
        sorted(chance for chance, label in answers if label is kind) for kind in (True, False)
    )
    if not complaints or not others:
        return prior

    def cost(at: float) -> int:
        return MISS_WEIGHS * bisect_left(complaints, at) + len(others) - bisect_left(others, at)

    hundredths = (at / 100 for at in range(1, 100))  # finer ones would follow single answers
    best = min((prior, *hundredths), key=lambda at: (cost(at), abs(at - prior)))
    weight = len(answers) / (len(answers) + _ANSWERS_HELD)
    return prior + weight * (best - prior)


# -------------------------------------------------------------------------------------------- the measuring
def held_back(answers: Sequence[Row], taught: Callable[[range], Calibration], folds: int = FOLDS) -> Measure:
    """Return how well what some answers teach agrees with others.

    The answers are dealt to `folds` heaps in their order, which makes it the same each time. Each heap is
    judged by what is `taught` without it: that is given the places of its answers.
    """
    judged: list[tuple[float, bool, float]] = []  # the probability, what was answered, and the threshold
    for first in range(folds):
        heap = range(first, len(answers), folds)
        by = taught(heap)
        judged += [(by.of(answers[place][0]), bool(answers[place][1]), by.threshold) for place in heap]
    rows = [(chance, label) for chance, label, _ in judged]
    counts = confusion([(chance - threshold, label) for chance, label, threshold in judged], 0.0)
    losses = (-math.log(chance if label else 1 - chance) for chance, label in rows)
    return Measure(
        answers=len(rows),
        calibration_error=calibration_error(rows),
        f1=counts.f1,
        false_alarms=counts.false_alarms,
        misses=counts.missed,
        loss=math.fsum(losses) / max(1, len(rows)),
    )


# ---------------------------------------------------------------------------------------------- arithmetic
def _inside(chance: float) -> float:
    return min(1 - EDGE, max(EDGE, chance))


def _logit(chance: float) -> float:
    inside = _inside(chance)
    return math.log(inside / (1 - inside))


def _logistic(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))


def _softplus(logit: float, label: bool) -> float:
    """Return the log loss of a logit: log(1 + exp(logit)), less the logit where it is a complaint."""
    return max(logit, 0.0) + math.log1p(math.exp(-abs(logit))) - logit * label
