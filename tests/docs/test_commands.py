"""The commands that the documents show exist, with the options that they are shown with."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer.main

from monitor.cli import app
from tests.docs import render

CODE = re.compile(r"^```(?:sh|text)?\n(.*?)^```|`([^`\n]+)`", flags=re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"(?:^|[\s`(])uproar((?: +(?:--config|-c) \S+)?) +(?!uproar )([a-z]+)\b([^\n#|&;`]*)")


@cache
def commands() -> dict[str, set[str]]:
    """Return the options of each command."""
    group: Any = typer.main.get_command(app)
    return {
        name: {
            "--help",
            *(option for one in command.params for option in (*one.opts, *one.secondary_opts)),
        }
        for name, command in group.commands.items()
    }


def shown(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands in the code of a document, each with its options."""
    without_help = render.REGION.sub("", text)
    for block, word in CODE.findall(without_help):
        for _, name, rest in TYPED.findall(block or word):
            yield name, re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", rest)


@pytest.mark.parametrize(
    "path", render.documents(), ids=lambda path: path.relative_to(render.ROOT).as_posix()
)
def test_commands_and_options_exist(path: Any) -> None:
    """Nothing is shown that cannot be typed."""
    wrong = [
        (name, options)
        for name, options in shown(path.read_text())
        if name not in commands() or not set(options) <= commands()[name]
    ]
    assert wrong == []


def test_what_does_not_exist_is_found() -> None:
    """The search sees commands in blocks and in sentences, and their options."""
    text = (
        "Type `uproar ack 3 --loud` or\n```sh\nuproar quack\nuproar --config x.toml queue --json  # me\n```\n"
    )
    assert list(shown(text)) == [("ack", ["--loud"]), ("quack", []), ("queue", ["--json"])]


def test_the_search_finds_what_the_readme_shows() -> None:
    """The README shows the way from the first command to a report."""
    names = [name for name, _ in shown((render.ROOT / "README.md").read_text())]
    assert {"demo", "init", "check", "run", "watch", "queue", "ack", "why", "report"} <= set(names)
