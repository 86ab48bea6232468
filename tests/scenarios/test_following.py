"""Stories of what is found when the daemon looks again at what has an open alert."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import SQLModel

from monitor.connector import RateLimited, Unavailable
from monitor.core.mention import Engagement
from monitor.core.record import to_record
from monitor.escalate import annotate
from tests.scenarios.conftest import Build
from tests.scenarios.world import Square, World


def test_an_answer_that_no_search_shows_is_found_in_the_thread(world: World) -> None:
    """The brand's reply, which does not name the brand, is found when the conversation is read again."""
    post = world.says("acme broke my order")
    world.publishes("So sorry!", by="acmehelp", to=post, unsearched=True)
    world.fast_forward(minutes=11)
    assert world.alert().answered_at is not None


def test_an_author_who_comes_back_in_the_thread_is_heard(world: World) -> None:
    """A reply of the author that does not name the brand is found, and joins."""
    post = world.says("acme broke my order")
    world.brand_replies(to=post)
    world.publishes("it is still broken", to=post, unsearched=True)
    world.fast_forward(minutes=11)
    assert world.terminal.showed("came-back")


def test_an_alert_that_came_back_is_followed_again(world: World) -> None:
    """After a resolve nothing is followed; once the author came back the conversation is read again."""
    post = world.says("acme broke my order")
    world.resolves(1)
    world.fast_forward(minutes=1)
    world.says("acme: it is broken again", to=post)
    world.publishes("So sorry!", by="acmehelp", to=post, unsearched=True)
    world.fast_forward(minutes=12)
    assert world.alert().answered_at is not None


def test_what_grows_without_being_searched_is_seen_to_grow(world: World) -> None:
    """Counts are read again for what has an open alert, and may raise it."""
    post = world.says("acme broke my order")
    square = world.squares["square"]
    number, before = square.posts[post]
    square.posts[post] = (number, replace(before, engagement=Engagement(likes=200)))
    world.fast_forward(minutes=11)
    assert world.terminal.heard == ["opened 1", "raised 1"]


def test_what_is_deleted_is_erased_everywhere(world: World) -> None:
    """A post that its platform no longer has leaves no word behind, and its alert is resolved as gone."""
    post = world.says("acme broke my Sixpence clock", title="Sixpence", url="https://square/Sixpence")
    world.fast_forward(minutes=15)
    annotate(world.store, 1, "called her", by="maria", now=world.now)
    world.deletes(post)
    assert (world.alert().status, world.alert().resolution) == ("resolved", "gone")
    assert world.mention(post).deleted_at is not None
    assert world.happenings("erased") == ["mention 1 is deleted on its platform: erased here"]
    everything = _everything(world)
    for word in ("Sixpence", "mara", "broke"):
        assert word not in everything
    assert "called her" in everything


def test_a_post_is_gone_even_if_we_died_between_erasing_and_resolving(world: World) -> None:
    """An alert whose post was erased, but which nobody resolved, is resolved at the next look."""
    post = world.says("acme broke my order")
    resolve = world.daemon._resolve_gone
    world.patch.setattr(type(world.daemon), "_resolve_gone", lambda *_: None)
    world.deletes(post)
    assert world.mention(post).deleted_at is not None
    assert world.alert().is_open
    world.patch.setattr(type(world.daemon), "_resolve_gone", lambda _, number: resolve(number))
    world.fast_forward(minutes=11)
    assert world.alert().resolution == "gone"
    assert len(world.happenings("erased")) == 1


def test_a_payload_that_is_not_understood_is_not_taken_for_deleted(world: World) -> None:
    """A platform that changes its format does not make us erase what people wrote."""
    post = world.says("acme broke my order")
    square = world.squares["square"]
    odd = to_record(square.posts[post][1]) | {"created_at": "yesterday"}
    world.patch.setattr("tests.scenarios.world.SquareConnector.refresh", lambda *_: iter([odd]))
    world.fast_forward(minutes=11)
    assert world.mention(post).deleted_at is None
    assert world.alert().is_open


def test_a_bug_in_one_connector_leaves_the_others_followed(build: Build) -> None:
    """A connector that fails when it looks again does not keep the alerts of another from being followed."""
    world = build(squares={"a": Square(), "b": Square()})
    world.says("acme broke my order", on="a")
    other = world.says("acme broke my order", by="ben", on="b", id="b1")
    for _ in range(9):
        world.squares["a"].follow_troubles.append(KeyError("token=hunter2"))
    world.squares["b"].posts.pop(other)
    world.fast_forward(minutes=11)
    assert world.alert(2).resolution == "gone"
    assert set(world.happenings("not followed")) == {"KeyError: a bug, see the log"}


def test_nothing_said_while_following_was_not_possible_is_lost(world: World) -> None:
    """After a long time without leave to look, all that was said meanwhile is read all the same."""
    post = world.says("acme broke my order")
    world.squares["square"].follow_troubles.append(
        RateLimited("window used up", retry_at=world.now + timedelta(hours=2))
    )
    world.fast_forward(minutes=10)
    world.publishes("So sorry!", by="acmehelp", to=post, unsearched=True)
    for minutes in range(9):
        world.fast_forward(minutes=10)
        world.spreads(post, likes=minutes)  # which the pulls see meanwhile
    assert world.alert().answered_at is None
    world.fast_forward(minutes=40)
    assert world.alert().answered_at is not None
    assert world.happenings("not followed") == ["window used up"]


def test_a_platform_that_does_not_answer_is_asked_again_the_next_time(world: World) -> None:
    """A short failure is told with its cause, and the next look makes up for it."""
    post = world.says("acme broke my order")
    world.squares["square"].follow_troubles.append(Unavailable("HTTP 503"))
    world.deletes(post)
    assert world.alert().is_open
    world.fast_forward(minutes=11)
    assert world.happenings("not followed") == ["HTTP 503"]
    assert world.alert().resolution == "gone"


def _everything(world: World) -> str:
    """Return every cell of every table as text."""
    with world.store.reading() as connection:
        rows = [row for table in SQLModel.metadata.sorted_tables for row in connection.execute(select(table))]
    return "\n".join(str(tuple(row)) for row in rows)


def test_posts_in_doubt_are_looked_at_sooner_and_together(world: World) -> None:
    """While it is even whether young posts pass a threshold, one call reads all of them every few minutes."""
    liked = Engagement(likes=30)
    first = world.says("acme broke my order", engagement=liked)
    second = world.says("my acme is broken, too", by="ben", engagement=liked)
    world.squares["square"].asked.clear()
    for _ in range(8):
        world.fast_forward(minutes=1)
    assert world.squares["square"].asked
    assert all(sorted(each) == [first, second] for each in world.squares["square"].asked)


def test_a_quiet_post_is_looked_at_at_the_usual_times(world: World) -> None:
    """A post that will pass no threshold costs a call every ten minutes, and no more."""
    world.says("acme broke my order")
    world.squares["square"].asked.clear()
    for _ in range(29):
        world.fast_forward(minutes=1)
    assert len(world.squares["square"].asked) == 2
