"""Tunings: what labels taught, by brand and source; the newest that is not undone counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from monitor.core.calibration import Calibration
from monitor.store.batches import table_of
from monitor.store.learned import TuningRow

tuning = table_of(TuningRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A tuning that is to be. `source` is None for the whole brand; `measured` is told with it, as JSON."""

    brand: str
    source: str | None
    model: str
    calibration: Calibration
    answers: int
    measured: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A tuning, with who made it, and who undid it. The version of its calibration is its number."""

    number: int
    draft: Draft
    made_at: datetime
    made_by: str
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """The tunings that count."""

    of: Mapping[tuple[str, str | None, str], Tuning]

    def find(self, brand: str, source: str | None, model: str) -> Tuning | None:
        """Return what was learned of a model for a source, else for its brand; None when nothing was.

        What was learned of another model does not count: its probabilities mean something else.
        """
        return self.of.get((brand, source, model)) or self.of.get((brand, None, model))


def live(connection: Connection) -> Live:
    """Return the tunings that count."""
    rows = connection.execute(select(tuning).where(tuning.c.undone_at.is_(None)).order_by(tuning.c.number))
    return Live({(row.brand, row.source, row.model): _tuning(row) for row in rows})


def save(connection: Connection, draft: Draft, by: str, now: datetime) -> Tuning:
    """Save a tuning, which counts from now on."""
    learned = draft.calibration
    values = {
        **{name: getattr(draft, name) for name in ("brand", "source", "model", "answers", "measured")},
        **{name: getattr(learned, name) for name in ("slope", "intercept", "threshold")},
        "made_at": now,
        "made_by": by,
        "undone_at": None,
        "undone_by": None,
    }
    return _tuning(connection.execute(insert(tuning).values(values).returning(tuning)).one())


def undo(connection: Connection, number: int, by: str, now: datetime) -> Tuning:
    """Withdraw a tuning: the one before it counts again. Raises `LookupError` when it does not count."""
    present = (tuning.c.number == number) & tuning.c.undone_at.is_(None)
    withdrawn = update(tuning).where(present).values(undone_at=now, undone_by=by).returning(tuning)
    row = connection.execute(withdrawn).one_or_none()
    if row is None:
        raise LookupError(f"there is no tuning {number} that could be undone: `uproar tune --list`")
    return _tuning(row)


def listed(connection: Connection, brand: str | None = None, source: str | None = None) -> list[Tuning]:
    """Return all tunings, of a brand or of one source of it if these are given, newest first."""
    statement = select(tuning).order_by(tuning.c.number.desc())
    if brand is not None:
        statement = statement.where(tuning.c.brand == brand)
    if source is not None:
        statement = statement.where(tuning.c.source == source)
    return [_tuning(row) for row in connection.execute(statement)]


def _tuning(row: Row[Any]) -> Tuning:
    draft = Draft(
        brand=row.brand,
        source=row.source,
        model=row.model,
        calibration=_calibration(row),
        answers=row.answers,
        measured=row.measured,
    )
    return Tuning(
        number=row.number,
        draft=draft,
        made_at=row.made_at,
        made_by=row.made_by,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _calibration(row: Row[Any]) -> Calibration:
    return Calibration(slope=row.slope, intercept=row.intercept, threshold=row.threshold, version=row.number)
