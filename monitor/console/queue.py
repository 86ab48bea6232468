"""The queue as a person reads it: the open alerts, most urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from monitor.console import records
from monitor.console.card import Policies, Room, card, policy_of
from monitor.core.alert import Policy
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store import overview, policies, queue
from monitor.store.overview import Tally
from monitor.store.queue import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What the queue shows: the most urgent cards, how much is open in all, the policies of the cards."""

    cards: tuple[Card, ...]
    tally: Tally
    policies: Policies

    @property
    def more(self) -> int:
        """How many open alerts are not among the cards."""
        return max(0, self.tally.open - len(self.cards))


def read(connection: Connection, *, brand: str | None, limit: int) -> Queue:
    """Read the queue."""
    cards = tuple(queue.queue(connection, brand=brand, limit=limit))
    tally = overview.tally(connection, brand=brand)
    return Queue(cards=cards, tally=tally, policies=policies_of(connection, cards))


def policies_of(connection: Connection, cards: Sequence[Card]) -> dict[tuple[str, int], Policy]:
    """Return the policies that alerts run under; one that is not in the store is left out."""
    found = {}
    for key in {(each.alert.state.policy, each.alert.state.policy_version) for each in cards}:
        try:
            found[key] = policies.get(connection, *key)
        except LookupError:
            continue
    return found


def screen(shown: Queue, now: datetime, width: int) -> Iterator[Text]:
    """Yield the queue for a terminal of `width` cells. The most urgent is named again where the eye ends."""
    if not shown.cards:
        yield from paint.wrapped(Text("Nothing is open. All quiet.", style=paint.GOOD), width)
        return
    for each in shown.cards:
        yield from card(each, shown.policies, now, Room(width=width))
        yield Text()
    yield from paint.wrapped(summary(shown.tally), width)
    if shown.more:
        yield from paint.wrapped(f"+ {shown.more:,} more: uproar queue --limit {shown.tally.open}", width)
    yield from paint.wrapped(_most_urgent(shown.cards[0]), width)


def summary(tally: Tally) -> Text:
    """Return how much is open, in one line."""
    loud = paint.ALARM if tally.unacknowledged else paint.GOOD
    return paint.joined(
        Text(f"{tally.open:,} open", style=paint.STRONG),
        Text(f"{tally.unacknowledged:,} unacknowledged", style=loud),
        Text(f"{tally.unanswered:,} unanswered", style=paint.WARN if tally.unanswered else paint.GOOD),
        between=" · ",
    )


def _most_urgent(first: Card) -> Text:
    number, grade = first.alert.number, first.alert.state.severity
    command = Text(wording.to_type(first.alert), style=paint.TYPE)
    return paint.joined(f"most urgent: {number}, {grade}: ", command, f" · uproar show {number}")


def plain(shown: Queue, now: datetime) -> Iterator[str]:
    """Yield the queue as one line an alert."""
    if not shown.cards:
        yield "Nothing is open. All quiet."
        return
    for each in shown.cards:
        yield plain_line(each, shown.policies, now)
    if shown.more:
        yield f"+ {shown.more} more: uproar queue --limit {shown.tally.open}"


def plain_line(shown: Card, known: Policies, now: datetime) -> str:
    """Return an alert as one line."""
    state = shown.alert.state
    facts = [
        f"{shown.alert.number} {state.severity.value.upper()}",
        wording.acknowledged(state, now),
        wording.answered(state, shown.first, now),
        wording.due(state, now),
        f"{line(shown.alert.brand, 60)} on {wording.by_whom(shown.latest)}",
        f'"{wording.last_said(shown, 280)}"',
        f"why: {'; '.join(wording.phrases(shown.reasons))}",
        wording.joined(shown.mentions),
        wording.progress(state, policy_of(state, known)),
        wording.to_type(shown.alert),
    ]
    return " | ".join(facts)


def rows(shown: Queue) -> Iterator[dict[str, Any]]:
    """Yield the queue as JSON data."""
    yield from map(records.card, shown.cards)
