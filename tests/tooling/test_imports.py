"""What the modules may import and touch, where import-linter cannot say it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "monitor" / "core").rglob("*.py"))
MODULES = sorted([*(ROOT / "monitor").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])

# Standard-library modules that are a clock, input, output, chance or a log by themselves.
IMPURE = {
    *("asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil"),
    *(
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
    ),
}
IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input", "uuid1", "uuid4", "getenv", "read_text"}

# Heavy, and needed by few commands: imported inside the function that uses them.
ON_FIRST_USE = {
    *("alembic", "altair", "apprise", "apscheduler", "atproto", "feedparser", "googleapiclient", "httplib2"),
    *("jinja2", "mastodon", "polars", "praw", "prawcore", "psycopg", "textual", "tweepy", "xlsxwriter"),
}
# What every command loads, or a quick one. A module that these reach only from inside functions may import
# what it likes.
ENTRANCES = {
    *("monitor.__main__", "monitor.cli", "monitor.config", "monitor.connector", "monitor.plugins"),
    *("monitor.store", *(point.module for point in entry_points(group="monitor.connectors"))),
}


def imports(tree: ast.AST, *, everywhere: bool) -> Iterator[str]:
    """Yield the dotted names that are imported: by the whole module, or while it is itself imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif everywhere or not (_is_function(node) or _is_for_types(node)):
            yield from imports(node, everywhere=everywhere)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def impurities(tree: ast.AST) -> Iterator[str]:
    """Yield what a pure module may not do: import beyond the core and pure Python, or call out."""
    for name in imports(tree, everywhere=True):
        top = name.partition(".")[0]
        if not f"{name}.".startswith("monitor.core.") and (
            top not in sys.stdlib_module_names or {top, name} & IMPURE
        ):
            yield f"import {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in IMPURE_CALLS:
                yield f"{name}()"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_the_core_is_pure(path: Path) -> None:
    """The core needs Python alone, and reads no clock, file, network, chance or log."""
    assert list(impurities(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import random",
        "import requests",
        "from urllib.request import urlopen",
        "from monitor.connector import Source",
        "from os import environ",
        "datetime.now(UTC)",
        "date.today()",
        "open('f')",
        "def f():\n    import logging",
    ],
)
def test_an_impure_line_is_found(line: str) -> None:
    """The check of the core sees each way of reaching out."""
    assert list(impurities(ast.parse(line)))


def file_of(module: str) -> Path | None:
    """Return the file of a module of ours, or None when it is none."""
    path = ROOT / module.replace(".", "/")
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.exists()), None) if path.is_relative_to(ROOT) else None


def loaded_with(entrance: str) -> dict[str, set[str]]:
    """Return what each module of ours imports at once, for all that are loaded when `entrance` is."""
    loaded: dict[str, set[str]] = {}
    rest = [entrance]
    while rest:
        module = rest.pop()
        if module not in loaded and (file := file_of(module)):
            loaded[module] = set(imports(ast.parse(file.read_text()), everywhere=False))
            rest += [*loaded[module], module.rpartition(".")[0] or module]
    return loaded


@pytest.mark.parametrize("entrance", sorted(filter(file_of, ENTRANCES)))
def test_heavy_libraries_wait_for_their_first_use(entrance: str) -> None:
    """What every command loads brings in no platform's SDK and no other heavy library."""
    heavy = {
        f"{module} imports {name}"
        for module, names in loaded_with(entrance).items()
        for name in names
        if name.partition(".")[0] in ON_FIRST_USE
    }
    assert heavy == set()


def test_what_is_loaded_is_followed() -> None:
    """The check follows imports from module to module, and to the packages around them."""
    loaded = loaded_with("connectors.replay")
    assert {"connectors", "monitor.connector", "monitor.core", "monitor.core.mention"} <= set(loaded)
    assert "json" in loaded["connectors.replay"]


def test_a_heavy_import_is_found() -> None:
    """The check of heavy imports sees those of a module and its classes, not those of functions and types."""
    source = "if TYPE_CHECKING:\n    import praw\ntry:\n    import tweepy.api\nexcept ImportError: ...\n"
    source += "def f():\n    import alembic\nclass C:\n    from apprise import Apprise\n"
    assert list(imports(ast.parse(source), everywhere=False)) == ["tweepy.api", "apprise", "apprise.Apprise"]


def test_loading_the_connectors_loads_no_sdk() -> None:
    """All connectors together, and what they import in turn, leave the heavy libraries unloaded."""
    targets = [
        point.module
        for point in entry_points(group="monitor.connectors")
        if point.module.startswith("connectors.") and file_of(point.module)
    ]
    script = f"import sys\nfor name in {targets!r}: __import__(name)\n"
    script += f"print(*({ON_FIRST_USE!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert targets
    assert run.stdout.split() == []


def test_only_the_clock_reads_the_time() -> None:
    """`monitor/clock.py` is the one place where the time of day is read."""
    readers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    ]
    assert set(readers) <= {"monitor/clock.py"}
