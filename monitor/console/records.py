"""What `--json` prints: stable names, one object a line; datetimes ISO 8601 with `Z`."""

from typing import Any

from monitor.core.record import to_record
from monitor.store.alerts import Entry, Kept
from monitor.store.mentions import Stored, Verdict
from monitor.store.notices import Told
from monitor.store.overview import Answer
from monitor.store.queue import Card


def alert(shown: Kept) -> dict[str, Any]:
    """Return an alert's state; steps and rounds count from 0."""
    state = shown.state
    unless = state.unless
    return {
        "alert": shown.number,
        "brand": shown.brand,
        "status": state.status.value,
        "severity": state.severity.value,
        "created_at": state.created_at,
        "acknowledged_at": state.acknowledged_at,
        "assignee": state.assignee,
        "answered_at": state.answered_at,
        "resolved_at": state.resolved_at,
        "returned_at": state.returned_at,
        "resolution": state.resolution.value if state.resolution else None,
        "due_at": state.due_at,
        "snoozed": unless is not None,
        "policy": state.policy,
        "policy_version": state.policy_version,
        "step": state.step,
        "round": state.round,
        "version": state.version,
    }


def card(shown: Card) -> dict[str, Any]:
    """Return an alert with the mention that opened it, and why it matters."""
    return alert(shown.alert) | {
        "reasons": list(shown.reasons),
        "topics": list(shown.topics),
        "expected": shown.expected,
        "mentions": shown.mentions,
        "mention": mention(shown.first),
        "again": mention(shown.again) if shown.again else None,
    }


def mention(shown: Stored) -> dict[str, Any]:
    """Return a mention under its own field names, and what the store knows of it."""
    return to_record(shown.mention) | {
        "number": shown.number,
        "brand": shown.brand,
        "source": shown.source,
        "observed_at": shown.observed_at,
        "own": shown.own,
        "history": shown.history,
        "deleted_at": shown.deleted_at,
    }


def judged(shown: Stored, verdict: Verdict | None) -> dict[str, Any]:
    """Return a mention with the verdict on it; nulls when there is none yet."""
    return mention(shown) | {
        "complaint": verdict.complaint if verdict else None,
        "probability": verdict.probability if verdict else None,
        "severity": verdict.severity.value if verdict else None,
        "topics": list(verdict.topics) if verdict else [],
        "reasons": list(verdict.reasons) if verdict else [],
        "outcome": verdict.outcome if verdict else None,
    }


def entry(shown: Entry) -> dict[str, Any]:
    """Return a line of an alert's log."""
    return {name: getattr(shown, name) for name in Entry.__dataclass_fields__ if name != "alert"}


def told(shown: Told) -> dict[str, Any]:
    """Return a notice and what became of it."""
    names = ("number", "state", "created_at", "sent_at", "attempts", "error")
    outgoing = shown.outgoing
    return {name: getattr(shown, name) for name in names} | {
        "destination": outgoing.destination,
        "recipient": outgoing.recipient,
        "why": outgoing.why,
        "reason": outgoing.reason,
        "step": outgoing.step,
        "round": outgoing.round,
    }


def answer(shown: Answer | None) -> dict[str, Any] | None:
    """Return the brand's public answer."""
    if shown is None:
        return None
    return {"by": shown.by, "answered_at": shown.answered_at, "reply": shown.reply}
