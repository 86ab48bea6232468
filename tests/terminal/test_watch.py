import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from monitor.console import watch
from monitor.console.watch import Watch
from monitor.core.alert import Acknowledge, Resolution, Resolve
from monitor.notify import paint
from monitor.store import Store
from tests.terminal.builders import HOSTILE, MINUTE, Desk, Terminal, controls, emulated


class Pipe(Terminal):
    """A stream that is no terminal."""

    def isatty(self) -> bool:
        """Say that it is none."""
        return False


def watching(desk: Desk, stream: Terminal, *steps: Callable[[], Any], **options: Any) -> Watch:
    """Return a watch that lets one step happen after each look, and is interrupted after the last."""
    left = list(steps)

    def wait(_: Event) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    return Watch(store=desk.store, clock=lambda: desk.now, stream=stream, wait=wait, **options)


def told(desk: Desk, *steps: Callable[[], Any], stream: Terminal | None = None, **options: Any) -> list[str]:
    """Return the lines of a watch that is no screen."""
    stream = stream or Pipe()
    with pytest.raises(KeyboardInterrupt):
        watch.tell(watching(desk, stream, *steps, **options))
    return stream.getvalue().splitlines()


def drawn(desk: Desk, *steps: Callable[[], Any], **options: Any) -> Terminal:
    """Return a terminal on which a watch drew its frames."""
    stream = Terminal(100, 24)
    with pytest.raises(KeyboardInterrupt):
        watch.draw(watching(desk, stream, *steps, **options))
    return stream


# -------------------------------------------------------------------------------------------- line by line
def test_lines_begin_with_what_is_open(desk: Desk) -> None:
    """Whoever starts to watch is told how it stands."""
    desk.hears("acme broke my order")
    lines = told(desk)
    assert lines[0] == "12:00:00 UTC NO DAEMON RUNS"
    assert lines[1].startswith("1 LOW | unacknowledged for 0s")
    assert len(lines) == 2


def test_each_change_is_one_line(desk: Desk) -> None:
    """Opened, escalated, acknowledged, resolved; and nothing where nothing changed."""
    lines = told(
        desk,
        lambda: desk.hears("acme broke my order"),
        lambda: None,
        lambda: desk.waits(10),
        lambda: desk.acts(1, Acknowledge(by="maria")),
        lambda: desk.acts(1, Resolve(by="maria", resolution=Resolution.DUPLICATE)),
    )
    heads = [line.split(" | ")[0] for line in lines[2:]]
    assert heads == [
        "12:00:00 UTC alert 1 opened",
        "12:10:00 UTC alert 1 escalated to step 2, round 1",
        "12:10:00 UTC alert 1 acknowledged by maria",
        "12:10:00 UTC alert 1 resolved",
    ]


def test_only_the_brand_that_was_asked_for_is_told(quick_desk: Desk) -> None:
    """The others ring no bell."""
    lines = told(quick_desk, lambda: quick_desk.hears(brand="other"), brand="acme")
    assert lines[1:] == ["Nothing is open. All quiet."]


def test_lines_are_harmless(quick_desk: Desk) -> None:
    """What people write steers no terminal."""
    lines = told(quick_desk, lambda: quick_desk.hears(HOSTILE))
    assert "opened" in lines[-1]
    assert not controls("\n".join(lines))


