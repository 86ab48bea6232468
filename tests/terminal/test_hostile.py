"""Text from a platform, and from whoever types, changes nothing on a terminal but letters."""

import sys

import pytest

from monitor.core.alert import Acknowledge
from monitor.core.mention import Author
from monitor.escalate import annotate
from monitor.store import sources
from tests.terminal.builders import HOSTILE, NOON, WIDTHS, Desk, Terminal, controls

COMMANDS = (
    ("queue",),
    ("show", "1"),
    ("why", "1"),
    ("mentions",),
    ("status",),
    ("sources",),
    ("sources", "acme-x"),
    ("watch", "--once"),
)


def attacks(desk: Desk, text: str = HOSTILE) -> None:
    """Let everything that can be text be hostile."""
    author = Author(id=text, handle=text, display_name=text, url=text)
    desk.hears(text, title=text, author=author, url=text, id=f"x{text}", platform="twitter", lang=text)
    desk.acts(1, Acknowledge(by=text), by=text)
    annotate(desk.store, 1, text, by=text, now=NOON)
    with desk.store.transaction() as connection:
        sources.configure(connection, [("acme-x", "acme", "twitter")], NOON)
        [claimed] = sources.claim_due(connection, NOON, NOON - NOON, 1)
        sources.put_aside(connection, "acme-x", [({text: text}, text)], NOON)
        sources.finish(connection, claimed, state="failed", due_at=NOON, now=NOON, error=text[:5_000])
        sources.happened(connection, "failed", "acme-x", text[:5_000], NOON)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_pipe_gets_no_control_character(quick_desk: Desk, words: tuple[str, ...]) -> None:
    """Whatever reads it, be it `less` or a log."""
    attacks(quick_desk)
    result = quick_desk.types(*words)
    assert result.exit_code in (0, 1)
    assert result.output
    assert not controls(result.output)


@pytest.mark.parametrize("words", [each for each in COMMANDS if each[0] != "watch"], ids=" ".join)
def test_json_is_ascii(quick_desk: Desk, words: tuple[str, ...]) -> None:
    """Escapes, so that even what is not sanitised is harmless."""
    attacks(quick_desk)
    output = quick_desk.types(*words, "--json").output
    assert output.isascii()
    assert not controls(output)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_terminal_keeps_its_title_and_its_colours(
    quick_desk: Desk, words: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal emulator: no title, no blinking, no reversed cell, no bell, no link; nothing too wide."""
    attacks(quick_desk)
    terminal = typed(quick_desk, words, width, monkeypatch)
    screen = terminal.screen
    assert screen.title == ""
    assert screen.icon_name == ""
    assert not any(cell.blink or cell.reverse for row in screen.buffer.values() for cell in row.values())
    assert "\a" not in terminal.getvalue()
    assert "\x1b]" not in terminal.getvalue()
    assert "[/x][bold red]" in "".join(screen.display) or words[0] in ("sources", "status", "show", "why")


def typed(desk: Desk, words: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Type a command at a terminal of `width` cells; return what was shown there."""
    from monitor.cli import app

    terminal = Terminal(width, 60)
    monkeypatch.setenv("COLUMNS", str(width))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        app(["--config", str(desk.config), *words], standalone_mode=False)
    return terminal


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_text_of_100_kilobytes_is_cut(
    quick_desk: Desk, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not push everything else off the screen."""
    attacks(quick_desk, "broken " * 15_000)
    assert len(typed(quick_desk, words, 80, monkeypatch).getvalue()) < 40_000


@pytest.mark.parametrize(
    "text", ["=1+1", "-2", "@x", "<script>alert(1)</script>", "[link=file:///etc]x[/link]"]
)
def test_text_that_is_code_elsewhere_stays_as_it_was(quick_desk: Desk, text: str) -> None:
    """A terminal runs no formula and no script: the letters are shown."""
    quick_desk.hears(f"broken {text}")
    for words in (("queue",), ("show", "1"), ("why", "1"), ("mentions",)):
        assert text in quick_desk.types(*words).output


def test_a_locale_without_the_letters_gets_stand_ins(quick_desk: Desk) -> None:
    """An alert must not die of an encoding."""
    from monitor.notify import paint

    class Latin(Terminal):
        @property
        def encoding(self) -> str:  # type: ignore[override]
            return "latin-1"

    assert paint.writable("Ärger → 😡", Latin()) == "Ärger ? ?"
