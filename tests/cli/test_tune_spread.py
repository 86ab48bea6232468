"""`uproar tune --spread`: what finished posts of the store teach, what it changes, and how it is undone."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app, spread_tuning
from monitor.clock import system_clock
from monitor.core.assessment import Rubric
from monitor.core.mention import Author, Engagement
from monitor.core.spread import SHIPPED
from monitor.core.spread.fitting import Cascade
from monitor.store import open_store, spreads
from monitor.verdicts import verdicts
from tests.store.builders import find, post, save

CONFIG = """
[monitor]
store = "{url}"
[brands.acme]
names = ["acme"]
spread_thresholds = [5, 50]
[policies.default]
"""


@pytest.fixture
def configured(sqlite_url: str, tmp_path: Path) -> Path:
    """Return the path of a configuration with an empty store."""
    open_store(sqlite_url).close()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=sqlite_url))
    return path


def fill(url: str, count: int) -> None:
    """Put finished posts into a store, each of which drew as much in its first minutes as ever after."""
    store, begun = open_store(url), system_clock() - timedelta(days=30)
    with store.transaction() as connection:
        for minutes, share in ((1, 0.5), (10, 1.0)):
            seen = [
                post(
                    str(index),
                    created_at=begun,
                    author=Author(id=str(index), followers=10 * index),
                    engagement=Engagement(likes=round(share * 2 * (1 + index % 40))),
                )
                for index in range(count)
            ]
            save(connection, *seen, at=begun + timedelta(minutes=minutes))
    store.close()


def run(config: Path, *words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["--config", str(config), "tune", *words])


def test_too_few_posts_say_how_many_are_missing(configured: Path, sqlite_url: str) -> None:
    """Below the least number nothing is learned, and the number that is missing is told."""
    fill(sqlite_url, 150)
    done = run(configured, "--spread")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "twitter: 150 finished posts with engagement; 50 more are needed\n"


def test_what_was_learned_counts_until_it_is_undone(configured: Path, sqlite_url: str) -> None:
    """Parameters are printed, old and new, with figures on held-back posts; they hold for verdicts."""
    fill(sqlite_url, 220)
    done = run(configured, "--spread", "--by", "maria")
    assert done.exit_code == 0, done.output
    assert "twitter: fitted to 220 finished posts with engagement" in done.stdout
    assert "curve.half: 3600 -> " in done.stdout
    assert "held back, 44 posts at 0 min, 50 or more: expected " in done.stdout
    assert "saved as 1: `uproar tune --spread --undo 1` withdraws it" in done.stdout

    store = open_store(sqlite_url)
    with store.reading() as connection:
        learned = spreads.live(connection)["twitter"]
        [tuning] = spreads.listed(connection)
        given = [find(connection, "7")]
        [(_, verdict)] = verdicts(connection, given, {"acme": Rubric(spread_thresholds=(5, 50))})
    assert learned.curve.half < 600 < SHIPPED.curve.half
    assert (tuning.made_by, tuning.posts) == ("maria", 220)
    assert verdict.spread.to_come < 0.1

    assert run(configured, "--spread", "--undo", "1").stdout == (
        "twitter: tuning 1 is withdrawn; what ships counts\n"
    )
    with store.reading() as connection:
        assert spreads.live(connection) == {}
    again = run(configured, "--spread", "--undo", "1")
    assert (again.exit_code, "no tuning of spread 1" in again.stderr) == (1, True)
    store.close()


def test_a_dry_run_saves_nothing(configured: Path, sqlite_url: str) -> None:
    """What would change is told as JSON, and nothing counts."""
    fill(sqlite_url, 220)
    done = run(configured, "--spread", "--dry-run", "--json", "--platform", "twitter")
    [found] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (found["tuning"], found["platform"], found["missing"]) == (None, "twitter", 0)
    assert found["new"]["curve"]["half"] < 600
    assert {"before", "after"} <= set(found["held_back"][0])
    store = open_store(sqlite_url)
    with store.reading() as connection:
        assert spreads.listed(connection) == []
    store.close()


def test_an_empty_store_has_nothing_to_teach(configured: Path) -> None:
    """Neither how posts spread, nor anything that could be undone."""
    done = run(configured, "--spread")
    assert (done.exit_code, "no mentions to learn from" in done.stderr) == (1, True)
    done = run(configured, "--spread", "--undo")
    assert (done.exit_code, "no tuning of spread that could be undone" in done.stderr) == (1, True)


def test_the_last_one_is_undone_unless_another_is_named(configured: Path, sqlite_url: str) -> None:
    """Without a number the newest that counts is withdrawn."""
    fill(sqlite_url, 220)
    for _ in range(2):
        assert run(configured, "--spread").exit_code == 0
    told = [run(configured, "--spread", "--undo").stdout for _ in range(2)]
    assert told == [
        "twitter: tuning 2 is withdrawn; the one before it counts\n",
        "twitter: tuning 1 is withdrawn; what ships counts\n",
    ]


@pytest.mark.parametrize(
    "words", [("--platform", "twitter"), ("--spread", "--brand", "acme"), ("--spread", "--list"), ("3",)]
)
def test_options_that_say_nothing_together_are_mistakes(configured: Path, words: tuple[str, ...]) -> None:
    """What goes with labels does not go with --spread, and the other way round."""
    assert run(configured, *words).exit_code == 2


def test_held_back_posts_teach_nothing() -> None:
    """The figures after are by what the other posts teach, so that they promise no more than they keep."""
    usual = [Cascade(followers=9, readings=[(60.0, 1), (1e6, 1)])] * 4
    held = Cascade(followers=9, readings=[(60.0, 900), (1e6, 900)])
    found = spread_tuning.lesson("x", [held, *usual] * 50, SHIPPED, (100,))
    assert found.after[0].passed == 1.0
    assert found.after[0].expected < 0.02
