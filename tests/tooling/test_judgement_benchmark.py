"""What the benchmark of judgement computes by itself is right: its figures are only as good."""

import json
import random
import sys
from pathlib import Path

import pytest

from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement
from tests.benchmarks import judgement
from tests.benchmarks.judgement import SETS, Bar
from tests.hostile.texts import NASTY


@pytest.mark.parametrize(
    ("bar", "kept", "line"),
    [
        (Bar(what="AUC", figure=0.8, bar=0.8), True, "0.800  ≥ 0.800    kept"),
        (Bar(what="AUC", figure=0.7999, bar=0.8), False, "0.800  ≥ 0.800    MISSED"),
        (Bar(what="error", figure=0.05, bar=0.05, most=True), True, "0.050  ≤ 0.050    kept"),
        (Bar(what="error", figure=0.06, bar=0.05, most=True), False, "0.060  ≤ 0.050    MISSED"),
        (Bar(what="AUC", figure=None, bar=0.8), False, "\N{EN DASH}  ≥ 0.800    MISSED"),
        (Bar(what="rate", figure=2345.6, form=",.0f"), None, "2,346"),
    ],
)
def test_a_figure_is_held_against_its_bar(bar: Bar, kept: bool | None, line: str) -> None:
    """Equal to the bar is kept; what could not be measured misses it; a figure without a bar stands alone."""
    assert bar.kept is kept
    assert bar.line().split(bar.what)[1].strip() == line


@pytest.fixture
def complaints(tmp_path: Path) -> Path:
    """Return a folder with four sets of 30 posts, each post named for its set."""
    for name in SETS:
        rows = [{"text": f"{name} {at}", "complaint": at % 2} for at in range(30)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def test_the_mix_has_every_set_alike(complaints: Path) -> None:
    """In equal parts, in an order that is the same each time, posts repeated only when they run out."""
    drawn = judgement.mix(complaints, 80)
    assert drawn == judgement.mix(complaints, 80)
    assert drawn != sorted(drawn)
    assert len(set(drawn)) == 80
    for name in SETS:
        assert sum(each.startswith(name) for each in drawn) == 20
    assert len(judgement.mix(complaints, 1_001)) == 1_001


def test_without_the_sets_there_is_still_something_to_measure_with(tmp_path: Path) -> None:
    """The project's own few sentences serve for speed and memory."""
    assert len(judgement.mix(tmp_path / "none", 12)) == 12


def test_tuning_is_measured_on_what_did_not_tune() -> None:
    """A judge that is too sure is put right by its answers, as seen on the others; few are not measured."""
    draw = random.Random(7)  # noqa: S311 - the same each time
    rows = [(0.9, draw.random() < 0.6) for _ in range(2_000)] + [
        (0.1, draw.random() < 0.3) for _ in range(2_000)
    ]
    error = judgement.tuned_error(rows)
    assert error is not None
    assert error < 0.05
    assert error == judgement.tuned_error(rows)
    assert judgement.tuned_error(rows[:399]) is None


def test_the_folder_of_the_sets_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an environment variable; else it lies beside the project."""
    monkeypatch.setenv("DEVELOPMENT_DATA", "/some/where")
    assert judgement.development_data() == Path("/some/where")
    monkeypatch.delenv("DEVELOPMENT_DATA")
    assert judgement.development_data() == judgement.ROOT.parent / "shared" / "data"


def test_without_the_sets_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The figures that need them are left out, and the others are there."""
    monkeypatch.setenv("DEVELOPMENT_DATA", str(tmp_path))
    monkeypatch.setattr(
        judgement, "frugality", lambda posts, folder: iter([Bar(what="x", figure=len(posts))])
    )
    told, *own, other = judgement.report(tmp_path, quick=True, spread=False)
    assert "are left out" in told
    assert {line.split(":")[0].split(",")[0] for line in own} == {
        "the corpus' held-back tenth",
        "strangers' posts",
    }
    assert other.split() == ["x", "2000.000"]


def test_topics_are_counted_one_by_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Over the complaints of one set: what share of those meant is told, and of those told is meant."""
    told = Judgement(probability=0.9, topics=("no answer", "billing"))
    monkeypatch.setattr(judgement, "rubric", lambda: Rubric(judge=lambda asked: [told] * len(asked)))
    posts = [
        (2, True, ["no_answer"]),
        (2, True, ["billing", "staff", "refund"]),
        (2, False, []),
        (1, True, ["staff"]),
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "".join(
            json.dumps({"set": of, "complaint": complaint, "topics": topics, "text": "x", "lang": "en"})
            + "\n"
            for of, complaint, topics in posts
        )
    )
    assert judgement.topics_told(path, 2) == (2 / 4, 2 / 4)


def test_memory_is_that_of_the_command(tmp_path: Path) -> None:
    """What the command takes is measured, not what this process has; one that fails has no figure."""
    given = tmp_path / "given"
    given.write_text("")
    few, many = (
        judgement.peak_memory([sys.executable, "-S", "-c", f"bytearray({size} * 2**20)"], given)
        for size in (1, 64)
    )
    assert few is not None
    assert many is not None
    assert many - few > 50
    assert few < 40
    assert judgement.peak_memory([sys.executable, "-c", "raise SystemExit(1)"], given) is None


def test_the_model_is_weighed(tmp_path: Path) -> None:
    """All files in all folders count."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.npz").write_bytes(bytes(2**20))
    (tmp_path / "b.npz").write_bytes(bytes(2**19))
    (tmp_path / "c.txt").write_bytes(bytes(2**20))
    assert judgement.model_size(tmp_path) == 2.5
    assert judgement.model_size(tmp_path / "none") == 0.0


def test_a_heavy_library_is_found() -> None:
    """Loaded libraries that a short command should not wait for are named."""
    assert judgement.heavy_modules(["sys", "numpy", "numpy.linalg", "typer", "rich"]) == ["numpy", "rich"]


def test_what_help_loads_is_seen() -> None:
    """The modules of a process that printed the help are listed."""
    loaded = judgement._child([sys.executable, "-c", judgement._HELP]).split()
    assert {"typer", "monitor.cli"} <= set(loaded)


def test_speed_is_measured_on_each_kind_of_text() -> None:
    """The rate, the time of one post, and the nasty text that takes longest."""
    script = "import json; from tests.benchmarks import judgement as it\n"
    script += "print(json.dumps(it.speed_of(['a'] * 300)))"
    found = json.loads(judgement._child([sys.executable, "-c", script]))
    assert found["rate"] > 0
    assert 0 < found["median"] <= found["late"]
    assert found["nastiest"] in NASTY
