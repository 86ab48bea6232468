"""The terminal of the daemon as a destination: a short block a notice; one line where it is a pipe."""

from threading import Lock
from typing import TextIO

from rich.text import Text

from monitor.core.alert import Why
from monitor.core.sanitise import line
from monitor.notify import NotDelivered, Notice, paint, wording

_SAID = 280  # characters of the text that are shown
_QUIET = (Why.RESOLVED.value,)  # what rings no bell
_STYLES = {Why.RESOLVED.value: paint.GOOD, Why.ASSIGNED.value: paint.STRONG}


class TerminalNotifier:
    """Prints notices to `stream`, one at a time whichever thread they come from.

    On a terminal `bell` rings its bell and `desktop` sends an OSC 9 desktop notification.
    """

    def __init__(self, stream: TextIO, *, bell: bool = False, desktop: bool = False) -> None:
        self._stream = stream
        self._bell = bell
        self._desktop = desktop
        self._lock = Lock()

    def send(self, notice: Notice) -> None:
        """Print the notice. Raises `NotDelivered` when the terminal or the pipe is gone."""
        try:
            with self._lock:
                self._stream.write(self._text(notice))
                self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed on our side
            raise NotDelivered(f"the terminal does not take it: {error}") from error

    def _text(self, notice: Notice) -> str:
        if not paint.is_terminal(self._stream):
            return paint.writable(f"{plain(notice)}\n", self._stream)
        text = paint.shown(block(notice, paint.width_of(self._stream)), self._stream)
        if notice.why in _QUIET:
            return text
        signal = paint.notification(plain(notice)) if self._desktop else ""
        return text + paint.writable(signal, self._stream) + (paint.BELL if self._bell else "")


def headline(notice: Notice) -> str:
    """Return severity, what happened, and to which alert, without colours."""
    card = notice.card
    state = card.alert.state
    return f"{state.severity.value.upper()} {_happened(notice)}: alert {card.alert.number}"


def block(notice: Notice, width: int) -> list[Text]:
    """Return the notice for a terminal of `width` cells, an empty line behind it."""
    card = notice.card
    happened = Text(_happened(notice).upper(), style=_STYLES.get(notice.why, paint.ALARM))
    head = paint.joined(
        paint.severity(card.alert.state.severity),
        happened,
        Text(f"alert {card.alert.number}", style=paint.STRONG),
        f"{notice.now:%H:%M:%S} UTC",
        between="  ",
    )
    lines = [
        *paint.wrapped(head, width),
        *_below(Text(f"{_clocks(notice)}{_for(notice)}"), width),
        *_below(Text(_who(notice), style=paint.FAINT), width),
        *_below(Text(wording.said(card.latest, _SAID), style=paint.STRONG), width),
        *_below(Text(f"why: {_reason(notice)}"), width),
    ]
    if card.alert.state.is_open:
        lines += _below(paint.joined("→ ", Text(wording.to_type(card.alert), style=paint.TYPE)), width)
    return [*lines, Text()]


def plain(notice: Notice) -> str:
    """Return the notice as one line."""
    card = notice.card
    facts = [
        f"{headline(notice)}{_for(notice)}",
        _clocks(notice),
        _who(notice),
        f'"{wording.said(card.latest, _SAID)}"',
        f"why: {_reason(notice)}",
    ]
    if card.alert.state.is_open:
        facts.append(wording.to_type(card.alert))
    return " | ".join(facts)


def _happened(notice: Notice) -> str:
    word = line(notice.why, 40).replace("-", " ")
    return f"{word} ({wording.step(notice.step, notice.round)})" if notice.why == Why.ESCALATED else word


def _clocks(notice: Notice) -> str:
    card = notice.card
    state = card.alert.state
    return f"{wording.acknowledged(state, notice.now)} · {wording.answered(state, card.first, notice.now)}"


def _who(notice: Notice) -> str:
    return f"{wording.by_whom(notice.card.latest)} · {line(notice.card.alert.brand, 60)}"


def _reason(notice: Notice) -> str:
    """Return why it is told now, and why the complaint matters where that does not say so already."""
    reasons = "; ".join(wording.phrases(notice.card.reasons))
    told = line(notice.reason, 500)
    return told if told in reasons or reasons in told else f"{told} · {reasons}"


def _for(notice: Notice) -> str:
    return f" · for {wording.person(notice.recipient)}" if notice.recipient else ""


def _below(text: Text, width: int) -> list[Text]:
    lines = paint.wrapped(text, width - 2)
    for each in lines:
        each.pad_left(2)
    return lines
