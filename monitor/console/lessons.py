"""What labels teach, as `uproar tune` shows it: measured on held-back labels, before and after."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.console.sheet import Section
from monitor.core.calibration import Calibration, Measure
from monitor.core.sanitise import line
from monitor.notify import wording
from monitor.store.tunings import Tuning
from monitor.teach import Lesson

_DASH = "\N{EN DASH}"
_ARROW = "→"


def sections(lessons: Sequence[tuple[Lesson, Tuning | None]]) -> Iterator[Section]:
    """Yield what each lesson says, and under which number it was saved, if it was."""
    for lesson, saved in lessons:
        labels = f"{_counted(lesson.answers, 'label')}, {_counted(lesson.complaints, 'complaint')}"
        heading = f"{_where(lesson.brand, lesson.source)}: {labels}, judged by {line(lesson.model, 60)}"
        yield Section(heading=heading, lines=(*_figures(lesson), *_made(lesson), _outcome(lesson, saved)))


def _figures(lesson: Lesson) -> Iterator[str]:
    before, after = lesson.before, lesson.after
    if before is None or after is None:
        return
    shown = {
        "calibration error": [_share(each.calibration_error) for each in (before, after)],
        "F1 of complaints": [_share(each.f1) for each in (before, after)],
        "false alarms": [f"{each.false_alarms:,}" for each in (before, after)],
        "misses": [f"{each.misses:,}" for each in (before, after)],
    }
    for name, (was, now) in shown.items():
        yield f"{name} {was} {_ARROW} {now}, on held-back labels"


def _made(lesson: Lesson) -> Iterator[str]:
    if lesson.new:
        yield (
            f"a complaint from a raw probability of {lesson.old.least:.3f} on {_ARROW} "
            f"from {lesson.new.least:.3f} on; a raw 0.500 counts as {lesson.new.of(0.5):.3f}"
        )


def _outcome(lesson: Lesson, saved: Tuning | None) -> str:
    if saved:
        return f"saved as tuning {saved.number}: `uproar tune --undo {saved.number}` withdraws it"
    if lesson.new is None:
        return f"nothing is learned: {_missing(lesson)}"
    if lesson.is_worse:
        return "not saved: held-back labels say that it would be worse (--force saves it)"
    return "not saved: a dry run"


def _missing(lesson: Lesson) -> str:
    """Return what is missing, in words: labels at all, and labels of each kind."""
    labels, complaints, others = lesson.missing
    told = [_counted(labels, "more label")] if labels else []
    told += [f"{_counted(complaints, 'more label')} that say complaint"] if complaints else []
    told += [f"{_counted(others, 'more label')} that say not"] if others else []
    return f"it takes {', '.join(told)} (`uproar label`)"


def rows(lessons: Sequence[tuple[Lesson, Tuning | None]]) -> Iterator[dict[str, Any]]:
    """Yield the lessons as JSON data."""
    for lesson, saved in lessons:
        labels, complaints, others = lesson.missing
        yield {
            "tuning": saved.number if saved else None,
            "brand": lesson.brand,
            "source": lesson.source,
            "model": lesson.model,
            "labels": lesson.answers,
            "complaints": lesson.complaints,
            "missing": {"labels": labels, "complaints": complaints, "others": others},
            "worse": lesson.is_worse,
            **_learned(lesson.new),
            "before": _measured(lesson.before),
            "after": _measured(lesson.after),
        }


def _learned(calibration: Calibration | None) -> dict[str, float | None]:
    names = ("slope", "intercept", "threshold")
    return {name: getattr(calibration, name) if calibration else None for name in names}


def _measured(measure: Measure | None) -> dict[str, Any] | None:
    names = ("calibration_error", "f1", "false_alarms", "misses", "loss", "cost")
    return {name: getattr(measure, name) for name in names} if measure else None


# --------------------------------------------------------------------------------------------- the list
def listed(tunings: Sequence[Tuning], in_use: Mapping[int, bool]) -> Iterator[Section]:
    """Yield the tunings, and which of them count."""
    for each in tunings:
        draft, learned = each.draft, each.draft.calibration
        at = learned.threshold
        made = f"{wording.moment(each.made_at)} by {wording.person(each.made_by)}"
        state = "in use" if in_use[each.number] else "not in use: a newer one, or another model, is"
        if each.undone_at:
            state = f"undone {wording.moment(each.undone_at)} by {wording.person(each.undone_by)}"
        yield Section(
            heading=f"tuning {each.number}: {_where(draft.brand, draft.source)}, {state}",
            lines=(
                f"{made}, from {_counted(draft.answers, 'label')}, of {line(draft.model, 60)}",
                f"slope {learned.slope:.3f}, intercept {learned.intercept:.3f}, threshold {at:.3f}",
            ),
        )


def listed_rows(tunings: Sequence[Tuning], in_use: Mapping[int, bool]) -> Iterator[dict[str, Any]]:
    """Yield the tunings as JSON data."""
    for each in tunings:
        draft = each.draft
        yield {
            "tuning": each.number,
            "brand": draft.brand,
            "source": draft.source,
            "model": draft.model,
            "labels": draft.answers,
            **_learned(draft.calibration),
            "before": _kept(draft.measured, "before"),
            "after": _kept(draft.measured, "after"),
            "made_at": each.made_at,
            "made_by": each.made_by,
            "undone_at": each.undone_at,
            "undone_by": each.undone_by,
            "in_use": in_use[each.number],
        }


def _kept(measured: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in measured[name].items() if key != "answers"}


def _where(brand: str, source: str | None) -> str:
    return f"{line(brand, 60)}, {f'source {line(source, 60)}' if source is not None else 'the whole brand'}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _share(value: float | None) -> str:
    return _DASH if value is None else f"{value:.3f}"
