"""Where notices go: what a notifier is given, and what it must do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.store.queue import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about one alert: `why` is a word of core.alert.Why, `reason` a phrase.

    `created_at` is when the alert changed, `now` when the notice is sent.
    """

    number: int
    why: str
    reason: str
    step: int
    round: int
    recipient: str | None
    created_at: datetime
    now: datetime
    card: Card


class NotDelivered(Exception):
    """The destination did not take the notice: it is tried again later. The text carries no secret."""


class Notifier(Protocol):
    """A destination that can be told."""

    def send(self, notice: Notice) -> None:
        """Deliver the notice, or raise `NotDelivered`. May be called twice for one notice, never never."""
        ...
