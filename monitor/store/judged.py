"""What was judged before, newest first, a batch at a time: for another model to look at again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy import true as everything

from monitor.store.mentions import Stored, Verdict, assessment, get, mention, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which mentions: of a brand, first seen by a source, published at or after `since`."""

    brand: str | None = None
    source: str | None = None
    since: datetime | None = None


def count(connection: Connection, span: Span) -> int:
    """Return how many mentions were judged, and still have a text."""
    statement = select(func.count()).select_from(mention)
    joined = statement.join(assessment, assessment.c.mention == mention.c.number)
    return connection.execute(joined.where(_within(span))).scalar_one()


def batch(connection: Connection, span: Span, below: int, limit: int) -> list[tuple[Stored, Verdict]]:
    """Return up to `limit` of them with a number less than `below`, the highest first.

    In a transaction that writes, nobody else can judge them before it ends.
    """
    chosen = (
        select(assessment.c.mention)
        .join(mention, mention.c.number == assessment.c.mention)
        .where(_within(span), mention.c.number < below)
        .order_by(mention.c.number.desc())
        .limit(limit)
    )
    numbers = list(connection.execute(chosen).scalars())
    locking = select(assessment.c.mention).where(assessment.c.mention.in_(numbers))
    if not connection.get_execution_options().get("uproar_reading"):
        connection.execute(locking.order_by(assessment.c.mention).with_for_update()).all()
    judged = verdicts(connection, numbers)
    found = {each.number: each for each in get(connection, numbers)}
    return [(found[number], judged[number]) for number in numbers]


def _within(span: Span) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = everything() & mention.c.deleted_at.is_(None)
    if span.brand is not None:
        condition &= mention.c.brand == span.brand
    if span.source is not None:
        condition &= mention.c.source == span.source
    if span.since is not None:
        condition &= mention.c.created_at >= span.since
    return condition
