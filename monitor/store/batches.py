"""Many rows in one statement: the fast way in.

Core writes the statement, once for each table and set of columns; the driver is given the rows. Core's own
way with many rows makes a dictionary of parameters for each, which takes longer than SQLite's insert.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

T = TypeVar("T")

LOT = 1_000  # values in one IN (...): well under SQLite's and PostgreSQL's limits for parameters


def table_of(row: type[SQLModel]) -> Table:
    """Return the Core table of a row class."""
    return row.__table__  # type: ignore[attr-defined,no-any-return]


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all have the same keys; those whose key is there already are left as they are."""
    _write(connection, _inserting, table, rows)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; those whose primary key is there already replace the columns that they give."""
    _write(connection, _upserting, table, rows)


def append(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`. Raises `IntegrityError` when one is there already."""
    _write(connection, _appending, table, rows)


def lots(items: Iterable[T], size: int = LOT) -> Iterator[list[T]]:
    """Yield `items` in lists of at most `size`."""
    iterator = iter(items)
    while lot := list(islice(iterator, size)):
        yield lot


# ------------------------------------------------------------------------------------------- to the driver
Statement = Callable[[Any, Table, tuple[str, ...]], Insert]  # the dialect's module, the table, its columns


def _inserting(dialect: Any, table: Table, names: tuple[str, ...]) -> Insert:
    del names
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    return statement


def _upserting(dialect: Any, table: Table, names: tuple[str, ...]) -> Insert:
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    given = {name: statement.excluded[name] for name in names if name not in keys}
    replacing: Insert = statement.on_conflict_do_update(index_elements=keys, set_=given)
    return replacing


def _appending(dialect: Any, table: Table, names: tuple[str, ...]) -> Insert:
    del names
    statement: Insert = dialect.insert(table)
    return statement


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as the driver takes it: the order of its parameters, and what converts some of them."""

    sql: str
    order: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        columns: list[Iterable[Any]] = [map(itemgetter(name), rows) for name in self.order]
        for place, convert in self.converters:
            columns[place] = map(convert, columns[place])
        return list(zip(*columns, strict=True))


def _write(
    connection: Connection, statement: Statement, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    if rows:
        prepared = _prepared(connection.dialect, statement, table, tuple(rows[0]))
        connection.exec_driver_sql(prepared.sql, prepared.parameters(rows))


@lru_cache(maxsize=256)
def _prepared(dialect: Dialect, statement: Statement, table: Table, names: tuple[str, ...]) -> _Prepared:
    is_postgres = dialect.name == "postgresql"
    by_place: Dialect = type(dialect)(paramstyle="format" if is_postgres else "qmark")  # type: ignore[call-arg]
    wanted = statement(postgresql if is_postgres else sqlite, table, names).inline()
    compiled = wanted.compile(dialect=by_place, column_keys=names)
    order = tuple(compiled.positiontup or ())
    processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    return _Prepared(
        sql=str(compiled),
        order=order,
        converters=tuple((place, process) for place, process in enumerate(processors) if process),
    )
