"""`uproar evaluate`: what is judged, against what people say."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app, assessing
from monitor.console.evaluation import Measured, Severities, row, screen
from monitor.core import evaluation
from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement, Passage
from tests.cli.test_assess import KEYS
from tests.terminal.builders import Terminal, controls

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
POSTS = (
    {"text": "0.9", "complaint": True, "severity": 4, "domain": "food", "lang": "en-GB"},
    {"text": "0.8", "complaint": 1, "severity": 1, "domain": "random", "lang": "en"},
    {"text": "0.7", "complaint": 0, "domain": "random_tweet", "lang": "en"},
    {"text": "0.2", "complaint": False, "severity": 4, "domain": "food", "lang": "de"},
    {"text": "0.1", "complaint": 1, "severity": 3, "platform": "x", "flag": True, "lang": "de"},
    {"text": "none", "complaint": 1},
)


def by_number(passages: Sequence[Passage]) -> list[Judgement]:
    """Judge a text that is a number to be as probable, and as bad, as it says."""
    return [
        Judgement(probability=None, reasons=("no number",))
        if each.text == "none"
        else Judgement(probability=float(each.text), score=float(each.text), lang="pt")
        for each in passages
    ]


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return what runs the command over lines that are judged by the number in them."""

    def rubric(threshold: float | None) -> Rubric:
        return Rubric(judge=by_number, model="numbers-1", threshold=0.5 if threshold is None else threshold)

    def run(lines: Sequence[Any], *words: str) -> Result:
        path = tmp_path / "labelled.jsonl"
        path.write_text(
            "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines)
        )
        return CliRunner().invoke(app, ["evaluate", str(path), *words])

    monkeypatch.setattr(assessing, "rubric", rubric)
    return run


def figures(done: Result) -> dict[str, Any]:
    """Return the one object of --json."""
    [line] = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_the_figures_are_those_of_the_definitions(evaluated: Callable[..., Result]) -> None:
    """They are computed from what was judged and what was labelled; unjudged counts as no complaint."""
    done = evaluated(POSTS, "--json")
    found = figures(done)
    rows = [(0.9, True), (0.8, True), (0.7, False), (0.2, False), (0.1, True), (None, True)]
    expected = evaluation.evaluate(rows, 0.5)
    assert (done.exit_code, found["model"], found["threshold"]) == (0, "numbers-1", 0.5)
    assert (found["n"], found["complaints"], found["unjudged"], found["unread"]) == (6, 4, 1, 0)
    assert found["confusion"] == {
        "true_positives": 2,
        "false_positives": 1,
        "false_negatives": 2,
        "true_negatives": 1,
    }
    for name, value in {
        "macro_f1": expected.confusion.macro_f1,
        "f1": expected.confusion.f1,
        "precision": expected.confusion.precision,
        "recall": expected.confusion.recall,
        "auc": expected.auc,
        "precision_at_90_recall": expected.precision_at_recall,
        "calibration_error": expected.calibration_error,
        "kappa": expected.kappa,
        "best_threshold": expected.best_threshold,
    }.items():
        assert value is not None
        assert found[name] == round(value, 4)


def test_severity_is_ranked_among_complaints(evaluated: Callable[..., Result]) -> None:
    """Of complaints with a known level, those of 3 and 4 should have the higher score."""
    assert figures(evaluated(POSTS, "--json"))["severity"] == {"n": 3, "grave": 2, "auc": 0.5}
    assert figures(evaluated(POSTS[2:4], "--json"))["severity"] == {"n": 0, "grave": 0, "auc": None}


