"""Judge many texts at once, so that one at which the judge fails costs the others nothing."""

from collections.abc import Callable, Sequence

from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement, Passage

# Is told the place of a passage at which the judge failed, while the error is being handled.
Failed = Callable[[int], None]


def judge_all(passages: Sequence[Passage], rubric: Rubric, failed: Failed) -> list[Judgement]:
    """Return a judgement for each passage, in order.

    Where the judge raises, the passages are judged one by one; what it fails at is left unjudged, and the
    reason names the error and the model.
    """
    try:
        return list(rubric.judge(passages))
    except Exception:  # noqa: BLE001 - the supervisor of judges
        return [_judge_one(each, rubric, index, failed) for index, each in enumerate(passages)]


def _judge_one(passage: Passage, rubric: Rubric, index: int, failed: Failed) -> Judgement:
    try:
        (only,) = rubric.judge([passage])
    except Exception as error:  # noqa: BLE001 - the supervisor of judges
        failed(index)
        reason = f"could not be judged: {type(error).__name__} in {rubric.model}"
        return Judgement(probability=None, reasons=(reason,))
    return only
