"""`uproar assess` on lines that name a brand: what is configured and was learned for it counts."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.assessment import Rubric
from monitor.core.calibration import Calibration
from monitor.core.spread import SHIPPED
from monitor.store import Store, migrate, open_store, revision, spreads, tunings
from monitor.store.tunings import Draft
from tests.cli.test_start_up import RUN, STORE
from tests.core.builders import NOON

POST = "My kettle is broken: the lid came off"
CONFIG = """
[monitor]
store = "{url}"
[brands.acme]
names = ["acme"]
spread_thresholds = [3, 4]
[brands.acme.topics]
"lid falls off" = ["lid came off"]
[brands.other]
names = ["other"]
"""


@pytest.fixture(autouse=True)
def by_cues(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Judge by the hand-set cues, in a folder of the test's own."""
    monkeypatch.setattr("monitor.models.rubric", Rubric)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def configured(sqlite_url: str, tmp_path: Path) -> Path:
    """Return a configuration with a store, where it is looked for."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=sqlite_url))
    return path


def run(
    *brands: str | None, before: tuple[str, ...] = (), words: tuple[str, ...] = (), **keys: Any
) -> Result:
    """Run the command over the same post of each brand."""
    text = "".join(json.dumps({"text": POST, "brand": brand} | keys) + "\n" for brand in brands)
    return CliRunner().invoke(app, [*before, "assess", *words], input=text)


def judged(*brands: str | None, words: tuple[str, ...] = (), **keys: Any) -> list[dict[str, Any]]:
    """Return the lines of an assessment that needed no word about it."""
    done = run(*brands, words=words, **keys)
    assert (done.exit_code, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def learns(url: str, calibration: Calibration, source: str | None = None, model: str = "cues-1") -> None:
    """Save what was learned of acme."""
    store = open_store(url)
    draft = Draft(brand="acme", source=source, model=model, calibration=calibration, answers=9, measured={})
    with store.transaction() as connection:
        tunings.save(connection, draft, "maria", NOON)
    store.close()


# ---------------------------------------------------------------------------------------- what is configured
def test_a_brand_has_its_own_topics(configured: Path) -> None:
    """They are told besides the judge's, with the words; of other lines nothing changes."""
    acme, other, unknown, none = judged("acme", "other", "nobody", None)
    assert acme["topics"] == ["product defect", "lid falls off"]
    assert "is about lid falls off: “lid came off”" in acme["reasons"]
    assert other["topics"] == unknown["topics"] == none["topics"] == ["product defect"]
    assert unknown == none


def test_a_brand_has_its_own_spread_thresholds(configured: Path) -> None:
    """What many will read is worse: how many that is, the brand says."""
    acme, none = judged("acme", None, author_followers=1_000_000)
    assert any(reason.startswith("expected to pass 4 acts") for reason in acme["reasons"])
    assert not any(reason.startswith("expected to pass 4 acts") for reason in none["reasons"])


