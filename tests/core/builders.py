"""Small makers of the core's nouns, for its tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.core.alert import Alert, Policy, Step, Trigger
from monitor.core.escalation import trigger
from monitor.core.mention import Kind, Mention
from monitor.core.severity import Severity

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def mention(text: str = "", **fields: Any) -> Mention:
    """Return a post on X by nobody in particular, with these fields."""
    given: dict[str, Any] = {"platform": "twitter", "id": "1", "kind": Kind.POST, "created_at": NOON}
    return Mention(**(given | {"text": text} | fields))


def policy(*delays: int, **fields: Any) -> Policy:
    """Return a policy with a step for each delay (minutes): 10 and 20 unless told, and one repeat."""
    steps = tuple(
        Step(notify=(f"step {number}",), delay=minutes * MINUTE)
        for number, minutes in enumerate(delays or (10, 20))
    )
    given: dict[str, Any] = {"name": "p", "steps": steps, "repeat": 1, "fallback": "the boss"}
    return Policy(**(given | fields))


def opened(rules: Policy, **fields: Any) -> Alert:
    """Return an alert just triggered at noon by a complaint of low severity; `fields` of its trigger."""
    given: dict[str, Any] = {"severity": Severity.LOW, "reason": "broken"}
    return trigger(Trigger(**(given | fields)), rules, NOON).alert
