"""Platforms that never finish an answer: what they hang up is their own source and nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from monitor import daemon as daemons
from monitor.connector import Payload
from monitor.pull import LEASE
from tests.scenarios.conftest import Build
from tests.scenarios.world import Square, World

MANY = daemons.PULLS_AT_ONCE
HANGING = tuple(f"hanging-{number}" for number in range(MANY))


@pytest.fixture
def hung(build: Build, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Yield a world whose room for pulls is taken by sources that hang, while another one is due as well."""
    world = build(squares={name: Square() for name in (*HANGING, "well")})
    let_go, news = Event(), Square.news

    def slowly(square: Square, after: int) -> list[tuple[int, Payload]]:
        if square is not world.squares["well"]:
            let_go.wait()
        return news(square, after)

    monkeypatch.setattr(Square, "news", slowly)
    while sum(thread.is_alive() for thread in world.daemon._pulls.values()) < MANY:
        world.now += timedelta(minutes=2)  # some of these turns pull the source that is well
        world.daemon.pull_due()
        world.daemon._pulls["well"].join()
    world.now += timedelta(minutes=2)
    yield world
    let_go.set()
    for thread in world.daemon._pulls.values():
        thread.join()


def pulled(world: World) -> int:
    """Let the daemon look for due sources once; return how often the one that is well was pulled by then."""
    world.daemon.pull_due()
    world.daemon._pulls["well"].join()
    return world.squares["well"].pulls


def test_pulls_that_hang_give_their_room_away(hung: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there is room for keep the others waiting for a while, and then no longer."""
    before = hung.squares["well"].pulls
    assert pulled(hung) == before
    monkeypatch.setattr(daemons, "_PATIENCE", 0.0)
    assert pulled(hung) == before + 1


def test_a_pull_that_hangs_is_told_of_and_not_doubled(hung: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its claim runs out, its source has failed and backs off; no second thread hangs beside it."""
    threads = {name: hung.daemon._pulls[name] for name in HANGING}
    hung.now += 2 * LEASE
    monkeypatch.setattr(daemons, "_PATIENCE", 0.0)
    monkeypatch.setattr(daemons, "LEASE", timedelta())
    for _ in range(MANY):
        pulled(hung)
    assert {name: hung.daemon._pulls[name] for name in HANGING} == threads
    found = hung.source(HANGING[0])
    assert found.state == "failed"
    assert found.error is not None
    assert "hangs" in found.error
    assert len(hung.happenings("failed")) == MANY


def test_looking_again_can_be_left_behind(world_that_follows: World) -> None:
    """A platform that hangs as its posts are looked at again must not keep the process from ending."""
    world_that_follows.daemon._follow_apart()
    follower = world_that_follows.daemon._follower
    assert follower is not None
    assert follower.daemon
    world_that_follows.daemon._follow_apart()
    assert world_that_follows.daemon._follower is follower


@pytest.fixture
def world_that_follows(build: Build, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Yield a world in which looking again waits until it is let go."""
    world, let_go = build(), Event()
    monkeypatch.setattr(daemons, "follow", lambda *_, **__: let_go.wait() and [])
    yield world
    let_go.set()
    if world.daemon._follower:
        world.daemon._follower.join()
