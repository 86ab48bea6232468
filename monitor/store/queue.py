"""The escalation queue: a query, and the read model that every screen, notice and command shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from monitor.core.alert import Status
from monitor.store.alerts import Kept, alert, joined, kept
from monitor.store.batches import lots
from monitor.store.mentions import Stored, assessment, mention, stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An alert as a person sees it: its state, the mention that opened it, and why it matters.

    `mentions` is how many mentions belong to it; `expected` the engagement that is expected in the end.
    """

    alert: Kept
    first: Stored
    reasons: tuple[str, ...]
    topics: tuple[str, ...]
    expected: float | None
    mentions: int


def queue(connection: Connection, *, brand: str | None = None, limit: int = 50) -> list[Card]:
    """Return the open alerts, most urgent first: unacknowledged, then by severity, then the oldest."""
    statement = _CARDS.where(alert.c.status != Status.RESOLVED.value)
    if brand is not None:
        statement = statement.where(alert.c.brand == brand)
    urgent_first = statement.order_by(alert.c.status.desc(), alert.c.rank.desc(), alert.c.created_at)
    return [_card(row) for row in connection.execute(urgent_first.limit(limit)).all()]


def cards(connection: Connection, numbers: Sequence[int]) -> dict[int, Card]:
    """Return the alerts with these numbers, open or not, by number."""
    found: dict[int, Card] = {}
    for lot in lots(numbers):
        rows = connection.execute(_CARDS.where(alert.c.number.in_(lot))).all()
        found |= {card.alert.number: card for card in map(_card, rows)}
    return found


def _all_cards() -> Select[Any]:
    """Return the query for every card: the alert's columns, the mention's, and four more."""
    belonging = (
        select(func.count())
        .where(joined.c.alert == alert.c.number, joined.c.parted_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(alert, mention, assessment.c.reasons, assessment.c.topics, assessment.c.expected, belonging)
        .join(mention, mention.c.number == alert.c.mention)
        .outerjoin(assessment, assessment.c.mention == alert.c.mention)
    )


_CARDS = _all_cards()


def _card(row: Sequence[Any]) -> Card:
    *_, reasons, topics, expected, belonging = row
    return Card(
        alert=kept(row),
        first=stored(row[len(alert.c) :]),
        reasons=tuple(reasons or ()),
        topics=tuple(topics or ()),
        expected=expected,
        mentions=belonging or 1,
    )
