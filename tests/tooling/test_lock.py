"""requirements.lock holds what pyproject.toml asks for, and names no address."""

import re
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT = (ROOT / "pyproject.toml").read_text()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Load `.ci/lock`, which has no suffix, as a module."""
    loader = SourceFileLoader("lock_script", str(ROOT / ".ci" / "lock"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def pins() -> dict[str, Version]:
    """Read each locked package's version."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK, flags=re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def asked_for() -> list[Requirement]:
    """Read every requirement of pyproject.toml: the project's, its extras', its groups', the build's."""
    table = tomllib.loads(PYPROJECT)
    extras = table["project"]["optional-dependencies"].values()
    groups = table["dependency-groups"].values()
    texts = chain(table["build-system"]["requires"], table["project"]["dependencies"], *extras, *groups)
    return [wanted for wanted in map(Requirement, texts) if wanted.name != "uproar"]


@pytest.mark.parametrize("wanted", asked_for(), ids=str)
def test_each_requirement_is_locked(wanted: Requirement) -> None:
    """A requirement that was added or raised without a new lock is found (remedy: `.ci/lock`)."""
    locked = pins().get(canonicalize_name(wanted.name))
    assert locked is not None, "not locked"
    assert locked in wanted.specifier


def test_the_lock_was_made_from_this_pyproject(script: ModuleType) -> None:
    """Any other change of a dependency table, such as one removed, is found too (remedy: `.ci/lock`)."""
    assert f"sha256 {script.digest(PYPROJECT)}\n" in LOCK


def test_the_digest_sees_dependencies_alone(script: ModuleType) -> None:
    """It changes with a dependency, of whichever table, and not with the tools' settings."""
    plain = script.digest(PYPROJECT)
    assert script.digest(PYPROJECT + "\n[tool.other]\nkey = 1\n") == plain
    for requirement in ("tweepy>=4.17,<5", "psycopg[binary]>=3.3,<4", "pytest>=9,<10", "hatchling>=1.27"):
        assert requirement in PYPROJECT
        assert script.digest(PYPROJECT.replace(requirement, "other>=1")) != plain


def test_every_pin_has_a_hash() -> None:
    """What is installed is what was locked, byte for byte."""
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_address() -> None:
    """Where packages come from is the reader's business: no URL, no index option."""
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK
