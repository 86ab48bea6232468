"""Write the parts of the documents that code knows better: `python tests/docs/render.py --write`.

A rendered part stands in a Markdown file between `<!-- rendered: NAME -->` and `<!-- end -->`, where NAME is
that of a function registered here, with an argument after a colon where it takes one. Pictures are files of
their own. Without `--write` it lists what is out of date and exits with 1.
"""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from enum import Enum
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGION = re.compile(r"(<!-- rendered: (?P<name>\S+) -->\n)(?P<body>.*?)(<!-- end -->)", flags=re.DOTALL)
# What a reader's terminal is taken to be, wherever the documents are rendered.
TERMINAL = {"COLUMNS": "88", "LINES": "40", "TERM": "dumb", "NO_COLOR": "1", "HOME": "/home/you", "CI": ""}

RENDERERS: dict[str, Callable[..., str]] = {}
PICTURES: dict[str, Callable[[], str]] = {}


def renders(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register a function that returns the Markdown of the part called `name`."""

    def register(function: Callable[..., str]) -> Callable[..., str]:
        RENDERERS[name] = function
        return function

    return register


def draws(path: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a function that returns the picture at `path` as SVG."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        PICTURES[path] = function
        return function

    return register


def documents(root: Path = ROOT) -> list[Path]:
    """Return every Markdown file of the project."""
    return sorted([root / "README.md", *(root / "docs").rglob("*.md")])


def regions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the present body of each rendered part."""
    for found in REGION.finditer(text):
        yield found["name"], found["body"]


def rendered(name: str) -> str:
    """Return what the part called `name` should hold. Raises `KeyError` for an unknown name."""
    kind, _, argument = name.partition(":")
    return RENDERERS[kind](*filter(None, [argument])).strip("\n") + "\n"


def rewritten(text: str) -> str:
    """Return `text` with every rendered part as it should be."""
    return REGION.sub(lambda found: found[1] + rendered(found["name"]) + found[4], text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    escaped = ([cell.replace("|", r"\|") for cell in row] for row in (header, *rows))
    lines = [" | ".join(row) for row in escaped]
    lines.insert(1, " | ".join(["---"] * len(header)))
    return "\n".join(f"| {line} |" for line in lines)


# ------------------------------------------------------------------------------------------------- the parts
@renders("connector-options")
def connector_options(connector: str) -> str:
    """Render the options of a source with this connector."""
    [point] = entry_points(group="monitor.connectors", name=connector)
    return _fields_table("option", point.load().Options)


@renders("connector-credentials")
def connector_credentials(connector: str) -> str:
    """Render the keys of `[credentials.CONNECTOR]`."""
    [point] = entry_points(group="monitor.connectors", name=connector)
    credentials = point.load().Credentials
    return _fields_table("key", credentials) if credentials else "No credentials are needed."


def _fields_table(noun: str, cls: type[Any]) -> str:
    notes = field_notes(cls)
    rows = [
        [f"`{one.name}`", _type_name(one.type), _default(one), notes.get(one.name, "")] for one in fields(cls)
    ]
    header = [noun, "type", "default", "meaning"]
    if not any(notes.values()):
        header, rows = header[:3], [row[:3] for row in rows]
    return table(header, rows)


def field_notes(cls: type[Any]) -> dict[str, str]:
    """Read the comment of each field of a dataclass: behind it on its line, or on the lines above."""
    notes: dict[str, str] = {}
    above: list[str] = []
    for line in map(str.strip, inspect.getsource(cls).splitlines()):
        if line.startswith("#"):
            above.append(line.lstrip("#: "))
        elif declared := re.match(r"(\w+): [^#]*(?:# ?(.*))?$", line):
            notes[declared[1]] = " ".join(above) or (declared[2] or "").removeprefix(": ")
            above = []
        else:
            above = []
    return notes


_TYPES = {"str": "string", "int": "whole number", "float": "number", "bool": "true or false", "None": ""}


def _type_name(hint: Any) -> str:
    text = hint if isinstance(hint, str) else inspect.formatannotation(hint)
    if text.startswith("tuple["):
        return "list of strings"
    return " or ".join(_TYPES.get(part, part) for part in text.split(" | ") if part != "None")


def _default(one: "Field[Any]") -> str:
    if one.default is not MISSING:
        return _toml(one.default)
    return "required" if one.default_factory is MISSING else _toml(one.default_factory())


def _toml(value: Any) -> str:
    if value is None or value in ({}, [], ()):
        return "none"
    if isinstance(value, timedelta):
        return f'`"{_length(value)}"`'
    if isinstance(value, Enum):
        return f'`"{value.name.lower()}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (list, tuple)):
        return f"`[{', '.join(_toml(item).strip('`') for item in value)}]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _length(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@renders("configuration")
def configuration() -> str:
    """Render each table of the configuration file with its keys."""
    config = import_module("monitor.config")
    headings = {
        "[monitor]": config.Monitor,
        "[brands.NAME]": config.Brand,
        "[[sources]]": config.SourceTable,
        "[policies.NAME]": config.PolicyTable,
        "[[policies.NAME.steps]]": config.StepTable,
        "[destinations.NAME]": config.Destination,
        "[people.NAME]": config.Person,
    }
    return "\n\n".join(_model_section(heading, model) for heading, model in headings.items())


def _model_section(heading: str, model: Any) -> str:
    rows = []
    for name, key in model.model_fields.items():
        default = key.get_default(call_default_factory=True)
        shown = "required" if key.is_required() else _configured(default)
        rows.append([f"`{name}`", shown, key.description or ""])
    return f"### `{heading}`\n\n{inspect.getdoc(model)}\n\n{table(['key', 'default', 'meaning'], rows)}"


def _configured(default: Any) -> str:
    if isinstance(default, tuple) and default and hasattr(type(default[0]), "model_fields"):
        return "one: " + "; ".join(
            f"`{name} = {_toml(value).strip('`')}`" for one in default for name, value in one
        )
    return _toml(default)


@renders("transitions")
def transitions() -> str:
    """Render the transition table of an alert."""
    header = ["status", "event", "if", "becomes", "`due_at`", "actions"]
    return table(header, import_module("monitor.core.escalation").TABLE)


@renders("cli")
def cli() -> str:
    """Render `--help` of the program and of each of its commands."""
    import typer.main
    from typer.testing import CliRunner

    app = import_module("monitor.cli").app
    runner = CliRunner(env=TERMINAL)
    parts = []
    for words in _commands(typer.main.get_command(app)):
        result = runner.invoke(app, [*words, "--help"], prog_name="uproar", terminal_width=88)
        if result.exit_code != 0:
            raise RuntimeError(f"`uproar {' '.join(words)} --help` exits with {result.exit_code}")
        text = "\n".join(line.rstrip() for line in result.output.strip("\n").splitlines())
        parts.append(f"### `{' '.join(['uproar', *words])}`\n\n```text\n{text}\n```")
    return "\n\n".join(parts)


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _commands(child, (*words, name))


@renders("modules")
def modules(package: str) -> str:
    """Render the modules of a package with what each is for; of `monitor` those in no package of it."""
    folder = ROOT / package.replace(".", "/")
    found = folder.glob("*.py") if package == "monitor" else folder.rglob("*.py")
    rows = [[f"`{_module_name(path, folder)}`", purpose(path)] for path in sorted(found)]
    return table(["module", "is for"], [row for row in rows if row[1]])


def _module_name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return folder.name if name == "__init__.py" else name.removesuffix("/__init__.py").removesuffix(".py")


def purpose(path: Path) -> str:
    """Return the first paragraph of a module's docstring, empty when it has none."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split())


_LANGUAGES = {".service": "ini", ".toml": "toml", ".py": "python"}


@renders("file")
def file(path: str) -> str:
    """Render a file of the project whole."""
    return f"```{_LANGUAGES.get(Path(path).suffix, '')}\n{(ROOT / path).read_text()}```"


@draws("docs/pictures/terminal.svg")
def terminal() -> str:
    """Draw the terminal of the README."""
    return str(import_module("tests.docs.picture").draw())


def main(arguments: Sequence[str]) -> int:
    """Rewrite the documents, or say which are out of date."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(sys.modules[__name__]))
    parser.add_argument("--write", action="store_true", help="write them instead of listing them")
    write = parser.parse_args(arguments).write
    stale = 0
    for path, now in results():
        if not path.exists() or path.read_text() != now:
            stale += 1
            sys.stdout.write(f"{path.relative_to(ROOT)}{'' if write else ' is out of date'}\n")
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(now)
    return 1 if stale and not write else 0


def results() -> Iterator[tuple[Path, str]]:
    """Yield each document and picture with what it should hold."""
    for name, draw in PICTURES.items():
        yield ROOT / name, draw()
    for path in documents():
        yield path, rewritten(path.read_text())


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # where `tests` is
    raise SystemExit(main(sys.argv[1:]))
