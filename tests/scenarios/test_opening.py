"""Stories of what opens an alert, and of what does not."""

from dataclasses import replace

import pytest

from monitor.core.mention import Kind
from tests.scenarios.conftest import Build
from tests.scenarios.world import World


def test_what_was_answered_before_we_looked_opens_nothing(world: World) -> None:
    """A complaint and its public answer that are found together: it counts as answered, and pages nobody."""
    world.fast_forward(minutes=10)
    post = world.publishes("acme broke my order", ago=5)
    world.publishes("So sorry!", by="acmehelp", to=post, ago=3)
    world.fast_forward(minutes=1)
    assert world.alerts == []
    assert world.outcome(post) == "already answered in public by acmehelp: opens nothing"
    answer = world.answer_to(post)
    assert answer is not None
    assert answer.by == "acmehelp"


def test_an_answer_may_arrive_before_its_complaint(world: World) -> None:
    """The brand's reply is found first, the complaint a pull later: it opens nothing either."""
    world.fast_forward(minutes=10)
    world.says("So sorry!", by="acmehelp", in_reply_to_id="late", conversation_id="late", ago=3)
    world.says("acme broke my order", id="late", ago=5)
    assert world.alerts == []
    assert world.answer_to("late") is not None


def test_an_answer_to_somebody_else_is_none(world: World) -> None:
    """A reply of the brand to another person in the conversation does not answer this one."""
    world.fast_forward(minutes=10)
    world.says("So sorry!", by="acmehelp", in_reply_to_id="other", conversation_id="late", ago=3)
    world.says("acme broke my order", id="late", ago=5)
    assert world.terminal.heard == ["opened 1"]


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"by": "acmehelp"}, "own post"),
        ({"by": "mara", "kind": Kind.REPOST}, "a repost: opens nothing"),
        ({"by": "mara", "text": "acme has a nice shop"}, "not a complaint"),
        ({"by": "mara", "text": "acme ქართული", "lang": "ka"}, "could not be judged"),
    ],
    ids=["own", "repost", "content", "unknown language"],
)
def test_what_is_no_complaint_of_a_customer_opens_nothing(
    world: World, fields: dict[str, str], outcome: str
) -> None:
    """Own posts, reposts and what is no complaint page nobody, and say why."""
    post = world.says(**({"text": "acme broke my order"} | fields))
    assert world.alerts == []
    assert world.outcome(post) == outcome


def test_history_is_learned_and_not_paged_for(build: Build) -> None:
    """What was there before a source was first pulled opens nothing, unless warm-up is off."""
    world = build()
    old = world.says("acme broke my order", ago=10)
    assert world.alerts == []
    assert world.outcome(old) == "history: published before its source was first pulled"
    world.restarts(warm_up=False)
    world.says("acme broke my order", by="ben", ago=20)
    assert world.terminal.heard == ["opened 1"]


def test_a_brand_may_ask_for_the_worse_ones_only(build: Build) -> None:
    """Below the brand's alert_from nothing opens; once edited into something worse, it does."""
    world = build(brand={"alert_from": "high"})
    post = world.says("acme broke my order")
    assert world.outcome(post) == "severity low is below the brand's alert_from (high)"
    world.changes(post, text="acme caught fire, i am in hospital")
    assert world.terminal.heard == ["opened 1"]


def test_what_is_edited_into_a_complaint_is_one(world: World) -> None:
    """A harmless post that becomes a complaint opens an alert when the edit is seen."""
    post = world.says("acme has a nice shop")
    assert world.alerts == []
    world.changes(post, text="acme broke my order, avoid", edited_at=world.now)
    assert world.terminal.heard == ["opened 1"]


def test_what_is_not_about_the_brand_is_not_kept(world: World) -> None:
    """A platform's search may give more than was asked for: it is counted as filtered."""
    world.says("my order is broken")
    assert (world.source().mentions, world.source().filtered) == (0, 1)


def test_the_order_of_arrival_makes_no_two_alerts(world: World) -> None:
    """Two complaints of one conversation in one batch, the later one first: one alert, about the first."""
    world.fast_forward(minutes=10)
    world.publishes("acme: broken, too", by="ben", id="b", conversation_id="a", ago=1)
    world.publishes("acme broke my order", id="a", ago=2)
    world.fast_forward(minutes=1)
    assert [each.dedup_key for each in world.alerts] == ["square:a"]
    assert world.terminal.told[0].card.first.mention.id == "a"
    assert world.outcome("b") == "joined alert 1: same conversation"


def test_a_source_of_a_brand_without_rules_stops_nobody(world: World) -> None:
    """A mention of a brand that is no longer configured is done with, and says so."""
    post = world.publishes("acme broke my order")
    world.daemon._wiring = replace(world.daemon._wired(), plan=replace(world.daemon._wired().plan, rules={}))
    world.fast_forward(minutes=1)
    assert world.alerts == []
    assert world.outcome(post) == "brand 'acme' is not configured any more"
