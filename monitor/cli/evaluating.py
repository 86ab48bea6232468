"""How `uproar evaluate` measures: what is judged of lines, against their labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from monitor.cli import lines
from monitor.cli.assessing import Post, post_of, verdicts
from monitor.console.evaluation import Measured, Severities
from monitor.core.assessment import Rubric
from monitor.core.evaluation import Evaluation, auc, evaluate
from monitor.core.mention import language_of

_NAMED = 20  # lines that cannot be read and are named one by one
_GRAVE = 3  # the severity level from which on a complaint is grave
_LEVELS = range(1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines count: those with every value of `only` and none of `besides`, pairs of key and value."""

    only: tuple[tuple[str, str], ...] = ()
    besides: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, only: Iterable[str], besides: Iterable[str]) -> "Filter":
        """Read KEY=VALUE. Raises `ValueError` where one is something else."""
        return cls(
            only=tuple(_pair("--only", each) for each in only),
            besides=tuple(_pair("--except", each) for each in besides),
        )

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a line counts."""
        return all(_has(record, *each) for each in self.only) and not any(
            _has(record, *each) for each in self.besides
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A line with its label; `level` is the severity, from 1 to 4, where it is known."""

    post: Post
    complaint: bool
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is kept of a line."""

    lang: str
    complaint: bool
    probability: float | None
    level: int | None
    severity_score: float


def measure(files: Sequence[Path], by: Rubric, chosen: Filter, now: datetime) -> Measured:
    """Judge the lines of `files` that are chosen, and compare with their labels.

    Lines that cannot be read are named on standard error. Of each line only numbers are kept.
    """
    unread: list[str] = []
    kept: list[Judged] = []
    for file in files:
        with file.open("rb") as stream:
            for batch in lines.batches(stream):
                kept += _judge(list(_labelled(file, batch, chosen, unread)), by, now)
    for each in unread[:_NAMED]:
        _tell(each)
    if len(unread) > _NAMED:
        _tell(f"{len(unread) - _NAMED:,} more lines cannot be read either")
    return Measured(
        model=by.model,
        whole=_figures(kept, by),
        languages={
            lang: _figures([each for each in kept if each.lang == lang], by)
            for lang in sorted({each.lang for each in kept})
        },
        severity=severities(kept),
        unread=len(unread),
    )


def severities(kept: Iterable[Judged]) -> Severities:
    """Measure how complaints of level 3 and 4 are ranked above those of 1 and 2, by their score."""
    rows = [
        (each.severity_score, each.level >= _GRAVE)
        for each in kept
        if each.complaint and each.level is not None
    ]
    return Severities(rows=len(rows), grave=sum(grave for _, grave in rows), auc=auc(rows))


def _figures(kept: Iterable[Judged], by: Rubric) -> Evaluation:
    return evaluate([(each.probability, each.complaint) for each in kept], by.threshold)


def _judge(labelled: Sequence[Labelled], by: Rubric, now: datetime) -> Iterator[Judged]:
    assessments = verdicts([each.post for each in labelled], by, now)
    for each, verdict in zip(labelled, assessments, strict=True):
        yield Judged(
            lang=language_of(each.post.lang) or language_of(verdict.lang) or "unknown",
            complaint=each.complaint,
            probability=verdict.probability,
            level=each.level,
            severity_score=verdict.severity_score,
        )


# --------------------------------------------------------------------------------------------------- reading
def _labelled(
    file: Path, batch: Iterable[lines.Line], chosen: Filter, unread: list[str]
) -> Iterator[Labelled]:
    for number, raw in batch:
        try:
            record = lines.parse(raw)
            if chosen.takes(record):
                yield Labelled(post=post_of(record), complaint=_label(record), level=_level(record))
        except ValueError as error:
            unread.append(f"{file}: line {number}: {error}")


def _label(record: Mapping[str, Any]) -> bool:
    found = record.get("complaint")
    if type(found) in (bool, int) and found in (0, 1):
        return bool(found)
    raise ValueError(f"complaint: expected true, false, 1 or 0, not {_shown(found)}")


def _level(record: Mapping[str, Any]) -> int | None:
    found = record.get("severity")
    if found is None or (type(found) is int and found in _LEVELS):
        return found
    raise ValueError(f"severity: expected a level from 1 to 4, or null, not {_shown(found)}")


def _shown(found: object) -> str:
    return str(found)[:40] if type(found) in (int, float) else lines.kind(found)


def _pair(option: str, text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ValueError(f"{option} {text}: expected KEY=VALUE, such as platform=twitter or domain=random*")
    return key, value


def _has(record: Mapping[str, Any], key: str, value: str) -> bool:
    found = record.get(key)
    if found is None or isinstance(found, (list, dict)):
        return False
    text = str(found).lower() if isinstance(found, bool) else str(found)
    return text.startswith(value[:-1]) if value.endswith("*") else text == value


def _tell(message: str) -> None:
    from monitor.core.sanitise import line

    typer.echo(line(message), err=True)
