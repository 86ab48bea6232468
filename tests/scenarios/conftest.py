"""What the stories share: a world, whose daemon has looked at the square once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from monitor.core.assessment import Rubric
from monitor.store import Store, open_store
from tests.scenarios.world import World

Build = Callable[..., World]


def opened(url: str) -> Store:
    """Open a store whose commits need not reach the disk: nothing here outlives the test."""
    store = open_store(url)
    if store.is_sqlite:
        event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        store.engine.dispose()
    return store


@pytest.fixture
def build(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Yield what makes a world of one's own."""
    worlds: list[World] = []

    def made(**fields: Any) -> World:
        given: dict[str, Any] = {"store": opened(sqlite_url), "patch": monkeypatch, "logged": logged} | fields
        worlds.append(World(**given).begins())
        return worlds[-1]

    with capture_logs() as logged:
        yield made
        for each in worlds:
            each.daemon.stop()
            each.store.close()


@pytest.fixture
def world(build: Build) -> World:
    """Return a world with a brand, a source and a policy of two steps."""
    return build()


@pytest.fixture(autouse=True)
def by_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stories be judged by the hand-set cues: what is judged how is told elsewhere."""
    monkeypatch.setattr("monitor.models.rubric", Rubric)
