"""Sources: what is due, how far each got, what it proved to have seen, and what went wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, literal, select, update

from monitor.core.coverage import Interval, merged
from monitor.core.pacing import Budget
from monitor.store.batches import insert_new, table_of, upsert
from monitor.store.claims import claim
from monitor.store.columns import UTCDateTime
from monitor.store.tables import AsideRow, BudgetRow, CoverageRow, HappeningRow, SourceRow

source = table_of(SourceRow)
coverage = table_of(CoverageRow)
aside = table_of(AsideRow)
budget = table_of(BudgetRow)
happening = table_of(HappeningRow)

OK, NEW, DISABLED = "ok", "new", "disabled"
KEPT_ASIDE = 1_000  # payloads kept for each source: beyond it they are counted only


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedSource:
    """A source to be pulled now. `first_pull_at` is None before its first pull; `late` how late it is."""

    name: str
    token: int
    cursor: Mapping[str, Any]
    first_pull_at: datetime | None
    failures: int
    late: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source. `blind_since`: the end of what it proved to have seen, None when nothing."""

    name: str
    brand: str
    connector: str
    enabled: bool
    state: str
    due_at: datetime | None
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    failures: int
    error: str | None
    error_at: datetime | None
    mentions: int
    filtered: int
    malformed: int
    blind_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that an operator may ask about, and its cause."""

    at: datetime
    what: str
    source: str | None
    cause: str


class LostClaim(Exception):
    """The lease ran out and another daemon has the source now: what this one did must not be saved."""


def configure(connection: Connection, configured: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Make the store know the configured sources: triples of name, brand and connector.

    New ones are due now; one whose connector changed starts anew; one that is no longer configured is
    disabled, and keeps what it knows.
    """
    known = {row.name: row for row in connection.execute(select(source))}
    for name, brand, connector in configured:
        values: dict[str, Any] = {"brand": brand, "connector": connector, "enabled": True}
        row = known.pop(name, None)
        if row is None:
            fresh = {"name": name, "due_at": now, "visible_at": now, "cursor": {}, "state": NEW}
            counts = {"token": 0, "failures": 0, "mentions": 0, "filtered": 0, "malformed": 0}
            insert_new(connection, source, [values | fresh | counts])
            continue
        if row.connector != connector:
            values |= {"cursor": {}, "first_pull_at": None, "state": NEW}
            values |= {"token": source.c.token + 1}  # who still pulls with the other must not save its cursor
        if not row.enabled or row.connector != connector or row.due_at is None:
            values |= {"due_at": now, "visible_at": now}  # the operator may have mended it: try once more
        connection.execute(update(source).where(source.c.name == name).values(values))
    for name in known:
        statement = update(source).where(source.c.name == name)
        connection.execute(statement.values(enabled=False, state=DISABLED, visible_at=None, due_at=None))


def claim_due(
    connection: Connection, now: datetime, lease: timedelta, limit: int, holder: str | None = None
) -> list[ClaimedSource]:
    """Claim sources that are due, for as long as `lease`, or as the daemon `holder` shows signs of life."""
    rows = claim(connection, source, now=now, lease=lease, limit=limit, holder=holder)
    return [
        ClaimedSource(
            name=row.name,
            token=row.token,
            cursor=row.cursor or {},
            first_pull_at=row.first_pull_at,
            failures=row.failures,
            late=max(now - row.due_at, timedelta()) if row.due_at else timedelta(),
        )
        for row in rows
    ]


def advance(
    connection: Connection,
    claimed: ClaimedSource,
    *,
    cursor: Mapping[str, Any],
    covers: Interval | None,
    counts: Mapping[str, int],
    now: datetime,
    lease: timedelta,
) -> None:
    """Move a source on after one batch, in the batch's own transaction, and renew the lease.

    `counts` adds to the columns mentions, filtered and malformed. Raises `LostClaim`.
    """
    values: dict[str, Any] = {name: source.c[name] + number for name, number in counts.items()}
    values |= {"cursor": dict(cursor), "visible_at": now + lease}
    values |= {"first_pull_at": func.coalesce(source.c.first_pull_at, literal(now, UTCDateTime))}
    _update_claimed(connection, claimed, values)
    if covers is not None and covers.start < covers.end:
        _cover(connection, claimed.name, covers)


