"""The step that tells: notices that are due go to their destinations, at least once."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from monitor.clock import Clock
from monitor.core.pacing import backoff
from monitor.notify import NotDelivered, Notice, Notifier
from monitor.store import Store, notices, queue, sources
from monitor.store.notices import Claimed
from monitor.store.queue import Card

ATTEMPTS = 8  # then the notice is dead, and an event says so
_LEASE = timedelta(minutes=2)
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=15)

_log = structlog.get_logger(__name__)


def deliver(store: Store, notifiers: Mapping[str, Notifier], clock: Clock, limit: int = 100) -> int:
    """Send up to `limit` notices; return how many were claimed.

    A notice is marked sent after it was sent: when the power fails in between, it is sent twice rather than
    never.
    """
    with store.transaction() as connection:
        claimed = notices.claim_due(connection, clock(), _LEASE, limit)
        cards = queue.cards(connection, list({each.outgoing.alert for each in claimed}))
    for each in claimed:
        error = _send(notifiers, each, cards[each.outgoing.alert], clock())
        _mark(store, each, error, clock())
    return len(claimed)


def _send(notifiers: Mapping[str, Notifier], claimed: Claimed, card: Card, now: datetime) -> str | None:
    """Send one notice; return what went wrong, if anything."""
    outgoing = claimed.outgoing
    notifier = notifiers.get(outgoing.destination)
    if notifier is None:
        return f"no destination '{outgoing.destination}' is configured"
    notice = Notice(
        number=claimed.number,
        why=outgoing.why,
        reason=outgoing.reason,
        step=outgoing.step,
        round=outgoing.round,
        recipient=outgoing.recipient,
        created_at=claimed.created_at,
        now=now,
        card=card,
    )
    try:
        notifier.send(notice)
    except NotDelivered as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - the supervisor of notifiers
        # one broken notifier must not silence the others; its text may hold a secret
        _log.exception("notifier failed", destination=outgoing.destination)
        return f"{type(error).__name__} in the notifier of '{outgoing.destination}'"
    return None


def _mark(store: Store, claimed: Claimed, error: str | None, now: datetime) -> None:
    with store.transaction() as connection:
        if error is None:
            notices.mark_sent(connection, claimed, now)
            return
        last = claimed.attempts + 1 >= ATTEMPTS
        jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
        wait = backoff(claimed.attempts + 1, jitter, first=_FIRST_RETRY, ceiling=_LONGEST_RETRY)
        notices.mark_failed(connection, claimed, error, retry_at=None if last else now + wait, now=now)
        if last:
            to = claimed.outgoing
            cause = f"notice {claimed.number} of alert {to.alert} to '{to.destination}': {error}"
            sources.happened(connection, "undelivered", None, cause, now)
