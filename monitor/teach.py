"""What is made of labels: a calibration and a threshold for each source that has enough of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.core.assessment import Rubric
from monitor.core.calibration import Calibration, Measure, fit, held_back, measure
from monitor.core.evaluation import Row
from monitor.store import labels, tunings
from monitor.store.mentions import Stored
from monitor.store.tunings import Draft, Live, Tuning
from monitor.verdicts import DEFAULT, judgements

ENOUGH = 20  # labels of a source, or of a brand, before anything is learned
OF_EACH_KIND = 5  # of them complaints, and others: from one kind alone no threshold follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What the labels of a source teach of a model, or of a whole brand where `source` is None.

    `before` and `after` are measured on held-back labels; they and `new` are None when there are too few.
    """

    brand: str
    source: str | None
    model: str
    answers: int
    complaints: int
    old: Calibration
    new: Calibration | None = None
    before: Measure | None = None
    after: Measure | None = None

    @property
    def is_worse(self) -> bool:
        """Whether held-back labels speak against it."""
        return bool(self.before and self.after and self.after.is_worse_than(self.before))

    @property
    def missing(self) -> tuple[int, int, int]:
        """How many labels, complaints and others are missing before anything can be learned."""
        others = self.answers - self.complaints
        lacking = (ENOUGH - self.answers, OF_EACH_KIND - self.complaints, OF_EACH_KIND - others)
        return max(0, lacking[0]), max(0, lacking[1]), max(0, lacking[2])

    @property
    def measured(self) -> dict[str, Any]:
        """What was measured, as JSON data."""
        found = {"before": self.before, "after": self.after}
        return {name: asdict(each) | {"cost": each.cost} if each else None for name, each in found.items()}


def lessons(
    connection: Connection, rubrics: Mapping[str, Rubric], sources: Mapping[str, Collection[str]]
) -> Iterator[Lesson]:
    """Yield what can be learned now of each source, and of the whole brand where a source has too few labels.

    Nothing is saved. `sources` names by brand those to look at. The present judge of each brand judges what
    was labelled: what an older model said of it does not matter.
    """
    learned = tunings.live(connection)
    for brand, wanted in sources.items():
        rubric = rubrics.get(brand, DEFAULT)
        answers = _answers(labels.labelled(connection, brand), rubric)
        each_source = [
            _lesson(learned, rubric, brand, source, answers.get(source, ())) for source in sorted(wanted)
        ]
        yield from (lesson for lesson in each_source if lesson.answers or len(each_source) == 1)
        if any(lesson.new is None for lesson in each_source):
            everywhere = [answer for source in sorted(answers) for answer in answers[source]]
            yield _lesson(learned, rubric, brand, None, everywhere)


def save(connection: Connection, lesson: Lesson, by: str, now: datetime) -> Tuning:
    """Save what was learned: it counts from now on. Raises `ValueError` when there was nothing to learn."""
    if lesson.new is None:
        raise ValueError("there are too few labels")
    draft = Draft(
        brand=lesson.brand,
        source=lesson.source,
        model=lesson.model,
        calibration=lesson.new,
        answers=lesson.answers,
        measured=lesson.measured,
    )
    return tunings.save(connection, draft, by, now)


def _answers(labelled: Sequence[tuple[Stored, labels.Label]], rubric: Rubric) -> dict[str, list[Row]]:
    """Return pairs of raw probability and label by source, without what cannot be judged."""
    judged = judgements([stored for stored, _ in labelled], rubric)
    found: dict[str, list[Row]] = {}
    for (stored, label), judgement in zip(labelled, judged, strict=True):
        if judgement.probability is not None:
            found.setdefault(stored.source, []).append((judgement.probability, label.complaint))
    return found


def _lesson(learned: Live, rubric: Rubric, brand: str, source: str | None, answers: Sequence[Row]) -> Lesson:
    """Learn from answers. It begins anew each time from what ships: none of them counts twice."""
    old = learned.find(brand, source, rubric.model) or rubric.shipped
    complaints = sum(label for _, label in answers)
    lesson = Lesson(
        brand=brand,
        source=source,
        model=rubric.model,
        answers=len(answers),
        complaints=complaints,
        old=old,
    )
    if any(lesson.missing):
        return lesson
    return replace(
        lesson,
        new=fit(answers, rubric.shipped),
        before=measure(answers, old),
        after=held_back(answers, rubric.shipped),
    )
