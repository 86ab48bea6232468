"""docs/deploying.md is true: what the log says, and the files that are to be copied."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs import render

ROOT = render.ROOT
PAGE = (ROOT / "docs" / "deploying.md").read_text()
UNIT = ROOT / "docs" / "deploying" / "uproar.service"
LOGGED = re.compile(r"\b_?(?:log\.(?:debug|info|warning|error|exception)|say)\(\s*\"([a-z ]+)\"")


def logged() -> set[str]:
    """Return every event that the program logs."""
    sources = [*(ROOT / "monitor").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]
    return {event for path in sources for event in LOGGED.findall(path.read_text())}


def test_every_event_of_the_log_is_explained() -> None:
    """Whoever finds an event in the log finds it on the page, and none is explained that does not occur."""
    _, _, section = PAGE.partition("\n## The log\n")
    rows = [row.split("|")[1] for row in section.partition("\n## ")[0].splitlines() if row.startswith("| `")]
    assert set(re.findall(r"`([a-z ]+)`", " ".join(rows))) == logged()
    assert {"started", "pulled", "step failed"} <= logged()


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze` finds no mistake in the unit (with a program and a user that are there)."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here, so nothing can read the unit")
    text = UNIT.read_text().replace("/opt/uproar/bin/uproar", "/bin/true").replace("=uproar\n", "=nobody\n")
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("Group=nobody", "Group=root").replace("Documentation=", "# "))
    ran = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    told = [line for line in ran.stderr.splitlines() if UNIT.name in line and "Special user" not in line]
    assert told == []


@pytest.mark.parametrize("name", ["uproar.service", "Containerfile"])
def test_both_run_the_daemon_as_somebody_without_rights(name: str) -> None:
    """Neither runs as root, and both end with SIGTERM, which the daemon heeds."""
    text = (ROOT / "docs" / "deploying" / name).read_text()
    assert re.search(r"^(User=|USER )uproar$", text, re.MULTILINE)
    assert "KillSignal" not in text
    assert "SIGKILL" not in text
