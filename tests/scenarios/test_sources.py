"""Stories of platforms that refuse, fail and change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from monitor.connector import (
    ConnectorError,
    Gone,
    Misconfigured,
    Payload,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from monitor.core.mention import Engagement, Mention
from monitor.store import sources
from tests.scenarios.conftest import Build
from tests.scenarios.world import NOON, Square, SquareConnector, World

HOUR = timedelta(hours=1)
Trouble = Callable[[], ConnectorError]


@pytest.mark.parametrize(
    ("trouble", "state", "wait"),
    [
        (lambda: Unavailable("HTTP 503"), "unavailable", timedelta(seconds=30)),
        (lambda: RateLimited("window used up", retry_at=NOON + HOUR), "rate-limited", HOUR),
        (lambda: QuotaExhausted("cap reached", resets_at=NOON + 9 * HOUR), "quota-exhausted", 9 * HOUR),
    ],
)
def test_a_platform_that_makes_us_wait_loses_nothing(
    world: World, trouble: Trouble, state: str, wait: timedelta
) -> None:
    """The source's state says what is the matter and until when; once it is over all is caught up with."""
    square = world.squares["square"]
    square.troubles.append(trouble())
    post = world.says("acme broke my order")
    source = world.source()
    assert (source.state, source.error, source.failures) == (state, str(trouble()), 1)
    assert source.due_at is not None
    assert NOON + wait / 2 <= source.due_at <= NOON + wait + timedelta(minutes=1)
    assert world.happenings(state) == [str(trouble())]
    pulls = square.pulls
    world.now = source.due_at - timedelta(seconds=1)
    world.turn()
    assert square.pulls == pulls
    world.now += timedelta(seconds=1)
    world.turn()
    assert (world.source().state, world.source().error) == ("ok", None)
    assert world.outcome(post) == "opened alert 1"


@pytest.mark.parametrize(
    ("trouble", "state", "error"),
    [
        (lambda: Unauthorized("the token was refused"), "unauthorized", "the token was refused"),
        (lambda: Gone("the community is closed"), "gone", "the community is closed"),
        (
            lambda: Misconfigured("options.path", "no such file"),
            "misconfigured",
            "options.path: no such file",
        ),
    ],
)
def test_what_the_operator_must_mend_waits_for_them(
    world: World, trouble: Trouble, state: str, error: str
) -> None:
    """The source is paused and told of once; after a restart it is tried again and nothing was lost."""
    square = world.squares["square"]
    square.troubles.append(trouble())
    world.says("acme broke my order")
    pulls = square.pulls
    world.fast_forward(hours=3)
    assert (world.source().state, world.source().error, world.source().due_at) == (state, error, None)
    assert square.pulls == pulls
    assert world.happenings(state) == [error]
    world.restarts()
    assert world.source().state == "ok"
    assert world.terminal.heard == ["opened 1"]


def test_a_refusal_between_two_pages_keeps_the_first(world: World) -> None:
    """What came before the refusal is stored with its cursor; the next pull goes on from there."""
    square = world.squares["square"]
    square.batch = 1
    world.publishes("acme broke my order")
    world.publishes("acme lost my order", by="ben")
    square.at_batch = lambda: square.troubles.append(Unavailable("HTTP 503"))
    world.fast_forward(minutes=1)
    assert (world.source().state, world.source().mentions) == ("unavailable", 1)
    square.at_batch = lambda: None
    world.fast_forward(minutes=5)
    assert (world.source().state, world.source().mentions) == ("ok", 2)
    assert world.terminal.heard == ["opened 1", "opened 2"]


def test_failures_in_a_row_make_us_wait_longer(world: World) -> None:
    """Each failure in a row about doubles the wait, up to an hour."""
    world.squares["square"].troubles += [Unavailable("HTTP 503")] * 12
    waits: list[float] = []
    while world.squares["square"].troubles:
        due_at = world.source().due_at
        assert due_at is not None
        world.now = due_at
        world.turn()
        waits.append((world.source().due_at - world.now).total_seconds())  # type: ignore[operator]
    assert all(15 * 2**n <= wait <= 30 * 2**n for n, wait in enumerate(waits[:6]))
    assert 1_800 <= min(waits[-3:]) <= max(waits) <= 3_600