@pytest.mark.parametrize("how", ["option", "variable", "folder"])
def test_the_configuration_is_looked_for_as_ever(
    how: str, configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By --config, by $UPROAR_CONFIG and in the working folder."""
    path = configured if how == "folder" else configured.rename(configured.with_name("mine.toml"))
    if how == "variable":
        monkeypatch.setenv("UPROAR_CONFIG", str(path))
    done = run("acme", before=("--config", str(path)) if how == "option" else ())
    assert "lid falls off" in json.loads(done.stdout)["topics"]


# ----------------------------------------------------------------------------------------- what was learned
def test_what_a_brand_taught_counts(configured: Path, sqlite_url: str) -> None:
    """Its calibration and its threshold: of the brand as a whole, and of the model that judges."""
    [before] = judged("acme")
    learned = Calibration(intercept=-1.0, threshold=0.01)
    learns(sqlite_url, learned)
    learns(sqlite_url, Calibration(threshold=0.99), source="acme-x")
    learns(sqlite_url, Calibration(threshold=0.99), model="another")
    acme, other, none = judged("acme", "other", None)
    assert acme["probability"] == pytest.approx(learned.of(before["probability"]), abs=1e-3)
    assert acme["probability"] < before["probability"]
    assert acme["complaint"]
    assert other["probability"] == none["probability"] == before["probability"]


def test_a_learned_threshold_decides(configured: Path, sqlite_url: str) -> None:
    """What was learned makes no complaint of the same text; a --threshold that is given outranks it."""
    learns(sqlite_url, Calibration(threshold=0.999))
    assert [line["complaint"] for line in judged("acme", None)] == [False, True]
    assert [line["complaint"] for line in judged("acme", None, words=("--threshold", "0.1"))] == [True, True]


def test_a_given_threshold_holds_where_nothing_was_learned(configured: Path) -> None:
    """It is the same for every brand."""
    lines = judged("acme", "other", None, words=("--threshold", "0.999"))
    assert [line["complaint"] for line in lines] == [False] * 3


def test_how_posts_spread_was_learned_too(configured: Path, sqlite_url: str) -> None:
    """What finished posts of a platform taught counts for the posts of a known brand there."""
    reason = "expected to pass 4 acts"
    [before] = judged("acme", platform="square", author_followers=1_000_000)
    store = open_store(sqlite_url)
    with store.transaction() as connection:
        quiet = replace(SHIPPED, prior=replace(SHIPPED.prior, scale=SHIPPED.prior.scale / 1_000))
        spreads.save(connection, "square", quiet, posts=9, measured={}, by="maria", now=NOON)
    store.close()
    [after] = judged("acme", platform="square", author_followers=1_000_000)
    assert any(each.startswith(reason) for each in before["reasons"])
    assert not any(each.startswith(reason) for each in after["reasons"])


# ----------------------------------------------------------------------------------- what cannot be looked up
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A sentence says so, once; the topics of the brand count all the same."""
    path = tmp_path / "none.sqlite"
    (tmp_path / "config.toml").write_text(CONFIG.format(url=f"sqlite:///{path}"))
    done = run("acme", "acme", "other")
    assert done.exit_code == 0
    assert done.stderr == (
        f"uproar: there is no store at {path} yet: `uproar run` makes it; "
        "brands are judged without what was learned\n"
    )
    assert "lid falls off" in json.loads(done.stdout.splitlines()[0])["topics"]
    assert not path.exists()


def test_an_older_store_is_not_migrated(empty_sqlite_url: str, tmp_path: Path) -> None:
    """It is left as it is, and the sentence says what would migrate it."""
    (tmp_path / "config.toml").write_text(CONFIG.format(url=empty_sqlite_url))
    old = Store(empty_sqlite_url)
    migrate(old, to="0001")
    done = run("acme")
    assert done.exit_code == 0
    assert "is older than this uproar: `uproar run --once` migrates it; brands are judged" in done.stderr
    assert "lid falls off" in json.loads(done.stdout)["topics"]
    assert revision(old) == "0001"
    old.close()


def test_a_store_that_fails_is_told_without_what_was_asked(configured: Path, sqlite_url: str) -> None:
    """A table that is gone stops nobody."""
    store = Store(sqlite_url)
    with store.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE tuning")
    store.close()
    done = run("acme")
    assert (done.exit_code, done.stderr) == (
        0,
        "uproar: no such table: tuning; brands are judged without what was learned\n",
    )


def test_a_wrong_configuration_that_was_named_ends_it(tmp_path: Path) -> None:
    """As it ends every command; without a brand in any line nobody asks for it."""
    before = ("--config", str(tmp_path / "none.toml"))
    done = run("acme", before=before)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no such file" in done.stderr
    assert run(None, before=before).exit_code == 0


def test_a_wrong_configuration_that_is_only_there_is_told(tmp_path: Path) -> None:
    """Another program's `config.toml` stops nobody."""
    (tmp_path / "config.toml").write_text("[package]\nname = 'x'\n")
    done = run("acme")
    assert done.exit_code == 0
    assert "package: unknown key" in done.stderr
    assert done.stderr.endswith("uproar: until that is mended, every brand is judged by what ships\n")
    assert json.loads(done.stdout)["topics"] == ["product defect"]


@pytest.mark.parametrize(
    ("brand", "there", "unloaded"),
    [
        ("acme", False, STORE - {"pydantic"}),
        (None, True, STORE - {"pydantic"}),
        ("nobody", True, {"sqlalchemy", "sqlmodel", "monitor.store"}),
    ],
)
def test_no_more_is_loaded_than_a_line_asks_for(
    brand: str | None, there: bool, unloaded: set[str], configured: Path
) -> None:
    """Without a configuration none is read; the store is left alone until a brand of it is named."""
    if not there:
        configured.unlink()
    done = subprocess.run(
        [sys.executable, "-c", RUN, "assess"],
        input=json.dumps({"text": POST, "brand": brand}),
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["complaint"]
    assert unloaded & set(json.loads(done.stderr)["modules"]) == set()
