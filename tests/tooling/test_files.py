"""What is in the repository and in the wheel, and what is in neither."""

import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN = ("monitor", "connectors", "tests", "docs", ".ci")
AT_THE_ROOT = {
    *OWN,
    *("README.md", "pyproject.toml", "config.example.toml", "LICENSE", "requirements.lock"),
    *(".gitignore", ".pre-commit-config.yaml"),
}
# In brackets, so that this line does not find itself.
OF_ONE_MACHINE = re.compile(r"/[w]ork/|/[r]oot/|/[U]sers/|[p]ypi\.org|[p]ythonhosted|[.]pyenv/|[a]rtifactory")


def texts() -> list[Path]:
    """Return the repository's text files: those at the root, and all below its own folders."""
    below = [path for name in OWN for path in (ROOT / name).rglob("*") if "__pycache__" not in path.parts]
    known = [ROOT / name for name in AT_THE_ROOT - set(OWN)]
    return sorted(path for path in [*known, *below] if path.is_file() and b"\0" not in path.read_bytes())


def test_no_file_names_a_machine() -> None:
    """No path of somebody's machine and no package registry stands in a file."""
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts()
        if (match := OF_ONE_MACHINE.search(path.read_text(errors="replace")))
    }
    assert found == set()


def test_the_scan_reads_the_whole_repository() -> None:
    """The search for such names covers code, documents, the lock and the scripts of CI."""
    names = {path.relative_to(ROOT).as_posix() for path in texts()}
    assert {"pyproject.toml", "requirements.lock", ".ci/run", "monitor/connector.py", "README.md"} <= names


def test_the_root_stays_small() -> None:
    """Nothing is tracked at the root but what has its place there."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("this is no git work tree, so nothing tells which files are tracked")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607 - whichever git is here
    assert {name.split("/")[0] for name in listed.stdout.splitlines()} <= AT_THE_ROOT


def test_the_scripts_of_ci_can_be_run() -> None:
    """They are executable, and `run` stops at the first step that fails."""
    for name in ("run", "lock"):
        assert (ROOT / ".ci" / name).stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel with the build backend as it is installed, and return the names in it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_packages_whole(wheel: set[str]) -> None:
    """Every file of the two packages is in it, code, migrations, the model; but not what makes the model."""
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("monitor", "connectors")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "fitting" not in path.parts
    }
    assert not any("models/fitting" in name for name in wheel)
    assert {"monitor/models/shipped/network.npz", "monitor/core/spread/fitting.py"} <= wheel
    assert {"monitor/py.typed", "connectors/py.typed"} <= expected
    assert expected - wheel == set()


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    """No tests, documents or tools are installed on anybody's machine."""
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"monitor", "connectors"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)
