"""One verdict on a mention: complaint, severity, spread and topics, each with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core import spread
from monitor.core.calibration import Calibration
from monitor.core.complaint import THRESHOLD, Judge, Judgement, Passage, by_cues
from monitor.core.mention import Engagement, Mention
from monitor.core.severity import Severity, reach
from monitor.core.spread import SHIPPED, Parameters, Spread
from monitor.core.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """By what to judge: the judge, its name and threshold, and the brand's spread thresholds.

    `tuned` is what answers of people made of the judge's probabilities and of the shipped `threshold`.
    `spread_thresholds` are counts of engagement, rising; passing the next one raises an alert. `spread` has
    how posts spread on the platforms of which that was learned; the others follow what is shipped. `topics`
    are the brand's own, besides those that the judge knows.
    """

    judge: Judge = by_cues
    model: str = "cues-1"
    threshold: float = THRESHOLD
    spread_thresholds: tuple[int, ...] = (100, 1_000, 10_000)
    tuned: Calibration | None = None
    spread: Mapping[str, Parameters] = field(default_factory=dict)
    topics: Topics = field(default_factory=Topics)

    @property
    def shipped(self) -> Calibration:
        """What holds where nothing was learned."""
        return Calibration(threshold=self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The verdict. `is_complaint` is None when the text could not be judged; then `reasons` says why.

    `raw` is the probability that the judge called `model` gave; `probability`, held against `threshold`, is
    what `tuning` (its number) made of it. `lang` is the language that the text was found to be in.
    """

    is_complaint: bool | None
    probability: float | None
    raw: float | None
    threshold: float
    tuning: int | None
    lang: str | None
    severity: Severity
    severity_score: float
    spread: Spread
    topics: tuple[str, ...]
    reasons: tuple[str, ...]
    model: str


Series = Sequence[tuple[datetime, Engagement]]  # engagement at the instants it was read, oldest first


def passage(mention: Mention) -> Passage:
    """Return what of a mention is judged: its title, if it has one, and its text."""
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    return Passage(text=text, lang=mention.lang)


def assess(mention: Mention, judgement: Judgement, series: Series, rubric: Rubric) -> Assessment:
    """Return the verdict on `mention`, whose text was judged and whose engagement was read in `series`.

    The brand's own topics are found in any language, also where nobody can judge whether it complains.
    """
    will_spread = spread.predict(
        [((at - mention.created_at).total_seconds(), counts.total) for at, counts in series],
        mention.author.followers,
        rubric.spread_thresholds,
        rubric.spread.get(mention.platform, SHIPPED),
    )
    audience = reach(mention.author.followers)
    score = min(1.0, judgement.score + audience.score)
    own = rubric.topics.find(passage(mention).text)
    about = (f"is about {topic}: “{words}”" for topic, words in own.items())
    raw, calibration = judgement.probability, rubric.tuned or rubric.shipped
    probability = raw if raw is None or rubric.tuned is None else rubric.tuned.of(raw)
    return Assessment(
        is_complaint=None if probability is None else probability >= calibration.threshold,
        probability=probability,
        raw=raw,
        threshold=calibration.threshold,
        tuning=calibration.version,
        lang=judgement.lang,
        severity=_raised_by_spread(Severity.of(score), will_spread),
        severity_score=score,
        spread=will_spread,
        topics=tuple(dict.fromkeys((*judgement.topics, *own))),
        reasons=(*judgement.reasons, *about, *audience.reasons, *_spread_reasons(will_spread)),
        model=rubric.model,
    )


def _raised_by_spread(severity: Severity, will_spread: Spread) -> Severity:
    """Raise by one for the second spread threshold that will likely be passed: many will read it."""
    if len(spread.likely_passed(will_spread.passing)) < 2:  # noqa: PLR2004 - the second
        return severity
    order = list(Severity)
    return order[min(severity.rank + 1, len(order) - 1)]


def _spread_reasons(will_spread: Spread) -> tuple[str, ...]:
    likely = spread.likely_passed(will_spread.passing)
    if not likely:
        return ()
    expected = f"expected to pass {likely[-1]:,} acts of engagement ({will_spread.to_come:.0%} still to come)"
    return (expected, *will_spread.reasons)
