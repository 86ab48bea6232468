"""Is the daemon alive? What its signs of life say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.daemons import Daemon

SILENT_AFTER = timedelta(seconds=60)  # it gives a sign of life every ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The daemons that run, and those that fell silent without a word and that none replaced since."""

    running: tuple[Daemon, ...]
    silent: tuple[Daemon, ...]
    last: Daemon | None

    @property
    def alive(self) -> bool:
        """Whether at least one runs."""
        return bool(self.running)


def pulse(latest: Sequence[Daemon], now: datetime) -> Pulse:
    """Return which of the daemons, the latest sign of life first, are alive at `now`."""
    running = tuple(each for each in latest if each.stopped_at is None and now - each.seen_at <= SILENT_AFTER)
    silent = tuple(
        each
        for each in latest
        if each.stopped_at is None and now - each.seen_at > SILENT_AFTER and not _replaced(each, latest)
    )
    return Pulse(running=running, silent=silent, last=latest[0] if latest else None)


def _replaced(silent: Daemon, latest: Sequence[Daemon]) -> bool:
    return any(each.host == silent.host and each.started_at > silent.seen_at for each in latest)


def short(shown: Pulse, now: datetime) -> Text:
    """Return it in a few words; a dead daemon is shouted: nothing is pulled, nobody is paged."""
    if shown.silent and not shown.alive:
        return Text(f" DAEMON SILENT for {wording.age(now - shown.silent[0].seen_at)} ", style=paint.SHOUT)
    if not shown.alive:
        since = f" since {wording.age(now - shown.last.seen_at)}" if shown.last else ""
        return Text(f" NO DAEMON RUNS{since} ", style=paint.SHOUT)
    return Text(f"daemon alive {wording.age(now - shown.running[0].seen_at)} ago", style=paint.GOOD)


def full(shown: Pulse, now: datetime) -> list[Text]:
    """Return a line on each daemon that matters, and what to type when none runs."""
    lines = [Text(f"running: {_facts(each, now)}", style=paint.GOOD) for each in shown.running]
    lines += [
        Text(f"silent since {wording.moment(each.seen_at)}: {_facts(each, now)}", style=paint.ALARM)
        for each in shown.silent
    ]
    if not lines and shown.last is not None:
        stopped = shown.last.stopped_at or shown.last.seen_at
        lines.append(
            Text(
                f"not running: stopped at {wording.moment(stopped)}, {_facts(shown.last, now)}",
                style=paint.ALARM,
            )
        )
    if not lines:
        lines.append(Text("not running: none ever ran on this store", style=paint.ALARM))
    if not shown.alive:
        command = Text("uproar run", style=paint.TYPE)
        lines.append(paint.joined("nothing is pulled and nobody is paged; start it: ", command))
    return lines


def _facts(each: Daemon, now: datetime) -> str:
    up = wording.age(each.seen_at - each.started_at)
    seen = wording.age(now - each.seen_at)
    program = f"process {each.pid}, version {line(each.version, 20)}"
    return f"{line(each.host, 60)}, {program}, up {up}, seen {seen} ago"
