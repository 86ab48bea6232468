"""How well judgements agree with people: figures from pairs of a probability and a label.

A figure that its definition leaves open, for want of rows or of one of the two classes, is None.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

Row = tuple[float, bool]  # the probability that it is a complaint, in [0, 1], and whether it is one

BINS = 10  # of the calibration error
RECALL = 0.9  # at which precision is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How many were judged rightly and wrongly: a found complaint is one that is one."""

    found: int = 0  # true positives
    false_alarms: int = 0  # false positives
    missed: int = 0  # false negatives
    passed: int = 0  # true negatives

    @property
    def precision(self) -> float | None:
        """The share of complaints among what was taken for one."""
        return _ratio(self.found, self.found + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """The share of the complaints that was found."""
        return _ratio(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        """F1 of the class of complaints: the harmonic mean of precision and recall (van Rijsbergen 1979)."""
        return _f1(self.found, self.false_alarms, self.missed)

    @property
    def macro_f1(self) -> float | None:
        """The mean of F1 of both classes, of equal weight, as in Sokolova and Lapalme (2009)."""
        others = _f1(self.passed, self.missed, self.false_alarms)
        return None if self.f1 is None or others is None else (self.f1 + others) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of some rows at a threshold. `best_threshold` has the best macro-F1 on these very rows."""

    rows: int
    complaints: int
    unjudged: int
    threshold: float
    confusion: Confusion
    auc: float | None
    precision_at_recall: float | None
    calibration_error: float | None
    best_threshold: float | None
    kappa: float | None


def evaluate(given: Sequence[tuple[float | None, bool]], threshold: float) -> Evaluation:
    """Return all figures; complaints are those whose probability is `threshold` or more.

    None is the probability of what could not be judged. It alerts nobody, so it counts as 0; the calibration
    error alone leaves it out, since there no probability was claimed.
    """
    rows = [(probability or 0.0, label) for probability, label in given]
    judged = [(probability, label) for probability, label in given if probability is not None]
    return Evaluation(
        rows=len(rows),
        complaints=sum(label for _, label in rows),
        unjudged=len(rows) - len(judged),
        threshold=threshold,
        confusion=confusion(rows, threshold),
        auc=auc(rows),
        precision_at_recall=precision_at_recall(rows),
        calibration_error=calibration_error(judged),
        best_threshold=best_threshold(rows),
        kappa=kappa([(probability >= threshold, label) for probability, label in rows]),
    )


def confusion(rows: Sequence[Row], threshold: float) -> Confusion:
    """Count what was judged rightly and wrongly at `threshold`."""
    counts = Counter((probability >= threshold, bool(label)) for probability, label in rows)
    return Confusion(
        found=counts[True, True],
        false_alarms=counts[True, False],
        missed=counts[False, True],
        passed=counts[False, False],
    )


def auc(rows: Sequence[Row]) -> float | None:
    """Return the area under the ROC curve: how often a complaint is put above another row, ties as half.

    It is the statistic of Mann and Whitney (1947) over the number of pairs (Hanley and McNeil 1982).
    """
    below = won = 0
    complaints = others = 0
    for tied in _by_probability(rows):
        alike = sum(tied)
        won += alike * (2 * below + len(tied) - alike)  # twice: a tie is half a pair
        below += len(tied) - alike
        complaints += alike
        others += len(tied) - alike
    return _ratio(won, 2 * complaints * others)


def precision_at_recall(rows: Sequence[Row], recall: float = RECALL) -> float | None:
    """Return the best precision of all thresholds at which at least `recall` of the complaints are found."""
    return max(
        (
            each.precision or 0.0
            for _, each in _curve(rows)
            if each.recall is not None and each.recall >= recall
        ),
        default=None,
    )


def best_threshold(rows: Sequence[Row]) -> float | None:
    """Return the highest threshold of the best macro-F1 on these very rows, one of their probabilities.

    It is for information: what is chosen on rows flatters them, so a threshold is fixed on others.
    """
    scored = [(each.macro_f1, at) for at, each in _curve(rows) if each.macro_f1 is not None]
    return max(scored)[1] if scored else None


def calibration_error(rows: Sequence[Row], bins: int = BINS) -> float | None:
    """Return how far probabilities lie from what happened: the mean over rows, by bins of equal width.

    It is the expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) of the probability of a
    complaint. Bin k of n holds k/n up to, not including, (k+1)/n, the last one 1 as well. What counts of each
    is the distance between the mean probability and the share of complaints, weighted by its rows.
    """
    sums = [0.0] * bins  # of probability less label: the distance of the means, times the rows of the bin
    for probability, label in rows:
        sums[min(bins - 1, int(probability * bins))] += probability - label
    return _ratio(sum(map(abs, sums)), len(rows))


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return how far two judges agree beyond chance: Cohen's kappa (1960), 1 at best, 0 as by chance.

    A pair is what the first and the second say of one item. None where chance alone makes them agree on all.
    """
    firsts, seconds = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    agreed = sum(first == second for first, second in pairs)
    # In whole numbers, so that what cancels out cancels: both shares are taken times the square of the pairs.
    by_chance = sum(count * seconds[name] for name, count in firsts.items())
    return _ratio(len(pairs) * agreed - by_chance, len(pairs) ** 2 - by_chance)


def _by_probability(rows: Sequence[Row]) -> Iterator[list[bool]]:
    """Yield the labels of rows with the same probability, the lowest probability first."""
    for _, tied in groupby(sorted(rows), key=lambda row: row[0]):
        yield [bool(label) for _, label in tied]


def _curve(rows: Sequence[Row]) -> Iterator[tuple[float, Confusion]]:
    """Yield each probability as a threshold, the highest first, with the counts that it gives."""
    complaints = sum(bool(label) for _, label in rows)
    taken = found = 0
    for at, tied in groupby(sorted(rows, reverse=True), key=lambda row: row[0]):
        labels = [label for _, label in tied]
        taken += len(labels)
        found += sum(labels)
        yield (
            at,
            Confusion(
                found=found,
                false_alarms=taken - found,
                missed=complaints - found,
                passed=len(rows) - taken - complaints + found,
            ),
        )


def _f1(found: int, false_alarms: int, missed: int) -> float | None:
    """Return F1 of a class; None where no row is of that class."""
    return _ratio(2 * found, 2 * found + false_alarms + missed) if found + missed else None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
