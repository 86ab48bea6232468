"""The YouTube connector keeps the contract: on its own channel, and for search with its threads."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from connectors.youtube import YouTubeConnector
from monitor.connector import Connector, Meter
from monitor.demo.world import World
from monitor.demo.youtube import GOOD_KEY, YouTubeStandIn
from monitor.testing import ContractTests, HandClock, Rig
from tests.connectors.youtube_world import BRAND, NOON, Tube, source


class TestOwnChannel(ContractTests):
    """Comments on the brand's own videos: three pages of threads, one of them with many replies."""

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        """Yield a rig on the channel's comments alone."""
        clock = HandClock(NOON)
        with YouTubeStandIn(World(), clock) as youtube:
            tube = Tube(youtube.world, clock, youtube)
            ours = tube.film("ours", NOON - timedelta(days=2), BRAND)
            threads = [tube.say(f"t{n}", NOON - timedelta(minutes=n), ours) for n in range(1, 206)]
            for n in range(120):
                tube.say(f"r{n}", NOON - timedelta(seconds=30 + n), ours, under=threads[3])
            tube.say("r", NOON - timedelta(seconds=20), ours, under=threads[150])
            yield rig_on(tube, lambda: tube.say(f"new {clock()}", clock(), ours), watch=["channel"])


class TestSearchAndThreads(ContractTests):
    """Videos found by search, over two pages, and the comments under those that name the brand."""

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        """Yield a rig on search and the threads that it leads to."""
        clock = HandClock(NOON)
        with YouTubeStandIn(World(), clock) as youtube:
            tube = Tube(youtube.world, clock, youtube)
            youtube.daily_searches = youtube.daily_units = 1_000_000  # these tests begin again many times
            video = tube.film("v", NOON - timedelta(minutes=1))
            for n in range(2, 53):
                tube.film(f"v{n}", NOON - timedelta(minutes=n), title="Acmeology")
            threads = [tube.say(f"t{n}", NOON - timedelta(seconds=n), video) for n in range(1, 103)]
            tube.say("r", NOON - timedelta(seconds=1), video, under=threads[100])

            def arrive() -> None:
                tube.film(f"film {clock()}", clock())
                tube.say(f"new {clock()}", clock(), video)
                clock.advance(minutes=60)

            # of a video, only the 50 threads met last are remembered
            yield rig_on(tube, arrive, watch=["search", "threads"], repeats=True)


def rig_on(tube: Tube, arrive: Callable[[], object], *, watch: list[str], repeats: bool = False) -> Rig:
    """Return the rig for what `watch` names."""

    def arrive_and_wait() -> None:
        arrive()
        tube.clock.advance(minutes=1)

    def connect(meter: Meter) -> Connector:
        made = source(tube.stand_in.endpoint, watch=watch)
        return YouTubeConnector(made, {"api_key": GOOD_KEY}, meter)

    return Rig(
        clock=tube.clock,
        connect=connect,
        arrive=arrive_and_wait,
        fail_request=lambda n: tube.stand_in.fail(at=n),
        requests_made=lambda: len(tube.stand_in.requests),
        repeats=repeats,
    )
