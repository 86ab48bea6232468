"""The escalation queue: a query, and the read model that every screen, notice and command shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, func, select

from monitor.core.alert import Status
from monitor.store.alerts import SAME_AUTHOR, Kept, alert, joined, kept
from monitor.store.batches import lots
from monitor.store.mentions import Stored, assessment, mention, stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An alert as a person sees it: its state, the mention that opened it, and why it matters.

    `again` is what its author came back with, after an answer or a resolution; then the reasons are of that.
    `mentions` is how many mentions belong to it; `expected` the engagement that is expected in the end.
    """

    alert: Kept
    first: Stored
    reasons: tuple[str, ...]
    topics: tuple[str, ...]
    expected: float | None
    mentions: int
    again: Stored | None = None

    @property
    def latest(self) -> Stored:
        """What waits for an answer: what its author came back with, or what opened it."""
        return self.again or self.first


def queue(connection: Connection, *, brand: str | None = None, limit: int = 50) -> list[Card]:
    """Return the open alerts, most urgent first: unacknowledged, then by severity, then the oldest."""
    statement = _CARDS.where(alert.c.status != Status.RESOLVED.value)
    if brand is not None:
        statement = statement.where(alert.c.brand == brand)
    urgent_first = statement.order_by(alert.c.status.desc(), alert.c.rank.desc(), alert.c.created_at)
    found = [_card(row) for row in connection.execute(urgent_first.limit(limit)).all()]
    return _with_returns(connection, found)


def cards(connection: Connection, numbers: Sequence[int]) -> dict[int, Card]:
    """Return the alerts with these numbers, open or not, by number."""
    found: dict[int, Card] = {}
    for lot in lots(numbers):
        rows = connection.execute(_CARDS.where(alert.c.number.in_(lot))).all()
        for card in _with_returns(connection, [_card(row) for row in rows]):
            found[card.alert.number] = card
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
_RETURNS = (
    select(alert.c.number, mention, assessment.c.reasons)
    .join(joined, joined.c.alert == alert.c.number)
    .join(mention, mention.c.number == joined.c.mention)
    .outerjoin(assessment, assessment.c.mention == mention.c.number)
    .where(joined.c.reason == SAME_AUTHOR, joined.c.parted_at.is_(None))
    .where(mention.c.created_at == alert.c.returned_at)
    .order_by(mention.c.number)
)


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


def _with_returns(connection: Connection, found: Sequence[Card]) -> list[Card]:
    """Return the cards, those whose author came back with what they wrote then, and its reasons."""
    returned = [card.alert.number for card in found if card.alert.state.returned_at is not None]
    written: dict[int, tuple[Stored, tuple[str, ...]]] = {}
    for lot in lots(returned):
        for row in connection.execute(_RETURNS.where(alert.c.number.in_(lot))).all():
            written[row[0]] = stored(row[1:]), tuple(row.reasons or ())
    return [_with_return(card, *written.get(card.alert.number, (None, ()))) for card in found]


def _with_return(card: Card, again: Stored | None, reasons: tuple[str, ...]) -> Card:
    return replace(card, again=again, reasons=reasons or card.reasons)
