"""What an export reads: whole mentions and alerts, a few at a time, in the order of their numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, select
from sqlalchemy import true as everything

from monitor.core.coverage import Interval
from monitor.core.mention import Mention
from monitor.core.severity import Severity
from monitor.store import sources
from monitor.store.alerts import Kept, alert, joined, kept
from monitor.store.batches import lots
from monitor.store.labels import counts_of
from monitor.store.mentions import Stored, answer, assessment, label, mention, stored
from monitor.store.weeks import first_escalations

_AT_ONCE = 500

tables = {"mentions": mention, "alerts": alert}  # those whose rows have numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to export: of one brand or of all, made at or after `since` and before `until`."""

    brand: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedMention:
    """A mention with the verdict on it, its first public answer, its alert, and what a person says it is."""

    stored: Stored
    complaint: bool | None
    probability: float | None
    severity: Severity | None
    severity_score: float | None
    topics: tuple[str, ...]
    reasons: tuple[str, ...]
    outcome: str | None
    answered_at: datetime | None
    answered_by: str | None
    alert: int | None
    model: str | None
    raw_probability: float | None
    threshold: float | None
    tuning: int | None
    label: bool | None
    labelled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedAlert:
    """An alert with the mention that opened it. `mentions` is how many belong to it."""

    kept: Kept
    platform: str
    mention_id: str
    url: str | None
    first_acknowledged_at: datetime | None
    first_escalated_at: datetime | None
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of a mention that is imported: when it was seen last, and if it is gone."""

    observed_at: datetime
    deleted: bool


def bounds(connection: Connection, table: Table, chosen: Selection) -> tuple[int, int]:
    """Return the first and the last number that may be chosen; (1, 0) when there are none."""
    number = table.c.number
    low, high = connection.execute(
        select(func.min(number), func.max(number)).where(_in_time(table, chosen))
    ).one()
    return (1, 0) if low is None else (low, high)


def mentions(connection: Connection, chosen: Selection) -> Iterator[ExportedMention]:
    """Yield the chosen mentions, by number. Few rows are in memory at any time."""
    verdict = ("complaint", "probability", "severity", "score", "topics", "reasons", "outcome")
    made_by = ("model", "raw", "threshold", "tuning")
    belongs = (
        select(func.max(joined.c.alert))
        .where(joined.c.mention == mention.c.number, joined.c.parted_at.is_(None))
        .scalar_subquery()
    )
    columns: list[Any] = [
        mention,
        *(assessment.c[name] for name in (*verdict, *made_by)),
        answer.c.answered_at,
        answer.c.by,
        label.c.complaint.label("label"),
        label.c.by.label("labelled_by"),
    ]
    columns.append(belongs.label("alert"))
    judged = mention.outerjoin(assessment, assessment.c.mention == mention.c.number)
    answered = judged.outerjoin(answer, answer.c.mention == mention.c.number)
    statement = select(*columns).select_from(answered.outerjoin(label, counts_of(mention.c.number)))
    for row in _stream(connection, statement, mention, chosen):
        yield ExportedMention(
            stored=stored(row),
            complaint=row.complaint,
            probability=row.probability,
            severity=Severity(row.severity) if row.severity else None,
            severity_score=row.score,
            topics=tuple(row.topics or ()),
            reasons=tuple(row.reasons or ()),
            outcome=row.outcome,
            answered_at=row.answered_at,
            answered_by=row.by,
            alert=row.alert,
            model=row.model,
            raw_probability=row.raw,
            threshold=row.threshold,
            tuning=row.tuning,
            label=row.label,
            labelled_by=row.labelled_by,
        )


def alerts(connection: Connection, chosen: Selection) -> Iterator[ExportedAlert]:
    """Yield the chosen alerts, by number."""
    escalated = first_escalations().subquery()
    belonging = (
        select(func.count())
        .where(joined.c.alert == alert.c.number, joined.c.parted_at.is_(None))
        .scalar_subquery()
    )
    first = [mention.c.platform, mention.c.id.label("mention_id"), mention.c.url]
    statement = (
        select(alert, *first, escalated.c.at.label("first_escalated_at"), belonging.label("mentions"))
        .join(mention, mention.c.number == alert.c.mention)
        .outerjoin(escalated, escalated.c.alert == alert.c.number)
    )
    names = [name for name in ExportedAlert.__dataclass_fields__ if name != "kept"]
    for row in _stream(connection, statement, alert, chosen):
        yield ExportedAlert(kept=kept(row), **{name: getattr(row, name) for name in names})


def coverage(connection: Connection, brand: str | None) -> Iterator[tuple[str, str, Interval]]:
    """Yield what each enabled source proved to have seen: brand, name and interval, in order."""
    source, seen = sources.source, sources.coverage
    statement = (
        select(source.c.brand, seen.c.source, seen.c.start, seen.c.end)
        .join(seen, seen.c.source == source.c.name)
        .where(source.c.enabled, source.c.brand == brand if brand else everything())
        .order_by(seen.c.source, seen.c.start)
    )
    for row in connection.execute(statement.execution_options(yield_per=_AT_ONCE)):
        yield row.brand, row.source, Interval(start=row.start, end=row.end)


def known(connection: Connection, brand: str, given: Sequence[Mention]) -> dict[tuple[str, str], Known]:
    """Return what the store knows of these mentions of a brand, by platform and id."""
    ids: dict[str, list[str]] = {}
    for each in given:
        ids.setdefault(each.platform, []).append(each.id)
    columns = (mention.c.id, mention.c.observed_at, mention.c.deleted_at)
    found: dict[tuple[str, str], Known] = {}
    for platform, wanted in ids.items():
        for lot in lots(wanted):
            chosen = (mention.c.brand == brand, mention.c.platform == platform, mention.c.id.in_(lot))
            for row in connection.execute(select(*columns).where(*chosen)):
                deleted = row.deleted_at is not None
                found[platform, row.id] = Known(observed_at=row.observed_at, deleted=deleted)
    return found


def _stream(connection: Connection, statement: Select[Any], table: Table, chosen: Selection) -> Iterator[Any]:
    """Yield the rows in the order of their numbers.

    The numbers are bounded first, and the rest is a CASE, in which no planner sees an index to use: it reads
    the rows in order, and sorts nothing in memory.
    """
    low, high = bounds(connection, table, chosen)
    wanted = _in_time(table, chosen)
    if chosen.brand is not None:
        wanted &= table.c.brand == chosen.brand
    statement = statement.where(table.c.number.between(low, high), case((wanted, 1), else_=0) == 1)
    yield from connection.execute(statement.order_by(table.c.number).execution_options(yield_per=_AT_ONCE))


def _in_time(table: Table, chosen: Selection) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = everything()
    if chosen.since is not None:
        condition &= table.c.created_at >= chosen.since
    if chosen.until is not None:
        condition &= table.c.created_at < chosen.until
    return condition
