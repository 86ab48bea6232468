"""The only reader of the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # returns the present instant, aware UTC


def system_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)
