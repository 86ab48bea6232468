from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.console import daemon
from monitor.console.frame import Glance, frame, lines
from monitor.console.queue import Queue
from monitor.core.alert import Status
from monitor.core.severity import Severity
from monitor.notify import paint
from monitor.store.daemons import Daemon
from monitor.store.overview import Tally
from tests.terminal.builders import HOSTILE, MINUTE, NOON, POLICY, WIDTHS, Terminal, card, emulated, plain

BEAT = Daemon(id="d", host="box", pid=7, version="1", started_at=NOON, seen_at=NOON + 2 * MINUTE)


def glance(*cards: Any, seen_at: datetime | None = NOON + 2 * MINUTE, **fields: Any) -> Glance:
    """Return what a frame shows: these cards, and a daemon that was last seen then (None: never)."""
    count = fields.pop("open", len(cards))
    shown = Queue(
        cards=cards,
        tally=Tally(open=count, unacknowledged=count, unanswered=count),
        policies={("default", 1): POLICY},
    )
    seen = [replace(BEAT, seen_at=seen_at)] if seen_at else []
    return Glance(queue=shown, pulse=daemon.pulse(seen, NOON + 2 * MINUTE), **fields)


def many(count: int) -> list[Any]:
    """Return so many cards, of all severities."""
    grades = list(reversed(Severity))
    return [
        card(100 + each, f"complaint number {each} of many", severity=grades[each % 4])
        for each in range(count)
    ]


def shown(this: Glance, width: int, height: int) -> list[str]:
    """Return the lines of a frame two minutes past noon."""
    return plain(lines(this, NOON + 2 * MINUTE, width, height))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("height", [12, 24, 50])
def test_a_frame_fits_its_terminal(width: int, height: int) -> None:
    """Neither wider nor higher, so that nothing scrolls away."""
    found = shown(glance(*many(60), open=97), width, height)
    assert len(found) == height
    assert max(map(len, found)) <= width
    assert found[-1].endswith("Ctrl-C ends") or found[-1] == "ends"
    assert any(line.startswith("+ ") for line in found) or height == 12


@pytest.mark.parametrize("width", WIDTHS)
def test_a_frame_says_what_is_wrong_why_it_matters_and_what_to_type(width: int) -> None:
    """The most urgent alert is there in full, with its command above and below."""
    text = "The brake of my acme stroller failed and my child nearly fell onto the road"
    found = shown(glance(card(text=text, reasons=("harm: “failed”",)), *many(3)), width, 24)
    flat = " ".join(" ".join(found).split())
    for word in [*text.split(), "harm:", "“failed”"]:
        assert word in flat
    for fact in ("12 HIGH", "unacknowledged for 2m", "unanswered for 2m", "next escalation in 8m"):
        assert fact in flat
    assert "→ uproar ack 12" in flat
    assert "type in another terminal: uproar ack 12 · uproar show 12" in flat
    assert "https://x.com/jo/status/1" in flat


def test_the_head_counts_and_tells_the_daemon_is_alive() -> None:
    """Who looks at it knows at once that somebody listens."""
    [head, *_] = shown(glance(*many(2)), 120, 24)
    assert "2 open · 2 unacknowledged · 2 unanswered" in head
    assert "daemon alive 0s ago" in head
    assert "12:02:00 UTC" in head


@pytest.mark.parametrize(
    ("seen_at", "shout"),
    [(NOON, "DAEMON SILENT for 2m"), (None, "NO DAEMON RUNS")],
)
def test_a_dead_daemon_is_shouted(seen_at: datetime | None, shout: str) -> None:
    """A queue that nobody feeds looks quiet: it must not."""
    found = shown(glance(*many(2), seen_at=seen_at), 80, 24)
    assert shout in "\n".join(found[:3])
    assert "nothing is pulled and nobody is paged" in "\n".join(found[:4])
    assert shout in "\n".join(shown(glance(seen_at=seen_at), 80, 24)[:2])


def test_a_mute_store_is_shouted_and_the_queue_kept() -> None:
    """Old knowledge is shown as old."""
    found = "\n".join(shown(glance(card(), trouble="database is locked"), 80, 24))
    assert "THE STORE DOES NOT ANSWER: database is locked; what follows is old" in found
    assert "uproar ack 12" in found


def test_rows_and_the_rest_add_up() -> None:
    """Every alert is in the frame or among those that are more."""
    found = shown(glance(*many(60), open=97), 120, 30)
    rows = [line for line in found if line[:3].isdigit() and line[3] == " " and "complaint number" in line]
    [more] = [line for line in found if line.startswith("+ ")]
    assert more == f"+ {97 - 1 - len(rows)} more: uproar queue"


