"""Stories of the program as a process: killed, told to stop, started twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.store import alerts, mentions, open_store, sources
from monitor.store.daemons import Lock
from monitor.store.tables import AlertRow, MentionRow, NoticeRow
from tests.scenarios.world import NOON
from tests.store.builders import count

LINES = 4_000
EVERY_SO_MANY = 500  # lines there is a complaint
CONFIG = """
[monitor]
store = "sqlite:///{folder}/uproar.db"

[brands.acme]
names = ["acme"]

[[sources]]
name = "archive"
brand = "acme"
connector = "replay"
every = "1h"
warm_up = false
options = {{ path = "{folder}/archive.jsonl" }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a configuration and an archive of some thousand mentions."""
    (tmp_path / "config.toml").write_text(CONFIG.format(folder=tmp_path))
    with (tmp_path / "archive.jsonl").open("w") as file:
        for number in range(LINES):
            text = "acme broke my order" if number % EVERY_SO_MANY == 0 else "acme has a nice shop"
            at = (NOON + timedelta(seconds=number)).isoformat()
            record = {"platform": "square", "id": str(number), "created_at": at, "text": text}
            file.write(json.dumps(record) + "\n")
    return tmp_path


@contextmanager
def running(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon until it ends by itself or the test is over."""
    command = [sys.executable, "-m", "monitor", "--config", str(folder / "config.toml"), "run", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def finish(folder: Path) -> list[str]:
    """Run it once more to the end, and return what it printed."""
    with running(folder, "--once") as process:
        out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    return list(out.splitlines())


def check(folder: Path, printed: list[str]) -> None:
    """Check that everything is there once, and that every alert was told, at most twice."""
    store = open_store(f"sqlite:///{folder}/uproar.db")
    with store.reading() as connection:
        assert count(connection, MentionRow) == LINES
        assert count(connection, AlertRow) == count(connection, NoticeRow) == LINES // EVERY_SO_MANY
        assert sources.states(connection)[0].mentions == LINES
        assert mentions.find(connection, "acme", "square", str(LINES - 1)) is not None
        opened = alerts.count_open(connection)
    store.close()
    for number in range(1, opened + 1):
        assert 1 <= sum(f"alert {number}:" in line or f"alert {number} " in line for line in printed) <= 2


def test_kill_9_in_the_midst_of_a_pull_loses_nothing(folder: Path) -> None:
    """Killed when its first alert is out, the next run has every mention once and every alert told."""
    with running(folder) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline()]
        process.send_signal(signal.SIGKILL)
        printed += process.stdout.read().splitlines()
    check(folder, printed + finish(folder))


def test_sigterm_in_the_midst_of_a_pull_ends_in_good_order(folder: Path) -> None:
    """Told to stop, it finishes the batch in hand, exits with 0 and says that it stopped; nothing is lost."""
    with running(folder) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline()]
        process.terminate()
        out, err = process.communicate(timeout=60)
        printed += out.splitlines()
    assert process.returncode == 0
    assert "event=stopped" in err
    check(folder, printed + finish(folder))


def test_a_second_daemon_says_so_and_ends(folder: Path) -> None:
    """On SQLite a second daemon names the process that runs, and exits with 1."""
    open_store(f"sqlite:///{folder}/uproar.db").close()
    lock = Lock(folder / "uproar.db")
    assert lock.take() is None
    with running(folder) as process:
        out, err = process.communicate(timeout=60)
    lock.free()
    assert (process.returncode, out) == (1, "")
    assert f"process {os.getpid()}" in err
    assert "Traceback" not in err
