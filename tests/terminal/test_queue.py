import json
from datetime import timedelta

import pytest

from monitor.console import queue
from monitor.core.alert import Acknowledge, Resolution, Resolve, Status
from monitor.core.mention import Author
from monitor.store import mentions
from monitor.store.overview import Tally
from tests.terminal.builders import MINUTE, NOON, POLICY, WIDTHS, Desk, card, plain

POLICIES = {("default", 1): POLICY}


def shown(*cards: object, **fields: int) -> queue.Queue:
    """Return a queue of these cards, of which none has an owner or an answer."""
    count = fields.get("open", len(cards))
    tally = Tally(open=count, unacknowledged=count, unanswered=count)
    return queue.Queue(cards=cards, tally=tally, policies=POLICIES)  # type: ignore[arg-type]


def test_the_most_urgent_comes_first(desk: Desk) -> None:
    """Unacknowledged before acknowledged, then the worse, then the older."""
    desk.hears("acme app is broken, worst ever", author=Author(id="1", followers=3))
    desk.waits(1)
    desk.hears("acme broke and it burned my child, dangerous, ombudsman")
    desk.waits(1)
    desk.hears("acme charged me twice, refund, third time, nobody answers, ombudsman")
    desk.acts(2, Acknowledge(by="maria"))
    numbers = [line.split()[0] for line in desk.types("queue").output.splitlines()]
    assert numbers == ["3", "1", "2"]


def test_resolved_alerts_and_other_brands_are_left_out(desk: Desk) -> None:
    """The queue is what is open, of the brand that was asked for."""
    desk.hears()
    desk.hears()
    desk.hears(brand="other")
    desk.acts(1, Resolve(by="maria", resolution=Resolution.DUPLICATE))
    rows = [json.loads(line) for line in desk.types("queue", "--json", "--brand", "acme").output.splitlines()]
    assert [row["alert"] for row in rows] == [2]


def test_of_an_author_who_came_back_the_new_words_are_shown(desk: Desk) -> None:
    """They wait for an answer, with their reasons; the alert whole has the first words, too."""
    desk.hears("acme broke my order", conversation_id="1")
    desk.acts(1, Resolve(by="maria", resolution=Resolution.ANSWERED))
    desk.waits(5)
    back = {"conversation_id": "1", "url": "https://x.com/jo/again", "created_at": desk.now}
    desk.hears("no refund came, third time of asking", **back)
    desk.hears("mine broke too, refund", **back | {"author": Author(id="9", handle="al")})
    desk.hears("no, that is broken", conversation_id="2")
    [row, other] = [json.loads(line) for line in desk.types("queue", "--json").output.splitlines()]
    assert (row["mention"]["text"], other["again"]) == ("acme broke my order", None)
    assert (row["again"]["text"], row["again"]["number"]) == ("no refund came, third time of asking", 2)
    assert any("third time" in reason for reason in row["reasons"])
    line = desk.types("queue").output.splitlines()[0]
    assert '"came back: no refund came, third time of asking"' in line
    told = desk.types("show", "1").output.splitlines()
    headings = [line for line in told if not line.startswith(" ")]
    assert headings[1:3] == ["came back", "said"]
    assert told[told.index("came back") + 2].strip() == "https://x.com/jo/again"
    assert any("third time" in line for line in told[told.index("why") : told.index("spread")])
    with desk.store.transaction() as connection:
        mentions.erase(connection, [1, 2], desk.now)
    assert '"came back: (deleted on its platform)"' in desk.types("queue").output.splitlines()[0]


def test_an_empty_queue_says_so_kindly(quick_desk: Desk) -> None:
    """Silence would leave a person wondering whether it works."""
    assert quick_desk.types("queue").output == "Nothing is open. All quiet.\n"
    assert plain(queue.screen(shown(), NOON, 80)) == ["Nothing is open. All quiet."]
    assert quick_desk.types("queue", "--json").output == ""


