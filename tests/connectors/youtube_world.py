"""What the YouTube tests share: a brand, a customer, and short ways to publish and to read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.youtube import YouTubeConnector
from monitor.connector import Batch, Cursor, Mention, Query, Source
from monitor.demo.world import Person, Post, World
from monitor.demo.youtube import GOOD_KEY, YouTubeStandIn, channel_id, reply_id, thread_id, video_id
from monitor.testing import HandClock, LedgerMeter, pull_all

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRAND = Person(id=channel_id("acme"), handle="acme", name="Acme")
ANN = Person(id=channel_id("ann"), handle="ann", name="Ann")


def source(endpoint: str = "http://127.0.0.1:9", *, query: Query | None = None, **options: Any) -> Source:
    """Return a source for the brand Acme."""
    query = query or Query(names=("Acme",), accounts={"youtube": (BRAND.id,)})
    options = {"endpoint": endpoint, **options}
    return Source(name="acme-youtube", brand="acme", connector="youtube", query=query, options=options)


@dataclass
class Tube:
    """YouTube, a clock, and a meter."""

    world: World
    clock: HandClock
    stand_in: YouTubeStandIn
    meter: LedgerMeter = field(init=False)

    def __post_init__(self) -> None:
        self.meter = LedgerMeter(self.clock)

    def connector(self, key: str = GOOD_KEY, **options: Any) -> YouTubeConnector:
        """Return a connector with the rig's meter."""
        return YouTubeConnector(source(self.stand_in.endpoint, **options), {"api_key": key}, self.meter)

    def film(self, name: str, at: datetime, author: Person = ANN, title: str = "Acme, tested") -> Post:
        """Publish a video that names the brand, unless `title` does not."""
        post = Post(id=video_id(name), author=author, title=title, text="It broke.", at=at, video=True)
        return self.world.say(post)

    def say(
        self, name: str, at: datetime, video: Post, *, under: Post | None = None, by: Person | None = ANN
    ) -> Post:
        """Publish a comment on `video`, or a reply to the comment `under`."""
        post_id = reply_id(under.id, name) if under else thread_id(name)
        post = Post(id=post_id, author=by, text=f"comment {name}", at=at, place=video.id, reply_to=under)
        return self.world.say(post)

    def pull(self, cursor: Cursor, **options: Any) -> tuple[list[Batch], Cursor]:
        """Return the batches of a whole pull, and the cursor after them."""
        batches = pull_all(self.connector(**options), cursor)
        return batches, batches[-1].cursor if batches else cursor


def mentions(batches: Iterable[Batch]) -> dict[str, Mention]:
    """Return what the batches give, by id."""
    connector = YouTubeConnector(source(), {"api_key": "k"}, LedgerMeter(lambda: NOON))
    found = [connector.normalise(payload) for batch in batches for payload in batch.payloads]
    return {mention.id: mention for mention in found}
