"""How good predictions are: held against what finished posts came to in the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.core.spread import predict
from monitor.core.spread.fitting import Cascade
from monitor.core.spread.parameters import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of the posts not past `threshold` at an `age`: how many were expected to pass it, and how many did.

    `expected` and `passed` are shares of `posts`; `auc` is the chance that one that passed was given the
    higher probability than one that did not, None where there are not both kinds.
    """

    age: float
    threshold: int
    posts: int
    expected: float
    passed: float
    auc: float | None

    @property
    def error(self) -> float:
        """How far the mean probability is from what happened."""
        return abs(self.expected - self.passed)


def measure(
    cascades: Sequence[Cascade], parameters: Parameters, ages: Sequence[float], thresholds: Sequence[int]
) -> Iterator[Measured]:
    """Yield how well the probabilities of passing `thresholds` hold at each of the `ages`, in seconds."""
    for age in ages:
        predicted = [
            (seen[-1][1] if seen else 0, each.final, predict(seen, each.followers, thresholds, parameters))
            for each in cascades
            for seen in [each.until(age) if age > 0 else ()]
            if seen or age <= 0
        ]
        for index, threshold in enumerate(thresholds):
            pairs = [
                (spread.passing[index][1], final >= threshold)
                for seen, final, spread in predicted
                if seen < threshold
            ]
            if pairs:
                yield Measured(
                    age=age,
                    threshold=threshold,
                    posts=len(pairs),
                    expected=sum(chance for chance, _ in pairs) / len(pairs),
                    passed=sum(passed for _, passed in pairs) / len(pairs),
                    auc=ranked(pairs),
                )


def ranked(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Return the area under the ROC curve of (score, truth) pairs, ties counting half."""
    in_order = sorted(pairs)
    positive = sum(truth for _, truth in in_order)
    negative = len(in_order) - positive
    if not positive or not negative:
        return None
    above, start = 0.0, 0
    while start < len(in_order):
        end = start
        while end < len(in_order) and in_order[end][0] == in_order[start][0]:
            end += 1
        above += (start + 1 + end) / 2 * sum(truth for _, truth in in_order[start:end])
        start = end
    return (above - positive * (positive + 1) / 2) / (positive * negative)
