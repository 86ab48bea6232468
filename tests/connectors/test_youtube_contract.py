"""The YouTube connector keeps the contract: on its own channel, and for search with the threads it leads to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.youtube import YouTubeConnector
from monitor.connector import Query, Source
from monitor.demo.world import Person, Post, World
from monitor.demo.youtube import GOOD_KEY, YouTubeStandIn, channel_id, reply_id, thread_id, video_id
from monitor.testing import ContractTests, HandClock, Rig

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRAND = Person(id=channel_id("acme"), handle="acme", name="Acme")
ANN = Person(id=channel_id("ann"), handle="ann", name="Ann")


def say(world: World, name: str, at: datetime, video: Post, *, under: Post | None = None) -> Post:
    """Add a comment of Ann's, or a reply to the comment `under`."""
    post_id = reply_id(under.id, name) if under else thread_id(name)
    post = Post(id=post_id, author=ANN, text=f"comment {name}", at=at, place=video.id, reply_to=under)
    return world.say(post)


def film(world: World, name: str, at: datetime, author: Person) -> Post:
    """Add a video that names the brand."""
    post = Post(
        id=video_id(name), author=author, title="Acme, tested", text="my Acme broke", at=at, video=True
    )
    return world.say(post)


def source(endpoint: str, **options: object) -> Source:
    """Return a source for the brand Acme."""
    query = Query(names=("Acme",), accounts={"youtube": (BRAND.id,)})
    options = {"endpoint": endpoint, **options}
    return Source(name="acme-youtube", brand="acme", connector="youtube", query=query, options=options)


class TestOwnChannel(ContractTests):
    """Comments on the brand's own videos: three pages of threads, one of them with many replies."""

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        """Yield a rig on the channel's comments alone."""
        world, clock = World(), HandClock(NOON)
        video = film(world, "ours", NOON - timedelta(days=2), BRAND)
        threads = [say(world, f"t{n}", NOON - timedelta(minutes=n), video) for n in range(1, 206)]
        for n in range(120):
            say(world, f"r{n}", NOON - timedelta(seconds=30 + n), video, under=threads[3])
        say(world, "r", NOON - timedelta(seconds=20), video, under=threads[150])

        def arrive() -> None:
            say(world, f"new {clock()}", clock(), video)
            clock.advance(minutes=1)

        with YouTubeStandIn(world, clock) as youtube:
            yield Rig(
                clock=clock,
                connect=lambda meter: YouTubeConnector(
                    source(youtube.endpoint, watch=["channel"]), {"api_key": GOOD_KEY}, meter
                ),
                arrive=arrive,
                fail_request=lambda n: youtube.fail(at=n),
                requests_made=lambda: len(youtube.requests),
            )


class TestSearchAndThreads(ContractTests):
    """Videos found by search, over two pages, and the comments under them."""

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        """Yield a rig on search and the threads that it leads to."""
        world, clock = World(), HandClock(NOON)
        videos = [film(world, f"v{n}", NOON - timedelta(minutes=n), ANN) for n in range(1, 53)]
        threads = [say(world, f"t{n}", NOON - timedelta(seconds=n), videos[0]) for n in range(1, 103)]
        say(world, "r", NOON - timedelta(seconds=1), videos[0], under=threads[100])

        def arrive() -> None:
            film(world, f"new {clock()}", clock(), ANN)
            say(world, f"new {clock()}", clock(), videos[0])
            clock.advance(minutes=61)

        with YouTubeStandIn(world, clock) as youtube:
            youtube.daily_searches = 10_000  # these tests begin again many times in a day
            youtube.daily_units = 1_000_000
            yield Rig(
                clock=clock,
                connect=lambda meter: YouTubeConnector(
                    source(youtube.endpoint, watch=["search", "threads"]), {"api_key": GOOD_KEY}, meter
                ),
                arrive=arrive,
                fail_request=lambda n: youtube.fail(at=n),
                requests_made=lambda: len(youtube.requests),
                repeats=True,  # of a video, only the 50 threads met last are remembered
            )
