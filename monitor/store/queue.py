"""The escalation queue: a query, and the read model that every screen, notice and command shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, select

from monitor.core.alert import Status
from monitor.store import alerts, mentions
from monitor.store.alerts import Kept
from monitor.store.batches import lots
from monitor.store.mentions import Stored


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
    alert = alerts.alert
    statement = select(alert).where(alert.c.status != Status.RESOLVED.value)
    if brand is not None:
        statement = statement.where(alert.c.brand == brand)
    urgent_first = statement.order_by(alert.c.status.desc(), alert.c.rank.desc(), alert.c.created_at)
    return list(_cards(connection, urgent_first.limit(limit)))


def cards(connection: Connection, numbers: Sequence[int]) -> dict[int, Card]:
    """Return the alerts with these numbers, open or not, by number."""
    alert = alerts.alert
    found: dict[int, Card] = {}
    for lot in lots(numbers):
        statement = select(alert).where(alert.c.number.in_(lot))
        found |= {card.alert.number: card for card in _cards(connection, statement)}
    return found


def _cards(connection: Connection, statement: Select[tuple[object, ...]]) -> Iterator[Card]:
    kept = [alerts.kept(row) for row in connection.execute(statement)]
    firsts = {each.number: each for each in mentions.get(connection, [each.mention for each in kept])}
    judged = _judged(connection, list(firsts))
    joined = _joined(connection, [each.number for each in kept])
    for each in kept:
        reasons, topics, expected = judged.get(each.mention, ((), (), None))
        yield Card(
            alert=each,
            first=firsts[each.mention],
            reasons=reasons,
            topics=topics,
            expected=expected,
            mentions=joined.get(each.number, 1),
        )


def _judged(
    connection: Connection, numbers: Sequence[int]
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...], float | None]]:
    verdict = mentions.assessment
    columns = (verdict.c.mention, verdict.c.reasons, verdict.c.topics, verdict.c.expected)
    found = {}
    for lot in lots(numbers):
        for row in connection.execute(select(*columns).where(verdict.c.mention.in_(lot))):
            found[row.mention] = (tuple(row.reasons), tuple(row.topics), row.expected)
    return found


def _joined(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    joined = alerts.joined
    found: dict[int, int] = {}
    for lot in lots(numbers):
        rows = connection.execute(
            select(joined.c.alert, func.count())
            .where(joined.c.alert.in_(lot), joined.c.parted_at.is_(None))
            .group_by(joined.c.alert)
        )
        found |= {number: count for number, count in rows}  # noqa: C416 - rows are not pairs to a dict()
    return found
