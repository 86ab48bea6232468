"""docs/architecture.md is true: every module is on the map, every invariant has its guard."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import render

ROOT = render.ROOT
PAGE = ROOT / "docs" / "architecture.md"
GUARD = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
INVARIANT = re.compile(r"^(\d+)\. \*\*(.+?)(?=^\d+\. \*\*|^## )", flags=re.MULTILINE | re.DOTALL)
# What may fail in any way without stopping the rest: the steps, a pull, another look, classifiers, notifiers;
# and the kit for authors of connectors, which judges whatever theirs raise.
SUPERVISORS = {
    *("monitor/daemon.py", "monitor/follow.py", "monitor/deliver.py", "monitor/core/judging.py"),
    "monitor/testing/__init__.py",
}


def modules() -> Iterator[Path]:
    """Yield every module of the program."""
    for package in ("monitor", "connectors"):
        yield from (ROOT / package).rglob("*.py")


def test_every_module_is_on_the_map() -> None:
    """Each package of the program has its part of the code map, so that no module is left out."""
    mapped = {name.partition(":")[2] for name, _ in render.regions(PAGE.read_text())}
    folders = [ROOT / name.replace(".", "/") for name in mapped]
    lost = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if path.parent != ROOT / "monitor" and not any(path.is_relative_to(folder) for folder in folders
                                                       if folder != ROOT / "monitor")
    }  # fmt: skip
    assert lost == set()
    assert "monitor" in mapped


@pytest.mark.parametrize("path", sorted(modules()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_what_it_is_for(path: Path) -> None:
    """A docstring begins with a sentence that fits in a row of the code map."""
    assert 10 < len(render.purpose(path)) <= 220


def test_every_invariant_has_a_guard() -> None:
    """Each numbered invariant names at least one test that exists."""
    found = INVARIANT.findall(PAGE.read_text())
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    assert [number for number, text in found if not GUARD.search(text)] == []


@pytest.mark.parametrize(("file", "name"), GUARD.findall(PAGE.read_text()))
def test_a_guard_exists(file: str, name: str) -> None:
    """A guard that is named is a test of the suite."""
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_only_supervisors_catch_everything() -> None:
    """No other module has a broad `except`, which would hide bugs."""
    broad = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises_again(node)
    }
    assert broad == SUPERVISORS


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or (isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException"))


@pytest.mark.parametrize(
    "source", ["except:", "except Exception:", "except (OSError, BaseException) as error:"]
)
def test_a_broad_except_is_found(source: str) -> None:
    """The search sees each way to catch everything, and lets a narrow one pass."""
    (handler,) = ast.parse(f"try: pass\n{source} pass").body[0].handlers  # type: ignore[attr-defined]
    assert _is_broad(handler.type)
    (narrow,) = ast.parse("try: pass\nexcept (OSError, ValueError): pass").body[0].handlers  # type: ignore[attr-defined]
    assert not _is_broad(narrow.type)
