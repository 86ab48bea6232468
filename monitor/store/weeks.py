"""What a weekly report reads: few columns, of the two weeks that it compares."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from monitor.core.alert import Resolution, Why
from monitor.core.coverage import Interval
from monitor.core.mention import Kind
from monitor.core.severity import Severity
from monitor.core.weekly import AlertFact, MentionFact
from monitor.store import sources
from monitor.store.alerts import alert
from monitor.store.labels import counts_of
from monitor.store.mentions import answer, assessment, label, mention
from monitor.store.notices import notice

_AT_ONCE = 1_000


def mention_facts(connection: Connection, brand: str, within: Interval) -> Iterator[MentionFact]:
    """Yield the mentions of a brand that were published in `within`, and those answered in it."""
    published = _inside(mention.c.created_at, within)
    answered_later = _inside(answer.c.answered_at, within) & ~published
    for condition in (published, answered_later):
        statement = _facts().where(mention.c.brand == brand, condition)
        for row in connection.execute(statement.execution_options(yield_per=_AT_ONCE)):
            values = row._asdict() | {"kind": Kind(row.kind), "topics": tuple(row.topics or ())}
            yield MentionFact(**values | {"severity": Severity(row.severity or Severity.LOW)})


def _facts() -> Select[tuple[object, ...]]:
    names = ("platform", "kind", "created_at", "own", "history", "deleted_at")
    verdict = [assessment.c[name] for name in ("complaint", "severity", "topics")]
    columns = [*(mention.c[name] for name in names), *verdict, label.c.complaint.label("label")]
    judged = mention.outerjoin(assessment, assessment.c.mention == mention.c.number)
    answered = judged.outerjoin(answer, answer.c.mention == mention.c.number)
    return select(*columns, answer.c.answered_at).select_from(
        answered.outerjoin(label, counts_of(mention.c.number))
    )


def _inside(column: ColumnElement[datetime], within: Interval) -> ColumnElement[bool]:
    return (column >= within.start) & (column < within.end)


def first_escalations() -> Select[tuple[object, ...]]:
    """Return the query for when each alert first went on to a further step: columns alert, at."""
    return (
        select(notice.c.alert, func.min(notice.c.created_at).label("at"))
        .where(notice.c.why == Why.ESCALATED.value)
        .group_by(notice.c.alert)
    )


def alert_facts(connection: Connection, brand: str, within: Interval) -> Iterator[AlertFact]:
    """Yield the alerts of a brand that were open at some time in `within`."""
    escalated = first_escalations().subquery()
    names = ("created_at", "first_acknowledged_at", "resolved_at", "resolution")
    statement = (
        select(*(alert.c[name] for name in names), escalated.c.at.label("first_escalated_at"))
        .outerjoin(escalated, escalated.c.alert == alert.c.number)
        .where(alert.c.brand == brand, alert.c.created_at < within.end)
        .where(or_(alert.c.resolved_at.is_(None), alert.c.resolved_at >= within.start))
    )
    for row in connection.execute(statement.execution_options(yield_per=_AT_ONCE)):
        ended = Resolution(row.resolution) if row.resolution else None
        yield AlertFact(**row._asdict() | {"resolution": ended})


def seen_by_source(connection: Connection, brand: str) -> dict[str, list[Interval]]:
    """Return what each enabled source of a brand proved to have seen, by name."""
    statement = select(sources.source.c.name).where(sources.source.c.brand == brand, sources.source.c.enabled)
    return {name: sources.seen(connection, name) for name in connection.execute(statement).scalars()}
