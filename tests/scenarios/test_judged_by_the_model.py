"""Stories of posts that the shipped model judges, as it does in the daemon."""

import pytest

from monitor.models import rubric
from tests.scenarios.conftest import Build


@pytest.fixture
def by_cues() -> None:
    """Leave the judge as it ships."""


@pytest.mark.usefixtures("by_cues")
def test_what_no_cue_tells_opens_an_alert(build: Build) -> None:
    """The daemon judges by the shipped model: a complaint without known phrases pages, talk does not."""
    world = build()
    world.fast_forward(minutes=10)
    world.says("acme sent me an empty box", id="empty")
    world.says("acme is where my sister works", id="sister")
    assert world.terminal.heard == ["opened 1"]
    assert world.outcome("sister") == "not a complaint"
    assert world.alerts[0].mention == world.mention("empty").number
    assert rubric().model.startswith("uproar-2 (")
