import json
from typing import Any

import pytest
from sqlalchemy import update

from monitor.core.mention import Author, Kind
from monitor.store import mentions, notices
from monitor.store.mentions import ASSESS, Sighting
from tests.terminal.builders import MINUTE, NOON, Desk, mention


def sends(desk: Desk) -> None:
    """Send whatever waits."""
    with desk.store.transaction() as connection:
        for claimed in notices.claim_due(connection, desk.now, MINUTE, 100):
            notices.mark_sent(connection, claimed, desk.now)


def test_the_chain_of_a_mention_that_paged(desk: Desk) -> None:
    """Seen, filtered, judged, spread, outcome, alert with its log, notices, next: in this order."""
    desk.now += 3 * MINUTE
    desk.hears("acme broke my order, refund")
    sends(desk)
    text = desk.types("why", "1").output
    headings = [line for line in text.splitlines() if not line.startswith(" ")]
    assert headings == [
        "1. seen: mention 1, twitter:1",
        "2. filter",
        "3. judged",
        "4. spread",
        "5. outcome",
        "6. alert 1",
        "7. notices of alert 1",
        "8. next",
    ]
    for fact in (
        "published 2026-11-21 12:00:00 UTC",
        "seen by source acme-x at 2026-11-21 12:03:00 UTC, 3m after it",
        "a complaint (probability 0.",
        "- something fails: “broke”",
        "by cues-1",
        "it paged: 1 notice of its alert went out\n  opened alert 1",
        "belongs to it since 2026-11-21 12:03:00 UTC: opened it",
        "Trigger → triggered, step 1, round 1",
        "sent      terminal: opened",
        "uproar ack 1",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": "what a lovely acme day"}, "it did not page: not a complaint"),
        ({"own": True}, "one of the brand's own accounts wrote it: it opens no alert"),
        ({"history": True}, "published before its source was first pulled: learned, never paged for"),
        ({"kind": Kind.REPOST}, "it is a repost: it opens no alert"),
    ],
)
def test_why_it_did_not_page(desk: Desk, given: dict[str, Any], told: str) -> None:
    """Each reason for silence is said."""
    desk.hears(**{"text": "acme broke my order", **given})
    assert told in desk.types("why", "1").output


def test_a_notice_that_never_went_out_did_not_page(desk: Desk) -> None:
    """An alert alone wakes nobody."""
    desk.hears("acme broke my order")
    text = desk.types("why", "1").output
    assert "it did not page: no notice of its alert went out (pending)\n  opened alert 1" in text


def test_a_mention_that_joined_did_not_cause_the_notices_before_it(desk: Desk) -> None:
    """What was sent before it joined was not sent for it."""
    desk.hears("acme broke my order")
    sends(desk)
    desk.now += MINUTE
    desk.hears("mine as well, broken", conversation_id="1", author=Author(id="8", handle="al"))
    text = desk.types("why", "2").output
    assert "it did not page: its alert had told everyone before, and has told nobody since" in text
    assert "joined alert 1: same conversation" in text


def test_a_mention_that_waits_says_for_what(desk: Desk) -> None:
    """Before it is judged there is no verdict to show."""
    with desk.store.transaction() as connection:
        sighting = Sighting(mention=mention())
        mentions.save(connection, brand="acme", source="s", sightings=[sighting], observed_at=NOON)
        assert mentions.take_from_inbox(connection, ASSESS, 0) == []
    text = desk.types("why", "1").output
    assert "it did not page: it waits to be judged" in text
    assert "`uproar status`" in text


def test_the_answer_is_a_link_of_the_chain(desk: Desk) -> None:
    """The brand's public reply stopped the second clock."""
    desk.hears("acme broke my order", id="c1")
    acme = Author(handle="acme")
    desk.hears("Sorry!", own=True, in_reply_to_id="c1", conversation_id="c1", author=acme)
    text = desk.types("why", "1").output
    assert "answered in public by acme at 2026-11-21 12:00:00 UTC\n  “Sorry!”" in text
    assert "Answered → acknowledged" in text


