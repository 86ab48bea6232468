"""The step that looks again: counts, deletions and replies of what has an open alert."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor import intake
from monitor.clock import Clock
from monitor.connector import (
    Connector,
    ConnectorError,
    Payload,
    QuotaExhausted,
    RateLimited,
    Refreshes,
    Source,
    Threads,
)
from monitor.core.spread.looking import next_look
from monitor.store import Store, alerts, erasure, mentions, sources
from monitor.store.alerts import Kept
from monitor.store.mentions import Stored

EVERY = timedelta(minutes=10)
SOONEST = timedelta(minutes=2)  # between two looks at one post, however much it may tell
_OVERLAP = timedelta(minutes=5)  # replies are asked for again from this long before the last look

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A mention that its platform no longer has, and the open alert that it began, if any."""

    mention: int
    alert: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A source's connector, to look again with. `mask` strikes secrets out of its errors."""

    source: Source
    connector: Connector
    mask: Callable[[str], str] = str


def follow(
    store: Store, feeds: Mapping[str, Followed], clock: Clock, *, every: timedelta = EVERY, limit: int = 100
) -> list[Vanished]:
    """Look again at up to `limit` alerts that are due; return what turned out to be gone.

    What was found goes to the inbox. One platform that does not answer leaves the others unaffected; its
    alerts are looked at again the next time.
    """
    now = clock()
    with store.transaction() as connection:
        due = alerts.due_to_follow(connection, now, now + every, limit)
        firsts = {each.number: each for each in mentions.get(connection, [each.mention for each in due])}
    gone: list[Vanished] = []
    for name, group in _by_source(due, firsts).items():
        if feed := feeds.get(name):
            try:
                gone += _refresh(store, feed, group, firsts, clock)
                _read_on(store, feed, group, firsts, gone, clock)
                _look_sooner(store, feed, group, firsts, every, clock())
            except ConnectorError as error:
                _postpone(store, feed, group, error, clock())
            except Exception as error:  # noqa: BLE001 - the supervisor of connectors that look again
                _log.exception("follow failed", source=name)
                _say_not_followed(store, name, f"{type(error).__name__}: a bug, see the log", clock())
    return gone


def _by_source(due: Sequence[Kept], firsts: Mapping[int, Stored]) -> dict[str, list[Kept]]:
    """Return the alerts grouped by the source of their first mention."""
    groups: dict[str, list[Kept]] = {}
    for each in due:
        groups.setdefault(firsts[each.mention].source, []).append(each)
    return groups


def _refresh(
    store: Store, feed: Followed, group: Sequence[Kept], firsts: Mapping[int, Stored], clock: Clock
) -> list[Vanished]:
    """Read the counts again; what the platform no longer has is erased here, too.

    While a payload cannot be understood, nothing is taken for gone: it may be the one that is missing.
    """
    if not isinstance(feed.connector, Refreshes):
        return []
    ids = [firsts[each.mention].mention.id for each in group]
    present = _save(store, feed, list(feed.connector.refresh(ids)), clock())
    if present is None:
        return []
    missing = [each for each in group if firsts[each.mention].mention.id not in present]
    fresh = [each.mention for each in missing if firsts[each.mention].deleted_at is None]
    with store.transaction() as connection:
        erasure.erase(connection, fresh, clock())
        for number in fresh:
            text = f"mention {number} is deleted on its platform: erased here"
            sources.happened(connection, "erased", feed.source.name, text, clock())
    return [
        Vanished(mention=each.mention, alert=each.number if each.state.is_open else None) for each in missing
    ]


def _read_on(
    store: Store,
    feed: Followed,
    group: Sequence[Kept],
    firsts: Mapping[int, Stored],
    gone: Sequence[Vanished],
    clock: Clock,
) -> None:
    """Read what was written in the conversations since they were read last."""
    if not isinstance(feed.connector, Threads):
        return
    missing = {each.mention for each in gone}
    with store.reading() as connection:
        until = alerts.followed_until(connection, [each.number for each in group])
    for each in group:
        first, now = firsts[each.mention], clock()
        if first.number not in missing:
            begun = first.mention.created_at
            since = max(begun, until.get(each.number, begun) - _OVERLAP)
            _save(store, feed, list(feed.connector.replies(first.mention, since)), now)
            with store.transaction() as connection:
                alerts.followed(connection, each.number, now)


def _look_sooner(
    store: Store,
    feed: Followed,
    group: Sequence[Kept],
    firsts: Mapping[int, Stored],
    every: timedelta,
    now: datetime,
) -> None:
    """Look again before `every` has passed at what may soon tell more, if its counts can be read together.

    Instants are whole multiples of the shortest wait, so that posts come due together and share a call.
    """
    if not isinstance(feed.connector, Refreshes) or every <= SOONEST:
        return
    with store.transaction() as connection:
        judged = mentions.verdicts(connection, [each.mention for each in group])
        for each in group:
            if verdict := judged.get(each.mention):
                age = (now - firsts[each.mention].mention.created_at).total_seconds()
                soonest, latest = SOONEST.total_seconds(), every.total_seconds()
                wait = timedelta(seconds=next_look(age, verdict.passing, soonest=soonest, latest=latest))
                if wait < every:
                    alerts.follow_again(connection, [each.number], _slot(now + wait))


def _slot(moment: datetime) -> datetime:
    """Return the next whole multiple of the shortest wait, from the beginning of the day on."""
    begun = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return begun + -((begun - moment) // SOONEST) * SOONEST


def _save(store: Store, feed: Followed, payloads: Sequence[Payload], now: datetime) -> set[str] | None:
    """Save what the platform gave, and return the ids of it; None when some of it could not be understood."""
    taken = intake.sort(feed.connector, feed.source.query, payloads, addressed=True)
    with store.transaction() as connection:
        sources.put_aside(connection, feed.source.name, taken.refused, now)
        mentions.save(
            connection,
            brand=feed.source.brand,
            source=feed.source.name,
            sightings=taken.kept,
            observed_at=now,
        )
    seen = [*(each.mention for each in taken.kept), *taken.others]
    return None if taken.refused else {each.id for each in seen}


def _postpone(
    store: Store, feed: Followed, group: Sequence[Kept], error: ConnectorError, now: datetime
) -> None:
    """Look again when the platform lets us; a short failure waits for the next time."""
    name, text = feed.source.name, feed.mask(str(error))
    _log.warning("follow failed", source=name, error=text)
    retry_at = None
    if isinstance(error, RateLimited):
        retry_at = error.retry_at
    elif isinstance(error, QuotaExhausted):
        retry_at = error.resets_at
    with store.transaction() as connection:
        if retry_at is not None:
            alerts.follow_again(connection, [each.number for each in group], retry_at)
    _say_not_followed(store, name, text, now)


def _say_not_followed(store: Store, name: str, cause: str, now: datetime) -> None:
    with store.transaction() as connection:
        sources.happened(connection, "not followed", name, cause, now)
