"""A store with two weeks of a brand's life in it, for the tests of reports and exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.core.alert import Acknowledge, Policy, Resolution, Resolve, Step
from monitor.core.assessment import Rubric
from monitor.core.coverage import Interval
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.escalate import Plan, Rules, act, hear, tick
from monitor.store import Store, mentions, open_store, policies, sources
from monitor.store.mentions import Sighting
from monitor.triage import triage

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOSTILE = "=1+1 acme broke my order [/x] \x1b[31m\x00 \u202e terrible, still waiting, nobody answers"
COMPLAINT = "acme broke my parcel, still waiting, terrible service, nobody answers, refund me"


def post(identity: str, at: datetime, text: str = COMPLAINT, **fields: Any) -> Mention:
    """Return a post on X."""
    given: dict[str, Any] = {
        "platform": "twitter",
        "kind": Kind.POST,
        "lang": "en",
        "conversation_id": identity,
    }
    given["author"] = Author(id="7", handle="jo", display_name="Jo", followers=12)
    given["engagement"] = Engagement(likes=3, replies=0, views=90)
    return Mention(id=identity, created_at=at, text=text, **(given | fields))


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """Yield the open store."""
    store = open_store(url)
    yield store
    store.close()


def save(store: Store, *seen: Sighting, at: datetime = MONDAY, brand: str = "acme") -> None:
    """Save what a source saw."""
    with store.transaction() as connection:
        mentions.save(connection, brand=brand, source="acme-x", sightings=seen, observed_at=at)


def judge(store: Store, now: datetime) -> Plan:
    """Assess what is in the inbox and let it open alerts."""
    policy = Policy(name="default", steps=(Step(notify=("terminal",), delay=HOUR),))
    with store.transaction() as connection:
        kept = policies.save(connection, [policy], now)
    rules = {brand: Rules(policy=kept["default"]) for brand in ("acme", "other")}
    plan = Plan(rules=rules, routes={"terminal": (("terminal", None),)})
    while triage(store, {"acme": Rubric()}, now):
        pass
    while hear(store, plan, now):
        pass
    return plan


def two_weeks(store: Store) -> None:
    """Fill the store: complaints on two platforms, answers, an escalation, a deletion, coverage."""
    early = MONDAY - 5 * DAY
    save(store, Sighting(mention=post("old", early)), at=early + HOUR / 2)
    judge(store, early + HOUR / 2)
    first = [
        Sighting(mention=post("1", MONDAY + HOUR)),
        Sighting(mention=post("2", MONDAY + 2 * HOUR, HOSTILE, author=Author(handle="@x"))),
        Sighting(mention=post("3", MONDAY + 3 * HOUR, "I love acme")),
        Sighting(mention=post("r", MONDAY + 3 * HOUR, kind=Kind.REPOST)),
        Sighting(mention=post("h", MONDAY + HOUR, platform="reddit"), history=True),
        Sighting(mention=post("gone", MONDAY + HOUR, platform="reddit")),
        Sighting(mention=post("u", MONDAY + HOUR, "acme on hidas", lang="fi")),
    ]
    save(store, *first, at=MONDAY + 4 * HOUR)
    plan = judge(store, MONDAY + 4 * HOUR)
    act(store, 2, Acknowledge(by="eve"), by="eve", routes=plan.routes, now=MONDAY + 4.5 * HOUR)
    tick(store, plan, MONDAY + 6 * HOUR)
    reply = post(
        "a1", MONDAY + 7 * HOUR, "sorry!", kind=Kind.REPLY, in_reply_to_id="1", conversation_id="1",
        author=Author(handle="acmehelp"),
    )  # fmt: skip
    late = post(
        "a2", MONDAY + DAY, "sorry!", kind=Kind.REPLY, in_reply_to_id="old", conversation_id="old",
        author=Author(handle="acmehelp"),
    )  # fmt: skip
    save(store, Sighting(mention=reply, own=True), Sighting(mention=late, own=True), at=MONDAY + DAY)
    ancient = post("ancient", MONDAY - 20 * DAY)
    at_last = post(
        "a3", MONDAY + DAY, "sorry!", kind=Kind.REPLY, in_reply_to_id="ancient", conversation_id="ancient",
        author=Author(handle="acmehelp"),
    )  # fmt: skip
    save(store, Sighting(mention=ancient, history=True), Sighting(mention=at_last, own=True), at=MONDAY + DAY)
    judge(store, MONDAY + DAY)
    resolved = Resolve(by="eve", resolution=Resolution.NOT_A_COMPLAINT)
    act(store, 3, resolved, by="eve", routes=plan.routes, now=MONDAY + 2 * DAY)
    save(store, Sighting(mention=post("x", MONDAY)), brand="other")
    with store.transaction() as connection:
        found = mentions.find(connection, "acme", "reddit", "gone")
        assert found is not None
        mentions.erase(connection, [found.number], MONDAY + DAY)
        _cover(connection)


def _cover(connection: Any) -> None:
    sources.configure(connection, [("acme-x", "acme", "twitter"), ("acme-feeds", "acme", "blogs")], MONDAY)
    [claimed, *_] = sorted(
        sources.claim_due(connection, MONDAY, HOUR, 9), key=lambda each: each.name, reverse=True
    )
    for start in (MONDAY - DAY, MONDAY + 4 * DAY):
        covers = Interval(start=start, end=start + 2 * DAY)
        sources.advance(
            connection, claimed, cursor={}, covers=covers, counts={"mentions": 0}, now=MONDAY, lease=HOUR
        )
