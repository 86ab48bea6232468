"""One frame of `uproar watch`: a pure function of what was read, the time and the size of the terminal."""

from dataclasses import dataclass
from datetime import datetime

from rich.console import Group
from rich.text import Text

from monitor.console import daemon
from monitor.console.card import TWO_COLUMNS, Room, card
from monitor.console.daemon import Pulse
from monitor.console.queue import Queue, summary
from monitor.core.alert import Status
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.queue import Card

_NUMBER, _SEVERITY, _CLOCK = 6, 10, 12  # cells of the columns of a row
_LEAST_ROWS = 4  # lines kept for the rest of the queue when the most urgent alert is long


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a frame shows. `newest`: the highest number of any alert; `trouble`: why the store is mute."""

    queue: Queue
    pulse: Pulse
    newest: int = 0
    trouble: str | None = None


def frame(glance: Glance, now: datetime, width: int, height: int) -> Group:
    """Return the frame: at most `height` lines of at most `width` cells."""
    return Group(*lines(glance, now, width, height))


def lines(glance: Glance, now: datetime, width: int, height: int) -> list[Text]:
    """Return the lines of the frame: what must be seen first and last stays, the middle is cut."""
    cards = glance.queue.cards
    head = _head(glance, now, width)
    if not cards:
        quiet = "Nothing is open. All quiet." if glance.trouble is None else "The queue cannot be read."
        return [paint.cut(each, width) for each in (*head, Text(), Text(quiet, style=paint.STRONG))][:height]
    foot = _foot(cards[0], width)
    room = max(height - len(head) - len(foot) - 1, 3)
    most = room - min(_LEAST_ROWS, room // 2) if len(cards) > 1 else room
    top = _most_urgent(glance, now, width, most)
    rows = _rest(glance, now, width, room - len(top) - 1)
    middle = [*top, _rule(width), *rows] if rows else top
    shown = [*head, *middle, *([Text()] * (room - len(middle))), _rule(width), *foot]
    return [paint.cut(each, width) for each in shown][:height]


def _rule(width: int) -> Text:
    return Text("─" * width, style=paint.FAINT)


def _head(glance: Glance, now: datetime, width: int) -> list[Text]:
    left = paint.joined(Text("uproar", style=paint.STRONG), "  ", summary(glance.queue.tally))
    right = paint.joined(daemon.short(glance.pulse, now), Text(f"  {now:%H:%M:%S} UTC", style=paint.FAINT))
    gap = width - left.cell_len - right.cell_len
    top = [paint.joined(left, " " * gap, right)] if gap >= paint.GAP else [left, right]
    if not glance.pulse.alive:
        call = "nothing is pulled and nobody is paged: type `uproar run`, or wake whoever can"
        top += paint.wrapped(Text(call, style=paint.ALARM), width)
    if glance.trouble is not None:
        call = f" THE STORE DOES NOT ANSWER: {line(glance.trouble, 200)}; what follows is old "
        top += paint.wrapped(Text(call, style=paint.SHOUT), width)
    return [*top, _rule(width)]


def _foot(first: Card, width: int) -> list[Text]:
    number = first.alert.number
    commands = list(dict.fromkeys([wording.to_type(first.alert), f"uproar show {number}"]))
    typed = paint.joined(*(Text(each, style=paint.TYPE) for each in commands), between=" · ")
    return paint.wrapped(paint.joined("type in another terminal: ", typed, " · Ctrl-C ends"), width, 2)


def _most_urgent(glance: Glance, now: datetime, width: int, most: int) -> list[Text]:
    """Return the most urgent alert in full, or as much of it as `most` lines hold."""
    first, known = glance.queue.cards[0], glance.queue.policies
    shown: list[Text] = []
    for text, reasons in ((None, None), (10, 6), (6, 4), (4, 3), (3, 2), (2, 1), (1, 1)):
        shown = card(first, known, now, Room(width=width, text=text, reasons=reasons))
        if len(shown) < most:
            address = wording.address(first.latest)
            return [*shown, paint.cut(Text(f"read it: {address}", style=paint.FAINT), width)]
    return shown[:most]


def _rest(glance: Glance, now: datetime, width: int, room: int) -> list[Text]:
    """Return the other alerts in at most `room` lines, and how many more there are."""
    others = glance.queue.cards[1:]
    if not others or room < 1:
        return []
    each = 1 if width >= TWO_COLUMNS else 2
    heading = [_columns(width)] if room > each + 1 and each == 1 else []
    fit = (room - len(heading)) // each
    if fit < len(others) or glance.queue.more:
        fit = max((room - len(heading) - 1) // each, 0)
    rows = [text for shown in others[:fit] for text in _row(shown, now, width)]
    more = len(others[fit:]) + glance.queue.more
    return [*heading, *rows, *([Text(f"+ {more:,} more: uproar queue", style=paint.WARN)] if more else [])]


def _columns(width: int) -> Text:
    names = (
        ("alert", _NUMBER),
        ("severity", _SEVERITY),
        ("owned", _CLOCK),
        ("answered", _CLOCK),
        ("next", _CLOCK),
    )
    cells = [paint.cut(Text(name, style=paint.FAINT), size, pad=True) for name, size in names]
    return paint.cut(paint.joined(*cells, Text("who and what", style=paint.FAINT)), width)


def _row(shown: Card, now: datetime, width: int) -> list[Text]:
    state, latest = shown.alert.state, shown.latest.mention
    loud = paint.ALARM if state.status is Status.TRIGGERED else paint.GOOD
    waits = paint.WARN if state.answered_at is None else paint.GOOD
    cells = [
        paint.cut(Text(str(shown.alert.number), style=paint.STRONG), _NUMBER - 1, pad=True),
        paint.cut(paint.severity(state.severity, framed=True), _SEVERITY, pad=True),
        _clock(wording.owned(state, now), loud),
        _clock(wording.replied(state, shown.first, now), waits),
        _clock(wording.soon(state, now), ""),
    ]
    fixed = paint.joined(cells[0], " ", *cells[1:])
    said = f"{line(latest.platform, 20)} {wording.author(latest)}: {wording.last_said(shown, 500)}"
    if width >= TWO_COLUMNS:
        return [paint.joined(fixed, paint.cut(said, width - fixed.cell_len))]
    return [paint.cut(fixed, width), paint.cut(f"      {said}", width)]


def _clock(text: str, style: str) -> Text:
    return paint.joined(paint.cut(Text(text, style=style), _CLOCK - 1, pad=True), " ")
