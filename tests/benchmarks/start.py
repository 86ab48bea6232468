"""How long commands take to start, against what they must import, interleaved; bytecode cached."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from monitor.clock import system_clock
from monitor.store import open_store
from tests.benchmarks.moving import MINUTE, fill, open_alerts

CONFIG = """
[monitor]
store = "sqlite:///{store}"
[brands.acme]
names = ["acme"]
[policies.default]
"""


def report(folder: Path, *, rounds: int = 21) -> Iterator[str]:
    """Yield the figures, line by line."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(store=folder / "store.sqlite"))
    with closing(open_store(f"sqlite:///{folder / 'store.sqlite'}")) as store:
        fill(store, 100)
        open_alerts(store, 100, system_clock() + 60 * MINUTE)
    run = [sys.executable, "-m", "monitor", "--config", str(config)]
    commands = {
        "import typer": [sys.executable, "-c", "import typer"],
        "uproar --help": [*run, "--help"],
        "import sqlmodel, typer": [sys.executable, "-c", "import sqlmodel, typer"],
        "uproar ack": [*run, "ack", "7", "--by", "maria"],
    }
    taken = _medians(commands, rounds)
    for command, rival, bar in (
        ("uproar --help", "import typer", 2.5),
        ("uproar ack", "import sqlmodel, typer", 1.4),
    ):
        yield (
            f"{command}: {1000 * taken[command]:.0f} ms, {taken[command] / taken[rival]:.2f} times "
            f"`{rival}` ({1000 * taken[rival]:.0f} ms; bar: {bar} times)"
        )


def _medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Run the commands in turn, and return the median seconds of each; the first round warms the caches."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=surroundings)
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}
