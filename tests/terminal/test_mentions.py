import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from monitor.console import found
from monitor.core.record import from_record
from monitor.store import mentions
from monitor.store.search import Wanted, search
from tests.terminal.builders import MINUTE, NOON, WIDTHS, Desk, mention, plain


def numbers(desk: Desk, *words: str) -> list[int]:
    """Return the numbers of the mentions that a search finds."""
    result = desk.types("mentions", "--json", *words)
    assert result.exit_code == 0, result.output
    return [json.loads(line)["number"] for line in result.output.splitlines()]


def test_the_newest_come_first(desk: Desk) -> None:
    """By publication, not by when they were seen."""
    desk.hears(created_at=NOON - 5 * MINUTE)
    desk.hears(created_at=NOON - 1 * MINUTE)
    desk.hears(created_at=NOON - 9 * MINUTE)
    assert numbers(desk) == [2, 1, 3]
    assert numbers(desk, "--limit", "1") == [2]


def test_brand_and_platform_narrow_a_search(desk: Desk) -> None:
    """Each alone and both together."""
    desk.hears()
    desk.hears(platform="reddit")
    desk.hears(platform="reddit", brand="other")
    assert numbers(desk, "--brand", "acme") == [2, 1]
    assert numbers(desk, "--platform", "reddit") == [3, 2]
    assert numbers(desk, "--platform", "reddit", "--brand", "acme") == [2]


def test_complaints_and_others_are_told_apart(desk: Desk) -> None:
    """What could not be judged is neither."""
    desk.hears("acme broke my order")
    desk.hears("what a lovely acme day")
    desk.hears("12345")
    assert numbers(desk, "--complaint") == [1]
    assert numbers(desk, "--no-complaint") == [2]
    assert numbers(desk) == [3, 2, 1]


@pytest.mark.parametrize(
    ("words", "found_"),
    [
        (["--since", "2026-11-21"], [3, 2]),
        (["--since", "2026-11-21T12:00"], [3]),
        (["--since", "2026-11-21T14:00+02:00"], [3]),
        (["--until", "2026-11-21"], [1]),
        (["--since", "2026-11-20T11:00Z", "--until", "2026-11-21T12:00Z"], [2, 1]),
        (["--since", "90m"], [3]),
        (["--since", "1d"], [3, 2]),
    ],
)
def test_time_narrows_a_search(quick_desk: Desk, words: list[str], found_: list[int]) -> None:
    """A date is midnight UTC, a datetime without offset is UTC, a length counts back from now."""
    for created_at in (NOON - timedelta(hours=24), NOON - timedelta(hours=12), NOON):
        quick_desk.hears(created_at=created_at)
    with time_machine.travel(NOON + timedelta(minutes=60), tick=False):
        assert numbers(quick_desk, *words) == found_


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "99999999999999d", "-1"])
def test_a_time_that_cannot_be_read_is_a_usage_error(quick_desk: Desk, text: str) -> None:
    """Exit code 2, and what was expected."""
    result = quick_desk.types("mentions", "--since", text)
    assert result.exit_code == 2
    assert "expected a time such as" in result.output


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("ORDER", True),
        ("my order", True),
        ("my  order", False),
        ("100%", True),
        ("1_0", False),
        ("%", True),
        ("\\", True),
        ("'", True),
        ("größe", True),
        ("Ö", True),
        ("(ö", False),
        ("größe.", False),
        ("GRÖßE", True),
        ("headline", True),
        ("or 1=1", False),
    ],
)
def test_words_are_a_plain_substring_in_whatever_case(desk: Desk, words: str, there: bool) -> None:
    """No wildcard, no quoting, title included."""
    desk.hears("acme broke my Order: 100% \\ o'clock GRÖße", title="Headline")
    desk.hears("another acme thing")
    with desk.store.reading() as connection:
        hits = [each.number for each, _ in search(connection, Wanted(text=words))]
    assert (1 in hits) is there
    assert 2 not in hits


def test_json_carries_the_record_and_what_the_store_knows(desk: Desk) -> None:
    """It can be read back as the mention that it was; nulls stand where nothing is known yet."""
    desk.hears("acme broke my order, refund", id="c1")
    with desk.store.transaction() as connection:
        late = mentions.Sighting(mention=mention(id="c2"))
        mentions.save(connection, brand="acme", source="s", sightings=[late], observed_at=NOON)
    unjudged, judged = (json.loads(line) for line in desk.types("mentions", "--json").output.splitlines())
    assert from_record(unjudged) == mention(id="c2", conversation_id=unjudged["conversation_id"])
    assert unjudged["complaint"] is None
    assert unjudged["outcome"] is None
    assert judged["complaint"] is True
    assert 0.5 <= judged["probability"] <= 1
    assert judged["severity"] == "medium"
    assert judged["topics"] == ["refund"]
    assert judged["outcome"] == "opened alert 1"
    assert judged["observed_at"] == "2026-11-21T12:00:00Z"
    assert (judged["number"], judged["brand"], judged["source"]) == (1, "acme", "acme-x")


def test_nothing_found_is_said(quick_desk: Desk) -> None:
    """Exit code 0: the question was answered."""
    result = quick_desk.types("mentions", "--text", "nothing like it")
    assert (result.exit_code, result.output) == (0, "No mention matches.\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mention_on_the_screen_keeps_to_its_width(quick_desk: Desk, width: int) -> None:
    """Number, verdict, age, who, text and outcome."""
    quick_desk.hears("acme broke my order " * 9)
    with quick_desk.store.reading() as connection:
        hits = search(connection, Wanted())
    lines = plain(found.screen(hits, NOON + 60 * MINUTE, width))
    assert max(map(len, lines)) <= width
    flat = " ".join(" ".join(lines).split())
    for fact in ("1 LOW complaint 1h ago · acme on twitter @jo, 1,234 followers", "→ opened alert 1"):
        assert fact in flat


def test_a_date_is_read_as_utc_whatever_the_zone(quick_desk: Desk) -> None:
    """The tests run in the zone of Kathmandu."""
    quick_desk.hears(created_at=datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    assert numbers(quick_desk, "--since", "2026-11-21") == []
    assert numbers(quick_desk, "--until", "2026-11-21") == [1]
