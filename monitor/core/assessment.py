"""One verdict on a mention: complaint, severity, spread and topics, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core import cues, spread
from monitor.core.complaint import THRESHOLD, Classify, by_cues
from monitor.core.mention import Engagement, Mention
from monitor.core.severity import Severity, grade
from monitor.core.spread import Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """By what to judge: the classifier, its name and threshold, and the brand's spread thresholds.

    `spread_thresholds` are counts of engagement, rising; passing the next one raises an alert.
    """

    classify: Classify = by_cues
    model: str = "cues-1"
    threshold: float = THRESHOLD
    spread_thresholds: tuple[int, ...] = (100, 1_000, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The verdict. `is_complaint` is None when the text could not be judged; then `reasons` says why."""

    is_complaint: bool | None
    probability: float | None
    severity: Severity
    severity_score: float
    spread: Spread
    topics: tuple[str, ...]
    reasons: tuple[str, ...]
    model: str


Series = Sequence[tuple[datetime, Engagement]]  # engagement at the instants it was read, oldest first


def assess(mention: Mention, series: Series, rubric: Rubric) -> Assessment:
    """Judge `mention`, whose engagement was read at the instants of `series`."""
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    found = cues.find(text)
    judgement = rubric.classify(text, mention.lang, found)
    graded = grade(found, mention.author.followers)
    will_spread = spread.predict(
        [((at - mention.created_at).total_seconds(), counts.total) for at, counts in series],
        mention.author.followers,
        rubric.spread_thresholds,
    )
    complains = None if judgement.probability is None else judgement.probability >= rubric.threshold
    severity = _raised_by_reach(graded.severity, will_spread)
    return Assessment(
        is_complaint=complains,
        probability=judgement.probability,
        severity=severity,
        severity_score=graded.score,
        spread=will_spread,
        topics=tuple(filter(found.__contains__, cues.TOPICS)),
        reasons=_merged(judgement.reasons, graded.reasons, _spread_reasons(will_spread)),
        model=rubric.model,
    )


def _raised_by_reach(severity: Severity, will_spread: Spread) -> Severity:
    """Raise by one for the second spread threshold that will likely be passed: many will read it."""
    if len(spread.likely_passed(will_spread.passing)) < 2:  # noqa: PLR2004 - the second
        return severity
    order = list(Severity)
    return order[min(severity.rank + 1, len(order) - 1)]


def _spread_reasons(will_spread: Spread) -> tuple[str, ...]:
    likely = spread.likely_passed(will_spread.passing)
    if not likely:
        return ()
    return (f"expected to pass {likely[-1]:,} acts of engagement ({will_spread.to_come:.0%} still to come)",)


def _merged(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for group in groups for reason in group))
