"""docs/json.md names what `--json` prints: all of it, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.demo.conftest import Told

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
INCLUDED = re.compile(r"[Ee]verything of (.*)")  # links to other sections
LINK = re.compile(r"\(#([\w-]+)\)")
NAME = re.compile(r"`([a-z0-9_]+)`")


def _sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", PAGE.read_text(), flags=re.MULTILINE)[1:]
    anchors = [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in parts[::2]]
    return dict(zip(anchors, parts[1::2], strict=True))


def _documented(anchor: str) -> set[str]:
    """Return the names that a section gives: of its first table, and of sections that it includes."""
    text = _sections()[anchor]
    prose = " ".join(INCLUDED.findall("\n".join(row for row in text.splitlines() if row[:1] != "|")))
    first, _, _ = text.replace("| about | also", "| link | also").partition("| link | also")
    rows = [row.split("|")[1] for row in first.splitlines() if row.startswith("| `")]
    names = set(NAME.findall(" ".join(rows)))
    return names.union(*(_documented(each) for each in LINK.findall(prose)))


def _of_kind(anchor: str, kind: str) -> set[str]:
    """Return the names that a section gives for objects of one kind, in its second table."""
    (row,) = re.findall(rf"^\| `{kind}` \| (.*) \|$", _sections()[anchor], re.MULTILINE)
    included = LINK.findall(" ".join(INCLUDED.findall(row)))
    plain = re.sub(r"\([^()]*\)|\([^()]*\([^()]*\)\)", "", row)
    return set(NAME.findall(plain)).union(*(_documented(each) for each in included))


def _printed(told: Told, *words: str) -> list[dict[str, Any]]:
    printed = told.ask(*words, "--json")
    assert printed.isascii()
    return [json.loads(each) for each in printed.splitlines()]


@pytest.fixture(scope="module")
def fire(told: Told) -> dict[str, Any]:
    """Return the alert about the fire, as `uproar show --json` has it."""
    (number,) = [words[2] for words in told.commands if words[:2] == ["uproar", "show"]]
    (shown,) = _printed(told, "show", number)
    return shown


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("uproar-queue---json", ["queue"]),
        ("uproar-show-n---json", ["show", "1"]),
        ("uproar-mentions---json", ["mentions"]),
        ("uproar-sources---json", ["sources"]),
        ("uproar-sources---json", ["sources", "x"]),
        ("uproar-ack-n---json", ["snooze", "1", "1h"]),
        ("uproar-check---json", ["check", "--offline"]),
        ("uproar-connectors---json", ["connectors"]),
        ("uproar-label-mention-complaint---json", ["label", "1", "complaint"]),
        ("uproar-label---json", ["label"]),
        ("uproar-tune---json", ["tune", "--dry-run"]),
        ("uproar-tune---spread---json", ["tune", "--spread", "--dry-run"]),
        ("uproar-import-file---json", ["import", "LAST WEEK", "--brand", "kettlewell"]),
    ],
)
def test_the_names_of_a_command_are_documented(told: Told, anchor: str, words: list[str]) -> None:
    """Each object that the command prints has the documented names, no more and no fewer."""
    archive = str(Path(told.config).with_name("last-week.jsonl"))
    objects = _printed(told, *(archive if word == "LAST WEEK" else word for word in words))
    assert objects
    for each in objects:
        assert set(each) == _documented(anchor)


def test_the_names_within_an_alert_are_documented(fire: dict[str, Any]) -> None:
    """Mentions, log entries and notices have the names that their sections give."""
    assert set(fire["mention"]) == _documented("a-mention")
    assert {frozenset(each) for each in fire["log"]} == {frozenset(_documented("a-log-entry"))}
    assert {frozenset(each) for each in fire["notices"]} == {frozenset(_documented("a-notice"))}
    also = {"reason", "joined_at", "parted_at"}
    assert {frozenset(each) for each in fire["joined"]} == {frozenset(_documented("a-mention") | also)}


def test_the_objects_within_objects_are_documented(told: Told, fire: dict[str, Any]) -> None:
    """What is nested deeper has the names that the row of its own name gives."""
    (x,), (reddit,) = _printed(told, "sources", "x"), _printed(told, "connectors", "reddit")
    page = PAGE.read_text()
    for name, value in (
        ("author", fire["mention"]["author"]),
        ("engagement", fire["mention"]["engagement"]),
        ("spread", fire["spread"]),
        ("answer", fire["answer"]),
        ("budgets", x["budgets"][0]),
        ("limits", reddit["limits"][0]),
        ("options`, `credentials", reddit["options"][0]),
    ):
        (row,) = re.findall(rf"^\| `{name}` \|(.*object.*)\|$", page, re.MULTILINE)
        assert set(NAME.findall(row)) == set(value)


def test_each_link_of_a_chain_is_documented(told: Told, fire: dict[str, Any]) -> None:
    """All kinds of links occur, each with the documented names."""
    told.ask("label", str(fire["mention"]["number"]), "complaint")
    chain = _printed(told, "why", str(fire["mention"]["number"]))
    always = _documented("uproar-why-mention---json")
    for each in chain:
        assert set(each) == always | _of_kind("uproar-why-mention---json", each["link"])
    kinds = set(
        re.findall(r"`(\w+)`", re.findall(r"^\| `link` \| (.*) \|$", PAGE.read_text(), re.MULTILINE)[0])
    )
    assert {each["link"] for each in chain} == kinds


def test_each_object_of_a_reassessment_is_documented(told: Told) -> None:
    """The whole, each source and each change have the documented names."""
    anchor = "uproar-reassess---json"
    objects = _printed(told, "reassess")
    for each in objects:
        assert set(each) == _documented(anchor) | _of_kind(anchor, each["about"])
    assert {each["about"] for each in objects} >= {"all", "source"}


def test_each_object_of_the_status_is_documented(told: Told) -> None:
    """The whole, each source and each event have the documented names."""
    objects = _printed(told, "status")
    always = _documented("uproar-status---json")
    for each in objects:
        assert set(each) == always | _of_kind("uproar-status---json", each["about"])
    assert {each["about"] for each in objects} >= {"status", "source", "event"}
