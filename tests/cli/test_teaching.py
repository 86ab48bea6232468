"""What operators run to teach: label, tune and reassess, on both databases."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.assessment import Rubric
from monitor.store import labels, mentions, tunings
from monitor.store.batches import table_of
from monitor.store.labels import LABEL, Label
from monitor.store.learned import LabelRow
from monitor.store.tables import InboxRow
from tests.store.builders import HOUR, count
from tests.terminal.builders import Desk, desk_at

PRAISE = "my acme kettle finally broke after twenty years, what a run"
COMPLAINT = "acme broke my order, still waiting, refund me"


@pytest.fixture(autouse=True)
def by_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hand-set cues judge: what is taught does not depend on the judge."""
    monkeypatch.setattr("monitor.models.rubric", Rubric)


@pytest.fixture
def desk(store_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Yield a desk on a database of each kind."""
    with desk_at(store_url, tmp_path) as desk:
        yield desk


@pytest.fixture
def quick_desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Yield a desk on SQLite, for what does not depend on the database."""
    with desk_at(sqlite_url, tmp_path) as desk:
        yield desk


def said(desk: Desk) -> dict[int, tuple[bool, str, str]]:
    """Return what counts of each labelled mention: what it is, by whom, and how."""
    with desk.store.reading() as connection:
        return {
            stored.number: (each.complaint, each.by, each.how) for stored, each in labels.labelled(connection)
        }


def rows(result: Result) -> list[dict[str, Any]]:
    """Return the JSON Lines of a command that worked."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def taught(desk: Desk, count: int = 40) -> list[int]:
    """Let posts come in, half of them praise that sounds like a complaint, and label them all."""
    numbers = [desk.hears(PRAISE if at % 2 else COMPLAINT, id=f"t{at}") for at in range(count)]
    given = [
        Label(mention=number, complaint=not at % 2, by="maria", at=desk.now)
        for at, number in enumerate(numbers)
    ]
    with desk.store.transaction() as connection:
        labels.save(connection, given)
    return numbers


# -------------------------------------------------------------------------------------------------- label
def test_a_mention_is_labelled(desk: Desk) -> None:
    """By its number or its address, as one or the other; saying the same again changes nothing."""
    number = desk.hears()
    done = desk.types("label", str(number), "not", "--by", "maria")
    assert (done.exit_code, done.output) == (
        0,
        f"mention {number} is labelled not a complaint: “acme broke my order, refund”\n",
    )
    assert said(desk) == {number: (False, "maria", LABEL)}
    again = desk.types("label", "https://x.com/jo/1", "not")
    assert (
        again.output
        == f"mention {number} was labelled before: not a complaint: “acme broke my order, refund”\n"
    )
    (row,) = rows(desk.types("label", "twitter:1", "complaint", "--by", "eve", "--json"))
    assert row.pop("at").endswith("Z")
    assert row == {"mention": number, "complaint": True, "by": "eve", "how": "label", "changed": True}
    assert said(desk) == {number: (True, "eve", LABEL)}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["1"], 2, "say what it is"),
        (["1", "maybe"], 2, "say what it is"),
        (["99", "not"], 1, "no mention '99' is stored"),
        (["1", "not", "--brand", "nobody"], 2, "no brand 'nobody' is configured"),
        (["--from", "nowhere.jsonl"], 1, "no such file"),
    ],
)
def test_mistakes_are_told(quick_desk: Desk, words: list[str], code: int, told: str) -> None:
    """On one line, with the remedy."""
    quick_desk.hears()
    done = quick_desk.types("label", *words)
    assert (done.exit_code, told in done.stderr) == (code, True)
    assert said(quick_desk) == {}


def test_a_post_of_two_brands_is_labelled_for_one(quick_desk: Desk) -> None:
    """What complains of one brand may praise the other: the brand must be said."""
    config = quick_desk.config
    config.write_text(config.read_text() + '[brands.other]\nnames = ["other"]\n')
    quick_desk.hears(id="both")
    other = quick_desk.hears(id="both", brand="other")
    done = quick_desk.types("label", "twitter:both", "not")
    assert (done.exit_code, "say --brand" in done.stderr) == (2, True)
    assert quick_desk.types("label", "twitter:both", "not", "--brand", "other").exit_code == 0
    assert list(said(quick_desk)) == [other]


def test_what_is_erased_is_not_labelled(quick_desk: Desk) -> None:
    """There is nothing to read, and nothing to learn."""
    number = quick_desk.hears()
    with quick_desk.store.transaction() as connection:
        mentions.erase(connection, [number], quick_desk.now)
    done = quick_desk.types("label", str(number), "not")
    assert (done.exit_code, "is erased" in done.stderr) == (1, True)


def test_it_asks_one_after_the_other(desk: Desk) -> None:
    """The most uncertain first; c, n and s answer, other keys do not, q or the end of the input ends it."""
    sure = desk.hears("acme broke my order, still waiting, refund me, worst ever, nobody answers")
    near = desk.hears("acme broke my order")
    far = desk.hears("acme has a shop")
    command = ["--config", str(desk.config), "label", "--by", "maria"]
    done = CliRunner().invoke(app, command, input="s\nx\nC\nn\n")
    assert done.exit_code == 0
    order = [done.output.index(f"mention {number}:") for number in (near, far, sure)]
    assert order == sorted(order)
    assert said(desk) == {far: (True, "maria", LABEL), sure: (False, "maria", LABEL)}
    assert done.output.endswith("2 labelled\n")
    for ends in ("q\n", ""):
        assert CliRunner().invoke(app, command, input=ends).output.endswith("0 labelled\n")
    CliRunner().invoke(app, command, input="c\n")
    assert CliRunner().invoke(app, command, input="c\n").output == "0 labelled: nothing is left to ask\n"


def test_what_it_shows_is_harmless(quick_desk: Desk) -> None:
    """A text from a platform acts on no terminal."""
    quick_desk.hears("acme broke \x1b[31m my [/x] order \u202e")
    done = CliRunner().invoke(app, ["--config", str(quick_desk.config), "label"], input="q\n")
    assert "[/x]" in done.output
    assert not any(character in done.output for character in "\x1b\u202e")


def test_labels_come_from_a_file(desk: Desk, tmp_path: Path) -> None:
    """What --json prints, filled in, is read by --from; what is left open is not."""
    first, second, third = desk.hears(), desk.hears("acme broke it"), desk.hears("acme has a shop")
    asked = rows(desk.types("label", "--json", "--limit", "3"))
    assert {each["mention"] for each in asked} == {first, second, third}
    assert {each["complaint"] for each in asked} == {None}
    filled = [{**each, "complaint": {first: True, second: False}.get(each["mention"])} for each in asked]
    file = tmp_path / "said.jsonl"
    file.write_text("\n".join(map(json.dumps, filled)))
    done = desk.types("label", "--from", str(file), "--by", "maria")
    assert (done.exit_code, done.stdout) == (0, "2 labelled, 0 same, 1 unanswered, 0 malformed\n")
    assert said(desk) == {first: (True, "maria", LABEL), second: (False, "maria", LABEL)}
    (counts,) = rows(desk.types("label", "--from", str(file), "--json"))
    assert counts == {"labelled": 0, "same": 2, "unanswered": 1, "malformed": 0}


def test_lines_that_cannot_be_read_are_named(quick_desk: Desk, tmp_path: Path) -> None:
    """Each by its number, with the reason; the others are kept, 1 and 0 for words; the exit code is 1."""
    number = quick_desk.hears(id="a")
    file = tmp_path / "said.jsonl"
    bad = [
        '{"mention": 1, "complaint": "yes"}',
        "{",
        '{"complaint": true}',
        '{"mention": 77, "complaint": true}',
    ]
    good = '{"mention": "twitter:a", "complaint": 0, "by": "eve"}'
    file.write_text("\n".join([*bad, "", good]))
    done = quick_desk.types("label", "--from", str(file))
    assert done.exit_code == 1
    told = done.stderr.splitlines()
    assert [each.split(": ")[1] for each in told[:4]] == ["line 1", "line 2", "line 3", "line 4"]
    assert "complaint: expected true or false, or 1 or 0, not a string" in told[0]
    assert "'77' is not stored" in told[3]
    assert said(quick_desk) == {number: (False, "eve", LABEL)}


# --------------------------------------------------------------------------------------------------- tune
def test_labels_are_learned_from(desk: Desk) -> None:
    """Enough labels of a source give a tuning: what it was measured at, and how to withdraw it, is told."""
    taught(desk)
    done = desk.types("tune", "--by", "maria")
    assert done.exit_code == 0
    assert "acme, source acme-x: 40 labels, 20 complaints, judged by cues-1" in done.stdout
    assert "false alarms 20 → 0, on held-back labels" in done.stdout
    assert "saved as tuning 1: `uproar tune --undo 1` withdraws it" in done.stdout
    with desk.store.reading() as connection:
        assert tunings.live(connection).find("acme", "acme-x", "cues-1")


def test_a_dry_run_saves_nothing(desk: Desk) -> None:
    """It measures all the same; --json has the figures."""
    taught(desk)
    (row,) = rows(desk.types("tune", "--dry-run", "--json"))
    assert (row["tuning"], row["source"], row["labels"], row["worse"]) == (None, "acme-x", 40, False)
    assert (row["before"]["false_alarms"], row["after"]["false_alarms"]) == (20, 0)
    assert rows(desk.types("tune", "--list", "--json")) == []


def test_too_few_labels_are_told(quick_desk: Desk) -> None:
    """What is missing of the source, and of the whole brand; the exit code is 1."""
    taught(quick_desk, 12)
    done = quick_desk.types("tune")
    assert done.exit_code == 1
    assert done.stdout.count("nothing is learned: it takes 8 more labels (`uproar label`)") == 2
    assert "nothing was learned" in done.stderr
    with quick_desk.store.transaction() as connection:
        connection.execute(delete(table_of(LabelRow)))
    assert "it takes 20 more labels, 5 more labels that say complaint" in quick_desk.types("tune").stdout


def test_a_source_with_few_labels_goes_by_those_of_the_brand(quick_desk: Desk) -> None:
    """--source names one: it has too few, so the brand's are learned from; an unknown one is a mistake."""
    config = quick_desk.config
    extra = '[[sources]]\nname = "acme-forum"\nbrand = "acme"\nconnector = "reddit"\n'
    config.write_text(config.read_text() + extra)
    taught(quick_desk)
    done = quick_desk.types("tune", "--source", "acme-forum")
    assert "acme, source acme-forum: 0 labels" in done.stdout
    assert "acme, the whole brand: 40 labels" in done.stdout
    (row,) = rows(quick_desk.types("tune", "--list", "--json"))
    assert (row["source"], row["in_use"]) == (None, True)
    unknown = quick_desk.types("tune", "--source", "nowhere")
    assert (unknown.exit_code, "there are: acme-forum, acme-x" in unknown.stderr) == (2, True)


def test_what_would_be_worse_is_refused(quick_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one stays when held-back labels speak against the new one; --force saves it."""
    taught(quick_desk)
    monkeypatch.setattr("monitor.core.calibration.WORSE", -10.0)
    done = quick_desk.types("tune")
    assert (done.exit_code, "not saved: held-back labels say" in done.stdout) == (1, True)
    assert rows(quick_desk.types("tune", "--list", "--json")) == []
    assert quick_desk.types("tune", "--force").exit_code == 0
    assert len(rows(quick_desk.types("tune", "--list", "--json"))) == 1


def test_a_tuning_is_withdrawn(desk: Desk) -> None:
    """The last one, or the one that is named; the one before it counts again, then what ships."""
    taught(desk)
    for _ in range(3):
        desk.types("tune", "--by", "maria")
    assert desk.types("tune", "--undo", "--by", "eve").output == "tuning 3 is undone: tuning 2 counts again\n"
    assert desk.types("tune", "--undo", "1").output == "tuning 1 is undone: tuning 2 counts again\n"
    listed = rows(desk.types("tune", "--list", "--json"))
    assert [(each["tuning"], each["in_use"]) for each in listed] == [(3, False), (2, True), (1, False)]
    assert (listed[0]["undone_by"], listed[0]["made_by"]) == ("eve", "maria")
    assert "tuning 3: acme, source acme-x, undone" in desk.types("tune", "--list").stdout
    assert desk.types("tune", "--undo").output == "tuning 2 is undone: what ships counts again\n"
    nothing = desk.types("tune", "--undo")
    assert (nothing.exit_code, "there is no tuning to undo" in nothing.stderr) == (1, True)
    assert desk.types("tune", "--undo", "2").exit_code == 1
    assert desk.types("tune", "2").exit_code == 2


# ----------------------------------------------------------------------------------------------- reassess
def test_differences_are_shown_and_then_applied(desk: Desk) -> None:
    """What a tuning makes of the history: shown, written with --apply, and then there is none."""
    taught(desk)
    desk.types("tune")
    shown = desk.types("reassess")
    assert "all: 40 mentions" in shown.stdout
    assert "complaints 40 → 20: 0 become one, 20 cease to be one" in shown.stdout
    assert "nothing is written: --apply does" in shown.stdout
    assert shown.stdout.count(f"“{PRAISE}”") == 10
    applied = rows(desk.types("reassess", "--apply", "--json"))
    assert (applied[0]["about"], applied[0]["applied"], applied[0]["cease"]) == ("all", True, 20)
    assert [each["about"] for each in applied[1:]] == ["source", *["change"] * 10]
    assert applied[2]["after"]["tuning"] == 1
    assert rows(desk.types("reassess", "--json"))[0]["cease"] == 0


@pytest.mark.parametrize("words", [("reassess",), ("label", "--json")])
def test_a_source_that_is_none_is_told(quick_desk: Desk, words: tuple[str, ...]) -> None:
    """Silence about a misspelled name looks like an answer; a source that saw nothing yet is no mistake."""
    done = quick_desk.types(*words, "--source", "acme-y")
    assert (done.exit_code, "no source 'acme-y'" in done.stderr, "acme-x" in done.stderr) == (2, True, True)
    assert quick_desk.types(*words, "--source", "acme-x").exit_code == 0


def test_young_complaints_are_handed_on_only_when_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """--apply alone gives escalation nothing to do; with --escalate it gets what is young enough."""
    desk.hears("acme has a shop")
    monkeypatch.setattr("monitor.core.cues.find", lambda _: {"harm": ("shop",)})
    later = desk.now + 2 * HOUR
    monkeypatch.setattr("monitor.clock.system_clock", lambda: later)
    shown = desk.types("reassess", "--escalate")
    assert "1 young complaints would be handed on to escalation" in shown.stdout
    none = rows(desk.types("reassess", "--escalate", "--within", "1h", "--json"))
    assert (none[0]["begin"], none[0]["handed_on"]) == (1, 0)
    done = rows(desk.types("reassess", "--apply", "--escalate", "--json"))
    assert done[0]["handed_on"] == 1
    with desk.store.reading() as connection:
        assert count(connection, InboxRow) == 1


def test_what_it_shows_of_texts_is_harmless(quick_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One short line of each text, through the sanitiser; --json is ASCII."""
    quick_desk.hears("acme broke\n\x1b[31m my [/x] order \u202e" + "x" * 300)
    monkeypatch.setattr("monitor.core.cues.find", lambda _: {})
    done = quick_desk.types("reassess")
    (shown,) = [line for line in done.stdout.splitlines() if "[/x]" in line]
    assert len(shown) < 200
    assert not any(character in done.output for character in "\x1b\u202e")
    assert quick_desk.types("reassess", "--json").stdout.isascii()
