"""`uproar assess`: lines of posts in, a line of judgement out for each, as they come."""

import json
import subprocess
import sys
from collections.abc import Sequence
from io import BufferedWriter, BytesIO, RawIOBase, StringIO, TextIOWrapper
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app, assessing
from monitor.core.assessment import Rubric, assess, passage
from monitor.core.complaint import Judgement, Passage
from monitor.core.mention import Author
from tests.cli.test_start_up import HEAVY, STORE, ended
from tests.core.builders import NOON, mention

KEYS = ["id", "complaint", "probability", "severity", "severity_score", "topics", "lang", "reasons", "model"]
BROKEN = "My order is broken and nobody answers"
COMMAND = [sys.executable, "-m", "monitor", "assess"]


def run(*records: Any, words: Sequence[str] = ()) -> Result:
    """Run the command over records, or raw lines."""
    text = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records)
    return CliRunner().invoke(app, ["assess", *words], input=text)


def judged(*records: Any, words: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the lines of an assessment without mistakes."""
    done = run(*records, words=words)
    assert (done.exit_code, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


# -------------------------------------------------------------------------------------------------- the lines
def test_a_line_has_the_documented_keys_in_their_order() -> None:
    """Every line has the same keys in the same order; the id comes back as it was."""
    lines = judged({"text": BROKEN, "id": "a"}, {"id": 7, "text": "hello"}, {"text": "", "id": None})
    assert [list(line) for line in lines] == [KEYS] * 3
    assert [line["id"] for line in lines] == ["a", 7, None]


def test_the_verdict_is_that_of_the_monitor() -> None:
    """Severity takes in the author's reach; the reasons are those of the mention as the monitor sees it."""
    [line] = judged({"id": 1, "text": BROKEN, "lang": "en", "author_followers": 250_000, "platform": "x"})
    post = mention(BROKEN, lang="en", author=Author(followers=250_000))
    rubric = assessing.rubric()
    [judgement] = rubric.judge([passage(post)])
    expected = assess(post, judgement, (), rubric)
    assert line["severity"] == expected.severity
    assert line["severity_score"] == round(expected.severity_score, 4)
    assert line["probability"] == pytest.approx(expected.probability, abs=0.5e-4)
    assert (line["complaint"], line["lang"], line["model"]) == (True, "en", expected.model)
    assert line["topics"] == list(expected.topics)
    assert line["reasons"] == list(expected.reasons)
    assert "250,000 followers" in line["reasons"]


def test_what_cannot_be_judged_gets_no_figures() -> None:
    """Without words there is neither probability nor severity, and the reason says why."""
    [line] = judged({"id": 1, "text": "", "author_followers": 250_000})
    assert (line["complaint"], line["probability"], line["severity"]) == (None, None, None)
    assert line["severity_score"] is None
    assert line["reasons"][0] == "has no words to judge"


def test_figures_are_rounded_and_letters_are_legible() -> None:
    """Four digits are enough; text of any script is written as it is."""
    done = run({"id": "日本", "text": "La entrega está rota, qué vergüenza"})
    [line] = done.stdout.splitlines()
    assert '"日本"' in line
    assert "vergüenza" in line
    for key in ("probability", "severity_score"):
        assert json.loads(line)[key] == round(json.loads(line)[key], 4)


def test_the_threshold_decides() -> None:
    """The same probability is a complaint from the threshold on, and none below; a threshold is in 0 to 1."""
    [line] = judged({"id": 1, "text": BROKEN})
    probability = line["probability"]
    low, high = (
        judged({"id": 1, "text": BROKEN}, words=("--threshold", str(at)))[0]["complaint"]
        for at in (probability - 0.01, probability + 0.01)
    )
    assert (low, high) == (True, False)
    for wrong in ("1.01", "-0.1", "nan", "inf"):
        done = run(words=("--threshold", wrong))
        assert (done.exit_code, done.stdout) == (2, "")
        assert "from 0 to 1" in done.stderr


def test_as_many_lines_as_there_are_posts_in_their_order() -> None:
    """Beyond a batch, too; blank lines give none; the last line needs no end."""
    text = "\n".join(f'{{"id": {number}, "text": "hello"}}\n' for number in range(1_000)).rstrip("\n")
    done = CliRunner().invoke(app, ["assess"], input=text)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == list(range(1_000))


def test_no_lines_give_no_lines() -> None:
    """Nothing in, nothing out, and nothing is wrong."""
    assert judged() == []


# -------------------------------------------------------------------------------------------------- bad lines
@pytest.mark.parametrize(
    ("bad", "name", "told"),
    [
        ("{", None, "it is not JSON"),
        ("[]", None, "it is not a JSON object"),
        ({"id": "a"}, "a", "text: expected a string, not nothing"),
        ({"id": "a", "text": None}, "a", "text: expected a string, not nothing"),
        ({"id": "a", "text": 7}, "a", "text: expected a string, not a number"),
        ({"id": "a", "text": {"text": "x"}}, "a", "text: expected a string, not an object"),
        ('{"id": "a", "text": "x", "author_followers": NaN}', None, "a number is not finite"),
        ({"id": "a", "text": "x", "author_followers": -1}, "a", "author_followers: expected a whole number"),
        ({"id": "a", "text": "x", "author_followers": 10**30}, "a", "author_followers: expected"),
        ({"id": "a", "text": "x", "author_followers": "many"}, "a", "author_followers: expected"),
        ({"id": "a", "text": "x", "author_followers": True}, "a", "author_followers: expected"),
        ({"id": "a", "text": "x", "lang": 1}, "a", "lang: expected a string or null, not a number"),
        ({"id": "a", "text": "x", "brand": []}, "a", "brand: expected a string or null, not a list"),
        ({"id": [1], "text": "x"}, None, "id: expected a string or a whole number, not a list"),
        ({"id": 10**30, "text": "x"}, None, "id: expected a string or a whole number, not a number"),
        ('{"id": "a", "text": "x", "more": ' + "[" * 100_000, None, "nested too deeply"),
        ('{"id": "a", "text": "' + "x" * 2**20 + '"}', None, "longer than 1,048,576 bytes"),
    ],
)
def test_a_bad_line_has_a_line_that_says_why(bad: Any, name: Any, told: str) -> None:
    """It names the line and the remedy under `error`; the others are judged; it exits with 1 at the end."""
    done = run({"id": 1, "text": "hello"}, "", bad, {"id": 2, "text": "hello"})
    first, error, last = map(json.loads, done.stdout.splitlines())
    assert (first["id"], last["id"], list(last)) == (1, 2, KEYS)
    assert list(error) == ["id", "error"]
    assert error["id"] == name
    assert error["error"].startswith("line 3: ")
    assert told in error["error"]
    assert done.exit_code == 1
    assert done.stderr == ("uproar: 1 of 3 lines could not be read: each has an `error` in the output\n")


@pytest.mark.parametrize(
    "text", ['"\\ud800 broken"', '"\\u0000 broken"', json.dumps("broken " * 15_000), '"\\u001b[31m broken"']
)
def test_odd_texts_are_no_mistakes(text: str) -> None:
    """Lone surrogates, NUL, escape sequences and 100 kB are judged; what comes out acts on no terminal."""
    done = run('{"id": "\\u001b[2J\\u202e", "text": ' + text + "}")
    assert done.exit_code == 0
    assert done.stdout.rstrip("\n").isprintable()
    assert json.loads(done.stdout)["complaint"] is not None


def test_a_judge_that_fails_at_one_text_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """That text is not judged, and the reason says so; the others are."""

    def brittle(passages: Sequence[Passage]) -> list[Judgement]:
        if any(each.text == "bad" for each in passages):
            raise RuntimeError("no")
        return [Judgement(probability=0.5) for _ in passages]

    monkeypatch.setattr(assessing, "rubric", lambda threshold: Rubric(judge=brittle, model="m-1"))
    lines = judged({"id": 1, "text": "good"}, {"id": 2, "text": "bad"})
    assert [line["complaint"] for line in lines] == [True, None]
    assert lines[1]["reasons"] == ["could not be judged: RuntimeError in m-1"]


def test_what_was_judged_is_out_before_more_is_read() -> None:
    """Each batch is flushed: nobody waits for an answer that is there already."""
    behind = BytesIO()
    seen = []

    class Given(BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            seen.append(behind.getvalue().count(b"\n"))
            return super().read1(len(b'{"text": "x"}\n' * 256))

    given = Given(b'{"text": "x"}\n' * 600)
    out = TextIOWrapper(BufferedWriter(cast("RawIOBase", behind), 2**20))
    assessing.assess_lines(given, out, Rubric(), NOON)
    assert seen == [0, 256, 512, 512]
    assert behind.getvalue().count(b"\n") == 600


def test_texts_are_judged_many_at_once() -> None:
    """A batch is one call of the judge: a model is several times faster so."""
    asked: list[int] = []

    def judge(passages: Sequence[Passage]) -> list[Judgement]:
        asked.append(len(passages))
        return [Judgement(probability=0.5) for _ in passages]

    given = BytesIO(b'{"text": "x"}\n' * 300)
    tally = assessing.assess_lines(given, StringIO(), Rubric(judge=judge), NOON)
    assert (asked, tally.lines, tally.unread) == ([256, 44], 300, 0)


# -------------------------------------------------------------------------------------------------- processes
def test_a_line_is_answered_before_the_next_one_comes() -> None:
    """In a pipe, one post is judged as soon as it is there."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(COMMAND, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "text": BROKEN}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_goes_is_no_mistake() -> None:
    """`head` takes one line of an endless stream: the command ends without a word."""
    script = 'yes \'{"id": 1, "text": "hello"}\' | "$@" | head -n 1; echo "${PIPESTATUS[1]}"'
    call = ["bash", "-c", script, "bash", *COMMAND]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    first, status = done.stdout.splitlines()
    assert json.loads(first)["id"] == 1
    assert (status, done.stderr) == ("0", "")


@pytest.mark.parametrize(
    ("behind", "status", "told"),
    [
        ("<&-", 2, "uproar: there is no standard input: `uproar assess < posts.jsonl`\n"),
        ("< /dev/null > /dev/full", 0, ""),
        ('<<< \'{"text": "x"}\' > /dev/full', 1, "uproar: standard output: No space left on device\n"),
    ],
)
def test_streams_that_are_none_are_told_in_one_line(behind: str, status: int, told: str) -> None:
    """A closed input and a full disk end with a sentence, not a traceback."""
    call = ["bash", "-c", f'"$@" {behind}', "bash", *COMMAND]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, told)


def test_output_is_utf_8_in_any_locale() -> None:
    """JSON is, whatever the surroundings say."""
    done = subprocess.run(
        COMMAND,
        input='{"id": "日本", "text": "x"}\n'.encode(),
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"},
    )
    assert '"日本"'.encode() in done.stdout


def test_assess_needs_no_store() -> None:
    """It imports neither the store nor the configuration, nor what belongs to platforms and screens.

    Pydantic it does not need: typer reads options with it.
    """
    imported = set(ended("assess")["modules"])
    assert "monitor.cli.assessing" in imported
    assert imported & (HEAVY | STORE) <= {"pydantic"}
