"""What happened between two looks at the queue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.core.alert import Alert, Status
from monitor.notify import wording
from monitor.store.queue import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The open alerts at one instant: all of them when `whole`. `newest`: the highest number of any alert."""

    cards: tuple[Card, ...]
    newest: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to an alert; `loud` when somebody should look up."""

    card: Card
    what: str
    loud: bool = False
    over: bool = False  # it is not open any more


def changes(before: Look, after: Look) -> Iterator[Change]:
    """Yield what happened, the most urgent first; what merely moved into or out of sight is not told."""
    known = {card.alert.number: card for card in before.cards}
    for card in after.cards:
        if card.alert.number in known:
            yield from _changed(known[card.alert.number], card)
        elif card.alert.number > before.newest:
            yield Change(card=card, what="opened", loud=True)
        elif before.whole:
            yield Change(card=card, what="came back", loud=True)
    if after.whole:
        yield from _gone(known, after)


def _gone(known: Mapping[int, Card], after: Look) -> Iterator[Change]:
    still = {card.alert.number for card in after.cards}
    for number, card in known.items():
        if number not in still:
            yield Change(card=card, what="resolved", over=True)


def _changed(old: Card, new: Card) -> Iterator[Change]:
    before, after = old.alert.state, new.alert.state
    what = _loud(before, after)
    if what:
        yield Change(card=new, what=what, loud=True)
    elif said := _quiet(before, after):
        yield Change(card=new, what=said)
    elif new.mentions > old.mentions:
        yield Change(card=new, what=f"grew to {wording.joined(new.mentions)}")


def _loud(before: Alert, after: Alert) -> str | None:
    if after.status is not Status.TRIGGERED or before.version == after.version:
        return None
    if after.severity > before.severity:
        return f"raised from {before.severity}"
    if before.status is not Status.TRIGGERED:
        return "needs somebody again"
    if (after.round, after.step) > (before.round, before.step):
        return f"escalated to {wording.step(after.step, after.round)}"
    if before.due_at is not None and after.due_at is None:
        return "went unheard by everyone"
    return "raised" if (after.passed, after.step) != (before.passed, before.step) else None


def _quiet(before: Alert, after: Alert) -> str | None:
    if before.answered_at is None and after.answered_at is not None:
        return "answered in public"
    by = f" by {wording.person(after.assignee)}" if after.assignee else ""
    if before.status is Status.TRIGGERED and after.status is Status.ACKNOWLEDGED:
        return f"acknowledged{by}"
    if before.unless is None and after.unless is not None:
        return f"snoozed{by}"
    if before.assignee != after.assignee and after.assignee:
        return f"given to {wording.person(after.assignee)}"
    return None
