"""Stories of a full disk and of a database that somebody else holds."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import event, text

from tests.scenarios.world import EVERY, World


@contextmanager
def full_disk(world: World) -> Iterator[None]:
    """Let the store's file grow no more."""

    def limit(raw: sqlite3.Connection, *_: object) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")

    with _each_connection(world, limit):
        yield


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Let another program hold the database for longer than one waits for it."""
    assert world.store.path is not None
    holder = sqlite3.connect(world.store.path, isolation_level=None)

    def impatient(raw: sqlite3.Connection, *_: object) -> None:
        raw.execute("PRAGMA busy_timeout = 1")

    with _each_connection(world, impatient):
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
    holder.close()


@contextmanager
def _each_connection(world: World, prepare: Callable[..., None]) -> Iterator[None]:
    world.store.engine.dispose()
    event.listen(world.store.engine, "connect", prepare)
    yield
    event.remove(world.store.engine, "connect", prepare)
    world.store.engine.dispose()


@pytest.mark.parametrize("adversity", [full_disk, locked])
def test_what_could_not_be_written_is_made_up_for(
    world: World, adversity: Callable[[World], AbstractContextManager[None]]
) -> None:
    """While nothing can be written the steps fail and say so; afterwards nothing is lost, and none twice."""
    world.says("acme broke my order")
    long = "acme lost my order " + "and it was a very fine order " * 3_000
    posts = []
    with adversity(world):
        for number in range(4):
            posts.append(world.publishes(f"{long} {number}", by=f"p{number}"))
            world.now += EVERY
            _turn(world)
        assert any(each["event"] == "store failed" for each in world.logged)
        assert len(world.alerts) == 1
    world.fast_forward(minutes=14)
    assert sorted(world.terminal.heard) == sorted(f"opened {number}" for number in range(1, 6))
    assert [world.outcome(post) is not None for post in posts] == [True] * 4
    assert world.phone.heard == ["escalated 1"]
    with world.store.reading() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def _turn(world: World) -> None:
    """Wake every step as the scheduler does, which outlives what a step raises."""
    for name, step in (
        ("beat", world.daemon.beat),
        ("pull", world.daemon.pull_due),
        ("wait", world.daemon._wait_for_pulls),
        ("follow", world.daemon.follow_due),
        ("advance", world.daemon.advance),
    ):
        world.daemon._job(name, step)()
