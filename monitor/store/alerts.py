"""Alerts: opened, moved by compare-and-swap with their log and notices, claimed when due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal, select, update

from monitor.core.alert import Alert, Resolution, Status, Unless
from monitor.core.severity import Severity
from monitor.store.batches import insert_new, lots, table_of
from monitor.store.claims import claim
from monitor.store.columns import UTCDateTime
from monitor.store.tables import AlertRow, JoinRow, LogRow

alert = table_of(AlertRow)
joined = table_of(JoinRow)
log = table_of(LogRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An alert as the store has it: its state, and what it is about. `mention` is the number of the first."""

    number: int
    brand: str
    dedup_key: str
    mention: int
    state: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of an alert's log."""

    alert: int
    version: int
    at: datetime
    event: str
    actor: str | None
    status: str
    step: int
    round: int
    reason: str


class ChangedMeanwhile(Exception):
    """Somebody else changed the alert since it was read: read it again and decide anew."""


def key_of(platform: str, conversation: str) -> str:
    """Return the dedup key of a conversation."""
    return f"{platform}:{conversation}"


def open_new(connection: Connection, *, brand: str, dedup_key: str, mention: int, state: Alert) -> int:
    """Insert a new alert and return its number.

    Raises `IntegrityError` when the conversation has an open alert: whoever was first has it.
    """
    values = {"brand": brand, "dedup_key": dedup_key, "mention": mention, **_columns(state)}
    result = connection.execute(
        insert(alert).values(**values, follow_at=state.created_at, token=0).returning(alert.c.number)
    )
    return int(result.scalar_one())


def save(connection: Connection, changes: Sequence[tuple[Kept, Alert]]) -> set[int]:
    """Write new states by compare-and-swap on the version; return the numbers of those that were written.

    Whatever is not returned was changed by somebody else since it was read.
    """
    written: set[int] = set()
    for before, after in changes:
        statement = (
            update(alert)
            .where(alert.c.number == before.number, alert.c.version == before.state.version)
            .values(_columns(after))
        )
        if connection.execute(statement).rowcount == 1:
            written.add(before.number)
    return written


