"""Notices: rows before they are messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from monitor.store.batches import insert_new, table_of
from monitor.store.claims import claim
from monitor.store.tables import NoticeRow

notice = table_of(NoticeRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice to be written: `version` is the alert's after the transition that tells of it."""

    alert: int
    version: int
    destination: str
    recipient: str | None
    why: str
    reason: str
    step: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notice to be sent now, with the token that must still hold when it is marked."""

    number: int
    token: int
    attempts: int
    created_at: datetime
    outgoing: Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a notice: `state` is pending, sent, withdrawn or dead."""

    number: int
    state: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str | None
    outgoing: Outgoing


def write(connection: Connection, outgoing: Sequence[Outgoing], now: datetime) -> None:
    """Write notices, due at once; one that is there already is not written again."""
    rows = [
        {name: getattr(each, name) for name in Outgoing.__dataclass_fields__}
        | {"created_at": now, "visible_at": now, "token": 0, "attempts": 0}
        for each in outgoing
    ]
    insert_new(connection, notice, rows)


def claim_due(connection: Connection, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Claim the notices that are to be sent, in the order in which they were written."""
    rows = claim(connection, notice, now=now, lease=lease, limit=limit)
    claimed = [
        Claimed(
            number=row.number,
            token=row.token,
            attempts=row.attempts,
            created_at=row.created_at,
            outgoing=_outgoing(row),
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda each: each.number)


def release(connection: Connection, now: datetime) -> None:
    """End all claims and waits: for a daemon that starts and knows that no other is at work on this store."""
    connection.execute(update(notice).where(notice.c.visible_at > now).values(visible_at=now))


def mark_sent(connection: Connection, claimed: Claimed, now: datetime) -> bool:
    """Say that a notice went out; False when the claim was lost meanwhile.

    One that was withdrawn while it went out was sent all the same: who was told is told of the end, too.
    """
    sent = {"sent_at": now, "visible_at": None, "attempts": claimed.attempts + 1, "error": None}
    return connection.execute(update(notice).where(*_mine(claimed)).values(sent)).rowcount == 1


def mark_failed(
    connection: Connection, claimed: Claimed, error: str, *, retry_at: datetime | None, now: datetime
) -> bool:
    """Say that sending failed: to be tried again at `retry_at`, or dead when that is None."""
    failed = {
        "visible_at": retry_at,
        "attempts": claimed.attempts + 1,
        "error": error,
        "dead_at": now if retry_at is None else None,
    }
    statement = update(notice).where(*_mine(claimed), notice.c.withdrawn_at.is_(None)).values(failed)
    return connection.execute(statement).rowcount == 1


def _mine(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    return notice.c.number == claimed.number, notice.c.token == claimed.token


def withdraw(connection: Connection, alert: int, now: datetime) -> None:
    """Withdraw what was not sent yet."""
    connection.execute(
        update(notice)
        .where(notice.c.alert == alert, notice.c.visible_at.is_not(None))
        .values(withdrawn_at=now, visible_at=None)
    )


def told_so_far(connection: Connection, alert: int) -> list[tuple[str, str | None]]:
    """Return the destinations, with the persons behind them, that were told of an alert."""
    rows = connection.execute(
        select(notice.c.destination, notice.c.recipient)
        .where(notice.c.alert == alert, notice.c.sent_at.is_not(None))
        .distinct()
        .order_by(notice.c.destination, notice.c.recipient)
    )
    return [(row.destination, row.recipient) for row in rows]


def of_alert(connection: Connection, alert: int) -> list[Told]:
    """Return the notices of an alert, oldest first."""
    rows = connection.execute(select(notice).where(notice.c.alert == alert).order_by(notice.c.number))
    return [
        Told(
            number=row.number,
            state=_state(row),
            created_at=row.created_at,
            sent_at=row.sent_at,
            attempts=row.attempts,
            error=row.error,
            outgoing=_outgoing(row),
        )
        for row in rows
    ]


def _state(row: Row[Any]) -> str:
    if row.sent_at is not None:
        return "sent"
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "dead" if row.dead_at is not None else "pending"


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(**{name: getattr(row, name) for name in Outgoing.__dataclass_fields__})