def test_a_store_that_fails_meanwhile_is_told_and_watched_on(
    quick_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that restarts at night must not end the watch; what happened meanwhile is told after it."""
    reading = Store.reading

    def fails(_: Store) -> Any:
        raise OperationalError("SELECT", {}, Exception(f"locked {HOSTILE}"))

    lines = told(
        quick_desk,
        lambda: monkeypatch.setattr(Store, "reading", fails),
        quick_desk.hears,
        lambda: monkeypatch.setattr(Store, "reading", reading),
    )
    heads = [line.split(" broken")[0].split(" | ")[0] for line in lines[2:]]
    assert heads == [
        "12:00:00 UTC the store does not answer: locked",
        "12:00:00 UTC alert 1 opened",
        "12:00:00 UTC NO DAEMON RUNS",
    ]
    assert not controls("\n".join(lines))


def test_a_store_that_is_mute_at_first_is_read_later(
    quick_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was open all the time is told as open, not as news."""
    quick_desk.hears()
    reading = Store.reading

    def fails(_: Store) -> Any:
        raise OperationalError("SELECT", {}, Exception("locked"))

    monkeypatch.setattr(Store, "reading", fails)
    lines = told(quick_desk, lambda: monkeypatch.setattr(Store, "reading", reading))
    assert [line.split(" | ")[0] for line in lines] == [
        "12:00:00 UTC the store does not answer: locked",
        "12:00:00 UTC NO DAEMON RUNS",
        "1 MEDIUM",
    ]


# ------------------------------------------------------------------------------------------------- a screen
def test_the_screen_shows_the_queue_and_follows_it(desk: Desk) -> None:
    """What happens is on the next frame."""
    desk.hears("acme broke my order")
    frames: list[list[str]] = []
    stream = Terminal(100, 24)

    def keep() -> None:
        frames.append(list(stream.screen.display))

    def taken() -> None:
        keep()
        desk.acts(1, Acknowledge(by="maria"))

    with pytest.raises(KeyboardInterrupt):
        watch.draw(watching(desk, stream, taken, keep))
    before, after = ("\n".join(frame) for frame in frames)
    assert "unacknowledged for 0s" in before
    assert "→ uproar ack 1" in before
    assert "acknowledged 0s ago by maria" in after
    assert "→ uproar resolve 1 --answered" in after


def test_the_screen_is_as_it_was_afterwards(quick_desk: Desk) -> None:
    """The alternate screen is left, the cursor is back, the signals are as before."""
    before = signal.getsignal(signal.SIGTERM)
    sent = drawn(quick_desk).getvalue()
    assert sent.index("\x1b[?1049h") < sent.index("\x1b[?1049l")
    assert sent.rindex("\x1b[?25h") > sent.index("\x1b[?25l")
    assert signal.getsignal(signal.SIGTERM) is before


def test_being_terminated_restores_the_screen_too(quick_desk: Desk) -> None:
    """SIGTERM ends it like an exit."""
    stream = Terminal(100, 24)
    this = watching(quick_desk, stream, lambda: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        watch.draw(this)
    assert ended.value.code == 128 + signal.SIGTERM
    assert "\x1b[?1049l" in stream.getvalue()


def test_a_resize_is_drawn_at_once(quick_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends when the window changes, and the next frame has the new size."""
    woken: list[bool] = []
    sizes = iter([(100, 24), (100, 24), (60, 20)])
    monkeypatch.setattr(paint, "size_of", lambda _: next(sizes))
    stream = Terminal(100, 24)

    def wait(event: Event) -> None:
        if woken:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGWINCH)
        woken.append(event.is_set())

    quick_desk.hears()
    with pytest.raises(KeyboardInterrupt):
        watch.draw(Watch(store=quick_desk.store, clock=lambda: quick_desk.now, stream=stream, wait=wait))
    assert woken == [True]
    last = stream.getvalue().split("\x1b[H")[-1].split("\x1b[?1049l")[0]
    lines = [line.rstrip() for line in emulated(last, 100, 24).display]
    assert max(map(len, lines)) <= 60
    assert len([line for line in lines if line]) <= 20


def test_the_bell_rings_for_what_needs_somebody(quick_desk: Desk) -> None:
    """Once for each look with something new; not at the start, not for what somebody did."""
    quick_desk.hears()
    steps: list[Callable[[], Any]] = [
        quick_desk.hears,
        lambda: quick_desk.acts(2, Acknowledge(by="maria")),
        lambda: quick_desk.waits(10),
    ]
    assert drawn(quick_desk, *steps, bell=True).getvalue().count("\a") == 2


def test_no_bell_rings_unasked(quick_desk: Desk) -> None:
    """It is an option."""
    sent = drawn(quick_desk, quick_desk.hears).getvalue()
    assert "\a" not in sent
    assert "\x1b]9;" not in sent


def test_the_desktop_is_told_in_one_sequence(quick_desk: Desk) -> None:
    """OSC 9, ended by its own BEL, nothing of the text within it."""
    sent = drawn(quick_desk, lambda: quick_desk.hears(HOSTILE), desktop=True).getvalue()
    [notification] = [part.split("\a")[0] for part in sent.split("\x1b]")[1:]]
    assert notification.startswith("9;uproar: ")
    assert notification.endswith(" alert 1 opened")
    assert not controls(notification)


def test_a_pipe_gets_neither_bell_nor_notification(quick_desk: Desk) -> None:
    """They are for terminals."""
    lines = told(quick_desk, quick_desk.hears, bell=True, desktop=True)
    assert not controls("\n".join(lines))


def test_plain_lines_on_a_terminal_ring_as_well(quick_desk: Desk) -> None:
    """`--plain` changes what is written, not who is woken."""
    stream = Terminal()
    told(quick_desk, quick_desk.hears, stream=stream, bell=True)
    assert stream.getvalue().count("\a") == 1


# ------------------------------------------------------------------------------------------ the command
def test_once_prints_one_frame_and_ends(quick_desk: Desk) -> None:
    """Into a pipe: the state of the daemon and the queue, as lines."""
    quick_desk.hears("acme broke my order")
    result = quick_desk.types("watch", "--once")
    assert result.exit_code == 0
    assert [line.split(" | ")[0] for line in result.output.splitlines()][1:] == ["1 LOW"]
    assert "NO DAEMON RUNS" in result.output


def test_in_a_real_terminal_control_c_ends_it_in_good_order(quick_desk: Desk) -> None:
    """A pseudo-terminal, a real process: the queue appears, Ctrl-C gives the screen back, exit code 0."""
    quick_desk.hears("acme broke my order")
    parent, child = pty.openpty()
    words = [sys.executable, "-m", "monitor", "--config", str(quick_desk.config), "watch"]
    with subprocess.Popen(words, stdin=child, stdout=child, stderr=child, start_new_session=True) as process:
        os.close(child)
        sent = b""
        while b"Ctrl-C ends" not in sent:
            sent += os.read(parent, 65_536)
        process.send_signal(signal.SIGINT)
        while b"\x1b[?1049l" not in sent:
            sent += os.read(parent, 65_536)
        assert process.wait() == 0
    os.close(parent)
    screen = "\n".join(emulated(sent.decode().split("\x1b[?1049l")[0], 80, 24).display)
    assert "acme broke my order" in screen
    assert "→ uproar ack 1" in screen


def test_time_goes_on_between_frames(quick_desk: Desk) -> None:
    """Both clocks run on the screen."""
    quick_desk.hears()
    frames: list[str] = []
    stream = Terminal(100, 24)

    def later() -> None:
        frames.append("\n".join(stream.screen.display))
        quick_desk.now += 3 * MINUTE

    with pytest.raises(KeyboardInterrupt):
        watch.draw(watching(quick_desk, stream, later, later))
    assert "unacknowledged for 0s" in frames[0]
    assert "unacknowledged for 3m" in frames[1]
