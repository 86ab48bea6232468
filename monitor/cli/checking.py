"""What `uproar check` looks at: each finding names a file, a key, and what to do."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from monitor.config import Config, ConfigError, SourceTable
    from monitor.connector import Connector, ConnectorError, Misconfigured
    from monitor.store import Store

State = Literal["ok", "note", "failed"]

_BORN = datetime(2026, 1, 1, tzinfo=UTC)  # this program is younger
_SKEW = timedelta(minutes=2)
_MOST_BATCHES = 10  # of a first call that brings nothing
_SPACE = 256 * 2**20  # bytes free beside the database, below which a check fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check: where, what, and the remedy where one is needed."""

    state: State
    file: str
    key: str
    message: str
    remedy: str = ""

    def row(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


def mistakes(error: "ConfigError") -> Iterator[Finding]:
    """Yield the findings of a configuration that cannot be used."""
    for each in error.mistakes:
        remedy = (
            "write one with `uproar init`" if "no such file" in each.message else "see docs/configuration.md"
        )
        yield Finding(state="failed", file=each.file, key=each.key, message=each.message, remedy=remedy)


def check_all(config: "Config", file: str, *, offline: bool) -> Iterator[Finding]:
    """Yield the outcome of every check, as they are made. Nothing is stored and nobody is told."""
    from monitor.clock import system_clock

    yield Finding(state="ok", file=file, key="", message="the configuration can be used")
    if not config.sources:
        remedy = "add a [[sources]] table: `uproar connectors` lists the connectors"
        yield Finding(state="failed", file=file, key="sources", message="nothing is pulled", remedy=remedy)
    for number, table in enumerate(config.sources):
        yield from _check_source(config, file, number, table, offline=offline)
    yield from _unused_credentials(config, file)
    yield from _check_destinations(config, file)
    yield from _check_store(config, file, system_clock())


# -------------------------------------------------------------------------------------------------- sources
def _check_source(
    config: "Config", file: str, number: int, table: "SourceTable", *, offline: bool
) -> Iterator[Finding]:
    from monitor.clock import system_clock
    from monitor.connector import Misconfigured, Notes
    from monitor.plugins import BrokenConnector, NoSuchConnector
    from monitor.pull import Ledger
    from monitor.wiring import make_feed

    key = f"sources.{number}"
    try:
        made = make_feed(config, table, Ledger(table.name, system_clock)).connector
    except NoSuchConnector as error:
        remedy = "name one of them, or install the package that offers it"
        yield _failed(file, f"{key}.connector", str(error), remedy)
    except BrokenConnector as error:
        yield _failed(file, f"{key}.connector", str(error), "install its package again")
    except Misconfigured as error:
        yield _misconfigured(file, key, table, error)
    else:
        yield _ok(file, key, f"'{table.name}' can be made: its options and credentials have the right shape")
        for note in made.notes() if isinstance(made, Notes) else ():
            yield Finding(state="note", file=file, key=key, message=f"'{table.name}': {note}")
        if not table.enabled:
            yield Finding(
                state="note", file=file, key=f"{key}.enabled", message=f"'{table.name}' is not pulled"
            )
        elif not offline:
            yield _try(file, key, table, made)


def _misconfigured(file: str, key: str, table: "SourceTable", error: "Misconfigured") -> Finding:
    """Say where in the file it is that the connector complains of."""
    kind, _, rest = error.key.partition(".")
    remedy = f"`uproar connectors {table.connector}` lists what it takes"
    where = f"{key}.{error.key}"
    if kind == "credentials":
        where = f"credentials.{table.account}.{rest}"
        remedy = f"docs/connectors/{table.connector}.md says where to get it"
    elif kind == "query":
        where = f"brands.{table.brand}.{rest}"
    return _failed(file, where, f"source '{table.name}': {error}", remedy)


def _try(file: str, key: str, table: "SourceTable", made: "Connector") -> Finding:
    """Begin a pull, until something comes or it ends, and keep nothing of it."""
    from monitor.connector import ConnectorError

    count = 0
    try:
        for batch in islice(made.pull({}), _MOST_BATCHES):
            if count := len(batch.payloads):
                break
    except ConnectorError as error:
        return _refused(file, key, table, error)
    return _ok(file, key, f"'{table.name}' answers: {count or 'no'} items at first")


def _refused(file: str, key: str, table: "SourceTable", error: "ConnectorError") -> Finding:
    """Say what a typed error means for the operator."""
    from monitor.connector import Gone, Misconfigured, QuotaExhausted, RateLimited, Unauthorized

    account = f"credentials.{table.account}"
    message = f"source '{table.name}': {error}"
    match error:
        case Misconfigured():
            return _misconfigured(file, key, table, error)
        case Unauthorized():
            return _failed(file, account, message, "the platform refuses the credentials: make new ones")
        case QuotaExhausted():
            until = f"nothing until {error.resets_at:%Y-%m-%d %H:%M} UTC; pull less often, or raise the quota"
            return _failed(file, key, message, until)
        case RateLimited():
            later = f"works again after {error.retry_at:%Y-%m-%d %H:%M} UTC; the daemon waits by itself"
            return Finding(state="note", file=file, key=key, message=message, remedy=later)
        case Gone():
            return _failed(file, f"{key}.options", message, "what it watches is no more: name something else")
    return _failed(
        file, key, message, "is the platform up, and can this machine reach it? the daemon tries again"
    )


def _unused_credentials(config: "Config", file: str) -> Iterator[Finding]:
    used = {table.account for table in config.sources}
    for name in config.credentials:
        if name not in used:
            message = "no source uses these credentials"
            yield Finding(state="note", file=file, key=f"credentials.{name}", message=message)


# --------------------------------------------------------------------------------------------- destinations
def _check_destinations(config: "Config", file: str) -> Iterator[Finding]:
    for name, destination in config.destinations.items():
        key = f"destinations.{name}"
        if destination.url is None:
            yield _ok(file, key, f"'{name}' needs no address")
        elif service := _service(destination.url.get_secret_value()):
            yield _ok(file, key, f"'{name}' is an address of {service}")
        else:
            remedy = "https://appriseit.com/services/ shows the form of each service's URL"
            yield _failed(file, f"{key}.url", f"'{name}': Apprise cannot read the URL", remedy)


def _service(url: str) -> str | None:
    """Return the service that an Apprise URL is of. What Apprise logs may carry the URL: it is dropped."""
    import logging

    from apprise import Apprise

    logger = logging.getLogger("apprise")
    before, logger.disabled = logger.disabled, True
    try:
        made = Apprise.instantiate(url, suppress_exceptions=True)
    finally:
        logger.disabled = before
    return str(made.service_name) if made else None


# ------------------------------------------------------------------------------------------------- database
def _check_store(config: "Config", file: str, now: datetime) -> Iterator[Finding]:
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    from monitor.store import Store

    key = "monitor.store"
    try:
        store = Store(config.store_url())
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        remedy = "sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME"
        yield _failed(file, key, "this is not the URL of a store", remedy)
        return
    try:
        yield from _check_space(file, store)
        if store.path and not store.path.exists():
            yield Finding(
                state="note", file=file, key=key, message=f"{store.path} will be made by `uproar run`"
            )
            yield from _check_clock(None, now)
        else:
            yield from _check_open(file, store)
            yield from _check_clock(store, now)
    except DBAPIError as error:
        remedy = "is the database up, and may this user write to it?"
        yield _failed(file, key, f"the database does not work: {error.orig}", remedy)
    finally:
        store.close()


def _check_space(file: str, store: "Store") -> Iterator[Finding]:
    """Look for a folder that can be written to, with room in it."""
    import os
    import shutil

    if store.path is None:
        return
    folder = next(each for each in store.path.absolute().parents if each.exists())
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        yield _failed(
            file, "monitor.store", f"{folder} cannot be written to", "choose another, or change its mode"
        )
    elif free < _SPACE:
        yield _failed(file, "monitor.store", f"only {free // 2**20} MiB are free in {folder}", "make room")
    else:
        yield _ok(file, "monitor.store", f"{free // 2**20:,} MiB are free in {folder}")


def _check_open(file: str, store: "Store") -> Iterator[Finding]:
    """Read which version the store has, and write to it without keeping that."""
    from monitor.store import HEAD, revision

    key = "monitor.store"
    present = revision(store)
    if present is None or present < HEAD:
        message = f"its tables are older than this uproar ({present or 'none'}, not {HEAD})"
        yield Finding(
            state="note", file=file, key=key, message=message, remedy="`uproar run` brings them up to date"
        )
        return
    if present > HEAD:
        yield _failed(
            file, key, f"a newer uproar wrote it (migration {present}, not {HEAD})", "upgrade uproar"
        )
        return
    _write_nothing(store)
    yield _ok(file, key, f"the database opens, can be written to, and is up to date (migration {present})")


def _write_nothing(store: "Store") -> None:
    from monitor.clock import system_clock
    from monitor.store.sources import happened

    with store.engine.connect() as connection, connection.begin() as transaction:
        happened(connection, "check", None, "is it writable?", system_clock())
        transaction.rollback()


def _check_clock(store: "Store | None", now: datetime) -> Iterator[Finding]:
    """Compare the clock with what the store has seen, and with the database server's."""
    latest = _latest(store) if store else None
    if now < _BORN:
        yield _failed(
            "this machine", "clock", f"it says {now:%Y-%m-%d %H:%M} UTC", "set it: alerts go by the clock"
        )
    elif latest and latest > now + _SKEW:
        message = f"it says {now:%Y-%m-%d %H:%M} UTC, but the store has seen {latest:%Y-%m-%d %H:%M}"
        yield _failed(
            "this machine", "clock", message, "set the clocks of this machine and of the database by NTP"
        )
    else:
        yield _ok("this machine", "clock", f"it says {now:%Y-%m-%d %H:%M} UTC")


def _latest(store: "Store") -> datetime | None:
    """Return the latest instant that the store knows to be past."""
    from sqlalchemy import func, select

    from monitor.store import HEAD, revision
    from monitor.store.sources import happening, source

    if revision(store) != HEAD:
        return None
    with store.reading() as connection:
        asked = [select(func.max(column)) for column in (source.c.last_attempt_at, happening.c.at)]
        if not store.is_sqlite:
            asked.append(select(func.now()))
        seen: list[datetime | None] = [connection.execute(each).scalar() for each in asked]
    return max(filter(None, seen), default=None)


def _ok(file: str, key: str, message: str) -> Finding:
    return Finding(state="ok", file=file, key=key, message=message)


def _failed(file: str, key: str, message: str, remedy: str) -> Finding:
    return Finding(state="failed", file=file, key=key, message=message, remedy=remedy)