def test_every_fact_is_on_the_plain_line(desk: Desk) -> None:
    """Number, severity, clocks, due, brand, author, reach, text, reasons, joins, policy, command."""
    desk.hears("acme broke my order")
    desk.hears("mine too, broken", conversation_id="1", author=Author(id="8", handle="al"))
    [line] = desk.types("queue").output.splitlines()
    facts = line.split(" | ")
    assert facts[0] == "1 LOW"
    assert facts[1].startswith("unacknowledged for ")
    assert facts[2].startswith("unanswered for ")
    assert facts[3].startswith(("next escalation in ", "escalation overdue "))
    assert facts[4:] == [
        "acme on twitter @jo, 1,234 followers",
        '"acme broke my order"',
        "why: something fails: “broke”",
        "2 mentions",
        "policy default, step 1/2, round 1/2",
        "uproar ack 1",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_fact_is_on_the_screen_and_nothing_is_wider(width: int) -> None:
    """At each width the whole text is there: it takes more lines rather than being squeezed to nothing."""
    text = "The brake of my acme stroller failed and my child nearly fell onto the road"
    lines = plain(queue.screen(shown(card(text=text, mentions=3)), NOON + 5 * MINUTE, width))
    assert max(map(len, lines)) <= width
    flat = " ".join(" ".join(lines).split())
    for fact in ("12 HIGH", "unacknowledged for 5m", "unanswered for 5m", "next escalation in 5m"):
        assert fact in flat
    for fact in ("twitter @jo, 1,234 followers · acme", "3 mentions", "step 1/2, round 1/2", "uproar ack 12"):
        assert fact in flat
    for word in [*text.split(), "something", "fails:", "“broke”"]:
        assert word in flat


def test_the_screen_ends_with_what_is_most_urgent(quick_desk: Desk) -> None:
    """A long queue scrolls: the eye rests at the end, where the most urgent is named again."""
    lines = plain(queue.screen(shown(card(12), card(13)), NOON, 80))
    assert lines[-1] == "most urgent: 12, high: uproar ack 12 · uproar show 12"
    assert lines[-2] == "2 open · 2 unacknowledged · 2 unanswered"


def test_what_the_limit_cuts_is_counted(desk: Desk) -> None:
    """Nothing is left out in silence."""
    for _ in range(3):
        desk.hears()
    assert desk.types("queue", "--limit", "1").output.splitlines()[1:] == ["+ 2 more: uproar queue --limit 3"]
    assert "+ 2 more: uproar queue --limit 3" in plain(queue.screen(shown(card(), open=3), NOON, 80))


def test_json_has_stable_names_and_instants_in_utc(desk: Desk) -> None:
    """What a script reads stays as it is."""
    desk.hears("acme broke my order")
    [line] = desk.types("queue", "--json").output.splitlines()
    row = json.loads(line)
    assert row["created_at"] == "2026-11-21T12:00:00Z"
    assert row["due_at"] is not None
    assert row["mention"]["author"]["handle"] == "jo"
    assert {
        "alert", "brand", "status", "severity", "created_at", "acknowledged_at", "assignee", "answered_at",
        "resolved_at", "resolution", "returned_at", "due_at", "snoozed", "policy", "policy_version", "step",
        "round", "version", "reasons", "topics", "expected", "mentions", "mention", "again",
    } == set(row)  # fmt: skip


def test_a_wrong_limit_is_a_usage_error(quick_desk: Desk) -> None:
    """It was asked wrongly: exit code 2."""
    assert quick_desk.types("queue", "--limit", "0").exit_code == 2


def test_an_overdue_alert_is_said_to_be_overdue() -> None:
    """What a dead daemon leaves behind can be seen in the queue."""
    lines = plain(queue.screen(shown(card()), NOON + timedelta(hours=2), 80))
    assert any("escalation overdue 1h50m" in line for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", [1, 999, 99_999])
def test_a_command_is_never_broken(width: int, number: int) -> None:
    """It is to be copied."""
    owned = card(number, status=Status.ACKNOWLEDGED, acknowledged_at=NOON, assignee="maria")
    lines = plain(queue.screen(shown(owned), NOON, width))[:-1]
    assert any(f"uproar resolve {number} --answered" in line for line in lines)


@pytest.mark.parametrize(
    "command", [["queue"], ["mentions"], ["watch", "--once"], ["report"], ["export", "mentions"]]
)
def test_a_brand_that_is_not_configured_is_no_quiet_brand(quick_desk: Desk, command: list[str]) -> None:
    """A mistyped brand ends with exit code 2 and the brands that there are."""
    result = quick_desk.types(*command, "--brand", "acmee")
    assert result.exit_code == 2
    assert "no brand 'acmee' is configured; there are: acme" in result.output


def test_a_store_that_is_not_there_is_no_quiet_store(
    quick_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped path ends with exit code 1 and makes no new, empty store."""
    monkeypatch.setenv("UPROAR_MONITOR__STORE", "sqlite:////nowhere/at/all.sqlite")
    result = quick_desk.types("queue")
    assert result.exit_code == 1
    assert "there is no store at /nowhere/at/all.sqlite yet: `uproar run` makes it" in result.output
