"""The live queue: read every second, drawn on the alternate screen, or told line by line."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from types import FrameType
from typing import TextIO

from rich.live import Live
from sqlalchemy.exc import DBAPIError

from monitor.clock import Clock
from monitor.console import daemon, queue
from monitor.console.changes import Change, Look, changes
from monitor.console.frame import Glance, frame, lines
from monitor.console.queue import Queue
from monitor.core.sanitise import line
from monitor.notify import paint
from monitor.store import Store, daemons, overview
from monitor.store.overview import Tally

CARDS = 100  # the most urgent alerts that are read: no terminal shows more

# waits for the next look; the event is set when there is reason to look at once
Wait = Callable[[Event], None]


def _a_second(event: Event) -> None:
    event.wait(1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is watched, where it is shown, and what makes a noise."""

    store: Store
    clock: Clock
    stream: TextIO
    brand: str | None = None
    bell: bool = False
    desktop: bool = False
    wait: Wait = _a_second


# ------------------------------------------------------------------------------------------------- looking
def look(this: Watch, before: Glance | None, now: datetime) -> Glance:
    """Read the queue; when the store does not answer, keep what was read before and say so."""
    try:
        with this.store.reading() as connection:
            return Glance(
                queue=queue.read(connection, brand=this.brand, limit=CARDS),
                pulse=daemon.pulse(daemons.latest(connection), now),
                newest=overview.newest(connection),
            )
    except DBAPIError as error:
        old = before or Glance(queue=Queue(cards=(), tally=Tally(), policies={}), pulse=daemon.pulse((), now))
        return replace(old, trouble=str(error.orig))


def told(before: Glance | None, after: Glance) -> list[Change]:
    """Return what happened between two looks; nothing at the first."""
    if before is None or after.trouble is not None:
        return []
    return list(changes(_look(before), _look(after)))


def _look(glance: Glance) -> Look:
    return Look(cards=glance.queue.cards, newest=glance.newest, whole=not glance.queue.more)


# ------------------------------------------------------------------------------------------------- drawing
def once(this: Watch, *, plain: bool) -> None:
    """Write one frame."""
    now = this.clock()
    glance = look(this, None, now)
    if plain:
        _say(this, _opening(glance, now))
        return
    width, height = paint.size_of(this.stream)
    this.stream.write(paint.shown(lines(glance, now, width, height - 1), this.stream))


def draw(this: Watch) -> None:
    """Draw frames on the alternate screen until interrupted; the screen is as it was afterwards."""
    console = paint.console_on(this.stream, paint.size_of(this.stream)[0])
    before: Glance | None = None
    with (
        _listening() as resized,
        Live(
            console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        ) as live,
    ):
        while True:
            now = this.clock()
            glance = look(this, before, now)
            width, height = paint.size_of(this.stream)
            console.size = (width, height)
            live.update(frame(glance, now, width, height), refresh=True)
            _signal(this, told(before, glance))
            before = glance if glance.trouble is None else before
            resized.clear()
            this.wait(resized)


@contextmanager
def _listening() -> Iterator[Event]:
    """Yield an event that is set when the terminal is resized; make an end as orderly as an exit."""
    resized = Event()

    def wake(_: int, __: FrameType | None) -> None:
        resized.set()

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    handlers = {signal.SIGWINCH: wake, signal.SIGTERM: leave, signal.SIGHUP: leave}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield resized
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal(this: Watch, happened: list[Change]) -> None:
    """Ring, and notify the desktop, for what somebody should look up for."""
    loud = [change for change in happened if change.loud]
    if not loud or not paint.is_terminal(this.stream):
        return
    if this.desktop:
        this.stream.write(paint.writable(paint.notification(_summary(loud[0], len(loud) - 1)), this.stream))
    if this.bell:
        this.stream.write(paint.BELL)
    this.stream.flush()


def _summary(change: Change, others: int) -> str:
    alert = change.card.alert
    more = f", and {others} more" if others else ""
    return f"{alert.state.severity.value.upper()} alert {alert.number} {change.what}{more}"


# -------------------------------------------------------------------------------------------- line by line
def tell(this: Watch) -> None:
    """Write what is open, then one line for each change, until interrupted."""
    before: Glance | None = None
    alive, trouble = True, None
    while True:
        now = this.clock()
        glance = look(this, before, now)
        if before is None and glance.trouble is None:
            _say(this, _opening(glance, now))
        else:
            happened = told(before, glance)
            _say(this, [_line(each, glance, now) for each in happened])
            _signal(this, happened)
            if (glance.pulse.alive, glance.trouble) != (alive, trouble):
                _say(this, _state(glance, now))
        alive, trouble = glance.pulse.alive, glance.trouble
        before = glance if glance.trouble is None else before
        this.wait(Event())


def _opening(glance: Glance, now: datetime) -> Iterator[str]:
    yield from _state(glance, now)
    yield from queue.plain(glance.queue, now)


def _state(glance: Glance, now: datetime) -> Iterator[str]:
    if glance.trouble is not None:
        yield f"{now:%H:%M:%S} UTC the store does not answer: {line(glance.trouble)}"
        return
    yield f"{now:%H:%M:%S} UTC {daemon.short(glance.pulse, now).plain.strip()}"


def _line(change: Change, glance: Glance, now: datetime) -> str:
    alert = change.card.alert
    said = "" if change.over else f" | {queue.plain_line(change.card, glance.queue.policies, now)}"
    return f"{now:%H:%M:%S} UTC alert {alert.number} {change.what}{said}"


def _say(this: Watch, told_lines: Iterator[str] | list[str]) -> None:
    for each in told_lines:
        this.stream.write(paint.writable(f"{each}\n", this.stream))
    this.stream.flush()
