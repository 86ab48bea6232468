"""A small Reddit for the tests of its connector: people, posts, and a stand-in that serves them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.reddit import RedditConnector
from monitor.connector import Batch, Payload, Query, Source
from monitor.demo.reddit import GOOD_ID, GOOD_SECRET, RedditStandIn
from monitor.demo.world import Person, Post, World
from monitor.testing import HandClock, LedgerMeter

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CREDENTIALS = {"client_id": GOOD_ID, "client_secret": GOOD_SECRET}
ANN = Person(id="ann1", handle="ann_complains", name="Ann")
ACME = Person(id="acme1", handle="AcmeSupport", name="Acme")
BRAND = Query(names=("acme",), accounts={"reddit": ("u/AcmeSupport",)})


class Story:
    """A world at noon, its clock, and the stand-in while it runs."""

    def __init__(self) -> None:
        self.clock = HandClock(NOON)
        self.world = World()
        self.stand_in = RedditStandIn(self.world, self.clock)
        self.meter = LedgerMeter(self.clock)
        self._count = 0

    def submit(self, text: str = "acme broke my order", *, ago: float = 0, **more: Any) -> Post:
        """Publish a submission in r/gadgets, `ago` minutes ago."""
        self._count += 1
        at = self.clock() - timedelta(minutes=ago)
        default: dict[str, Any] = {"title": f"Broken {self._count}", "place": "gadgets", "author": ANN}
        return self.world.say(Post(id=f"s{self._count}", text=text, at=at, **default | more))

    def comment(
        self, on: Post, text: str = "acme did the same to me", *, ago: float = 0, **more: Any
    ) -> Post:
        """Publish a comment on `on`, `ago` minutes ago."""
        self._count += 1
        at = self.clock() - timedelta(minutes=ago)
        return self.world.say(
            Post(id=f"c{self._count}", text=text, at=at, reply_to=on, **{"author": ANN} | more)
        )

    def source(self, query: Query = BRAND, **options: Any) -> Source:
        """Describe a source on the stand-in that, without options, watches r/gadgets alone."""
        given: dict[str, Any] = {"subreddits": ("gadgets",), "search": False, "answers": False}
        given |= {"endpoint": self.stand_in.endpoint} | options
        return Source(name="acme-reddit", brand="acme", connector="reddit", query=query, options=given)

    def connect(
        self,
        query: Query = BRAND,
        *,
        credentials: Mapping[str, str] = CREDENTIALS,
        meter: LedgerMeter | None = None,
        **options: Any,
    ) -> RedditConnector:
        """Make a connector for `source(query, **options)`."""
        return RedditConnector(self.source(query, **options), credentials, meter or self.meter)

    def asked(self) -> list[str]:
        """Return the paths that were asked for, without the token's."""
        return [r.path for r in self.stand_in.requests if r.path != "/api/v1/access_token"]


def names(payloads: list[Payload]) -> list[str]:
    """Return the fullnames of `payloads`."""
    return [payload["data"]["name"] for payload in payloads]


def given(batches: list[Batch]) -> list[str]:
    """Return the fullnames of all payloads in `batches`."""
    return [name for batch in batches for name in names(list(batch.payloads))]
