"""A sheet: headed sections of lines, wrapped for a terminal, or plain, one fact a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from monitor.notify import paint

_INDENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its lines, each of them harmless and without a line break."""

    heading: Text | str
    lines: tuple[Text | str, ...]


def screen(sections: Iterable[Section], width: int) -> Iterator[Text]:
    """Yield the sections for a terminal of `width` cells."""
    for number, section in enumerate(sections):
        if number:
            yield Text()
        heading = section.heading
        yield from paint.wrapped(
            heading if isinstance(heading, Text) else Text(heading, style=paint.STRONG), width
        )
        for line in section.lines:
            for each in paint.wrapped(line, width - _INDENT, indent=_INDENT):
                each.pad_left(_INDENT)
                yield each


def plain(sections: Iterable[Section]) -> Iterator[str]:
    """Yield the sections as plain lines, those below a heading indented."""
    for section in sections:
        yield _text(section.heading)
        yield from (f"{' ' * _INDENT}{_text(line)}" for line in section.lines)


def _text(line: Text | str) -> str:
    return line.plain if isinstance(line, Text) else line