def finish(
    connection: Connection,
    claimed: ClaimedSource,
    *,
    state: str,
    due_at: datetime | None,
    now: datetime,
    error: str | None = None,
) -> None:
    """End a pull: `due_at` is the next, None when it must wait for the operator. Raises `LostClaim`."""
    values: dict[str, Any] = {"state": state, "due_at": due_at, "visible_at": due_at, "last_attempt_at": now}
    values["holder"] = None
    if error is None:
        values |= {"last_success_at": now, "failures": 0, "error": None, "error_at": None}
        values |= {"first_pull_at": func.coalesce(source.c.first_pull_at, literal(now, UTCDateTime))}
    else:
        values |= {"failures": source.c.failures + 1, "error": error, "error_at": now}
    _update_claimed(connection, claimed, values)


def _update_claimed(connection: Connection, claimed: ClaimedSource, values: Mapping[str, Any]) -> None:
    mine = (source.c.name == claimed.name, source.c.token == claimed.token, source.c.enabled)
    if connection.execute(update(source).where(*mine).values(values)).rowcount != 1:
        raise LostClaim(f"source '{claimed.name}' was taken over or disabled meanwhile")


def set_aside(connection: Connection, name: str, *, state: str, error: str, now: datetime) -> None:
    """Take a source out of the round until it is configured anew: `error` says why."""
    values = {"state": state, "error": error, "error_at": now, "due_at": None, "visible_at": None}
    connection.execute(update(source).where(source.c.name == name).values(values))


def pull_now(connection: Connection, names: Sequence[str], now: datetime) -> None:
    """Make sources due now that nobody is at and no platform told to wait.

    The patience after a failure is the daemon's own: somebody who asks for a pull has asked for this one too.
    """
    connection.execute(
        update(source)
        .where(
            source.c.name.in_(names), source.c.enabled, source.c.state.in_((OK, NEW, "unavailable", "failed"))
        )
        .where(source.c.visible_at == source.c.due_at)
        .values(due_at=now, visible_at=now)
    )


def not_later(connection: Connection, name: str, at: datetime) -> None:
    """Let a source that is well, and not being pulled, be due at `at` if it would be later."""
    well = (source.c.state == OK, source.c.visible_at == source.c.due_at, source.c.due_at > at)
    connection.execute(update(source).where(source.c.name == name, *well).values(due_at=at, visible_at=at))


def release(connection: Connection) -> None:
    """End all claims: for a daemon that knows that no other is at work on this store."""
    held = (source.c.enabled, source.c.due_at.is_not(None))
    connection.execute(update(source).where(*held).values(visible_at=source.c.due_at))


def free(connection: Connection, holders: Select[tuple[str]]) -> list[str]:
    """End the claims of daemons that are no more, chosen by `holders`; return the names of their sources."""
    held = (source.c.enabled, source.c.due_at.is_not(None), source.c.holder.in_(holders))
    statement = update(source).where(*held).values(visible_at=source.c.due_at, holder=None)
    return list(connection.execute(statement.returning(source.c.name)).scalars())


def bring_back(connection: Connection, now: datetime) -> None:
    """Let no first pull lie after `now`: the clock was set back, and what is published now is no history."""
    connection.execute(update(source).where(source.c.first_pull_at > now).values(first_pull_at=now))


def next_due(connection: Connection) -> datetime | None:
    """Return when the next source is due."""
    return connection.execute(select(func.min(source.c.visible_at))).scalar()


