"""Stories of the daemon itself: begun, ended, doubled, and given the wrong time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest

from monitor import daemon as daemons
from monitor.connector import RateLimited, Unavailable
from monitor.daemon import AlreadyRunning, Daemon
from monitor.escalate import hear
from monitor.notify import Notice
from monitor.pull import LEASE
from monitor.store import notices, sources
from tests.scenarios.conftest import Build, opened
from tests.scenarios.world import NOON, Ear, Square, World
from tests.store.builders import outgoing


def test_once_pulls_judges_tells_and_ends(build: Build) -> None:
    """One pass over everything tells of what it found, and says whether all sources are well."""
    world = build()
    world.daemon.stop()
    world.publishes("acme broke my order")
    world.now += timedelta(seconds=1)
    again = world.a_daemon()
    assert again.run_once()
    assert world.terminal.heard == ["opened 1"]
    world.squares["square"].troubles.append(Unavailable("HTTP 503"))
    assert not world.a_daemon().run_once()


def test_once_looks_again_at_open_alerts(world: World) -> None:
    """One pass also finds answers and deletions: who runs nothing else would never learn of them."""
    post = world.says("acme broke my order")
    world.daemon.stop()
    world.publishes("So sorry!", by="acmehelp", to=post, unsearched=True)
    world.now += timedelta(minutes=20)
    world.a_daemon().run_once()
    assert world.alert().answered_at is not None


def test_once_is_once_however_soon_a_source_is_due_again(world: World) -> None:
    """A source whose interval is shorter than its pull is pulled once, and not for ever."""
    world.daemon.stop()
    square = world.squares["square"]
    slow = world.a_daemon()

    def clock() -> datetime:  # between any two looks at it two minutes go by
        world.now += timedelta(minutes=2)
        if square.pulls > 9:
            slow.stopping.set()
        return world.now

    slow.clock = clock
    pulls = square.pulls
    slow.run_once()
    assert square.pulls == pulls + 1


def test_once_does_not_hurry_who_is_told_to_wait(world: World) -> None:
    """A source that waits for its platform is not pulled by a pass over everything."""
    world.squares["square"].troubles.append(RateLimited("window used up", retry_at=NOON + timedelta(hours=1)))
    world.fast_forward(minutes=1)
    world.daemon.stop()
    pulls = world.squares["square"].pulls
    assert not world.a_daemon().run_once()
    assert world.squares["square"].pulls == pulls


def test_a_second_daemon_on_sqlite_is_refused(world: World) -> None:
    """The second says which process has the store; when the first ends, another may begin."""
    other = world.a_daemon()
    with pytest.raises(AlreadyRunning, match=r"process \d+"):
        other.start()
    world.daemon.stop()
    other.start()
    other.stop()


def test_what_a_killed_daemon_held_is_free_at_the_next_start(world: World) -> None:
    """A source that was being pulled when the daemon was killed is pulled at once by the next one."""
    world.now += timedelta(minutes=1)
    with world.store.transaction() as connection:
        assert sources.claim_due(connection, world.now, timedelta(minutes=5), 1)
    world.daemon._lock.free()  # type: ignore[union-attr]
    world.daemon._lock = None
    world.publishes("acme broke my order")
    world.begins()
    assert world.terminal.heard == ["opened 1"]


def test_a_notice_that_a_killed_daemon_was_sending_goes_out_at_the_next_start(world: World) -> None:
    """Whether it was heard nobody knows: it is told again at once, and not only when the claim ends."""
    world.says("acme broke my order")
    with world.store.transaction() as connection:
        notices.write(connection, [outgoing(1, why="raised")], world.now)
        assert notices.claim_due(connection, world.now, timedelta(minutes=2), 1)
    world.restarts()
    assert world.terminal.heard == ["opened 1", "raised 1"]


@pytest.mark.parametrize("stopped", [False, True], ids=["while it runs", "while it does not"])
def test_a_clock_that_is_set_back_delays_nothing(world: World, *, stopped: bool) -> None:
    """What was due in some minutes is still due in as many when the clock goes back an hour."""
    if stopped:
        world.now += timedelta(hours=2)
        world.turn()
    world.says("acme broke my order")
    world.fast_forward(minutes=5)
    if stopped:
        world.daemon.stop()
    world.now -= timedelta(hours=1)
    if stopped:
        world.begins()
    else:
        world.turn()
    assert len(world.happenings("clock")) == 1
    post = world.says("acme lost my order", by="ben")
    assert world.outcome(post) == "opened alert 2"
    world.fast_forward(minutes=8)
    assert world.phone.heard == []
    world.fast_forward(minutes=2)
    assert world.phone.heard == ["escalated 1"]


def test_a_clock_that_was_set_back_is_noticed_once(world: World) -> None:
    """Restarts within the hour do not bring the due times back again."""
    world.says("acme broke my order")
    world.daemon.stop()
    world.now -= timedelta(hours=1)
    world.begins()
    for _ in range(3):
        world.fast_forward(minutes=3)
        world.restarts()
    assert len(world.happenings("clock")) == 1
    assert world.phone.heard == []


def test_a_failing_step_does_not_stop_the_others(world: World) -> None:
    """While triage fails, alerts that are open still escalate; its failure is logged once."""
    world.says("acme broke my order")

    def fail(*_: object) -> int:
        raise OSError("no space left")

    with world.patch.context() as patch:
        patch.setattr(daemons, "triage", fail)
        world.says("acme lost my order", by="ben")
        world.fast_forward(minutes=15)
        assert world.phone.heard == ["escalated 1"]
        assert world.failed_steps == ["triage"]
    world.fast_forward(minutes=1)
    assert world.terminal.heard == ["opened 1", "opened 2"]


def test_a_destination_that_hangs_holds_up_nothing_but_notices(world: World) -> None:
    """While a notifier does not come back, complaints are pulled and judged, and open alerts."""
    world.daemon.stop()
    heard, hung = Event(), Event()
    world.daemon = world.a_daemon()
    world.daemon.wake = 0.02
    send = Ear.send

    def hang(ear: Ear, notice: Notice) -> None:
        hung.set()
        world.daemon.stopping.wait(60)
        send(ear, notice)

    def listen(*given: Any) -> int:
        done = hear(*given)
        if len(world.alerts) > 1:
            heard.set()
        return done

    world.patch.setattr(Ear, "send", hang)
    world.patch.setattr("monitor.daemon.hear", listen)
    world.publishes("acme broke my order")
    world.now += timedelta(minutes=1)
    with _running(world.daemon):
        assert hung.wait(60)
        world.publishes("acme lost my order", by="ben")
        for _ in range(1_000):  # the pull before may still be setting its next time
            world.now += timedelta(minutes=1)
            if heard.wait(0.05):
                break
        assert heard.is_set()
        assert world.terminal.heard == []
    assert world.terminal.heard == ["opened 1"]


@contextmanager
def _running(daemon: Daemon) -> Iterator[None]:
    running = Thread(target=daemon.run)
    running.start()
    try:
        yield
    finally:
        daemon.stopping.set()
        running.join()


def test_two_daemons_share_one_postgres(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two daemons on one PostgreSQL pull each due source once, and page once for each complaint."""
    squares = {f"s{number}": Square() for number in range(6)}
    one = World(store=opened(postgres_url), patch=monkeypatch, squares=squares).begins()
    other = World(store=opened(postgres_url), patch=monkeypatch, squares=squares, ears=one.ears).begins()
    before = {name: square.pulls for name, square in squares.items()}
    for name in squares:
        one.publishes("acme broke my order", by=name, on=name, id=name)
    one.now = other.now = NOON + timedelta(minutes=1)
    for _ in range(3):
        for each in (one, other):  # their threads run side by side
            each.daemon.pull_due()
        for each in (one, other):
            for thread in list(each.daemon._pulls.values()):
                thread.join()
    for each in (one, other):
        each.turn()
        each.daemon.stop()
        each.store.close()
    assert {name: square.pulls - before[name] for name, square in squares.items()} == dict.fromkeys(
        squares, 1
    )
    assert sorted(one.terminal.heard) == [f"opened {number}" for number in range(1, 7)]


