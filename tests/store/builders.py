"""Small makers of what the store is given, for its tests."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.core.alert import Alert, Status
from monitor.core.assessment import Rubric, assess, passage
from monitor.core.complaint import by_cues
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.severity import Severity
from monitor.store import alerts, mentions
from monitor.store.batches import table_of
from monitor.store.mentions import Saved, Sighting, Stored
from monitor.store.notices import Outgoing

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def post(identity: str = "1", text: str = "acme broke my order", **fields: Any) -> Mention:
    """Return a post on X by Mara, with these fields."""
    given: dict[str, Any] = {
        "platform": "twitter",
        "kind": Kind.POST,
        "created_at": NOON,
        "author": Author(id="7", handle="mara", display_name="Mara", url="https://x.com/mara", followers=70),
        "url": f"https://x.com/mara/status/{identity}",
        "engagement": Engagement(likes=1),
    }
    return Mention(id=identity, text=text, **(given | fields))


def save(
    connection: Connection,
    *posts: Mention,
    brand: str = "acme",
    source: str = "x",
    at: datetime = NOON,
    own: bool = False,
    history: bool = False,
) -> Saved:
    """Save posts as a source of the brand saw them at `at`."""
    sightings = [Sighting(mention=each, own=own, history=history) for each in posts]
    return mentions.save(connection, brand=brand, source=source, sightings=sightings, observed_at=at)


def find(connection: Connection, identity: str = "1", brand: str = "acme") -> Stored:
    """Return the stored post of this id."""
    found = mentions.find(connection, brand, "twitter", identity)
    assert found is not None
    return found


def saved(connection: Connection, identity: str = "1", **fields: Any) -> int:
    """Save a post and return its number."""
    save(connection, post(identity, **fields))
    return find(connection, identity).number


def judge(connection: Connection, *numbers: int, at: datetime = NOON) -> None:
    """Let the cues judge these mentions."""
    stored = _get(connection, numbers)
    judged = zip(stored, by_cues([passage(each.mention) for each in stored]), strict=True)
    verdicts = [
        (each.number, assess(each.mention, judgement, (), Rubric()), None) for each, judgement in judged
    ]
    mentions.save_assessments(connection, verdicts, at)


def _get(connection: Connection, numbers: Iterable[int]) -> list[Stored]:
    return list(mentions.get(connection, list(numbers)))


def state(**fields: Any) -> Alert:
    """Return an alert just triggered at noon, due in a quarter of an hour."""
    given: dict[str, Any] = {
        "status": Status.TRIGGERED,
        "severity": Severity.LOW,
        "created_at": NOON,
        "policy": "default",
        "policy_version": 1,
        "due_at": NOON + 15 * MINUTE,
        "version": 1,
    }
    return Alert(**(given | fields))


def open_alert(connection: Connection, identity: str = "1", **fields: Any) -> int:
    """Save a post, open an alert about it, and return the alert's number."""
    mention = saved(connection, identity)
    number = alerts.open_new(
        connection, brand="acme", dedup_key=f"twitter:{identity}", mention=mention, state=state(**fields)
    )
    alerts.join(connection, number, mention, "opened it", NOON)
    return number


def kept(connection: Connection, number: int) -> alerts.Kept:
    """Return an alert as the store has it."""
    return next(alerts.get(connection, [number]))


def outgoing(alert: int, destination: str = "terminal", **fields: Any) -> Outgoing:
    """Return a notice that an alert was opened."""
    given: dict[str, Any] = {
        "version": 1,
        "recipient": None,
        "why": "opened",
        "reason": "it broke",
        "step": 0,
        "round": 0,
    }
    return Outgoing(alert=alert, destination=destination, **(given | fields))


def count(connection: Connection, row: Any) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table_of(row))).scalar_one())
