"""The story that the tests of the X connector share, and how they connect to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.twitter import TwitterConnector
from monitor.connector import Batch, Mention, Meter, Query, Source
from monitor.demo.twitter import GOOD_TOKEN, TwitterStandIn
from monitor.demo.world import Person, Post, World
from monitor.testing import LedgerMeter

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACME = Person(id="1001", handle="AcmeHelp", name="Acme", followers=5000)
ANN = Person(id="2001", handle="ann", name="Ann", followers=12)
BOB = Person(id="2002", handle="bob", name="Bob", followers=40)
QUERY = Query(names=("Acme",), accounts={"twitter": ("@AcmeHelp",)})


def published(count: int = 25) -> World:
    """Return a world of complaints one minute apart, of which the brand answered every fifth."""
    world = World()
    for number in range(count):
        at = NOON - timedelta(minutes=count - number)
        text = (
            f"my acme kettle broke, number {number}" if number % 2 else f"@acmehelp where is order {number}?"
        )
        post = world.say(Post(id=f"p{number}", author=(ANN, BOB)[number % 2], text=text, at=at))
        if number % 5 == 0:
            answered = at + timedelta(seconds=20)
            world.say(Post(id=f"a{number}", author=ACME, text="Sorry! DM us.", at=answered, reply_to=post))
    return world


def source(endpoint: str, query: Query = QUERY, **options: Any) -> Source:
    """Return a source with the smallest pages, for many of them."""
    given = {"endpoint": endpoint, "max_results": 10, **options}
    return Source(name="acme-x", brand="acme", connector="twitter", query=query, options=given)


def connect(
    x: TwitterStandIn, meter: Meter | None = None, query: Query = QUERY, **options: Any
) -> TwitterConnector:
    """Return a connector to the stand-in."""
    credentials = {"bearer_token": GOOD_TOKEN}
    return TwitterConnector(source(x.endpoint, query, **options), credentials, meter or LedgerMeter(x.clock))


def texts(connector: TwitterConnector, batches: list[Batch]) -> list[str]:
    """Return the texts of all mentions in `batches`, in order."""
    return [connector.normalise(payload).text for batch in batches for payload in batch.payloads]


def mentions(connector: TwitterConnector, batches: list[Batch]) -> dict[str, Mention]:
    """Return the mentions by id; of repeats the last."""
    found = [connector.normalise(payload) for batch in batches for payload in batch.payloads]
    return {mention.id: mention for mention in found}
