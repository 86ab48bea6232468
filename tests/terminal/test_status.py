import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from monitor.console import daemon, sheet, status
from monitor.core.coverage import Interval
from monitor.core.pacing import Budget
from monitor.store import daemons, mentions, sources
from monitor.store.daemons import Daemon
from monitor.store.mentions import Sighting
from tests.terminal.builders import HOSTILE, MINUTE, NOON, WIDTHS, Desk, controls, mention, plain


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    """Let it be noon."""
    with time_machine.travel(NOON, tick=False):
        yield


def beats(desk: Desk, seen_at: datetime, *, identity: str = "d1", **fields: object) -> None:
    """Let a daemon give a sign of life."""
    given = {"id": identity, "host": "box", "pid": 7, "version": "0.1.0", "started_at": NOON - 60 * MINUTE}
    with desk.store.transaction() as connection:
        daemons.save(connection, Daemon(**(given | {"seen_at": seen_at} | fields)))  # type: ignore[arg-type]


def pulls(desk: Desk, *, state: str = "ok", error: str | None = None, due_at: datetime | None = None) -> None:
    """Let the source acme-x be pulled at noon."""
    with desk.store.transaction() as connection:
        sources.configure(connection, [("acme-x", "acme", "twitter")], NOON - 60 * MINUTE)
        [claimed] = sources.claim_due(connection, NOON, MINUTE, 1)
        sources.advance(
            connection,
            claimed,
            cursor={},
            covers=Interval(start=NOON - timedelta(hours=6), end=NOON - 2 * MINUTE),
            counts={"mentions": 40, "filtered": 7, "malformed": 2},
            now=NOON,
            lease=MINUTE,
        )
        sources.put_aside(connection, "acme-x", [({"text": HOSTILE}, f"odd {HOSTILE}")], NOON)
        sources.finish(
            connection, claimed, state=state, due_at=due_at or NOON + 3 * MINUTE, now=NOON, error=error
        )
        left = [
            Budget(bucket="search", remaining=412, resets_at=NOON + 7 * MINUTE),
            Budget(bucket="old", remaining=0, resets_at=NOON - MINUTE),
        ]
        sources.save_budgets(connection, "corporate", left)


def test_all_is_well_when_a_daemon_runs_and_no_source_fails(desk: Desk) -> None:
    """Exit code 0; who runs, what is open, what each source did last and will do next."""
    beats(desk, NOON - timedelta(seconds=5))
    pulls(desk)
    desk.hears("acme broke my order, refund", created_at=NOON - 180 * MINUTE)
    desk.hears("acme app is broken")
    with desk.store.transaction() as connection:
        waits = [Sighting(mention=mention(id="w"))]
        mentions.save(connection, brand="acme", source="s", sightings=waits, observed_at=NOON)
        sources.happened(connection, "late", "acme-x", "12 s late", NOON - MINUTE)
    result = desk.types("status")
    assert result.exit_code == 0
    for fact in (
        "running: box, process 7, version 0.1.0, up 59m, seen 5s ago",
        "2 open · 2 unacknowledged · 2 unanswered\n  MEDIUM 1, LOW 1\n",
        "oldest unanswered: alert 1, for 3h: uproar show 1",
        "inbox\n  1 to assess\n",
        "acme-x ok: last success 0s ago; next due in 3m; search: 412 left, resets in 7m; blind since 2m",
        "1m ago: late acme-x: 12 s late",
    ):
        assert fact in result.output


@pytest.mark.parametrize("state", ["unauthorized", "gone", "failed", "unavailable", "quota-exhausted"])
def test_a_failing_source_is_told_and_fails_the_command(quick_desk: Desk, state: str) -> None:
    """Exit code 1, so that a script notices."""
    beats(quick_desk, NOON)
    pulls(quick_desk, state=state, error="401: token refused")
    result = quick_desk.types("status")
    assert result.exit_code == 1
    assert f"acme-x {state}: last success never" in result.output
    assert "1 failure: 401: token refused" in result.output


def test_waiting_for_a_rate_limit_is_no_failure(quick_desk: Desk) -> None:
    """It is how platforms are polled."""
    beats(quick_desk, NOON)
    pulls(quick_desk, state="rate-limited", error="until 12:03")
    assert quick_desk.types("status").exit_code == 0