def test_no_source_is_pulled_by_two_daemons_at_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one daemon is in the midst of a pull, another finds nothing to do."""
    one = World(store=opened(postgres_url), patch=monkeypatch).begins()
    other = World(store=opened(postgres_url), patch=monkeypatch, squares=one.squares).begins()
    square = one.squares["square"]
    one.now = other.now = NOON + timedelta(minutes=1)
    pulls = square.pulls
    square.at_batch = other.daemon.pull_due
    one.turn()
    assert square.pulls == pulls + 1
    for each in (one, other):
        each.daemon.stop()
        each.store.close()


def test_what_a_dead_daemon_was_pulling_is_pulled_by_the_other(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the midst of a pull, a daemon keeps its source for a minute, not for the whole lease."""
    one = World(store=opened(postgres_url), patch=monkeypatch).begins()
    other = World(store=opened(postgres_url), patch=monkeypatch, squares=one.squares).begins()
    square, dead = one.squares["square"], one.daemon._self
    assert dead is not None
    with one.store.transaction() as connection:
        assert sources.claim_due(connection, NOON + timedelta(minutes=1), LEASE, 1, dead.id)
    pulls = square.pulls
    other.now = NOON + timedelta(minutes=1)
    other.daemon.beat()
    other.turn()
    assert square.pulls == pulls
    other.now = NOON + timedelta(minutes=1, seconds=1)
    other.daemon.beat()
    other.turn()
    assert square.pulls == pulls + 1
    for each in (one, other):
        each.daemon.stop()
        each.store.close()


def test_a_single_run_shows_that_it_lives_while_it_pulls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --once nothing else beats: else another daemon would take what it is pulling for nobody's."""
    beaten, pulling, heard = Event(), Event(), []
    beat = Daemon.beat

    def beats(daemon: Daemon) -> None:
        beat(daemon)
        if pulling.is_set():
            beaten.set()

    def waits() -> None:
        pulling.set()
        heard.append(beaten.wait(10))

    world.daemon.stop()
    monkeypatch.setattr(daemons, "_BEAT", 0.0)
    monkeypatch.setattr(Daemon, "beat", beats)
    world.now += timedelta(minutes=5)
    world.squares["square"].at_batch = waits
    world.a_daemon().run_once()
    assert heard == [True]


def test_a_daemon_says_that_it_lives_and_that_it_stopped(world: World) -> None:
    """Its sign of life moves with time; stopped in good order, it says so."""
    from monitor.store import daemons as rows

    world.fast_forward(minutes=3)
    with world.store.reading() as connection:
        (row,) = rows.latest(connection)
    assert (row.seen_at, row.stopped_at) == (world.now, None)
    world.daemon.stop()
    with world.store.reading() as connection:
        (row,) = rows.latest(connection)
    assert row.stopped_at == world.now


def test_time_is_only_read_through_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step asks the machine for the time of day."""
    monkeypatch.setattr(time, "time", lambda: pytest.fail("the machine's time was read"))
    world.says("acme broke my order")
    world.fast_forward(minutes=15)
    assert world.phone.heard == ["escalated 1"]
