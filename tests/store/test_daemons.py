import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.store import Store, alerts, daemons, notices, shift, sources
from monitor.store.daemons import Daemon, Lock
from monitor.store.sources import claim_due
from tests.store.builders import HOUR, MINUTE, NOON, SECOND, kept, open_alert, outgoing

ONE = Daemon(id="a", host="box", pid=1, version="0", started_at=NOON, seen_at=NOON)
HOLD = """
import sys
from pathlib import Path
from monitor.store.daemons import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield another process that has the lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "uproar.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "None\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_has_the_store(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """The lock is had by one process at a time; the other learns its process id."""
    lock = Lock(tmp_path / "uproar.db")
    assert lock.take() == holder.pid
    lock.free()


def test_the_lock_is_free_when_its_holder_is_killed(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """After kill -9 nothing needs to be cleaned up by hand."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    lock = Lock(tmp_path / "uproar.db")
    assert lock.take() is None
    assert lock.path.read_text() == f"{os.getpid()}\n"
    lock.free()


def test_the_lock_that_was_freed_can_be_taken(tmp_path: Path) -> None:
    """A daemon that stops lets the next one start; the file is its owner's alone."""
    for _ in range(2):
        lock = Lock(tmp_path / "uproar.db")
        assert lock.take() is None
        lock.free()
    assert (tmp_path / "uproar.db.lock").stat().st_mode & 0o777 == 0o600


def test_a_sign_of_life_replaces_the_one_before(store: Store) -> None:
    """A daemon has one row, with its latest sign of life; the last seen come first."""
    with store.transaction() as connection:
        daemons.save(connection, ONE)
        daemons.save(connection, replace(ONE, id="b", seen_at=NOON + MINUTE))
        daemons.save(connection, replace(ONE, seen_at=NOON + HOUR))
        daemons.stop(connection, "b", NOON + 2 * MINUTE)
        first, second = daemons.latest(connection)
    assert first == replace(ONE, seen_at=NOON + HOUR)
    assert (second.id, second.stopped_at) == ("b", NOON + 2 * MINUTE)


def test_no_sign_of_life_is_left_in_the_future(store: Store) -> None:
    """Once the clock was set back, signs of life after it are brought back; those before stay."""
    with store.transaction() as connection:
        daemons.save(connection, ONE)
        daemons.save(connection, replace(ONE, id="b", seen_at=NOON + HOUR))
        daemons.bring_back(connection, NOON + MINUTE)
        assert [each.seen_at for each in daemons.latest(connection)] == [NOON + MINUTE, NOON]


def test_a_shift_moves_all_that_is_due(store: Store) -> None:
    """Alerts, notices, sources and follow-ups are due as much later; what is never due stays so."""
    with store.transaction() as connection:
        number = open_alert(connection)
        silent = open_alert(connection, "2", due_at=None)
        notices.write(connection, [outgoing(number)], NOON)
        sources.configure(connection, [("x", "acme", "toy")], NOON)
        shift(connection, HOUR)
        assert kept(connection, number).state.due_at == NOON + HOUR + 15 * MINUTE
        assert kept(connection, silent).state.due_at is None
        late = NOON + HOUR - MINUTE
        assert notices.claim_due(connection, late, MINUTE, 9) == []
        assert claim_due(connection, late, MINUTE, 9) == []
        assert alerts.due_to_follow(connection, late, NOON, 9) == []
        assert alerts.claim_due(connection, NOON + HOUR, MINUTE, 9) == []
        shift(connection, -HOUR)
        assert len(notices.claim_due(connection, NOON, MINUTE, 9)) == 1
        assert len(claim_due(connection, NOON, MINUTE, 9)) == 1
        assert len(alerts.due_to_follow(connection, NOON, NOON, 9)) == 2
        assert len(alerts.claim_due(connection, NOON + 15 * MINUTE, MINUTE, 9)) == 1


def test_a_silent_daemon_loses_its_claims(store: Store) -> None:
    """What it was pulling is there for the others; a daemon that lives keeps its own."""
    alive = replace(ONE, id="b", seen_at=NOON + MINUTE)
    with store.transaction() as connection:
        daemons.save(connection, ONE)
        daemons.save(connection, alive)
        sources.configure(connection, [("dead", "acme", "toy")], NOON)
        (held,) = claim_due(connection, NOON, HOUR, 1, ONE.id)
        sources.configure(connection, [("dead", "acme", "toy"), ("live", "acme", "toy")], NOON)
        claim_due(connection, NOON, HOUR, 1, alive.id)
        assert sources.free(connection, daemons.silent(NOON)) == []
        assert sources.free(connection, daemons.silent(NOON + SECOND)) == ["dead"]
        (taken,) = claim_due(connection, NOON, HOUR, 9, alive.id)
    assert taken.name == "dead"
    assert taken.token == held.token + 1


def test_a_daemon_that_stopped_holds_nothing(store: Store) -> None:
    """However short ago."""
    with store.transaction() as connection:
        daemons.save(connection, ONE)
        sources.configure(connection, [("forum", "acme", "toy")], NOON)
        claim_due(connection, NOON, HOUR, 1, ONE.id)
        daemons.stop(connection, ONE.id, NOON + HOUR)
        assert sources.free(connection, daemons.silent(NOON)) == ["forum"]


def test_a_pull_that_ended_is_nobodys(store: Store) -> None:
    """Its next due time is not brought forward when its daemon falls silent later."""
    with store.transaction() as connection:
        daemons.save(connection, ONE)
        sources.configure(connection, [("forum", "acme", "toy")], NOON)
        (held,) = claim_due(connection, NOON, HOUR, 1, ONE.id)
        sources.finish(connection, held, state="ok", due_at=NOON + HOUR, now=NOON)
        assert sources.free(connection, daemons.silent(NOON + HOUR)) == []
