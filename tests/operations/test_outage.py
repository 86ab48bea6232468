"""Stories of a store that does not answer for a while."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.scenarios.world import EVERY, World


@contextmanager
def outage(world: World) -> Iterator[None]:
    """Let nothing be written: another program holds the database for longer than one waits for it."""
    assert world.store.path is not None

    def impatient(raw: sqlite3.Connection, *_: object) -> None:
        raw.execute("PRAGMA busy_timeout = 1")

    world.store.engine.dispose()
    event.listen(world.store.engine, "connect", impatient)
    holder = sqlite3.connect(world.store.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


def wake(world: World) -> None:
    """Wake every step as the scheduler does."""
    for name in ("pull_due", "follow_due", "advance", "beat"):
        world.daemon._job(name, getattr(world.daemon, name))()


def events(world: World) -> list[str]:
    """Return what was logged of failures, and of the store."""
    return [
        each["event"]
        for each in world.logged
        if each["event"].startswith("store") or "failed" in each["event"]
    ]


def test_an_outage_of_the_store_is_one_line_and_its_end_another(world: World) -> None:
    """However many steps it stops, however often: the log of such a night can be read."""
    with outage(world):
        for _ in range(5):
            world.now += EVERY
            wake(world)
        assert events(world) == ["store failed"]
    assert world.logged[-1]["error"] == "database is locked"
    assert "exc_info" not in world.logged[-1]
    wake(world)
    assert events(world) == ["store failed", "store works again"]


def test_the_next_outage_is_told_too(world: World) -> None:
    """Each outage that was over in between has its own lines."""
    for _ in range(2):
        with outage(world):
            wake(world)
        wake(world)
    assert events(world) == ["store failed", "store works again"] * 2


def test_a_pull_that_an_outage_cuts_is_no_bug(world: World) -> None:
    """The source's state names the store, and what was not stored is pulled again."""
    world.publishes("acme broke my order")
    world.now += EVERY
    kept = world.daemon.store.transaction
    left = iter((True, False))  # the claim succeeds, the first batch does not

    def failing() -> object:
        if not next(left, True):
            raise sqlite3_failure()
        return kept()

    world.patch.setattr(type(world.store), "transaction", lambda _: failing())
    world.daemon.pull_due()
    world.daemon._wait_for_pulls()
    assert "the store failed: disk I/O error" in (world.source().error or "")
    assert [each for each in events(world) if "failed" in each] == ["store failed"]
    world.fast_forward(minutes=5)
    assert world.terminal.heard == ["opened 1"]


def sqlite3_failure() -> Exception:
    """Return what SQLAlchemy raises when SQLite cannot read its disk."""
    from sqlalchemy.exc import OperationalError

    return OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))
