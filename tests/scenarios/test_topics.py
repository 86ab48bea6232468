"""Stories of topics that a brand adds: they go with a mention wherever it goes."""

from pathlib import Path

from typer.testing import CliRunner

from monitor.cli import app
from tests.scenarios.conftest import Build
from tests.scenarios.world import World

LID = "lid (falls) off"
TOPICS = {LID: ["lid came off", "deckel* lose"]}
CONFIG = '[monitor]\nstore = "{url}"\n[brands.acme]\nnames = ["acme"]\n'


def types(world: World, folder: Path, *words: str) -> str:
    """Return what a command prints."""
    path = folder / "config.toml"
    path.write_text(CONFIG.format(url=world.store.url))
    done = CliRunner().invoke(app, ["--config", str(path), *words])
    assert done.exit_code == 0
    return done.stdout


def test_a_topic_of_the_brands_own_is_shown_exported_and_counted(build: Build, tmp_path: Path) -> None:
    """`why` shows it with the words that it goes by, an export has it in its column, the week counts it."""
    world = build(brand={"topics": TOPICS})
    world.says("my acme kettle is broken, the lid came off. No refund!", id="lid")
    told = types(world, tmp_path, "why", "1")
    assert f"topics: product defect, refund, {LID}" in told
    assert f"- is about {LID}: “lid came off”" in told
    exported = types(world, tmp_path, "export", "mentions", "--format", "csv")
    assert f"refund; {LID}" in exported
    week = types(world, tmp_path, "report", "--week", "2026-W47", "--format", "csv")
    assert f"complaints_by_topic,{LID},1,0," in week


def test_a_topic_counts_from_the_next_start_on(build: Build) -> None:
    """A daemon that is started with a new topic finds it in what comes from then on."""
    world = build()
    world.restarts(brand={"topics": TOPICS})
    world.says("acme: Deckelteile lose und defekt", id="after")
    assert world.alerts[0].mention == world.mention("after").number
