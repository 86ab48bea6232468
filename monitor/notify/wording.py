"""How an alert is put into words: one phrase a fact, harmless to a terminal, the same wherever it is read."""

from datetime import datetime, timedelta

from monitor.core.alert import Alert, Policy, Status
from monitor.core.mention import Author, Mention
from monitor.core.sanitise import block, line
from monitor.store.alerts import Kept
from monitor.store.mentions import Stored
from monitor.store.queue import Card

_HANDLES = {"reddit": "u/"}  # what a platform writes before a handle, where that is not @
_NAME = 60  # characters of an author's or a person's name that are shown


def age(length: timedelta) -> str:
    """Return a length of time as `45s`, `12m`, `3h20m`, `27h` or `5d`; one below zero as `0s`."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds}s"
    hours, minutes = divmod(seconds // 60, 60)
    if hours == 0:
        return f"{minutes}m"
    if hours < 10:  # noqa: PLR2004 - minutes matter as long as there is one digit of hours
        return f"{hours}h{minutes}m" if minutes else f"{hours}h"
    return f"{hours}h" if hours < 48 else f"{hours // 24}d"  # noqa: PLR2004 - two days


def moment(instant: datetime) -> str:
    """Return an instant to the second, as UTC."""
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


# ------------------------------------------------------------------------------------------------ two clocks
def acknowledged(state: Alert, now: datetime) -> str:
    """Return the first clock: how long nobody has owned it, or who took it and when."""
    owner = person(state.assignee)
    if state.status is Status.TRIGGERED:
        if state.acknowledged_at is not None:
            by = f" by {owner}" if owner else ""
            return f"unacknowledged again; acknowledged {age(now - state.acknowledged_at)} ago{by}"
        whose = f", assigned to {owner}" if owner else ""
        return f"unacknowledged for {age(now - _opened(state))}{whose}"
    if state.acknowledged_at is None:
        return f"never acknowledged, open for {age((state.resolved_at or now) - _opened(state))}"
    by = f" by {owner}" if owner else ""
    return f"acknowledged {age(now - state.acknowledged_at)} ago{by}"


def answered(state: Alert, first: Stored, now: datetime) -> str:
    """Return the second clock, the customer's: from the first mention, or from its author's return, on."""
    if state.answered_at is not None:
        return f"answered {age(now - state.answered_at)} ago"
    end = state.resolved_at or now
    return f"unanswered for {age(end - (state.returned_at or first.mention.created_at))}"


def owned(state: Alert, now: datetime) -> str:
    """Return the first clock in a few letters: `no, 12m`, or `maria, 5m`."""
    since = _opened(state) if state.acknowledged_at is None else state.acknowledged_at
    if state.status is Status.TRIGGERED:
        return f"no, {age(now - since)}" if state.acknowledged_at is None else f"lapsed, {age(now - since)}"
    return f"{person(state.assignee) or 'yes'}, {age(now - since)}"


def replied(state: Alert, first: Stored, now: datetime) -> str:
    """Return the second clock in a few letters: `no, 3h`, or `yes, 10m`."""
    if state.answered_at is None:
        return f"no, {age(now - (state.returned_at or first.mention.created_at))}"
    return f"yes, {age(now - state.answered_at)}"


def _opened(state: Alert) -> datetime:
    """Return when it was opened, or when its author came back."""
    return state.returned_at or state.created_at


def soon(state: Alert, now: datetime) -> str:
    """Return in a few letters when time moves it on: `in 3m`, `late 2m`, or `-`."""
    if state.due_at is None:
        return "-"
    left = state.due_at - now
    return f"in {age(left)}" if left > timedelta() else f"late {age(-left)}"


def due(state: Alert, now: datetime) -> str:
    """Return what time will do to it next."""
    if state.status is Status.RESOLVED:
        return f"resolved: {state.resolution}"
    if state.due_at is None:
        return "told everyone: no escalation is left"
    left = state.due_at - now
    late = left <= timedelta()
    when = f"overdue {age(-left)}" if late else f"in {age(left)}"
    if state.status is Status.TRIGGERED:
        return f"escalation {when}" if late else f"next escalation {when}"
    if state.unless is not None:
        return f"snooze ends {when}"
    return f"closes itself {when}" if state.answered_at else f"acknowledgement lapses {when}"


def progress(state: Alert, policy: Policy | None = None) -> str:
    """Return where in its policy it is: `step 2/3`, or `step 2` when the policy is not given."""
    name = line(state.policy, _NAME)
    if policy is None:
        return f"policy {name}, {step(state.step, state.round)}"
    steps, rounds = len(policy.steps), policy.repeat + 1
    return f"policy {name}, step {state.step + 1}/{steps}, round {state.round + 1}/{rounds}"


def step(number: int, round_: int) -> str:
    """Return a step of a policy, as a person counts: from 1."""
    return f"step {number + 1}, round {round_ + 1}"


# ------------------------------------------------------------------------------------------- who, what, next
def person(name: str | None) -> str:
    """Return a person's name on one line."""
    return line(name or "", _NAME)


def author(mention: Mention) -> str:
    """Return who wrote it, by handle where there is one."""
    if handle := line(mention.author.handle or "", _NAME):
        prefix = _HANDLES.get(mention.platform, "@")
        return handle if handle.startswith(("@", prefix)) else f"{prefix}{handle}"
    return line(mention.author.display_name or "", _NAME) or "unknown author"


def reach(author: Author) -> str:
    """Return how many follow the author."""
    if author.followers is None:
        return "reach unknown"
    return "1 follower" if author.followers == 1 else f"{author.followers:,} followers"


def by_whom(stored: Stored) -> str:
    """Return platform, author and reach."""
    seen = stored.mention
    return f"{line(seen.platform, _NAME)} {author(seen)}, {reach(seen.author)}"


def address(stored: Stored) -> str:
    """Return where it can be read."""
    return line(stored.mention.url or "") or "no address is known"


def said(stored: Stored, limit: int = 1_000) -> str:
    """Return title and text as one line of at most `limit` characters."""
    title, text = line(stored.mention.title or "", limit), line(stored.mention.text, limit)
    return line(": ".join(filter(None, (title, text))), limit) or _nothing(stored)


def last_said(card: Card, limit: int = 1_000) -> str:
    """Return what waits for an answer as one line: of an author who came back, what they wrote then."""
    if card.again is None:
        return said(card.first, limit)
    return line(f"came back: {said(card.again, limit)}", limit)


def said_whole(stored: Stored, limit: int = 100_000) -> str:
    """Return title and text with their line breaks, at most `limit` characters."""
    parts = (stored.mention.title or "", stored.mention.text)
    return block("\n".join(filter(None, parts)), limit).strip() or _nothing(stored)


def _nothing(stored: Stored) -> str:
    return "(deleted on its platform)" if stored.deleted_at else "(no text)"


def phrases(reasons: tuple[str, ...]) -> list[str]:
    """Return reasons as lines: they quote what people wrote."""
    return [line(reason, 300) for reason in reasons] or ["no reason was recorded"]


def joined(mentions: int) -> str:
    """Return how many mentions an alert is about."""
    return "1 mention" if mentions == 1 else f"{mentions:,} mentions"


def to_type(alert: Kept) -> str:
    """Return the command that fits its state."""
    if alert.state.status is Status.TRIGGERED:
        return f"uproar ack {alert.number}"
    if alert.state.status is Status.ACKNOWLEDGED and alert.state.answered_at is None:
        return f"uproar resolve {alert.number} --answered"
    return f"uproar show {alert.number}"