def test_a_frame_without_more_does_not_say_more() -> None:
    """What fits is all there."""
    found = shown(glance(*many(5)), 120, 40)
    assert not any(line.startswith("+ ") for line in found)
    assert sum("complaint number" in line for line in found) == 5


def test_a_narrow_row_puts_the_text_on_a_line_of_its_own() -> None:
    """At 60 columns the text would be squeezed to nothing beside the clocks."""
    found = shown(glance(*many(4)), 60, 40)
    [row] = [number for number, line in enumerate(found) if line.startswith("101 ")]
    assert "complaint number 1 of many" in found[row + 1]


def test_a_quiet_queue_is_said_to_be_quiet() -> None:
    """And not when it could not be read."""
    assert "Nothing is open. All quiet." in shown(glance(), 80, 24)
    assert "The queue cannot be read." in shown(glance(trouble="no such host"), 80, 24)


def test_rows_tell_both_clocks() -> None:
    """Who has it, and whether the customer was answered."""
    taken = card(13, status=Status.ACKNOWLEDGED, acknowledged_at=NOON, assignee="maria", answered_at=NOON)
    [row] = [line for line in shown(glance(card(), taken), 120, 30) if line.startswith("13 ")]
    assert row.split()[:7] == ["13", "HIGH", "maria,", "2m", "yes,", "2m", "in"]


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_changes_nothing_on_the_screen_but_letters(width: int) -> None:
    """In a terminal emulator: no title, no colour of its own, no bell, every cell where it belongs."""
    stream = Terminal(width, 30)
    hostile = [card(number, HOSTILE, title=HOSTILE, reasons=(HOSTILE,), url=HOSTILE) for number in (12, 13)]
    stream.write(paint.shown(lines(glance(*hostile, trouble=HOSTILE), NOON, width, 29), stream))
    assert stream.screen.title == ""
    assert "\a" not in stream.getvalue()
    assert not any(
        cell.reverse or cell.blink for row in stream.screen.buffer.values() for cell in row.values()
    )
    harmless = Terminal(width, 30)
    letters = [card(number, "x", reasons=("x",), url="x") for number in (12, 13)]
    harmless.write(paint.shown(lines(glance(*letters), NOON, width, 29), harmless))
    assert colours(stream) == colours(harmless)


def colours(stream: Terminal) -> set[tuple[str, str]]:
    """Return the pairs of colours that are on the screen."""
    cells = [cell for row in stream.screen.buffer.values() for cell in row.values()]
    return {(cell.fg, cell.bg) for cell in cells} - {("white", "red")}


def test_no_colour_is_used_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is obeyed; the severity is a word all the same."""
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal(80, 24)
    stream.write(paint.shown(lines(glance(*many(4)), NOON, 80, 23), stream))
    assert {(cell.fg, cell.bg) for row in stream.screen.buffer.values() for cell in row.values()} == {
        ("default", "default")
    }
    assert "CRITICAL" in "\n".join(stream.screen.display)


def test_colours_are_used_on_a_terminal() -> None:
    """The worst stands out."""
    stream = Terminal(80, 24)
    stream.write(paint.shown(lines(glance(*many(4)), NOON, 80, 23), stream))
    assert "red" in {cell.bg for row in stream.screen.buffer.values() for cell in row.values()}


@given(st.integers(1, 130), st.integers(1, 60), st.integers(0, 30))
def test_no_size_of_terminal_breaks_a_frame(width: int, height: int, count: int) -> None:
    """A terminal may be dragged to any size."""
    found = shown(glance(*many(count)), width, height)
    assert len(found) <= height
    assert all(len(line) <= width for line in found)


def test_a_frame_of_very_long_texts_still_fits() -> None:
    """100 kB of text in each alert: the frame is as high as the terminal."""
    long = [card(number, "broken " * 14_000, reasons=("x" * 5_000,) * 9) for number in range(1, 30)]
    assert len(shown(glance(*long), 80, 24)) == 24


def test_the_frame_is_a_renderable() -> None:
    """It is what the live screen is given."""
    stream = Terminal(80, 24)
    console = paint.console_on(stream, 80)
    console.print(frame(glance(card()), NOON, 80, 23))
    assert "12 HIGH" in "\n".join(emulated(stream.getvalue(), 80, 24).display)
