"""The only reader of the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]  # returns the present instant, aware UTC


def system_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A clock that starts at `start` and runs `rate` times as fast as the machine's: for the demo.

    It counts by the monotonic clock, so that it never goes back.
    """

    start: datetime
    rate: float
    _begun: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """Return the present instant of this clock."""
        return self.start + timedelta(seconds=(time.monotonic() - self._begun) * self.rate)
