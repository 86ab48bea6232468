"""What `uproar evaluate` shows: all figures, by language and in all, for a person and for a program."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from monitor.core.evaluation import Evaluation
from monitor.core.sanitise import line
from monitor.notify import paint

_DIGITS = 4  # of a figure in JSON
_DASH = "\N{EN DASH}"
_COLUMNS = (
    *(("n", "posts"), ("complaints", "compl."), ("unjudged", "unj."), ("macro_f1", "macro-F1"), ("f1", "F1")),
    *(("auc", "AUC"), ("precision_at_90_recall", "P@R90"), ("calibration_error", "ECE")),
)
_WIDEST = 12  # letters of a language; a tag may be anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Severities:
    """How well the score ranks complaints: the AUC of level 3 or more, over those whose level is known."""

    rows: int
    grave: int
    auc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All figures: of everything, by language, of severity, and how many lines could not be read."""

    model: str
    whole: Evaluation
    languages: Mapping[str, Evaluation]
    severity: Severities
    unread: int


def row(measured: Measured) -> dict[str, Any]:
    """Return all figures as JSON data."""
    severity = measured.severity
    return {
        "model": measured.model,
        "threshold": measured.whole.threshold,
        **_figures(measured.whole),
        "severity": {"n": severity.rows, "grave": severity.grave, "auc": _rounded(severity.auc)},
        "languages": {lang: _figures(each) for lang, each in measured.languages.items()},
        "unread": measured.unread,
    }


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    counts = evaluation.confusion
    return {
        "n": evaluation.rows,
        "complaints": evaluation.complaints,
        "unjudged": evaluation.unjudged,
        "macro_f1": _rounded(counts.macro_f1),
        "f1": _rounded(counts.f1),
        "precision": _rounded(counts.precision),
        "recall": _rounded(counts.recall),
        "auc": _rounded(evaluation.auc),
        "precision_at_90_recall": _rounded(evaluation.precision_at_recall),
        "calibration_error": _rounded(evaluation.calibration_error),
        "kappa": _rounded(evaluation.kappa),
        "best_threshold": _no_higher(evaluation.best_threshold),
        "confusion": {
            "true_positives": counts.found,
            "false_positives": counts.false_alarms,
            "false_negatives": counts.missed,
            "true_negatives": counts.passed,
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _no_higher(threshold: float | None) -> float | None:
    """Return a threshold to the digit below: above it, the post that it was found at would be missed."""
    return None if threshold is None else math.floor(threshold * 10**_DIGITS) / 10**_DIGITS


def screen(measured: Measured, width: int) -> Iterator[Text]:
    """Yield a compact table, and sentences on what has no place in it, for a terminal of `width` cells."""
    groups = _groups(measured)
    names = [Text(), *(Text(line(name, _WIDEST), style=paint.STRONG) for name in groups)]
    columns: list[tuple[Sequence[Text], int]] = [(names, max(each.cell_len for each in names))]
    for key, heading in _COLUMNS:
        cells = [heading, *(_shown(figures[key]) for figures in groups.values())]
        size = max(map(len, cells))
        texts = [Text(each.rjust(size), style="" if at else paint.FAINT) for at, each in enumerate(cells)]
        columns.append((texts, size))
    for each in paint.beside(columns):
        yield paint.cut(each, width)
    yield Text()
    for sentence in _sentences(measured):
        yield from paint.wrapped(line(sentence), width, indent=2)


def plain(measured: Measured) -> Iterator[str]:
    """Yield one figure a line: the language or `all`, the name of the figure, and the figure."""
    for group, figures in _groups(measured).items():
        for name, value in (figures | figures["confusion"]).items():
            if name != "confusion":
                yield f"{line(group, _WIDEST)} {name} {_shown(value)}"
    severity = measured.severity
    for name, found in (("n", severity.rows), ("grave", severity.grave), ("auc", severity.auc)):
        yield f"severity {name} {_shown(found)}"
    yield f"model {line(measured.model)}"
    yield f"threshold {measured.whole.threshold:g}"
    yield f"unread {measured.unread}"


def _groups(measured: Measured) -> dict[str, dict[str, Any]]:
    """Return the figures by language, and of all: the latter last, as a sum stands; alone where it is one."""
    found = {lang: _figures(each) for lang, each in measured.languages.items()}
    return (found if len(found) > 1 else {}) | {"all": _figures(measured.whole)}


def _sentences(measured: Measured) -> Iterator[str]:
    whole, counts, severity = measured.whole, measured.whole.confusion, measured.severity
    yield f"By {measured.model}, a complaint from probability {whole.threshold:g} on."
    yield (
        f"{counts.found:,} complaints found, {counts.missed:,} missed; {counts.false_alarms:,} others taken "
        f"for complaints, {counts.passed:,} not: precision {_shown(counts.precision)}, "
        f"recall {_shown(counts.recall)}, agreement beyond chance (kappa) {_shown(whole.kappa)}."
    )
    best = _no_higher(whole.best_threshold)
    best_at = _shown(None) if best is None else f"{best:g}"
    yield f"Best macro-F1 on these very posts at threshold {best_at}, for information."
    if whole.unjudged:
        yield f"{whole.unjudged:,} could not be judged, and count as no complaints."
    if severity.rows:
        yield (
            f"Severity of {severity.rows:,} complaints, {severity.grave:,} of level 3 or 4: "
            f"AUC {_shown(severity.auc)}."
        )
    if measured.unread:
        yield f"{measured.unread:,} lines could not be read, and are left out."


def _shown(value: float | None) -> str:
    """Return a figure as a person reads it: counts whole, shares with three digits, a dash for none."""
    if value is None:
        return _DASH
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
