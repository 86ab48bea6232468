"""An alert as a card: what is wrong, why it matters, what to type; in one, two or three columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from monitor.core.alert import Alert, Policy, Status
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store.queue import Card

TWO_COLUMNS, THREE_COLUMNS = 76, 140  # cells from which on they fit
_STATE = 31  # cells of the column that says how it stands: its longest command with five digits

Policies = Mapping[tuple[str, int], Policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of a card is shown: its width in cells, and the most lines of its text and of its reasons."""

    width: int
    text: int | None = 3
    reasons: int | None = 3


def policy_of(state: Alert, policies: Policies) -> Policy | None:
    """Return the version of the policy that it runs under, where it is known."""
    return policies.get((state.policy, state.policy_version))


def card(shown: Card, policies: Policies, now: datetime, room: Room) -> list[Text]:
    """Return the lines of one alert, none wider than the room."""
    if room.width < TWO_COLUMNS:
        return _narrow(shown, policies, now, room)
    left = _state(shown, now)
    rest = room.width - _STATE - paint.GAP
    if room.width < THREE_COLUMNS:
        right = [*_said(shown, rest, room), *_why(shown, policies, rest, room)]
        return paint.beside([(left, _STATE), (right, rest)])
    middle = (rest - paint.GAP) * 3 // 5
    last = rest - paint.GAP - middle
    columns = [(_said(shown, middle, room), middle), (_why(shown, policies, last, room), last)]
    return paint.beside([(left, _STATE), *columns])


def title(shown: Card) -> Text:
    """Return its number and severity."""
    number = Text(str(shown.alert.number), style=paint.STRONG)
    return paint.joined(number, paint.severity(shown.alert.state.severity), between=" ")


def clock_lines(shown: Card, now: datetime) -> tuple[Text, Text]:
    """Return both clocks; one that runs is loud."""
    state = shown.alert.state
    loud = paint.ALARM if state.status is Status.TRIGGERED else paint.GOOD
    first = Text(wording.acknowledged(state, now), style=loud)
    answered = state.answered_at is not None
    second = Text(wording.answered(state, shown.first, now), style=paint.GOOD if answered else paint.WARN)
    return first, second


def due_line(state: Alert, now: datetime) -> Text:
    """Return what time will do to it next; loud when that is overdue or near."""
    text = wording.due(state, now)
    soon = state.due_at is None or state.due_at - now <= timedelta(minutes=5)
    loud = state.status is Status.TRIGGERED and soon
    return Text(text, style=paint.ALARM if loud else "")


def command_line(shown: Card) -> Text:
    """Return what to type."""
    return Text(wording.to_type(shown.alert), style=paint.TYPE)


def _narrow(shown: Card, policies: Policies, now: datetime, room: Room) -> list[Text]:
    state, width = shown.alert.state, room.width
    lines = paint.wrapped(paint.joined(title(shown), due_line(state, now), between="  "), width)
    first, second = clock_lines(shown, now)
    lines += paint.wrapped(paint.joined(first, second, between=" · "), width)
    lines += [*_said(shown, width, room), *_why(shown, policies, width, room)]
    return [*lines, paint.cut(paint.joined("→ ", command_line(shown)), width)]


def _state(shown: Card, now: datetime) -> list[Text]:
    first, second = clock_lines(shown, now)
    lines = [title(shown), *paint.wrapped(first, _STATE), *paint.wrapped(second, _STATE)]
    lines += paint.wrapped(due_line(shown.alert.state, now), _STATE)
    command = command_line(shown)
    arrow = "→ " if command.cell_len + 2 <= _STATE else ""
    return [*lines, *paint.wrapped(paint.joined(arrow, command), _STATE)]


def _said(shown: Card, width: int, room: Room) -> list[Text]:
    who = f"{wording.by_whom(shown.latest)} · {line(shown.alert.brand, 60)}"
    lines = paint.wrapped(Text(who, style=paint.FAINT), width)
    return lines + paint.wrapped(Text(wording.last_said(shown), style=paint.STRONG), width, room.text)


def _why(shown: Card, policies: Policies, width: int, room: Room) -> list[Text]:
    reasons = "; ".join(wording.phrases(shown.reasons))
    lines = paint.wrapped(paint.joined("why: ", Text(reasons)), width, room.reasons, indent=5)
    state = shown.alert.state
    details = [wording.joined(shown.mentions), wording.progress(state, policy_of(state, policies))]
    return lines + paint.wrapped(Text(" · ".join(details), style=paint.FAINT), width)
