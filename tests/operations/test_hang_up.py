"""Stories of a terminal that is closed while the daemon runs in it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.cli.running import ending_signals

CONFIG = """
[monitor]
store = "sqlite:///{folder}/uproar.db"

[brands.acme]
names = ["acme"]
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Return the command of a daemon with nothing to pull."""
    (tmp_path / "config.toml").write_text(CONFIG.format(folder=tmp_path))
    return [sys.executable, "-m", "monitor", "--config", str(tmp_path / "config.toml"), "run"]


@pytest.fixture
def hears_hang_ups() -> Iterator[None]:
    """Let what is started hear its terminal end, although these tests may be run by `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hears_hang_ups")
def test_the_end_of_its_terminal_ends_it_in_good_order(command: list[str]) -> None:
    """The daemon says that it stopped, so that nobody takes it for alive or for dead by accident."""
    with subprocess.Popen(command, text=True, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stderr is not None
        assert "event=started" in process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "event=stopped" in err


def test_who_says_nohup_means_it() -> None:
    """Started to outlive its terminal, it does: the signal stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert ending_signals() == [signal.SIGTERM, signal.SIGINT]
    finally:
        signal.signal(signal.SIGHUP, before)