def test_a_bug_in_one_connector_stops_no_other(build: Build) -> None:
    """A source whose connector fails is marked as failed and backs off; the others are pulled."""
    world = build(squares={"a": Square(), "b": Square()})
    world.squares["a"].troubles.append(KeyError("token=hunter2"))
    post = world.publishes("acme broke my order", on="a", id="a1")
    world.says("acme lost my order", by="ben", on="b", id="b1")
    assert world.terminal.heard == ["opened 1"]
    assert (world.source("a").state, world.source("a").error) == ("failed", "KeyError: a bug, see the log")
    assert world.source("b").state == "ok"
    world.fast_forward(minutes=2)
    assert world.outcome(post) == "opened alert 2"


def test_one_malformed_payload_costs_no_other(world: World) -> None:
    """What is not understood is kept aside and counted; the rest of the batch is stored."""
    square = world.squares["square"]
    for odd in ({"id": 7}, {"platform": "square", "id": "x", "created_at": "yesterday"}, {}):
        square.changes += 1
        square.odd.append((square.changes, odd))
    post = world.says("acme broke my order")
    assert world.outcome(post) == "opened alert 1"
    assert (world.source().state, world.source().malformed, world.source().mentions) == ("ok", 3, 1)
    with world.store.reading() as connection:
        kept = sources.kept_aside(connection, "square")
    assert [row.payload for row in kept][::-1] == [odd for _, odd in square.odd]
    assert "created_at" in kept[1].error


def test_what_no_database_holds_is_kept_aside(world: World) -> None:
    """A connector that lets an absurd count through loses that payload, not its batch."""
    normalise = SquareConnector.normalise

    def lenient(self: SquareConnector, payload: Payload) -> Mention:
        understood = normalise(self, payload)
        absurd = understood.author.handle == "ben"
        return replace(understood, engagement=Engagement(likes=2**63)) if absurd else understood

    world.patch.setattr(SquareConnector, "normalise", lenient)
    world.publishes("acme lost my order", by="ben")
    world.says("acme broke my order")
    assert (world.source().state, world.source().malformed) == ("ok", 1)
    assert world.terminal.heard == ["opened 1"]


def test_a_late_pull_is_told_with_its_cause(world: World) -> None:
    """A pull that comes much too late is an event that says how late, how many were skipped, and why."""
    world.now += timedelta(hours=1)
    world.turn()
    (cause,) = world.happenings("late")
    assert cause == "3540 s late, 59 pulls skipped: the daemon was held up, or the machine slept"
    world.daemon.stop()
    world.now += timedelta(hours=2)
    world.begins()
    assert world.happenings("late")[1].endswith("the daemon was not running")


def test_a_source_that_is_no_longer_configured_is_not_pulled(build: Build) -> None:
    """Taken out of the configuration it rests; put back it goes on from where it was."""
    both = {"a": Square(), "b": Square()}
    world = build(squares=both)
    world.restarts(squares={"b": both["b"]})
    world.fast_forward(minutes=3)
    assert (world.source("a").state, world.source("a").enabled) == ("disabled", False)
    pulls = both["a"].pulls
    world.squares = both
    world.publishes("acme broke my order", on="a")
    assert both["a"].pulls == pulls
    world.restarts()
    assert world.terminal.heard == ["opened 1"]


def test_coverage_is_proved_by_pulls(world: World) -> None:
    """What a pull proves to have seen is known, up to when."""
    world.fast_forward(minutes=5)
    assert world.source().blind_since == world.now


def test_a_pull_that_lost_its_claim_saves_nothing_and_harms_nobody(world: World) -> None:
    """Another daemon took the source over meanwhile: what this one did is not saved, and it goes on."""
    post = world.publishes("acme broke my order")
    _steal_while_pulling(world)
    world.fast_forward(minutes=1)
    assert any(each["event"] == "claim lost" for each in world.logged)
    assert world.source().mentions == 0
    world.fast_forward(minutes=6)
    assert world.outcome(post) == "opened alert 1"


def _steal_while_pulling(world: World) -> None:
    """Let another daemon claim the source while this one asks the platform, the next time."""
    news = Square.news

    def slowly(square: Square, after: int) -> list[tuple[int, Payload]]:
        with world.store.transaction() as connection:
            connection.execute(update(sources.source).values(token=sources.source.c.token + 1))
        world.patch.setattr(Square, "news", news)
        return news(square, after)

    world.patch.setattr(Square, "news", slowly)
