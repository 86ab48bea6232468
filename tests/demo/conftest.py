"""One run of the demo, which all tests of it share."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from tests.conftest import SET

ROOT = Path(__file__).parents[2]
SECONDS = 5  # six hours in so many: less than the daemon needs, so that the story has to wait for it


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in an empty folder, with a home of its own."""

    folder: Path
    variables: dict[str, str]

    def uproar(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `uproar WORDS`, with `more` variables."""
        return self._run("-m", "monitor", *words, **more)

    def python(self, code: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run Python on `code`, with `more` variables."""
        return self._run("-c", code, **more)

    def _run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.variables | more,
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A run that is over: the shell that it ran in, and what it printed."""

    shell: Shell
    elsewhere: Path  # the store that the shell's UPROAR_MONITOR__STORE named
    code: int
    output: str
    errors: str

    @property
    def commands(self) -> list[list[str]]:
        """What to type next, as a shell takes it apart."""
        _, _, after = self.output.partition("What to type next\n")
        return [shlex.split(each, comments=True) for each in after.splitlines()]

    @property
    def config(self) -> str:
        """The configuration that it left behind, by the line that says so."""
        (found,) = re.findall(r"^  export UPROAR_CONFIG=(\S+)$", self.output, re.MULTILINE)
        return shlex.split(found)[0]

    def uproar(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on what it left behind, as a process of its own."""
        return self.shell.uproar(*words, UPROAR_CONFIG=self.config)

    def ask(self, *words: str) -> str:
        """Return what a command prints about what it left behind: in this process, which is quicker."""
        return CliRunner().invoke(app, words, env={"UPROAR_CONFIG": self.config}).stdout


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run the demo to its end."""
    folder = tmp_path_factory.mktemp("demo")
    home, here, elsewhere = folder / "home", folder / "here", folder / "elsewhere.sqlite"
    home.mkdir()
    here.mkdir()
    known = {**SET, "HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    shell = Shell(here, known)
    ran = shell.uproar("demo", "--seconds", str(SECONDS), UPROAR_MONITOR__STORE=f"sqlite:///{elsewhere}")
    return Told(shell, elsewhere, ran.returncode, ran.stdout, ran.stderr)
