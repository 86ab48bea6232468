"""The store: where the steps meet. SQLite by default, PostgreSQL beyond one machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from monitor.store.batches import table_of

if TYPE_CHECKING:
    from sqlmodel import SQLModel

HEAD = "0004"  # the newest migration: compared before alembic is imported, which takes a while

_MIGRATING = 8_577_627  # the number of an advisory lock that is ours
_READING = {"uproar_reading": True}


class StoreError(Exception):
    """The store cannot be used: the text says why and what to do."""


class Store:
    """An open database. `transaction()` writes, `reading()` reads; both commit or roll back as a whole."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writer = RLock()  # on SQLite threads take turns here, not by polling the file

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, where one daemon and one writer at a time is the rule."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of a SQLite store."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose writes are committed at the end, or rolled back on an exception."""
        with self._writer if self.is_sqlite else nullcontext(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that reads one consistent state and blocks no writer."""
        with self.engine.connect().execution_options(**self._reading) as connection, connection.begin():
            yield connection

    @property
    def _reading(self) -> dict[str, Any]:
        """What makes all reads of a transaction see one state: PostgreSQL else looks anew each time."""
        return _READING if self.is_sqlite else _READING | {"isolation_level": "REPEATABLE READ"}

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(url: str, *, migrate: bool = True, create: bool = True) -> Store:
    """Open the store at `url`, made and migrated as needed.

    Raises `StoreError` for a wrong URL, a database that does not answer, and a store that is newer than this
    program, older when `migrate` is False, or not there when `create` is False.
    """
    try:
        return _opened(Store(url), migrate=migrate, create=create)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StoreError(f"{shown_url(url)} is not a URL of a store: {error}") from None
    except DBAPIError as error:
        raise StoreError(f"{shown_url(url)}: {error.orig}") from error
    except OSError as error:
        raise StoreError(f"{shown_url(url)}: {error}") from error


def _opened(store: Store, *, migrate: bool, create: bool) -> Store:
    try:
        _make_folder(store, create=create)
        _bring_up_to_date(store, migrate=migrate)
    except BaseException:
        store.close()
        raise
    return store


def shift(connection: Connection, by: timedelta) -> None:
    """Move everything that is due by `by`: alerts, notices, sources and follow-ups."""
    from monitor.store.tables import AlertRow, NoticeRow, SourceRow

    columns: dict[type[SQLModel], tuple[str, ...]] = {
        AlertRow: ("due_at", "visible_at", "follow_at"),
        NoticeRow: ("visible_at",),
        SourceRow: ("due_at", "visible_at"),
    }
    for row, names in columns.items():
        table = table_of(row)
        (key,) = table.primary_key.columns
        for name in names:
            column = table.c[name]
            for identity, at in connection.execute(select(key, column).where(column.is_not(None))).all():
                connection.execute(update(table).where(key == identity).values({name: at + by}))


def revision(store: Store) -> str | None:
    """Return the store's migration, or None for an empty database."""
    with store.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(store: Store, to: str = "head") -> None:
    """Bring the store's tables up to this program's version, or to an older migration."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store.transaction() as connection:
        if not store.is_sqlite:  # two daemons that start at once on an empty database take turns
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def _bring_up_to_date(store: Store, *, migrate: bool) -> None:
    present = revision(store)
    if present == HEAD:
        return
    if present is not None and present > HEAD:
        raise StoreError(
            f"{shown_url(store.url)} was written by a newer uproar (its migration is {present}, "
            f"this one knows {HEAD}): upgrade uproar"
        )
    if not migrate:
        raise StoreError(f"{shown_url(store.url)} is older than this uproar: `uproar run --once` migrates it")
    _migrate(store)


_migrate = migrate


def _make_folder(store: Store, *, create: bool) -> None:
    """Make the folder of a SQLite store, for its owner alone: it holds what people wrote."""
    if not create and store.path and not store.path.exists():
        raise StoreError(f"there is no store at {store.path} yet: `uproar run` makes it")
    if store.path and not store.path.parent.exists():
        store.path.parent.mkdir(parents=True, mode=0o700)
    if store.path and not store.path.exists():
        os.close(os.open(store.path, os.O_CREAT | os.O_RDWR, 0o600))


def shown_url(url: str) -> str:
    """Return `url` without its password, and without what else a PostgreSQL URL may say after a `?`."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "the configured store"


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 30.0, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC", "connect_timeout": 10}
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Set what each connection needs: our own BEGIN, a write-ahead log, commits that survive a power cut."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once, so that a transaction never fails half-way for want of it."""
    reading = connection.get_execution_options().get("uproar_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