@pytest.mark.parametrize(
    ("ago", "stopped", "told"),
    [
        (61, False, "silent since 2026-11-21 11:58:59 UTC"),
        (5, True, "not running: stopped at 2026-11-21 11:59:55 UTC"),
    ],
)
def test_a_daemon_that_does_not_run_fails_the_command(desk: Desk, ago: int, stopped: bool, told: str) -> None:
    """Silent, or stopped in good order: nobody is paged either way."""
    seen_at = NOON - timedelta(seconds=ago)
    beats(desk, seen_at, stopped_at=seen_at if stopped else None)
    result = desk.types("status")
    assert result.exit_code == 1
    assert told in result.output
    assert "nothing is pulled and nobody is paged; start it: uproar run" in result.output


def test_a_store_on_which_none_ever_ran_says_so(quick_desk: Desk) -> None:
    """A newcomer learns what to type."""
    result = quick_desk.types("status")
    assert result.exit_code == 1
    assert "not running: none ever ran on this store" in result.output


def test_a_daemon_that_was_killed_and_replaced_is_forgotten() -> None:
    """Only a silence that nobody filled is a warning."""
    killed = Daemon(
        id="a", host="box", pid=1, version="1", started_at=NOON - 60 * MINUTE, seen_at=NOON - 30 * MINUTE
    )
    successor = Daemon(id="b", host="box", pid=2, version="1", started_at=NOON - MINUTE, seen_at=NOON)
    elsewhere = Daemon(id="c", host="other", pid=2, version="1", started_at=NOON - MINUTE, seen_at=NOON)
    assert daemon.pulse([successor, killed], NOON).silent == ()
    assert daemon.pulse([elsewhere, killed], NOON).silent == (killed,)


def test_the_password_of_the_store_is_not_shown(quick_desk: Desk) -> None:
    """A screen is read by whoever passes by."""
    with quick_desk.store.reading() as connection:
        shown = status.read(connection, "postgresql+psycopg://me:hunter2@db/uproar", {}, NOON)
    words = "\n".join(sheet.plain(status.sections(shown, NOON)))
    assert "hunter2" not in words + json.dumps(list(status.rows(shown)), default=str)
    assert "postgresql+psycopg://me:***@db/uproar" in words


def test_a_source_in_detail(desk: Desk) -> None:
    """Counts, coverage of the last day, budgets by its credentials, and the payloads kept aside, harmless."""
    pulls(desk)
    result = desk.types("sources", "acme-x")
    assert result.exit_code == 0
    for fact in (
        "acme-x ok\n  twitter for the brand acme\n",
        "40 mentions, 7 filtered, 2 malformed",
        "24.9% of the last 24 hours is proved seen; blind since 2m",
        "search: 412 left, resets in 7m",
        "kept aside at 2026-11-21 12:00:00 UTC: odd broken [/x]",
        "<script>alert(1)</script>",
    ):
        assert fact in result.output
    assert "old: 0 left" not in result.output
    assert not controls(result.output)


def test_payloads_are_kept_for_the_detail(quick_desk: Desk) -> None:
    """The list of all sources stays short."""
    pulls(quick_desk)
    assert "kept aside" not in quick_desk.types("sources").output
    [row] = [json.loads(line) for line in quick_desk.types("sources", "acme-x", "--json").output.splitlines()]
    assert row["aside"][0]["payload"] == {"text": HOSTILE}
    assert row["covered_24h"] == pytest.approx(358 / 1440)
    assert row["blind_since"] == "2026-11-21T11:58:00Z"
    assert [each["bucket"] for each in row["budgets"]] == ["old", "search"]


def test_an_unknown_source_fails_and_names_those_that_are(quick_desk: Desk) -> None:
    """Exit code 1."""
    pulls(quick_desk)
    result = quick_desk.types("sources", "acme-y")
    assert result.exit_code == 1
    assert "no source 'acme-y'; known: acme-x" in result.output


def test_json_says_what_each_object_is_about(quick_desk: Desk) -> None:
    """The whole, each daemon, source and event."""
    beats(quick_desk, NOON)
    pulls(quick_desk, state="gone", error="no such account")
    with quick_desk.store.transaction() as connection:
        sources.happened(connection, "gone", "acme-x", "no such account", NOON)
    result = quick_desk.types("status", "--json")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert [row["about"] for row in rows] == ["status", "daemon", "source", "event"]
    assert rows[0]["well"] is False
    assert rows[0]["daemon_alive"] is True
    assert rows[2]["failing"] is True


@pytest.mark.parametrize("width", WIDTHS)
def test_status_keeps_to_the_width_of_the_terminal(quick_desk: Desk, width: int) -> None:
    """Long errors wrap."""
    pulls(quick_desk, state="failed", error="x" * 500)
    with quick_desk.store.reading() as connection:
        shown = status.read(connection, quick_desk.store.url, {}, NOON)
    assert max(map(len, plain(sheet.screen(status.sections(shown, NOON), width)))) <= width
