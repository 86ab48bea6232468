"""`uproar demo` shows what it promises, and leaves behind what can be looked at."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.demo.conftest import Told

TURN = timedelta(minutes=3)  # of the story, between two turns of the daemon


def test_it_ends_well(told: Told) -> None:
    """It exits with 0, and nothing is printed on standard error."""
    assert (told.code, told.errors) == (0, "")


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(r"^CRITICAL opened: alert \d+ .*caught fire", id="a complaint becomes an alert"),
        pytest.param(r"^MEDIUM opened: alert \d+ ", id="of another severity"),
        pytest.param(r"^CRITICAL escalated \(step 2, round 1\): alert \d+ · for maria", id="escalates"),
        pytest.param(r"^CRITICAL raised: alert \d+ .*expected to pass", id="is raised as it spreads"),
        pytest.param(r"^\d\d:\d\d  \$ uproar ack \d+ +\(typed by maria\)$", id="is acknowledged"),
        pytest.param(r"^\d\d:\d\d  alert \d+: mention \d+ joined: same conversation$", id="is joined"),
        pytest.param(r"^CRITICAL exhausted: alert \d+ ", id="goes unheard"),
        pytest.param(r"^\d\d:\d\d  alert \d+: answered in public by KettlewellHelp$", id="is answered"),
        pytest.param(r"^HIGH came back: alert \d+ .*the author came back", id="its author comes back"),
        pytest.param(r"^HIGH assigned: alert \d+ · for maria", id="is handed on"),
        pytest.param(r"^MEDIUM opened: alert \d+ .*EDIT: the update broke it", id="an edit makes it one"),
        pytest.param(r"^\d\d:\d\d  X: mention \d+ is deleted on its platform: erased", id="is erased"),
        pytest.param(r"^MEDIUM resolved: alert \d+ .*\(deleted on its platform\)", id="and its alert closed"),
        pytest.param(r"^\d\d:\d\d  X: rate-limited: .*429", id="a window is used up"),
        pytest.param(r"^\d\d:\d\d  Reddit: .*503", id="a server fails"),
        pytest.param(r"^\d\d:\d\d  YouTube: quota-exhausted: .*403", id="a quota ends"),
        pytest.param(r"^kettlewell  \d{4}-W\d\d ", id="the week in figures"),
        pytest.param(r"^Response times", id="how fast it was answered"),
        pytest.param(r"^What to type next$", id="what to type next"),
    ],
)
def test_it_shows_what_it_promises(told: Told, shown: str) -> None:
    """Each thing that the story has happens before the eyes of who watches."""
    assert re.search(shown, told.output, re.MULTILINE), told.output


def test_nobody_takes_what_somebody_has(told: Told) -> None:
    """Between two acknowledgements of the fire, something made it unacknowledged again."""
    (fire,) = [words[2] for words in told.commands if words[:2] == ["uproar", "show"]]
    log = json.loads(told.ask("show", fire, "--json"))["log"]
    moved = [
        each["status"] for each in log if each["event"] == "Acknowledge" or each["status"] == "triggered"
    ]
    assert "acknowledged" in moved
    assert ("acknowledged", "acknowledged") not in pairwise(moved)


def test_the_story_waits_for_the_daemon(told: Told) -> None:
    """However busy the machine, nothing is noted between two turns of the daemon, and no pull comes late."""
    status = [json.loads(row) for row in told.ask("status", "--json").splitlines()]
    noted = [each for each in status if each["about"] == "event"]
    assert "late" not in {each["what"] for each in noted}
    for row in told.ask("queue", "--json").splitlines():
        log = json.loads(told.ask("show", str(json.loads(row)["alert"]), "--json"))["log"]
        noted += [each for each in log if each["actor"] is None]  # people of other tests act after the story
    assert {each.get("event") for each in noted} >= {None, "Trigger", "Tick", "Join"}
    instants = sorted(datetime.fromisoformat(each["at"]) for each in noted)
    assert not any((at - instants[0]) % TURN for at in instants)


def test_a_daemon_that_does_not_get_on_breaks_the_story_off(told: Told, tmp_path: Path) -> None:
    """After the deadline it says where it stood, and exits with 1: no story ends as if it were whole."""
    hour = "from monitor.demo.show import show; raise SystemExit(show(seconds=3600, seed=1, deadline=0))"
    ran = told.shell.python(hour, HOME=str(tmp_path))
    assert ran.returncode == 1
    assert re.fullmatch(r"uproar: the daemon does not get past \d\d:\d\d: broken off after 0 s\n", ran.stderr)
    assert "What to type next" not in ran.stdout


def test_it_stays_away_from_the_store_of_a_real_monitor(told: Told) -> None:
    """A variable that names another store does not lead the demo there."""
    assert not told.elsewhere.exists()


def test_what_it_says_to_type_works(told: Told) -> None:
    """Each command that it prints at the end exits with 0, in the order in which they stand."""
    typed = [words[1:] for words in told.commands if words and words[0] == "uproar"]
    assert [words[0] for words in typed] == ["queue", "show", "why", "ack", "report"]
    for words in typed:
        done = told.uproar(*words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert done.stdout.strip()


def test_the_last_line_begins_a_configuration_of_ones_own(told: Told) -> None:
    """Without the demo's configuration, `uproar init` writes one where `uproar` looks for it."""
    assert told.commands[-1] == ["unset", "UPROAR_CONFIG;", "uproar", "init"]
    begun = told.shell.uproar("init")
    assert (begun.returncode, begun.stderr) == (0, "")
    assert told.shell.uproar("check", "--offline").returncode == 0