@pytest.mark.parametrize(
    "name",
    [
        "1",
        "twitter:9001",
        "9001",
        "https://x.com/jo/status/9001",
        "http://x.com/jo/status/9001/?s=20#top",
    ],
)
def test_a_mention_is_found_by_number_id_and_address(desk: Desk, name: str) -> None:
    """However a person has come by it."""
    desk.hears(id="9001", url="https://x.com/jo/status/9001")
    assert desk.types("why", name).output.startswith("1. seen: mention 1, twitter:9001\n")


def test_a_post_about_two_brands_has_two_chains(desk: Desk) -> None:
    """It is a mention of each."""
    desk.hears(id="5", url="https://x.com/5")
    desk.hears(id="5", url="https://x.com/5", brand="other")
    text = desk.types("why", "https://x.com/5").output
    assert text.count("1. seen: mention ") == 2


@pytest.mark.parametrize("name", ["twitter:1", "99", str(2**70), "https://x.com/none", "٣", ":", "%"])
def test_a_mention_that_is_not_there_may_have_been_filtered(desk: Desk, name: str) -> None:
    """Exit code 1, and where to look."""
    desk.hears(id="c1")
    result = desk.types("why", name)
    assert result.exit_code == 1
    assert f"no mention '{name}' is stored" in result.output
    assert "the filter of the brand" in result.output


def test_json_has_one_object_for_each_link(desk: Desk) -> None:
    """Each names the mention, the link and the instant."""
    desk.hears("acme broke my order")
    rows = [json.loads(line) for line in desk.types("why", "1", "--json").output.splitlines()]
    assert [row["link"] for row in rows] == [
        "seen", "filter", "judged", "spread", "outcome", "alert", "transition", "notice", "next",
    ]  # fmt: skip
    assert {row["mention"] for row in rows} == {1}
    assert rows[0]["at"] == "2026-11-21T12:00:00Z"
    assert rows[4]["outcome"] == "opened alert 1"


def test_what_the_verdict_was_made_by_is_told(desk: Desk) -> None:
    """Model, raw and calibrated probability, threshold, tuning and language; and who labelled it what."""
    number = desk.hears("acme broke my order", lang="en")
    plain = desk.types("why", str(number)).output
    assert "raw probability 0.52, no tuning, a complaint from 0.50 on, language en" in plain
    assert "labels of people" not in plain
    stored = mentions.assessment
    with desk.store.transaction() as connection:
        values = {"probability": 0.25, "threshold": 0.4, "tuning": 7, "complaint": False}
        connection.execute(update(stored).where(stored.c.mention == number).values(values))
    desk.types("label", str(number), "complaint", "--by", "maria")
    desk.types("label", str(number), "not", "--by", "eve")
    text = desk.types("why", str(number)).output
    assert "not a complaint (probability 0.25), severity LOW, by cues-1" in text
    assert "raw probability 0.52, tuning 7, a complaint from 0.40 on, language en" in text
    first, second = [line for line in text.splitlines() if ", labelled by " in line]
    assert (first.endswith("  a complaint, labelled by maria"), "not a complaint" in second) == (True, True)
    links = [json.loads(line) for line in desk.types("why", str(number), "--json").output.splitlines()]
    (judged,) = [each for each in links if each["link"] == "judged"]
    facts = ("probability", "threshold", "tuning", "lang", "model")
    assert [judged[name] for name in facts] == [0.25, 0.4, 7, "en", "cues-1"]
    assert [each["by"] for each in links if each["link"] == "label"] == ["maria", "eve"]


def test_a_verdict_from_before_says_what_it_knows(quick_desk: Desk) -> None:
    """A store that was migrated has verdicts without a raw probability: nothing is made up for them."""
    number = quick_desk.hears("acme broke my order")
    nothing = {"raw": None, "threshold": None, "tuning": None, "lang": None}
    with quick_desk.store.transaction() as connection:
        connection.execute(update(mentions.assessment).values(nothing))
    text = quick_desk.types("why", str(number)).output
    assert "a complaint (probability 0.52)" in text
    assert "raw probability" not in text
    assert quick_desk.types("reassess").exit_code == 0