def test_languages_have_figures_of_their_own(evaluated: Callable[..., Result]) -> None:
    """By that of the line, its region left out, or else the one found; unknown where there is none."""
    found = figures(evaluated([*POSTS, {"text": "0.3", "complaint": 0}], "--json"))["languages"]
    assert {lang: each["n"] for lang, each in found.items()} == {"de": 2, "en": 3, "pt": 1, "unknown": 1}
    assert found["de"]["confusion"]["false_negatives"] == 1
    assert found["de"]["auc"] == 0.0
    assert found["unknown"]["macro_f1"] is None


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--only", "domain=food"), 2),
        (("--only", "domain=random*"), 2),
        (("--except", "domain=random*"), 4),
        (("--except", "domain=random"), 5),
        (("--only", "severity=4"), 2),
        (("--only", "flag=true"), 1),
        (("--only", "domain=*"), 4),
        (("--only", "domain=food", "--only", "lang=de"), 1),
        (("--only", "domain=food", "--except", "lang=de"), 1),
    ],
)
def test_filters_choose_lines(evaluated: Callable[..., Result], words: Sequence[str], count: int) -> None:
    """Lines with every value of --only and none of --except count; a star stands for any end."""
    assert figures(evaluated(POSTS, *words, "--json"))["n"] == count


def test_a_filter_that_chooses_nothing_is_told(evaluated: Callable[..., Result]) -> None:
    """A table of dashes would look like a result."""
    done = evaluated(POSTS, "--only", "nothing=x", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no line is chosen" in done.stderr


def test_a_line_that_a_filter_leaves_out_needs_no_label(evaluated: Callable[..., Result]) -> None:
    """What is not looked at cannot be wrong."""
    done = evaluated([*POSTS, {"text": "x", "domain": "other"}], "--except", "domain=other", "--json")
    assert (done.exit_code, figures(done)["n"]) == (0, 6)


@pytest.mark.parametrize("word", ["domain", "=food", ""])
def test_a_filter_that_is_none_is_told(evaluated: Callable[..., Result], word: str) -> None:
    """It exits with 2 and shows how one is written."""
    for option in ("--only", "--except"):
        done = evaluated(POSTS, option, word)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"{option} {word}".strip() in done.stderr
        assert "expected KEY=VALUE, such as" in done.stderr


def test_the_threshold_decides(evaluated: Callable[..., Result]) -> None:
    """Another threshold makes another confusion of the same ranking."""
    found = figures(evaluated(POSTS, "--threshold", "0.85", "--json"))
    assert (found["threshold"], found["confusion"]["true_positives"]) == (0.85, 1)
    assert found["auc"] == figures(evaluated(POSTS, "--json"))["auc"]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{", "it is not JSON"),
        ({"text": "0.5"}, "complaint: expected true, false, 1 or 0, not nothing"),
        ({"text": "0.5", "complaint": "yes"}, "complaint: expected true, false, 1 or 0, not a string"),
        ({"text": "0.5", "complaint": 2}, "complaint: expected true, false, 1 or 0, not 2"),
        ({"text": "0.5", "complaint": 1.0}, "complaint: expected true, false, 1 or 0, not 1.0"),
        ({"complaint": 1}, "text: expected a string, not nothing"),
        (
            {"text": "0.5", "complaint": 1, "severity": 5},
            "severity: expected a level from 1 to 4, or null, not 5",
        ),
        ({"text": "0.5", "complaint": 1, "severity": "high"}, "severity: expected a level from 1 to 4"),
        ({"text": "0.5", "complaint": 1, "severity": True}, "severity: expected a level from 1 to 4"),
    ],
)
def test_a_bad_line_is_named_and_left_out(evaluated: Callable[..., Result], bad: Any, told: str) -> None:
    """The figures are of the others; the file, the line and the remedy are told, and it exits with 1."""
    done = evaluated([*POSTS[:2], bad, *POSTS[2:]], "--json")
    assert (done.exit_code, figures(done)["n"], figures(done)["unread"]) == (1, 6, 1)
    first, last = done.stderr.splitlines()
    assert "labelled.jsonl: line 3: " in first
    assert told in first
    assert last == "uproar: 1 lines could not be read, and are not in these figures"


def test_many_bad_lines_do_not_flood(evaluated: Callable[..., Result]) -> None:
    """After twenty of them the rest is counted only."""
    done = evaluated(["{"] * 50)
    assert len(done.stderr.splitlines()) == 22
    assert "30 more lines cannot be read either" in done.stderr


def test_several_files_are_one_set(evaluated: Callable[..., Result], tmp_path: Path) -> None:
    """All lines of all files count together; one that is missing is told before anything is judged."""
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(POSTS[0]))
    assert figures(evaluated(POSTS, str(other), "--json"))["n"] == 7
    missing = evaluated(POSTS, str(tmp_path / "none.jsonl"))
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "no such file" in missing.stderr


