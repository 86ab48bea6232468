"""Column types that SQLite lacks."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite.

    Raises `ValueError` for a naive datetime: the zone would be a guess.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Store text where the database has no type for an instant."""
        if dialect.name == "sqlite":
            return String(32)
        return DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the driver is given."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware datetime, not {value!r}")
        return to_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def to_text(value: datetime) -> str:
    """Return `2026-11-21T22:30:15.123456+00:00`: always this long, so that text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


_ESCAPE = "\uf8f0"  # a private-use character, which hardly ever occurs; it is itself escaped
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff\uf8f0]")
_ESCAPED = re.compile(_ESCAPE + "([0-9a-f]{4})")


class PlatformText(TypeDecorator[str]):
    """Text as a platform gave it: NUL (which PostgreSQL refuses) and lone surrogates come back whole."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what the driver is given."""
        del dialect
        return None if value is None else escaped(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it was."""
        del dialect
        return None if value is None else unescaped(value)


def escaped(value: str) -> str:
    """Return `value` with what a database cannot hold written as an escape and four hexadecimal digits."""
    if value.isascii() and "\x00" not in value:
        return value
    return _UNSTORABLE.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", value)


def unescaped(value: str) -> str:
    """Undo `escaped`."""
    if _ESCAPE not in value:
        return value
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), value)