def write_log(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append to the log."""
    rows = [
        {
            name: getattr(entry, name) for name in Entry.__dataclass_fields__
        }  # a slotted dataclass has no vars()
        for entry in entries
    ]
    if rows:
        connection.execute(insert(log), rows)


def read_log(connection: Connection, number: int) -> list[Entry]:
    """Return the log of an alert, oldest first."""
    rows = connection.execute(select(log).where(log.c.alert == number).order_by(log.c.number))
    names = list(Entry.__dataclass_fields__)
    return [Entry(**{name: getattr(row, name) for name in names}) for row in rows]


def log_since(connection: Connection, number: int) -> list[tuple[int, Entry]]:
    """Return the lines of all logs after line `number`, oldest first, each with its number."""
    rows = connection.execute(select(log).where(log.c.number > number).order_by(log.c.number))
    names = list(Entry.__dataclass_fields__)
    return [(row.number, Entry(**{name: getattr(row, name) for name in names})) for row in rows]


def join(connection: Connection, number: int, mention: int, reason: str, now: datetime) -> None:
    """Let a mention join an alert; joining again changes nothing."""
    row = {"alert": number, "mention": mention, "reason": reason, "joined_at": now, "parted_at": None}
    insert_new(connection, joined, [row])


def claim_due(connection: Connection, now: datetime, lease: timedelta, limit: int) -> list[Kept]:
    """Claim the alerts whose time has come."""
    return [kept(row) for row in claim(connection, alert, now=now, lease=lease, limit=limit)]


def get(connection: Connection, numbers: Sequence[int]) -> Iterator[Kept]:
    """Yield the alerts with these numbers, in order."""
    for lot in lots(sorted(numbers)):
        yield from map(
            kept, connection.execute(select(alert).where(alert.c.number.in_(lot)).order_by(alert.c.number))
        )


def latest_of(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
    """Return the newest alert of each (brand, dedup key) that has one: the open one, if any is open."""
    found: dict[tuple[str, str], Kept] = {}
    brands: dict[str, list[str]] = {}
    for brand, dedup_key in dict.fromkeys(keys):
        brands.setdefault(brand, []).append(dedup_key)
    for brand, dedup_keys in brands.items():
        for lot in lots(dedup_keys):
            rows = connection.execute(
                select(alert)
                .where(alert.c.brand == brand, alert.c.dedup_key.in_(lot))
                .order_by(alert.c.number)
            )
            found |= {(brand, row.dedup_key): kept(row) for row in rows}
    return found


def open_with(connection: Connection, mention: int) -> Kept | None:
    """Return the open alert that a mention belongs to, if any."""
    row = connection.execute(
        select(alert)
        .join(joined, joined.c.alert == alert.c.number)
        .where(joined.c.mention == mention, joined.c.parted_at.is_(None))
        .where(alert.c.status != Status.RESOLVED.value)
        .order_by(alert.c.number.desc())
    ).first()
    return kept(row) if row else None


def mentions_of(connection: Connection, number: int) -> list[int]:
    """Return the numbers of all mentions that belong to an alert, the first one first."""
    rows = connection.execute(
        select(joined.c.mention)
        .where(joined.c.alert == number, joined.c.parted_at.is_(None))
        .order_by(joined.c.joined_at, joined.c.mention)
    )
    return list(rows.scalars())


def belonging(connection: Connection, mentions: Sequence[int]) -> set[int]:
    """Return those of `mentions` that belong to some alert."""
    found: set[int] = set()
    for lot in lots(mentions):
        rows = connection.execute(
            select(joined.c.mention).where(joined.c.mention.in_(lot), joined.c.parted_at.is_(None))
        )
        found.update(rows.scalars())
    return found


def alerts_of(connection: Connection, mention: int) -> list[int]:
    """Return the numbers of the alerts that a mention belongs to, newest first."""
    rows = connection.execute(
        select(joined.c.alert).where(joined.c.mention == mention).order_by(joined.c.alert.desc())
    )
    return list(rows.scalars())


def due_to_follow(connection: Connection, now: datetime, again_at: datetime, limit: int) -> list[Kept]:
    """Take the alerts whose conversations are to be read again, and set `again_at` for the next time."""
    rows = connection.execute(
        select(alert)
        .where(alert.c.follow_at <= now)
        .order_by(alert.c.follow_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for lot in lots([row.number for row in rows]):
        connection.execute(update(alert).where(alert.c.number.in_(lot)).values(follow_at=again_at))
    return [kept(row) for row in rows]


def follow_again(connection: Connection, numbers: Sequence[int], at: datetime) -> None:
    """Look at the conversations of these alerts again at an instant of the caller's."""
    for lot in lots(numbers):
        connection.execute(update(alert).where(alert.c.number.in_(lot)).values(follow_at=at))


def count_open(connection: Connection) -> int:
    """Return how many alerts are not resolved."""
    statement = select(func.count()).select_from(alert).where(alert.c.status != Status.RESOLVED.value)
    return int(connection.execute(statement).scalar_one())


def kept(row: Row[Any]) -> Kept:
    """Make the value of a row that has all columns of the table `alert`."""
    state = Alert(
        status=Status(row.status),
        severity=Severity(row.severity),
        created_at=row.created_at,
        policy=row.policy,
        policy_version=row.policy_version,
        step=row.step,
        round=row.round,
        due_at=row.due_at,
        assignee=row.assignee,
        acknowledged_at=row.acknowledged_at,
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        resolution=Resolution(row.resolution) if row.resolution else None,
        unless=Unless(**row.unless) if row.unless else None,
        passed=row.passed,
        spread=row.spread,
        version=row.version,
    )
    return Kept(number=row.number, brand=row.brand, dedup_key=row.dedup_key, mention=row.mention, state=state)


def _columns(state: Alert) -> Mapping[str, Any]:
    """Return the columns of a state. What is open is followed; `first_acknowledged_at` never goes back."""
    unless = state.unless
    first = func.coalesce(alert.c.first_acknowledged_at, literal(state.acknowledged_at, UTCDateTime))
    return {
        "status": state.status.value,
        "severity": state.severity.value,
        "rank": state.severity.rank,
        "step": state.step,
        "round": state.round,
        "passed": state.passed,
        "spread": state.spread,
        "policy": state.policy,
        "policy_version": state.policy_version,
        "assignee": state.assignee,
        "created_at": state.created_at,
        "acknowledged_at": state.acknowledged_at,
        "first_acknowledged_at": first if state.version > 1 else None,
        "answered_at": state.answered_at,
        "resolved_at": state.resolved_at,
        "resolution": state.resolution.value if state.resolution else None,
        "due_at": state.due_at,
        "visible_at": state.due_at,
        **({} if state.is_open else {"follow_at": None}),
        "unless": None
        if unless is None
        else {"engagement_above": unless.engagement_above, "author_replies": unless.author_replies},
        "version": state.version,
    }
