import json
from datetime import timedelta

import pytest

from monitor.core.alert import Status, Unless
from monitor.store import alerts
from monitor.store.alerts import Kept
from tests.terminal.builders import Desk


def _kept(desk: Desk, number: int = 1) -> Kept:
    with desk.store.reading() as connection:
        return next(alerts.get(connection, [number]))


def _log(desk: Desk) -> list[tuple[str, str | None, str]]:
    with desk.store.reading() as connection:
        return [(entry.event, entry.actor, entry.reason) for entry in alerts.read_log(connection, 1)]


def test_ack_makes_it_yours(desk: Desk) -> None:
    """The alert has an owner, and the command says until when."""
    desk.hears("acme broke my order")
    result = desk.types("ack", "1", "--by", "maria")
    assert result.exit_code == 0
    assert result.output.startswith("alert 1 is acknowledged by maria, until 20")
    assert (_kept(desk).state.status, _kept(desk).state.assignee) == (Status.ACKNOWLEDGED, "maria")


def test_who_takes_over_is_told_whose_it_was(desk: Desk) -> None:
    """Two people at night: the second should ask the first. To take one's own again says nothing."""
    desk.hears("acme broke my order")
    desk.types("ack", "1", "--by", "maria")
    assert "was" not in desk.types("ack", "1", "--by", "maria").output
    assert desk.types("ack", "1", "--by", "tom").output.endswith("; it was maria's\n")
    assert desk.types("assign", "1", "lena", "--by", "tom").output.splitlines()[0].endswith("; it was tom's")
    assert _kept(desk).state.assignee == "lena"


def test_who_acts_is_told_by_the_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """$UPROAR_BY stands for --by; without both it is the login name."""
    desk.hears("acme broke my order")
    monkeypatch.setenv("UPROAR_BY", "tom")
    desk.types("ack", "1")
    assert _kept(desk).state.assignee == "tom"
    monkeypatch.delenv("UPROAR_BY")
    monkeypatch.setenv("LOGNAME", "lena")
    desk.types("ack", "1")
    assert _kept(desk).state.assignee == "lena"


def test_json_says_what_it_is_now(desk: Desk) -> None:
    """One object: number, status, assignee, next due time."""
    desk.hears("acme broke my order")
    (line,) = desk.types("ack", "1", "--by", "maria", "--json").output.splitlines()
    said = json.loads(line)
    assert said.keys() == {"alert", "status", "assignee", "due_at"}
    assert (said["alert"], said["status"], said["assignee"]) == (1, "acknowledged", "maria")
    assert said["due_at"].endswith("Z")


def test_assign_hands_it_on(desk: Desk) -> None:
    """The person owns it, and is told."""
    desk.hears("acme broke my order")
    assert desk.types("assign", "1", "maria", "--by", "tom").exit_code == 0
    assert _kept(desk).state.assignee == "maria"
    assert ("Assign", "tom", "assigned: assigned to maria by tom → maria") in _log(desk)


def test_snooze_puts_it_out_of_sight(desk: Desk) -> None:
    """Until the time is over, unless it grows or the author writes."""
    desk.hears("acme broke my order")
    before = _kept(desk).state
    assert desk.types("snooze", "1", "2h", "--unless-above", "500", "--by", "tom").exit_code == 0
    after = _kept(desk).state
    assert after.unless == Unless(engagement_above=500, author_replies=True)
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at - before.due_at > timedelta(hours=1)


def test_snooze_can_outlast_the_author(desk: Desk) -> None:
    """With --even-if-author-replies it stays away."""
    desk.hears("acme broke my order")
    desk.types("snooze", "1", "1d", "--even-if-author-replies")
    assert _kept(desk).state.unless == Unless(author_replies=False)


def test_a_length_that_is_none_is_refused(desk: Desk) -> None:
    """Exit code 2, what was wrong and what is expected; nothing changes."""
    desk.hears("acme broke my order")
    result = desk.types("snooze", "1", "soon")
    assert result.exit_code == 2
    assert "'soon': expected a length of time such as" in result.output
    assert _kept(desk).state.status is Status.TRIGGERED


@pytest.mark.parametrize(
    "reason", ["answered", "answered-in-private", "not-a-complaint", "duplicate", "gone"]
)
def test_resolve_closes_it_with_the_reason(quick_desk: Desk, reason: str) -> None:
    """Each reason has its option."""
    quick_desk.hears("acme broke my order")
    assert quick_desk.types("resolve", "1", f"--{reason}", "--by", "tom").exit_code == 0
    assert _kept(quick_desk).state.resolution == reason


@pytest.mark.parametrize("options", [[], ["--gone", "--duplicate"]])
def test_resolve_wants_one_reason(quick_desk: Desk, options: list[str]) -> None:
    """None, or two, is asked again with exit code 2."""
    quick_desk.hears("acme broke my order")
    result = quick_desk.types("resolve", "1", *options)
    assert result.exit_code == 2
    assert "with one of: --answered, --answered-in-private, --not-a-complaint" in result.output
    assert _kept(quick_desk).state.is_open


def test_a_note_stands_in_the_log(desk: Desk) -> None:
    """With who wrote it."""
    desk.hears("acme broke my order")
    assert desk.types("note", "1", "called the depot", "--by", "tom").output == "noted on alert 1\n"
    assert ("Note", "tom", "called the depot") in _log(desk)


@pytest.mark.parametrize(
    "command", [["ack", "7"], ["assign", "7", "maria"], ["snooze", "7", "1h"], ["note", "7", "x"]]
)
def test_an_alert_that_is_not_there_is_named(quick_desk: Desk, command: list[str]) -> None:
    """Exit code 1, and where to look."""
    result = quick_desk.types(*command)
    assert result.exit_code == 1
    assert "there is no alert 7: `uproar queue` lists the open ones" in result.output


def test_a_resolved_alert_takes_no_more(desk: Desk) -> None:
    """It says how it ended, with exit code 1."""
    desk.hears("acme broke my order")
    desk.types("resolve", "1", "--duplicate", "--by", "tom")
    result = desk.types("ack", "1")
    assert result.exit_code == 1
    assert "alert 1: it is resolved (duplicate) since" in result.output


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "one"])
def test_a_number_that_cannot_be_one_is_refused(quick_desk: Desk, number: str) -> None:
    """Exit code 2 before the store is asked."""
    assert quick_desk.types("ack", number).exit_code == 2
