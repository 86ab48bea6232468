"""Commands where the operator, the shell or the machine is at fault: one clear line, and no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app, progress, session
from tests.hostile.conftest import ATTACK, configuration
from tests.terminal.builders import Terminal, controls


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration whose store has one hostile alert."""
    said = {"text": ATTACK, "title": ATTACK, "url": ATTACK, "lang": ATTACK}
    author = dict.fromkeys(("id", "handle", "display_name", "url"), ATTACK)
    at = "2026-11-21T12:00:00Z"
    record = {"platform": "x", "id": f"../\n{ATTACK}", "created_at": at, "author": author, **said}
    (tmp_path / "said.jsonl").write_text(json.dumps(record) + "\n")
    path = configuration(tmp_path, {})
    words = ("import", str(tmp_path / "said.jsonl"), "--brand", "acme", "--alert")
    assert CliRunner().invoke(app, ["--config", str(path), *words]).exit_code == 0
    return path


def command(config: Path, *words: str, behind: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run `uproar` as a process, with `behind` after it on a shell's command line."""
    line = f'"$0" -m monitor --config "$1" "${{@:2}}" {behind}'
    every = ["bash", "-c", line, sys.executable, str(config), *words]
    return subprocess.run(every, env=os.environ | env, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("words", [("queue",), ("report", "--week", "2026-W47"), ("export", "mentions")])
def test_a_full_disk_behind_the_output_is_told_in_one_line(config: Path, words: tuple[str, ...]) -> None:
    """What cannot be written is no bug: it exits with 1, and says what the system said."""
    result = command(config, *words, behind="> /dev/full")
    assert (result.returncode, result.stderr.splitlines()) == (
        1,
        [b"uproar: standard output: No space left on device"],
    )


@pytest.mark.parametrize("words", [("queue",), ("export", "mentions")])
def test_a_closed_output_is_no_mistake(config: Path, words: tuple[str, ...]) -> None:
    """Some launchers close it: then the lines go nowhere."""
    result = command(config, *words, behind=">&-")
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_locale_without_the_letters_ends_no_command(config: Path) -> None:
    """Letters that a terminal cannot show become question marks, those of rich's own bars and marks too."""
    result = command(config, "check", "--offline", PYTHONIOENCODING="ascii")
    assert b"Traceback" not in result.stderr
    assert result.stdout.endswith(b"checks failed\n")


def test_somebody_without_a_name_can_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the process often has a number that no list of users knows."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert session.acting_person(None) == "uid 4711"


def test_an_assignee_is_no_escape_sequence(config: Path) -> None:
    """What one person typed as a name is shown harmless to the next, also when they act."""
    for words in (("assign", "1", ATTACK), ("snooze", "1", "1h")):
        result = CliRunner().invoke(app, ["--config", str(config), *words], color=True)
        assert result.exit_code == 0
        assert not controls(result.output)


def test_a_file_name_is_no_escape_sequence(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where a configuration is written, and not beside a progress bar."""
    target = config.with_name("a\x1b[2Jb.toml")
    result = CliRunner().invoke(app, ["init", "--path", str(target)], color=True)
    assert result.exit_code == 0
    assert not controls(result.output)
    terminal = Terminal(80, 24)
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.progress("reading a\x1b]0;PWNED\x07b", 3) as tell:
        tell(3)
    assert "PWNED" in terminal.getvalue()
    assert terminal.screen.title == ""


def test_what_a_store_url_says_after_a_question_mark_is_secret(tmp_path: Path) -> None:
    """A PostgreSQL URL may carry its password there."""
    from monitor.store import shown_url

    assert "S3CRET" not in shown_url(
        "postgresql+psycopg://u:S3CRET@db/uproar?password=S3CRET&sslpassword=S3CRET"
    )
    path = tmp_path / "config.toml"
    path.write_text(f'[monitor]\nstore = "sqlite:///{tmp_path}/u.sqlite?timeout=77"\n')
    result = CliRunner().invoke(app, ["--config", str(path), "status", "--json"])
    assert "u.sqlite" in result.output
    assert "timeout" not in result.output


def test_a_lock_is_not_taken_through_a_symbolic_link(tmp_path: Path) -> None:
    """In a shared folder somebody else could have put one there: what it names must not be emptied."""
    from monitor.store.daemons import Lock

    (tmp_path / "precious").write_text("keep")
    (tmp_path / "u.sqlite.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic link"):
        Lock(tmp_path / "u.sqlite")
    assert (tmp_path / "precious").read_text() == "keep"
