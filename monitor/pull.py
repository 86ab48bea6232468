"""The step that pulls: one source, batch by batch, each one transaction with its cursor and coverage."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock

from monitor import intake
from monitor.clock import Clock
from monitor.connector import (
    Batch,
    Connector,
    ConnectorError,
    Gone,
    Misconfigured,
    QuotaExhausted,
    RateLimit,
    RateLimited,
    Source,
    Unauthorized,
)
from monitor.core.pacing import Budget, backoff, next_due
from monitor.store import Store, mentions, sources
from monitor.store.sources import ClaimedSource

LEASE = timedelta(minutes=5)  # renewed with every batch: longer than a request with its time-out
_FIRST_BACKOFF = timedelta(seconds=30)
_LONGEST_BACKOFF = timedelta(hours=1)
_SOONEST = timedelta(seconds=1)  # a platform whose reset lies in the past is still not called at once


@dataclass(slots=True)
class Ledger:
    """The budgets of one set of credentials, shared by its sources: the `Meter` that connectors get."""

    account: str
    clock: Clock
    _left: dict[str, Budget] = field(default_factory=dict)
    _limits: dict[str, RateLimit] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        """Return the monitor's time."""
        return self.clock()

    def spend(self, bucket: str, units: int = 1) -> None:
        """Take `units` out of a bucket; one that was due to be full again is filled first."""
        with self._lock:
            if budget := self._budget(bucket):
                self._left[bucket] = budget.spend(units)

    def observe(self, bucket: str, remaining: int, resets_at: datetime | None = None) -> None:
        """Believe what the platform says."""
        with self._lock:
            known = self._budget(bucket)
            resets_at = resets_at or (known.resets_at if known else self.clock())
            self._left[bucket] = Budget(bucket=bucket, remaining=remaining, resets_at=resets_at)

    def know(self, limits: Sequence[RateLimit], stored: Mapping[str, Budget]) -> None:
        """Learn the limits of a connector, and what the store knows is left."""
        with self._lock:
            self._limits |= {limit.bucket: limit for limit in limits}
            self._left = {**stored, **self._left}

    def left(self) -> tuple[Budget, ...]:
        """Return what is left in every bucket, full again where it is time."""
        with self._lock:
            return tuple(budget for bucket in self._limits if (budget := self._budget(bucket)))

    def _budget(self, bucket: str) -> Budget | None:
        known, limit, now = self._left.get(bucket), self._limits.get(bucket), self.clock()
        if limit and (known is None or known.resets_at <= now):
            return Budget(bucket=bucket, remaining=limit.units, resets_at=limit.resets_at(now))
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A configured source, ready to be pulled.

    `on_batch` is called after each batch that is stored, `mask` strikes secrets out of errors.
    """

    source: Source
    connector: Connector
    ledger: Ledger
    every: timedelta
    warm_up: bool = True
    on_batch: Callable[[], None] = lambda: None
    mask: Callable[[str], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a pull ended: the source's state, what was stored, when it is due again (None: not by itself)."""

    state: str
    due_at: datetime | None
    new: int = 0
    error: str | None = None
    cut: bool = False


def pull(store: Store, feed: Feed, claimed: ClaimedSource, clock: Clock, stopping: Event) -> Outcome:
    """Pull a claimed source until it has no more to give, or `stopping` is set, and say when it is due again.

    A typed error of the connector becomes the source's state. Raises `LostClaim` when another daemon took
    over; anything else that escapes is a bug, which the caller reports with `failed`.
    """
    this = _Pull(store, feed, claimed, clock, first_pull_at=claimed.first_pull_at or clock())
    new = 0
    try:
        for batch in feed.connector.pull(claimed.cursor):
            new += _keep(this, batch)
            feed.on_batch()
            if stopping.is_set():
                return _finish(this, Outcome(state="ok", due_at=clock(), new=new, cut=True))
    except ConnectorError as error:
        after = _after(error, claimed, new, clock())
        return _finish(this, replace(after, error=feed.mask(after.error or "")))
    return _finish(
        this, Outcome(state="ok", due_at=next_due(clock(), feed.every, feed.ledger.left()), new=new)
    )


