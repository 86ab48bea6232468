"""What is made of labels: a calibration and a threshold for each source that has enough of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.core.assessment import Rubric
from monitor.core.calibration import Calibration, Measure, fit, held_back
from monitor.core.evaluation import Row
from monitor.store import labels, tunings
from monitor.store.mentions import Stored
from monitor.store.tunings import Draft, Tuning
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
        of_sources = [
            _lesson(rubric, brand, source, answers, learned.find(brand, source, rubric.model))
            for source in sorted(wanted)
        ]
        yield from (lesson for lesson in of_sources if lesson.answers or len(of_sources) == 1)
        if any(lesson.new is None for lesson in of_sources):
            yield _lesson(rubric, brand, None, answers, learned.find(brand, None, rubric.model))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A label with what the present judge says of its text."""

    mention: int
    source: str
    at: datetime
    row: Row


def _answers(labelled: Sequence[tuple[Stored, labels.Label]], rubric: Rubric) -> list[_Answer]:
    """Return the labels of a brand by number, without those of texts that cannot be judged."""
    judged = judgements([stored for stored, _ in labelled], rubric)
    return [
        _Answer(
            mention=stored.number,
            source=stored.source,
            at=label.at,
            row=(judgement.probability, label.complaint),
        )
        for (stored, label), judgement in zip(labelled, judged, strict=True)
        if judgement.probability is not None
    ]


def _lesson(
    rubric: Rubric, brand: str, source: str | None, everything: Sequence[_Answer], present: Tuning | None
) -> Lesson:
    """Learn of a source, or of the whole brand. It begins anew each time from what ships.

    Both the present tuning and the new one are measured by what their labels teach without those that are
    held back: labels that the present one had seen would speak for it.
    """
    answers = _from(everything, source)
    lesson = Lesson(
        brand=brand,
        source=source,
        model=rubric.model,
        answers=len(answers),
        complaints=sum(label for _, label in _rows(answers)),
        old=present.draft.calibration if present else rubric.shipped,
    )
    if any(lesson.missing):
        return lesson
    seen = _seen(everything, present)

    def before(heap: range) -> Calibration:
        return fit(_rows(seen, without=(answers[place] for place in heap)), rubric.shipped)

    def after(heap: range) -> Calibration:
        return fit(_rows(answers, without=(answers[place] for place in heap)), rubric.shipped)

    return replace(
        lesson,
        new=fit(_rows(answers), rubric.shipped),
        before=held_back(_rows(answers), before),
        after=held_back(_rows(answers), after),
    )


def _seen(everything: Sequence[_Answer], present: Tuning | None) -> list[_Answer]:
    """Return the labels that the present tuning was made of: none, where that is what ships."""
    if present is None:
        return []
    return [each for each in _from(everything, present.draft.source) if each.at <= present.made_at]


def _from(everything: Sequence[_Answer], source: str | None) -> list[_Answer]:
    return [each for each in everything if source in (None, each.source)]


def _rows(answers: Sequence[_Answer], without: Iterable[_Answer] = ()) -> list[Row]:
    left_out = {each.mention for each in without}
    return [each.row for each in answers if each.mention not in left_out]
