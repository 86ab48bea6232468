"""Alerts: opened, moved by compare-and-swap with their log and notices, claimed when due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, Update, bindparam, case, func, select, update

from monitor.core.alert import Alert, Resolution, Status, Unless
from monitor.core.severity import Severity
from monitor.store.batches import append, insert_new, lots, table_of
from monitor.store.claims import claim
from monitor.store.tables import AlertRow, JoinRow, LogRow

alert = table_of(AlertRow)
joined = table_of(JoinRow)
log = table_of(LogRow)

NOTE = "Note"  # stands for the event where a person wrote into the log
SAME_AUTHOR = "same author, same conversation"  # why a mention joined an alert


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An alert that is to be: `mention` is the number of the one that opens it."""

    brand: str
    dedup_key: str
    mention: int
    state: Alert


class ChangedMeanwhile(Exception):
    """Somebody else changed the alert since it was read: read it again and decide anew."""


def key_of(platform: str, conversation: str) -> str:
    """Return the dedup key of a conversation."""
    return f"{platform}:{conversation}"


def open_new(connection: Connection, *, brand: str, dedup_key: str, mention: int, state: Alert) -> int:
    """Insert a new alert and return its number. Raises `IntegrityError` as `open_all` does."""
    opening = Opening(brand=brand, dedup_key=dedup_key, mention=mention, state=state)
    (opened,) = open_all(connection, [opening])
    return opened.number


def open_all(connection: Connection, openings: Sequence[Opening]) -> list[Kept]:
    """Insert new alerts, and return them in the same order.

    Raises `IntegrityError` when a conversation has an open alert: whoever was first has it.
    """
    append(connection, alert, [_row(each) for each in openings])
    keys = [(each.brand, each.dedup_key) for each in openings]
    opened = latest_of(connection, keys)
    return [opened[key] for key in keys]


def _row(opening: Opening) -> Mapping[str, Any]:
    about = {"brand": opening.brand, "dedup_key": opening.dedup_key, "mention": opening.mention}
    first = {"follow_at": opening.state.created_at, "token": 0, "first_acknowledged_at": None}
    return {**about, **_columns(opening.state), **first}


def save(connection: Connection, changes: Sequence[tuple[Kept, Alert]]) -> set[int]:
    """Write new states by compare-and-swap on the version; return the numbers of those that were written.

    Whatever is not returned was changed by somebody else since it was read.
    """
    present = _locked_versions(connection, [before.number for before, _ in changes])
    mine = [
        (before, after) for before, after in changes if present.get(before.number) == before.state.version
    ]
    rows = [{"of": before.number, "open": after.is_open, **_columns(after)} for before, after in mine]
    if rows:
        connection.execute(_SAVE, rows)
    return {before.number for before, _ in mine}


def _locked_versions(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Return the versions of these alerts, which nobody else can change before this transaction ends."""
    found: dict[int, int] = {}
    for lot in lots(sorted(numbers)):
        statement = select(alert.c.number, alert.c.version).where(alert.c.number.in_(lot))
        rows = connection.execute(statement.order_by(alert.c.number).with_for_update())
        found |= {number: version for number, version in rows.all()}  # noqa: C416 - rows are not pairs to a dict()
    return found


def write_log(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append to the log."""
    rows = [
        {
            name: getattr(entry, name) for name in Entry.__dataclass_fields__
        }  # a slotted dataclass has no vars()
        for entry in entries
    ]
    append(connection, log, rows)


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
    join_all(connection, [(number, mention)], reason, now)


def join_all(connection: Connection, pairs: Sequence[tuple[int, int]], reason: str, now: datetime) -> None:
    """Let mentions join alerts, for one reason: pairs of alert and mention."""
    said = {"reason": reason, "joined_at": now, "parted_at": None}
    insert_new(
        connection, joined, [{"alert": number, "mention": mention} | said for number, mention in pairs]
    )


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


def followed_until(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """Return up to when the conversations of these alerts were read, by number; without those never read."""
    found: dict[int, datetime] = {}
    for lot in lots(numbers):
        statement = select(alert.c.number, alert.c.followed_at).where(alert.c.number.in_(lot))
        found |= {row.number: row.followed_at for row in connection.execute(statement) if row.followed_at}
    return found


def followed(connection: Connection, number: int, until: datetime) -> None:
    """Say that the conversation of an alert was read, whole up to `until`."""
    connection.execute(update(alert).where(alert.c.number == number).values(followed_at=until))


def follow_again(connection: Connection, numbers: Sequence[int], at: datetime) -> None:
    """Look at the conversations of these alerts again at an instant of the caller's."""
    for lot in lots(numbers):
        connection.execute(update(alert).where(alert.c.number.in_(lot)).values(follow_at=at))


def count_open(connection: Connection) -> int:
    """Return how many alerts are not resolved."""
    statement = select(func.count()).select_from(alert).where(alert.c.status != Status.RESOLVED.value)
    return int(connection.execute(statement).scalar_one())


def kept(row: Sequence[Any]) -> Kept:
    """Make the value of a row that begins with all columns of the table `alert`."""
    # by place: to ask a row for each of its columns by name takes longer than to fetch it
    number, brand, dedup_key, mention, status, severity, _, step, round_, passed, spread = row[:11]
    policy, policy_version, assignee, created_at, acknowledged_at, _, answered_at, resolved_at = row[11:19]
    resolution, due_at, unless, version = row[19:23]
    returned_at = row[27]
    state = Alert(
        status=Status(status),
        severity=Severity(severity),
        created_at=created_at,
        policy=policy,
        policy_version=policy_version,
        step=step,
        round=round_,
        due_at=due_at,
        assignee=assignee,
        acknowledged_at=acknowledged_at,
        answered_at=answered_at,
        resolved_at=resolved_at,
        returned_at=returned_at,
        resolution=Resolution(resolution) if resolution else None,
        unless=Unless(**unless) if unless else None,
        passed=passed,
        spread=spread,
        version=version,
    )
    return Kept(number=number, brand=brand, dedup_key=dedup_key, mention=mention, state=state)


def _columns(state: Alert) -> Mapping[str, Any]:
    unless = state.unless
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
        "answered_at": state.answered_at,
        "resolved_at": state.resolved_at,
        "returned_at": state.returned_at,
        "resolution": state.resolution.value if state.resolution else None,
        "due_at": state.due_at,
        "visible_at": state.due_at,
        "unless": None
        if unless is None
        else {"engagement_above": unless.engagement_above, "author_replies": unless.author_replies},
        "version": state.version,
    }


_NOT_OF_THE_STATE = {"number", "brand", "dedup_key", "mention", "token", "followed_at"}


def _saving() -> Update:
    """Return the update of an alert; what is open is followed, and its first acknowledgement is kept."""
    values: dict[str, Any] = {
        column.name: bindparam(column.name, type_=column.type)
        for column in alert.c
        if column.name not in _NOT_OF_THE_STATE
    }
    first = func.coalesce(alert.c.first_acknowledged_at, values["acknowledged_at"])
    at_once = func.coalesce(alert.c.follow_at, alert.c.created_at)  # one that came back was not followed
    follow_at = case((bindparam("open", type_=Boolean), at_once), else_=None)
    values |= {"first_acknowledged_at": first, "follow_at": follow_at}
    return update(alert).where(alert.c.number == bindparam("of")).values(values)


_SAVE = _saving()