def test_into_a_pipe_goes_one_figure_a_line(evaluated: Callable[..., Result]) -> None:
    """The language, the figure's name and the figure; a dash where there is none. One language is all."""
    lines = evaluated(POSTS).stdout.splitlines()
    assert "all n 6" in lines
    assert "all auc 0.500" in lines
    assert "de false_negatives 1" in lines
    assert "unknown macro_f1 \N{EN DASH}" in lines
    assert "severity auc 0.500" in lines
    assert "model numbers-1" in lines
    assert not any(line.startswith("en ") for line in evaluated(POSTS[:3]).stdout.splitlines())


def test_a_person_gets_a_table(evaluated: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a language and one for all, which fit 80 columns, and sentences on the rest."""
    terminal = Terminal(80, 24)
    monkeypatch.setattr("monitor.console.output.sys", type("sys", (), {"stdout": terminal}))
    monkeypatch.delenv("COLUMNS")
    hostile = {**POSTS[0], "lang": "\x1b[31m\u202eqx"}
    assert evaluated([*POSTS, hostile]).exit_code == 0
    shown = [each.rstrip() for each in terminal.screen.display]
    assert shown[0].split() == ["posts", "compl.", "unj.", "macro-F1", "F1", "AUC", "P@R90", "ECE"]
    [whole] = [each.split() for each in shown if each.startswith("all ")]
    assert whole[:4] == ["all", "7", "5", "1"]
    assert any(each.startswith("en ") for each in shown)
    text = " ".join(shown)
    for told in ("By numbers-1, a complaint from probability 0.5 on", "1 could not be judged"):
        assert told in text
    for hidden in ("\x1b[31m", "\u202e"):
        assert hidden not in terminal.getvalue()


def test_a_hostile_language_is_harmless_in_a_pipe(evaluated: Callable[..., Result]) -> None:
    """What a line says of its language acts on no terminal that the lines may reach."""
    assert not controls(evaluated([*POSTS, {**POSTS[0], "lang": "\x1b[31m\u202eqx"}]).stdout)


def test_every_name_is_documented(evaluated: Callable[..., Result]) -> None:
    """docs/json.md names what the two commands print: all of it, and nothing else."""
    found = figures(evaluated(POSTS, "--json"))
    assert names("uproar evaluate FILE --json")[0] == set(found)
    _, written, unread = names("uproar assess")
    assert (written, unread) == (set(KEYS), {"id", "error"})
    page = PAGE.read_text()
    for name in ("confusion", "severity"):
        [row] = re.findall(rf"^\| `{name}` \|(.*an object.*)\|$", page, re.MULTILINE)
        assert set(found[name]) <= set(re.findall(r"`(\w+)`", row))
    inner: Mapping[str, Any] = found["languages"]["de"]
    assert set(found) - set(inner) == {"model", "threshold", "severity", "languages", "unread"}


def names(heading: str) -> list[set[str]]:
    """Return the names in the tables of a section."""
    section = PAGE.read_text().partition(f"## `{heading}`\n")[2].partition("\n## ")[0]
    tables = re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE)
    rows = [re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE) for table in tables]
    return [set(re.findall(r"`(\w+)`", " ".join(each))) for each in rows]


@pytest.mark.parametrize(("found", "shown"), [(0.30576, 0.3057), (0.3, 0.3), (None, None)])
def test_the_best_threshold_is_never_rounded_up(found: float | None, shown: float | None) -> None:
    """Given to --threshold as it is printed, it takes the post at which it was found."""
    whole = replace(evaluation.evaluate([(0.9, True), (0.1, False)], 0.5), best_threshold=found)
    measured = Measured(
        model="m", whole=whole, languages={}, severity=Severities(rows=0, grave=0, auc=None), unread=0
    )
    assert row(measured)["best_threshold"] == shown
    told = "\N{EN DASH}" if shown is None else str(shown)
    assert f"at threshold {told}, " in "".join(map(str, screen(measured, 200)))
