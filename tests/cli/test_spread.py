"""`uproar spread`: lines of engagement series in, a line of prediction out for each, as they come."""

import json
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app, predicting
from monitor.core.spread import predict

KEYS = ["id", "expected_final", "low", "high", "share_to_come", "probability", "reasons"]
COMMAND = [sys.executable, "-m", "monitor", "spread"]
POST: dict[str, Any] = {
    "id": "a",
    "created_at": "2026-03-01T12:00:00Z",
    "author_followers": 800,
    "series": [[0, 0], [600, 12], [1800.5, 40]],
    "thresholds": [10, 100, 1000],
}


def run(*records: Any) -> Result:
    """Run the command over records, or raw lines."""
    text = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records)
    return CliRunner().invoke(app, ["spread"], input=text)


def predicted(*records: Any) -> list[dict[str, Any]]:
    """Return the lines of a prediction without mistakes."""
    done = run(*records)
    assert (done.exit_code, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_has_the_documented_keys_in_their_order() -> None:
    """Every line has the same keys in the same order; the id comes back as it was."""
    lines = predicted(POST, {"id": 7}, {"series": None, "thresholds": None, "author_followers": None})
    assert [list(line) for line in lines] == [KEYS] * 3
    assert [line["id"] for line in lines] == ["a", 7, None]


def test_the_prediction_is_that_of_the_monitor() -> None:
    """The figures are those of the core, with six digits; each threshold has its chance."""
    [line] = predicted(POST)
    expected = predict([(0.0, 0), (600.0, 12), (1800.5, 40)], 800, (10, 100, 1000))
    assert line["expected_final"] == pytest.approx(expected.expected, rel=1e-5)
    assert (line["low"], line["high"]) == (expected.low, expected.high)
    assert line["share_to_come"] == pytest.approx(expected.to_come, rel=1e-5)
    assert list(line["probability"]) == ["10", "100", "1000"]
    assert list(line["probability"].values()) == pytest.approx([c for _, c in expected.passing], rel=1e-5)
    assert line["reasons"] == list(expected.reasons)


def test_small_chances_are_told_apart() -> None:
    """Chances far below a thousandth keep their order."""
    lines = predicted(*({"series": [[600, count]], "thresholds": [900]} for count in (1, 2, 3)))
    chances = [line["probability"]["900"] for line in lines]
    assert 0 < chances[0] < chances[1] < chances[2] < 1e-3


@pytest.mark.parametrize(
    ("line", "name", "error"),
    [
        ("{", None, "line 2: it is not JSON"),
        ("[1]", None, "line 2: it is not a JSON object"),
        ({"id": [1]}, None, "line 2: id: expected a string or a whole number, not a list"),
        ({"id": 1, "series": 5}, 1, "line 2: series: expected a list, not 5"),
        ({"id": 1, "series": [[1]]}, 1, "line 2: series[0]: expected a pair [seconds since the post"),
        ({"id": 1, "series": [[1, 2], ["x", 2]]}, 1, "line 2: series[1][0]: expected a number of seconds"),
        ({"id": 1, "series": [[1, -2]]}, 1, "line 2: series[0][1]: expected a whole number from 0 on, not -"),
        ({"id": 1, "series": [[1, True]]}, 1, "line 2: series[0][1]: expected a whole number from 0 on"),
        ('{"id": 1, "series": [[NaN, 1]]}', None, "line 2: it is not JSON (a number is not finite"),
        ({"id": 1, "author_followers": -1}, 1, "line 2: author_followers: expected a whole number from 0"),
        ({"id": 1, "thresholds": [10, 0.5]}, 1, "line 2: thresholds: expected whole numbers from 0 on"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_stops_no_other(line: Any, name: object, error: str) -> None:
    """A line that cannot be read gets one that says why; the others are predicted, and the exit code is 1."""
    done = run(POST, line, POST)
    first, second, third = [json.loads(each) for each in done.stdout.splitlines()]
    assert (first, third) == (third, first)
    assert second["id"] == name
    assert second["error"].startswith(error)
    assert done.exit_code == 1
    assert "1 of 3 lines could not be read" in done.stderr


@pytest.mark.parametrize(
    "series",
    [
        [[-50, 3]],
        [[1e300, 3]],
        [[5, 9], [5, 2], [4, 1]],
        [[0, 0]] * 5,
        [[60, 9_000_000_000_000_000_000]],
        [[index, index * index] for index in range(3000)],
    ],
)
def test_any_series_gets_a_prediction(series: Sequence[Sequence[float]]) -> None:
    """Future, absurd, unordered, equal and very many readings have a defined answer."""
    [line] = predicted({"series": series, "author_followers": 2**62, "thresholds": [1, 2**62]})
    assert line["low"] <= line["expected_final"] <= line["high"]
    assert 0 <= line["share_to_come"] <= 1


def test_lines_come_out_as_they_come_in() -> None:
    """A line that arrives is answered before the next one does."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        for name in (1, 2):
            command.stdin.write(json.dumps(POST | {"id": name}) + "\n")
            command.stdin.flush()
            assert json.loads(command.stdout.readline())["id"] == name
        command.stdin.close()
    assert command.returncode == 0


def test_neither_store_nor_configuration_is_read() -> None:
    """The command imports neither the store nor the configuration, nor any platform's library."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor", "spread"],
        input=json.dumps(POST).encode(),
        capture_output=True,
        check=True,
    )
    loaded = {line.split(b"|")[-1].strip() for line in done.stderr.splitlines() if b"|" in line}
    assert not {b"sqlalchemy", b"monitor.store", b"monitor.config", b"tweepy"} & loaded
    assert b"monitor.core.spread" in loaded


def test_no_lines_are_no_mistake() -> None:
    """Nothing in, nothing out."""
    out = StringIO()
    assert predicting.predict_lines(BytesIO(b"\n  \n"), out) == predicting.Tally(lines=0, unread=0)
    assert out.getvalue() == ""
