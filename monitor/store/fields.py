"""What the columns of the tables are made of."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer
from sqlmodel import Field, SQLModel

from monitor.store.columns import PlatformText, UTCDateTime

NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite's row id must be called INTEGER


def number() -> Any:
    """Return a primary key that the database counts."""
    return Field(default=None, sa_column=Column(NUMBER, primary_key=True, autoincrement=True))


def instant(*, nullable: bool = False) -> Any:
    """Return a column of instants, aware and in UTC."""
    return Field(default=None, sa_type=UTCDateTime, nullable=nullable)


def count() -> Any:
    """Return a column of counts of up to 64 bits, which may be unknown."""
    return Field(default=None, sa_type=BigInteger, nullable=True)


def text(*, nullable: bool = False) -> Any:
    """Text of any kind: what platforms and people write, and what errors and arguments quote of it."""
    return Field(default=None if nullable else "", sa_type=PlatformText, nullable=nullable)


def json() -> Any:
    """Return a column of JSON."""
    return Field(default=None, sa_type=JSON, nullable=True)


def mention_key(*, primary_key: bool = False) -> Any:
    """Return a column that names a mention by its number."""
    return Field(foreign_key="mention.number", primary_key=primary_key, sa_type=NUMBER)


class Row(SQLModel):
    """A row of a table."""

    # Rows are read and written through Core: what pydantic would build to validate one is not needed, and
    # takes longer than all else that `uproar ack` does.
    model_config = {"defer_build": True}
