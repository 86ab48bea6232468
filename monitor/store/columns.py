"""Column types that SQLite lacks.

Both replace the processors that `TypeDecorator` makes of `process_bind_param`: those call three functions for
each value, and a batch of a thousand mentions has twenty thousand values.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.engine.processors import str_to_datetime
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]


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

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what makes a datetime what the driver is given."""
        return _to_text_or_none if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what makes aware UTC of what the driver gives."""
        del coltype
        return str_to_datetime if dialect.name == "sqlite" else _in_utc


def to_text(value: datetime) -> str:
    """Return `2026-11-21T22:30:15.123456+00:00`: always this long, so that text order is time order."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


def _to_text_or_none(value: datetime | None) -> str | None:
    return None if value is None else to_text(_aware(value))


def _aware(value: Any) -> Any:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"expected an aware datetime, not {value!r}")
    return value


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


_ESCAPE = "\uf8f0"  # a private-use character, which hardly ever occurs; it is itself escaped
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff\uf8f0]")
_ESCAPED = re.compile(_ESCAPE + "([0-9a-f]{4})")


class PlatformText(TypeDecorator[str]):
    """Text as a platform gave it: NUL (which PostgreSQL refuses) and lone surrogates come back whole."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what makes a text what the driver is given."""
        del dialect
        return escaped

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what makes the text as it was of what the driver gives."""
        del dialect, coltype
        return unescaped


def escaped(value: str | None) -> str | None:
    """Return `value` with what a database cannot hold written as an escape and four hexadecimal digits."""
    if value is None or (value.isascii() and "\x00" not in value):
        return value
    return _UNSTORABLE.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", value)


def unescaped(value: str | None) -> str | None:
    """Undo `escaped`."""
    if value is None or value.isascii() or _ESCAPE not in value:
        return value
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), value)
