"""Lines for a terminal: coloured, wrapped and set side by side. Whatever comes in is text, never markup."""

import os
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import zip_longest
from typing import TextIO

from rich.console import Console
from rich.text import Text

from monitor.core.sanitise import line
from monitor.core.severity import Severity

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
}
ALARM, WARN, GOOD, FAINT, STRONG, TYPE = "bold red", "yellow", "green", "dim", "bold", "bold green"
SHOUT = "bold white on red"
BELL = "\a"
GAP = 2  # blanks between columns
_RULER = Console(file=StringIO(), width=80, color_system=None)  # measures; nothing is ever printed with it


def severity(grade: Severity, *, framed: bool = False) -> Text:
    """Return a severity as a word in capitals, coloured; `framed` by blanks, as the worst always is."""
    within = severity_word(grade)
    return Text(f" {within} ", style=within.style) if framed or grade is Severity.CRITICAL else within


def severity_word(grade: Severity) -> Text:
    """Return a severity as a word in capitals, coloured, for the middle of a sentence."""
    return Text(grade.value.upper(), style=_STYLES[grade])


def joined(*parts: Text | str, between: str = "") -> Text:
    """Return the parts on one line."""
    return Text(between).join([part if isinstance(part, Text) else Text(part) for part in parts])


def wrapped(text: Text | str, width: int, most: int | None = None, indent: int = 0) -> list[Text]:
    """Return `text` in lines of at most `width` cells; what goes beyond `most` lines is cut with an ellipsis.

    Lines after the first are indented by `indent` cells.
    """
    whole = text if isinstance(text, Text) else Text(text)
    room = max(width - indent, 1)
    lines = list(whole.wrap(_RULER, room, tab_size=4))
    if most is not None and len(lines) > most:
        lines = lines[:most]
        lines[-1].truncate(room - 1)
        lines[-1].append("…")
    for number, each in enumerate(lines):
        each.rstrip()
        if number and indent:
            each.pad_left(indent)
    return lines


def cut(text: Text | str, width: int, *, pad: bool = False) -> Text:
    """Return one line of at most `width` cells, cut with an ellipsis; padded to it on demand."""
    whole = text.copy() if isinstance(text, Text) else Text(text)
    whole.truncate(max(width, 0), overflow="ellipsis", pad=pad)
    return whole


def beside(columns: Sequence[tuple[Sequence[Text], int]]) -> list[Text]:
    """Return columns of lines, each with its width in cells, set side by side."""
    lines = []
    for row in zip_longest(*(column for column, _ in columns), fillvalue=Text()):
        cells = [cut(cell, width, pad=True) for cell, (_, width) in zip(row, columns, strict=True)]
        whole = joined(*cells, between=" " * GAP)
        whole.rstrip()
        lines.append(whole)
    return lines


def width_of(stream: TextIO) -> int:
    """Return the width of the terminal behind `stream`, in cells; $COLUMNS wins; 80 when neither says."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return int(given)
    return size_of(stream)[0]


def size_of(stream: TextIO) -> tuple[int, int]:
    """Return columns and lines of the terminal behind `stream`; 80 and 24 when it does not say."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24


def is_terminal(stream: TextIO) -> bool:
    """Tell whether a person reads `stream`: whatever else gets plain lines."""
    return not stream.closed and stream.isatty()


def console_on(stream: TextIO, width: int) -> Console:
    """Return a console on `stream` that takes text for text: no markup, no emoji codes, no highlighting."""
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def shown(lines: Iterable[Text], stream: TextIO) -> str:
    """Return what to write to the terminal behind `stream`: coloured as it can, not at all under NO_COLOR."""
    console = console_on(stream, 10_000)
    with console.capture() as captured:
        for each in lines:
            console.print(each, no_wrap=True, overflow="ignore", crop=False)
    return writable(captured.get(), stream)


def notification(text: str) -> str:
    """Return the OSC 9 sequence of a desktop notification; nothing in `text` can end it or begin another.

    It begins with a word: after a digit and a semicolon some terminals read a command.
    """
    return f"\x1b]9;uproar: {line(text, 200)}{BELL}"


def writable(text: str, stream: TextIO) -> str:
    """Return `text` with what the stream's encoding lacks replaced: an alert must not die of a locale."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
