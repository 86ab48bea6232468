import io
import os

import pytest

from monitor.core.alert import Resolution, Status, Why
from monitor.core.mention import Author
from monitor.notify import NotDelivered, paint
from monitor.notify.apprise import body
from monitor.notify.terminal import TerminalNotifier, block, plain
from tests.terminal.builders import HOSTILE, NOON, WIDTHS, Terminal, card, controls, notice
from tests.terminal.builders import plain as words_of


# ------------------------------------------------------------------------------------------------- terminal
@pytest.mark.parametrize("why", list(Why))
def test_a_notice_is_a_block_on_a_terminal(why: Why) -> None:
    """Severity, why, alert, clocks, platform, author, reach, text, reasons, what to type."""
    stream = Terminal(80, 24)
    TerminalNotifier(stream).send(notice(card(), why.value, step=1, reason="nobody came", recipient="maria"))
    shown = "\n".join(line.rstrip() for line in stream.screen.display)
    for fact in (
        "HIGH  " + why.value.replace("-", " ").upper(),
        "alert 12  12:02:00 UTC",
        "unacknowledged for 2m · unanswered for 2m · for maria",
        "twitter @jo, 1,234 followers · acme",
        "acme broke my order",
        "why: nobody came · something fails: “broke”",
        "→ uproar ack 12",
    ):
        assert fact in shown


def test_a_notice_is_one_line_elsewhere() -> None:
    """A log file or a pipe: no colours, no bell."""
    stream = io.StringIO()
    TerminalNotifier(stream, bell=True, desktop=True).send(notice(card()))
    assert stream.getvalue() == (
        "HIGH opened: alert 12 | unacknowledged for 2m · unanswered for 2m | twitter @jo, 1,234 followers"
        ' · acme | "acme broke my order" | why: something fails: “broke” | uproar ack 12\n'
    )


def test_of_an_author_who_came_back_the_new_words_are_told() -> None:
    """Not what was answered before: in the block, on the line, and in a message."""
    shown = card(again=card(text="still no refund", url="https://x.com/jo/again").first)
    told = notice(shown, "came-back")
    for text in ("\n".join(words_of(block(told, 80))), plain(told), body(told)):
        assert "still no refund" in text
        assert "broke my order" not in text
    assert "https://x.com/jo/again" in body(told)


def test_a_resolved_alert_asks_for_nothing_and_rings_nothing() -> None:
    """Good news wakes nobody."""
    done = card(status=Status.RESOLVED, resolution=Resolution.GONE, resolved_at=NOON, due_at=None)
    stream = Terminal()
    TerminalNotifier(stream, bell=True, desktop=True).send(notice(done, "resolved"))
    assert "uproar ack" not in stream.getvalue()
    assert not controls(stream.getvalue().replace("\x1b[", ""))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_block_keeps_to_the_width_and_cuts_long_texts(width: int) -> None:
    """About 280 characters of what may be 100 kB."""
    lines = words_of(block(notice(card(text="broken " * 14_000)), width))
    assert max(map(len, lines)) <= width
    assert sum(line.count("broken") for line in lines) == 40


def test_bell_and_desktop_notification_are_options() -> None:
    """One BEL rings, another ends the OSC 9."""
    quiet, loud = Terminal(), Terminal()
    TerminalNotifier(quiet).send(notice(card()))
    TerminalNotifier(loud, bell=True, desktop=True).send(notice(card()))
    assert "\a" not in quiet.getvalue()
    assert "\x1b]9;uproar: HIGH opened: alert 12" in loud.getvalue()
    assert loud.getvalue().endswith("\a\a")
    assert loud.getvalue().count("\a") == 2


def test_hostile_text_in_a_notice_is_harmless() -> None:
    """Title, colours and the notification's own end are out of its reach."""
    hostile = card(text=HOSTILE, author=Author(handle=HOSTILE, display_name=HOSTILE), reasons=(HOSTILE,))
    stream = Terminal(80, 40)
    TerminalNotifier(stream, desktop=True).send(notice(hostile, HOSTILE, reason=HOSTILE, recipient=HOSTILE))
    screen = stream.screen
    assert screen.title == ""
    assert not any(cell.reverse or cell.blink for row in screen.buffer.values() for cell in row.values())
    assert stream.getvalue().count("\a") == 1
    assert stream.getvalue().count("\x1b]") == 1
    assert not controls(plain(notice(hostile, HOSTILE, reason=HOSTILE, recipient=HOSTILE)))


def test_a_pipe_that_nobody_reads_any_more_did_not_take_the_notice() -> None:
    """It will be tried again, or go another way: it is not lost in silence."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with pytest.raises(NotDelivered):
        TerminalNotifier(stream).send(notice(card()))
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_closed_stream_did_not_take_the_notice() -> None:
    """As when the daemon's standard output was closed."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(NotDelivered):
        TerminalNotifier(stream).send(notice(card()))


def test_a_desktop_notification_cannot_be_ended_by_its_text() -> None:
    """One line of letters between OSC 9 and BEL, whatever it is given."""
    sent = paint.notification(HOSTILE + "\n" + "x" * 900)
    assert sent.startswith("\x1b]9;uproar: broken")
    assert sent.endswith("\a")
    assert not controls(sent[1:-1])
    assert "\n" not in sent
    assert len(sent) < 250


def test_one_notice_is_printed_at_a_time() -> None:
    """Whichever threads they come from, the lines of two do not mix."""
    alone: list[bool] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            alone.append(notifier._lock.locked())
            return super().write(text)

        def flush(self) -> None:
            alone.append(notifier._lock.locked())

    notifier = TerminalNotifier(Watched())
    notifier.send(notice(card()))
    assert alone == [True, True]
    assert not notifier._lock.locked()