# ------------------------------------------------------------------------------------------------- coverage
def _cover(connection: Connection, name: str, covers: Interval) -> None:
    """Add an interval to what a source has seen, and make one of those that touch it."""
    touching = (
        coverage.c.source == name,
        coverage.c.start <= covers.end,
        coverage.c.end >= covers.start,
    )
    present = [
        Interval(start=row.start, end=row.end)
        for row in connection.execute(select(coverage).where(*touching))
    ]
    connection.execute(delete(coverage).where(*touching))
    rows = [
        {"source": name, "start": interval.start, "end": interval.end}
        for interval in merged([*present, covers])
    ]
    connection.execute(insert(coverage), rows)


def seen(connection: Connection, name: str) -> list[Interval]:
    """Return the intervals that a source proved to have seen, in order."""
    rows = connection.execute(select(coverage).where(coverage.c.source == name).order_by(coverage.c.start))
    return [Interval(start=row.start, end=row.end) for row in rows]


# ---------------------------------------------------------------------------------------------------- states
def states(connection: Connection) -> list[SourceState]:
    """Return what is known of every source, by name."""
    ends = select(coverage.c.source, func.max(coverage.c.end).label("blind_since")).group_by(
        coverage.c.source
    )
    blind = ends.subquery()
    rows = connection.execute(
        select(source, blind.c.blind_since)
        .outerjoin(blind, blind.c.source == source.c.name)
        .order_by(source.c.name)
    )
    names = [name for name in SourceState.__dataclass_fields__ if name != "blind_since"]
    return [
        SourceState(**{name: getattr(row, name) for name in names}, blind_since=row.blind_since)
        for row in rows
    ]


# -------------------------------------------------------------------------------------------- kept aside
def put_aside(
    connection: Connection, name: str, refused: Sequence[tuple[Mapping[str, Any], str]], now: datetime
) -> None:
    """Keep payloads that could not be understood: pairs of payload and error."""
    count = select(func.count()).select_from(aside).where(aside.c.source == name)
    room = KEPT_ASIDE - int(connection.execute(count).scalar_one())
    rows = [
        {"source": name, "at": now, "error": error, "payload": _strict(payload)}
        for payload, error in refused[: max(room, 0)]
    ]
    if rows:
        connection.execute(insert(aside), rows)


def _strict(payload: Mapping[str, Any]) -> Any:
    """Return `payload` as the JSON that every database takes: what has no place in it becomes text."""
    return json.loads(json.dumps(payload, default=repr), parse_constant=str)


def kept_aside(connection: Connection, name: str, limit: int = 20) -> list[Row[Any]]:
    """Return the newest payloads that were kept aside: rows of at, error, payload."""
    return list(
        connection.execute(
            select(aside.c.at, aside.c.error, aside.c.payload)
            .where(aside.c.source == name)
            .order_by(aside.c.number.desc())
            .limit(limit)
        )
    )


# --------------------------------------------------------------------------------------------------- budgets
def budgets(connection: Connection, account: str) -> dict[str, Budget]:
    """Return what is left in the buckets of one set of credentials."""
    rows = connection.execute(select(budget).where(budget.c.account == account))
    return {
        row.bucket: Budget(bucket=row.bucket, remaining=row.remaining, resets_at=row.resets_at)
        for row in rows
    }


def save_budgets(connection: Connection, account: str, left: Sequence[Budget]) -> None:
    """Save what is left."""
    rows = [
        {
            "account": account,
            "bucket": each.bucket,
            "remaining": each.remaining,
            "resets_at": each.resets_at,
            "spent": 0,
        }
        for each in left
    ]
    upsert(connection, budget, rows)


# ------------------------------------------------------------------------------------------------ happenings
def happened(connection: Connection, what: str, source_name: str | None, cause: str, now: datetime) -> None:
    """Record an event of the operation, with its cause."""
    row = {"at": now, "what": what, "source": source_name, "cause": cause}
    connection.execute(insert(happening).values(row))


def happenings(connection: Connection, limit: int = 20) -> list[Happening]:
    """Return the latest events, newest first."""
    rows = connection.execute(select(happening).order_by(happening.c.number.desc()).limit(limit))
    return [Happening(at=row.at, what=row.what, source=row.source, cause=row.cause) for row in rows]
