import json

from monitor.core.alert import Acknowledge, Resolution, Resolve, Snooze, Unless
from monitor.core.mention import Author
from monitor.escalate import annotate
from monitor.store import notices
from tests.terminal.builders import MINUTE, Desk


def test_an_alert_is_shown_whole(desk: Desk) -> None:
    """Text with its line breaks, address, reasons, spread, joins, log, notices, policy, commands."""
    desk.hears("acme broke my order\nthird time, refund!")
    desk.hears("mine too, broken", conversation_id="1", author=Author(id="8", handle="al"))
    desk.waits(10)
    annotate(desk.store, 1, "called the depot", by="tom", now=desk.now)
    text = desk.types("show", "1").output
    for fact in (
        "alert 1 HIGH triggered\n  unacknowledged for ",
        "  acme broke my order\n  third time, refund!\n",
        "  https://x.com/jo/1\n",
        "  - is chasing: “third time”",
        "80% interval",
        "2 mentions\n  1 (opened it)",
        "  2 (same conversation) twitter @al, reach unknown: mine too, broken",
        "Note by tom → triggered, step 2, round 1: called the depot",
        "Tick → triggered, step 2, round 1: escalated: nobody acknowledged step 1 of round 1 → maria",
        "pending   terminal: opened",
        "pending   chat for maria: escalated",
        "policy default, step 2/2, round 1/2; version 1; this step tells maria",
        "  uproar ack 1 ",
        "  uproar resolve 1 --answered",
    ):
        assert fact in text


def test_what_became_of_each_notice_is_shown(desk: Desk) -> None:
    """Sent, withdrawn, dead with its error, still pending."""
    desk.hears()
    desk.hears()
    desk.waits(10)
    with desk.store.transaction() as connection:
        first, second, third, _ = notices.claim_due(connection, desk.now, MINUTE, 10)
        notices.mark_sent(connection, first, desk.now)
        notices.mark_failed(connection, second, "no route", retry_at=None, now=desk.now)
        notices.mark_failed(connection, third, "busy", retry_at=desk.now, now=desk.now)
    desk.acts(1, Acknowledge(by="maria"))
    texts = desk.types("show", "1").output + desk.types("show", "2").output
    assert "sent      terminal: opened, sent 2026-11-21 12:10:00 UTC" in texts
    assert (
        "dead      terminal: opened, written 2026-11-21 12:00:00 UTC, 1 attempts, last error: no route"
        in texts
    )
    assert "withdrawn chat for maria: escalated" in texts
    assert "pending   chat for maria: escalated" in texts


def test_the_answer_is_shown(desk: Desk) -> None:
    """Who answered in public, and what."""
    desk.hears(id="c1")
    acme = Author(handle="acme")
    desk.hears("We are so sorry", own=True, in_reply_to_id="c1", conversation_id="c1", author=acme)
    text = desk.types("show", "1").output
    assert "answered in public by acme at 2026-11-21 12:00:00 UTC\n  “We are so sorry”" in text
    assert "closes itself" in text or "overdue" in text


def test_a_resolved_alert_is_shown_without_commands(desk: Desk) -> None:
    """Nothing can be done about it any more."""
    desk.hears()
    desk.acts(1, Resolve(by="maria", resolution=Resolution.DUPLICATE))
    text = desk.types("show", "1").output
    assert "resolved (duplicate)" in text
    assert "uproar ack" not in text


def test_what_ends_a_snooze_early_is_shown(desk: Desk) -> None:
    """Whoever takes over knows what was agreed."""
    desk.hears()
    until = desk.now + 60 * MINUTE
    desk.acts(1, Snooze(until=until, by="maria", unless=Unless(engagement_above=500)))
    text = desk.types("show", "1").output
    assert "the snooze ends early when the author writes again or engagement passes 500" in text


def test_no_such_alert_fails_with_a_remedy(quick_desk: Desk) -> None:
    """Exit code 1; a number that no database holds is a usage error."""
    result = quick_desk.types("show", "99")
    assert result.exit_code == 1
    assert "there is no alert 99: `uproar queue` lists the open ones" in result.output
    assert quick_desk.types("show", str(2**63)).exit_code == 2
    assert quick_desk.types("show", str(2**63 - 1)).exit_code == 1


def test_json_is_one_object_with_everything(desk: Desk) -> None:
    """The long text too, which the screen cuts."""
    long = "acme broke it " * 2_000
    desk.hears(long)
    [line] = desk.types("show", "1", "--json").output.splitlines()
    row = json.loads(line)
    assert row["mention"]["text"] == long
    assert [each["event"] for each in row["log"]] == ["Trigger"]
    assert [each["destination"] for each in row["notices"]] == ["terminal"]
    assert [each["reason"] for each in row["joined"]] == ["opened it"]
    assert row["spread"]["passing"][0][0] == 100
    assert "more characters: --json has them" in desk.types("show", "1").output
