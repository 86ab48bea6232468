"""Stories of a configuration that is changed between two runs."""

from datetime import timedelta

import pytest

from tests.scenarios.world import Ear, World


def test_a_shorter_interval_counts_from_the_next_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pulls once a day, and then every minute, need not wait for the end of the day."""
    kept = world.config
    slow = kept()
    source = slow.sources[0].model_copy(update={"every": timedelta(days=1)})
    monkeypatch.setattr(World, "config", lambda _: slow.model_copy(update={"sources": [source]}))
    world.restarts()
    world.fast_forward(minutes=2)
    monkeypatch.setattr(World, "config", lambda _: slow)
    world.restarts()
    pulls = world.squares["square"].pulls
    world.fast_forward(minutes=1)
    assert world.squares["square"].pulls == pulls + 1


def test_who_is_told_in_vain_is_named_at_the_start(world: World) -> None:
    """Open alerts would go on to a destination that was removed: the log says which, and how many."""
    world.says("acme broke my order")
    world.says("acme lost my order", by="tom")
    ears = dict(world.ears)
    world.restarts(ears={"terminal": ears["terminal"], "pager": Ear(), "boss": ears["boss"]})
    (warned,) = [each for each in world.logged if each["event"] == "nobody behind it"]
    assert (warned["name"], warned["open_alerts"]) == ("phone", 2)


def test_nobody_is_missed_when_all_are_there(world: World) -> None:
    """A policy whose destinations are all configured is no news."""
    world.says("acme broke my order")
    world.restarts()
    assert not [each for each in world.logged if each["event"] == "nobody behind it"]
