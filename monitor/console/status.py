"""How things stand, on one screen: is anybody listening, what is open, which source fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from monitor.console import daemon
from monitor.console import sources as view
from monitor.console.daemon import Pulse
from monitor.console.queue import summary
from monitor.console.sheet import Section
from monitor.console.sources import Seen
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store import daemons, overview, shown_url, sources
from monitor.store.overview import Tally, Waiting
from monitor.store.sources import Happening

_HAPPENINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `uproar status` shows."""

    store: str
    pulse: Pulse
    tally: Tally
    waiting: Waiting | None
    backlog: Mapping[str, int]
    sources: tuple[Seen, ...]
    happenings: tuple[Happening, ...]

    @property
    def well(self) -> bool:
        """Whether a daemon runs, none fell silent, and no source fails."""
        return self.pulse.alive and not self.pulse.silent and not any(each.failing for each in self.sources)


def read(connection: Connection, url: str, accounts: Mapping[str, str], now: datetime) -> Status:
    """Read it all; `url` is the store's, `accounts` names the credentials of each source."""
    return Status(
        store=shown_url(url),
        pulse=daemon.pulse(daemons.latest(connection), now),
        tally=overview.tally(connection),
        waiting=overview.longest_waiting(connection),
        backlog=overview.backlog(connection),
        sources=tuple(view.read(connection, accounts, now)),
        happenings=tuple(sources.happenings(connection, _HAPPENINGS)),
    )


def sections(shown: Status, now: datetime) -> Iterator[Section]:
    """Yield the sections of the screen."""
    yield Section(heading="daemon", lines=tuple(daemon.full(shown.pulse, now)))
    yield Section(heading="alerts", lines=tuple(_alerts(shown, now)))
    waiting = ", ".join(f"{count:,} to {line(stage, 20)}" for stage, count in shown.backlog.items())
    yield Section(heading="inbox", lines=(waiting or "empty: every mention is judged",))
    lines = [view.brief(each, now) for each in shown.sources]
    yield Section(heading="sources", lines=tuple(lines) or ("none is configured",))
    if shown.happenings:
        yield Section(heading="latest", lines=tuple(_happening(each, now) for each in shown.happenings))
    yield Section(heading="store", lines=(line(shown.store),))


def _alerts(shown: Status, now: datetime) -> Iterator[Text | str]:
    yield summary(shown.tally)
    if shown.tally.by_severity:
        yield paint.joined(
            *(
                paint.joined(paint.severity_word(each), f" {count:,}")
                for each, count in shown.tally.by_severity.items()
            ),
            between=", ",
        )
    if shown.waiting is not None:
        age = wording.age(now - shown.waiting.since)
        number = shown.waiting.alert
        yield f"oldest unanswered: alert {number}, for {age}: uproar show {number}"


def _happening(each: Happening, now: datetime) -> str:
    source = f" {line(each.source, 60)}" if each.source else ""
    return f"{wording.age(now - each.at)} ago: {line(each.what, 60)}{source}: {line(each.cause, 300)}"


def rows(shown: Status) -> Iterator[dict[str, Any]]:
    """Yield it as JSON data: one object on the whole, one on each daemon, source and event."""
    tally = shown.tally
    yield {
        "about": "status",
        "well": shown.well,
        "store": shown.store,
        "open": tally.open,
        "unacknowledged": tally.unacknowledged,
        "unanswered": tally.unanswered,
        "by_severity": {severity.value: count for severity, count in tally.by_severity.items()},
        "oldest_unanswered": shown.waiting.alert if shown.waiting else None,
        "unanswered_since": shown.waiting.since if shown.waiting else None,
        "backlog": dict(shown.backlog),
        "daemon_alive": shown.pulse.alive,
    }
    for state, daemons_ in (("running", shown.pulse.running), ("silent", shown.pulse.silent)):
        for each in daemons_:
            names = type(each).__dataclass_fields__
            yield {"about": "daemon", "state": state} | {name: getattr(each, name) for name in names}
    for seen in shown.sources:
        yield {"about": "source"} | view.row(seen)
    for event in shown.happenings:
        yield {"about": "event"} | {name: getattr(event, name) for name in Happening.__dataclass_fields__}