def test_it_deletes_nothing_that_it_did_not_write(told: Told, tmp_path: Path) -> None:
    """A configuration of one's own in the demo's place stops it, and stays."""
    mine = tmp_path / Path(told.config).relative_to(told.shell.variables["HOME"])
    mine.parent.mkdir(parents=True)
    mine.write_text("# mine\n")
    ran = told.shell.uproar("demo", HOME=str(tmp_path))
    assert (ran.returncode, ran.stderr) == (1, f"uproar: {mine} is not the demo's: move it away first\n")
    assert mine.read_text() == "# mine\n"


def test_the_alert_about_the_fire_is_the_one_to_show(told: Told) -> None:
    """`uproar show` leads to the fire, whichever number it got."""
    (words,) = [each for each in told.commands if each[:2] == ["uproar", "show"]]
    assert "caught fire" in told.ask(*words[1:])


def test_a_quick_answer_pages_nobody(told: Told) -> None:
    """The complaint that `uproar why` leads to was answered before the daemon looked, on any machine."""
    (words,) = [each[1:] for each in told.commands if each[:2] == ["uproar", "why"]]
    chain = [json.loads(row) for row in told.ask(*words, "--json").splitlines()]
    (outcome,) = [each["outcome"] for each in chain if each["link"] == "outcome"]
    assert outcome.startswith("already answered in public")


def test_what_was_deleted_is_in_no_export(told: Told) -> None:
    """The text that its author took back is gone from what the store gives out; the mention still counts."""
    assert "for a faulty kettle" in told.output
    rows = [json.loads(row) for row in told.ask("export", "mentions", "--format", "jsonl").splitlines()]
    deleted = [row for row in rows if row["deleted_at"]]
    assert len(rows) > 100
    assert [row["text"] for row in deleted] == [""]
    assert not any("for a faulty kettle" in row["text"] for row in rows)


def test_alerts_can_be_exported(told: Told) -> None:
    """The alerts of the story come out as rows, one of them closed since its post is gone."""
    rows = list(csv.DictReader(io.StringIO(told.ask("export", "alerts"))))
    assert len(rows) >= 5
    assert [row["status"] for row in rows if row["resolution"] == "gone"] == ["resolved"]
