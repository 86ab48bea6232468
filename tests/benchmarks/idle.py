"""A daemon with all five sources, whose platforms have nothing new: its memory and its share of a core."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from monitor.clock import system_clock
from monitor.demo import stage, story

WARM_UP = 20.0  # seconds, for the first pulls
EVERY = "30s"  # the default is five minutes
_TICKS = os.sysconf("SC_CLK_TCK")


def report(folder: Path, *, seconds: float = 60.0) -> Iterator[str]:
    """Yield the figures, line by line. Linux only: they are read from /proc."""
    os.environ["XDG_DATA_HOME"] = str(folder)
    stage.folder().mkdir(parents=True)
    told = story.tell(1, system_clock() - story.LENGTH)
    with stage.platforms(told, lambda: told.start) as served:
        stage.write_last_week(told)
        path = stage.write_config(served)
        path.write_text(re.sub(r'every = "[^"]*"', f'every = "{EVERY}"', path.read_text()))
        with (folder / "daemon.log").open("w") as log:
            command = [sys.executable, "-m", "monitor", "--config", str(path), "run"]
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                time.sleep(WARM_UP)
                before = _cpu_seconds(daemon.pid)
                time.sleep(seconds)
                used, memory = _cpu_seconds(daemon.pid) - before, _memory(daemon.pid)
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(30)
    yield (
        f"idle daemon, five sources each pulled every {EVERY}: {memory:.0f} MiB (bar: 160), "
        f"{100 * used / seconds:.2f} % of a core over {seconds:.0f} s (bar: 1 %)"
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else float("nan")
