"""The mentions that a search found, newest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from monitor.console import records
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.mentions import Stored, Verdict

Found = Sequence[tuple[Stored, Verdict | None]]

_NONE = "No mention matches."
_SAID = 280  # characters of a text that are shown


def screen(found: Found, now: datetime, width: int) -> Iterator[Text]:
    """Yield the mentions for a terminal of `width` cells: a line on each, its text below."""
    if not found:
        yield from paint.wrapped(Text(_NONE), width)
    for stored, verdict in found:
        number = Text(f"{stored.number}", style=paint.STRONG)
        head = paint.joined(number, _judged(verdict), f"{_age(stored, now)} · {_who(stored)}", between="  ")
        yield from paint.wrapped(head, width)
        for each in paint.wrapped(wording.said(stored, _SAID), width - 4, 3):
            each.pad_left(4)
            yield each
        if verdict and verdict.outcome:
            yield from _below(Text(f"→ {line(verdict.outcome)}", style=paint.FAINT), width)


def _below(text: Text, width: int) -> Iterator[Text]:
    for each in paint.wrapped(text, width - 4, 2):
        each.pad_left(4)
        yield each


def plain(found: Found, now: datetime) -> Iterator[str]:
    """Yield the mentions as one line each."""
    if not found:
        yield _NONE
    for stored, verdict in found:
        facts = [
            f"{stored.number} {_judged(verdict).plain}",
            f"published {wording.moment(stored.mention.created_at)}, {_age(stored, now)}",
            _who(stored),
            f'"{wording.said(stored, _SAID)}"',
            line(verdict.outcome) if verdict and verdict.outcome else "no outcome yet",
        ]
        yield " | ".join(facts)


def _judged(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("not judged yet", style=paint.FAINT)
    if not verdict.complaint:
        word = "no complaint" if verdict.complaint is False else "could not be judged"
        return Text(word, style=paint.FAINT)
    return paint.joined(paint.severity_word(verdict.severity), " complaint")


def _who(stored: Stored) -> str:
    return f"{line(stored.brand, 60)} on {wording.by_whom(stored)}"


def _age(stored: Stored, now: datetime) -> str:
    return f"{wording.age(now - stored.mention.created_at)} ago"


def rows(found: Found) -> Iterator[dict[str, Any]]:
    """Yield the mentions as JSON data."""
    for stored, verdict in found:
        yield records.judged(stored, verdict)