def failed(store: Store, claimed: ClaimedSource, error: str, now: datetime) -> Outcome:
    """Record that a pull met a bug, and back off."""
    outcome = Outcome(state="failed", due_at=now + _wait(claimed), error=error)
    with store.transaction() as connection:
        sources.finish(connection, claimed, state=outcome.state, due_at=outcome.due_at, now=now, error=error)
        sources.happened(connection, "failed", claimed.name, error, now)
    return outcome


def note_lateness(store: Store, feed: Feed, claimed: ClaimedSource, cause: str, now: datetime) -> bool:
    """Record, with its cause, that a pull comes more than one interval late; return whether it does."""
    if claimed.late <= max(feed.every, timedelta(seconds=10)):
        return False
    missed = int(claimed.late / feed.every)
    with store.transaction() as connection:
        text = f"{claimed.late.total_seconds():.0f} s late, {missed} pulls skipped: {cause}"
        sources.happened(connection, "late", claimed.name, text, now)
    return True


@dataclass(frozen=True, slots=True)
class _Pull:
    store: Store
    feed: Feed
    claimed: ClaimedSource
    clock: Clock
    first_pull_at: datetime


def _keep(this: _Pull, batch: Batch) -> int:
    """Store one batch with its cursor, coverage and budgets; return how many mentions were new."""
    feed, name, now = this.feed, this.claimed.name, this.clock()
    learned = this.first_pull_at if feed.warm_up else None
    taken = intake.sort(
        feed.connector,
        feed.source.query,
        batch.payloads,
        addressed=batch.addressed,
        history_before=learned,
    )
    with this.store.transaction() as connection:
        saved = mentions.save(
            connection, brand=feed.source.brand, source=name, sightings=taken.kept, observed_at=now
        )
        sources.put_aside(connection, name, taken.refused, now)
        counts = {"mentions": saved.new, "filtered": len(taken.others), "malformed": len(taken.refused)}
        sources.advance(
            connection,
            this.claimed,
            cursor=batch.cursor,
            covers=batch.covers,
            counts=counts,
            now=now,
            lease=LEASE,
        )
        sources.save_budgets(connection, feed.ledger.account, feed.ledger.left())
    return saved.new


def _finish(this: _Pull, outcome: Outcome) -> Outcome:
    now = this.clock()
    state, due_at, error = outcome.state, outcome.due_at, outcome.error
    with this.store.transaction() as connection:
        sources.finish(connection, this.claimed, state=state, due_at=due_at, now=now, error=error)
        sources.save_budgets(connection, this.feed.ledger.account, this.feed.ledger.left())
        if error:
            sources.happened(connection, state, this.claimed.name, error, now)
    return outcome


def _after(error: ConnectorError, claimed: ClaimedSource, new: int, now: datetime) -> Outcome:
    """Return what a typed error means for the source."""
    state, due_at = "unavailable", now + _wait(claimed)
    match error:
        case Unauthorized():
            return Outcome(state="unauthorized", due_at=None, new=new, error=str(error))
        case Misconfigured():
            return Outcome(state="misconfigured", due_at=None, new=new, error=f"{error.key}: {error}")
        case Gone():
            return Outcome(state="gone", due_at=None, new=new, error=str(error))
        case RateLimited():
            state, due_at = "rate-limited", error.retry_at
        case QuotaExhausted():
            state, due_at = "quota-exhausted", error.resets_at
    return Outcome(state=state, due_at=max(due_at, now + _SOONEST), new=new, error=str(error))


def _wait(claimed: ClaimedSource) -> timedelta:
    jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
    return backoff(claimed.failures + 1, jitter, first=_FIRST_BACKOFF, ceiling=_LONGEST_BACKOFF)
