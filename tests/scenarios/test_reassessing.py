"""Stories of a new model that looks at what an old one judged: it shows first, and pages nobody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement, Passage
from monitor.reassess import AT_ONCE, Application, Differences, reassess
from monitor.store import mentions
from monitor.store.judged import Span
from monitor.store.mentions import Verdict
from tests.scenarios.conftest import Build
from tests.scenarios.world import NOON, World


def judge(passages: Sequence[Passage]) -> list[Judgement]:
    """Take for a complaint what shouts, for the worst what also burns; fall silent at a dot."""
    return [
        Judgement(
            probability=None if each.text == "acme ." else 0.9 if each.text.isupper() else 0.2,
            score=1.0 if "FIRE" in each.text else 0.0,
        )
        for each in passages
    ]


NEW = {"acme": Rubric(judge=judge, model="shouts-1")}


def look_again(world: World, *, write: bool = False, hours: float | None = None, **span: Any) -> Differences:
    """Let the new model look at what is stored; what is younger than `hours` may be handed on."""
    since = None if hours is None else world.now - timedelta(hours=hours)
    limit = {"limit": span.pop("limit")} if "limit" in span else {}
    how = Application(now=world.now, write=write, escalate_since=since)
    return reassess(world.store, NEW, Span(**span), how, **limit)


def verdict(world: World, identity: str) -> Verdict:
    """Return the stored verdict on a post."""
    number = world.mention(identity).number
    with world.store.reading() as connection:
        return mentions.verdicts(connection, [number])[number]


@pytest.fixture
def judged(build: Build) -> World:
    """Return a world in which the cues judged a quiet complaint, a loud one, a loud remark and a dot."""
    world = build()
    world.says("acme broke my order", by="quiet", id="quiet")
    world.says("ACME BROKE MY ORDER, FIRE", by="loud", id="loud")
    world.says("ACME OPENS AT NINE", by="remark", id="remark")
    world.says("acme .", by="dot", id="dot")
    return world


def test_the_differences_are_shown_and_nothing_is_written(judged: World) -> None:
    """How many become and cease to be complaints and how severities move; all verdicts stay as they are."""
    before = [verdict(judged, each) for each in ("quiet", "loud", "remark", "dot")]
    found = look_again(judged)
    whole = found.whole
    assert (whole.mentions, whole.complaints_before, whole.complaints_after) == (4, 2, 2)
    assert (whole.begin, whole.cease, whole.severity_up, whole.severity_down) == (1, 1, 1, 0)
    assert found.by_source == {("acme", "square"): whole}
    assert [verdict(judged, each) for each in ("quiet", "loud", "remark", "dot")] == before


def test_the_largest_changes_come_first(judged: World) -> None:
    """What turns round comes before what only shifts."""
    found = [change.stored.mention.id for change in look_again(judged).largest]
    assert found[:2] == ["remark", "quiet"]
    assert set(found[2:]) <= {"loud", "dot"}


def test_the_order_of_a_sum_is_no_change(judged: World) -> None:
    """A probability that differs in its third digit is not shown."""
    look_again(judged, write=True)

    def nearly(passages: Sequence[Passage]) -> list[Judgement]:
        near = [replace(each, probability=(each.probability or 0.0) + 4e-3) for each in judge(passages[:3])]
        return [*near, *judge(passages[3:])]

    how = Application(now=judged.now)
    rubrics = {"acme": Rubric(judge=nearly, model="shouts-1")}
    assert not reassess(judged.store, rubrics, Span(), how).largest


def test_severities_are_compared(build: Build) -> None:
    """A complaint before and after counts as up or down."""
    world = build()
    world.says("ACME BROKE MY ORDER", by="a", id="same")
    world.says("ACME BROKE MY ORDER IN A FIRE", by="b", id="worse")
    world.says("ACME CAUGHT FLAMES, I AM IN HOSPITAL", by="c", id="milder")
    before = [verdict(world, each).severity.rank for each in ("worse", "milder")]
    assert (before[0] < 3, before[1] > 0) == (True, True)
    whole = look_again(world).whole
    assert (whole.severity_up, whole.severity_down) == (1, 1)


def test_topics_are_compared(judged: World) -> None:
    """Of what is a complaint before and after, whatever their order."""

    def about(*topics: str) -> int:
        def judges(passages: Sequence[Passage]) -> list[Judgement]:
            return [replace(each, topics=topics) for each in judge(passages)]

        how = Application(now=judged.now, write=True)
        rubrics = {"acme": Rubric(judge=judges, model="shouts-1")}
        return reassess(judged.store, rubrics, Span(), how).whole.topics_changed

    about("refund", "staff")
    assert [about(*topics) for topics in (("staff", "refund"), ("staff",), ())] == [0, 2, 2]


def test_applied_it_pages_nobody(judged: World) -> None:
    """New verdicts and outcomes are stored, alerts stay as they are, and the daemon has nothing to do."""
    judged.resolves(1)
    judged.turn()
    heard = list(judged.terminal.heard)
    look_again(judged, write=True)
    judged.turn()
    assert judged.terminal.heard == heard
    assert (verdict(judged, "remark").complaint, verdict(judged, "remark").model) == (True, "shouts-1")
    opens_nothing = "a complaint only by shouts-1, judged again later: opens nothing"
    assert judged.outcome("remark") == opens_nothing
    assert judged.outcome("quiet") == "opened alert 1"
    assert judged.outcome("dot") == "could not be judged"
    assert verdict(judged, "quiet").complaint is False
    assert look_again(judged, write=True).whole.begin == 0


def test_what_could_be_judged_and_no_longer_can_says_so(build: Build) -> None:
    """The outcome follows the verdict of what belongs to no alert."""
    world = build(brand={"alert_from": "critical"})
    world.says("acme broke it", by="a", id="was")
    world.changes("was", text="acme .")
    assert verdict(world, "was").complaint is False
    world.says("acme broke my order", by="b", id="quiet")
    look_again(world, write=True)
    assert (world.outcome("quiet"), world.outcome("was")) == ("not a complaint", "could not be judged")


def test_an_open_alert_is_weighed_again_when_its_post_changes(judged: World) -> None:
    """Its severity stays, though the verdict is another, until the daemon hears of the post again."""
    severity = judged.alert(2).severity
    look_again(judged, write=True)
    assert verdict(judged, "loud").severity == "critical"
    assert judged.alert(2).severity == severity


def test_young_complaints_may_be_handed_on(judged: World) -> None:
    """Only when asked, only what is young enough, and only once."""
    heard = list(judged.terminal.heard)
    judged.fast_forward(hours=3)
    assert look_again(judged, hours=2).handed_on == 0
    found = look_again(judged, hours=24)
    assert (found.handed_on, judged.terminal.showed("opened 3")) == (1, False)
    assert look_again(judged, write=True, hours=24).handed_on == 1
    assert judged.outcome("remark") is None
    judged.turn()
    assert "opened 3" in judged.terminal.heard
    assert heard == judged.terminal.heard[: len(heard)]
    assert judged.outcome("remark") == "opened alert 3"
    assert look_again(judged, write=True, hours=24).handed_on == 0


def test_what_belongs_to_an_alert_is_not_handed_on(judged: World) -> None:
    """It ceases to be a complaint and becomes one again: its alert is there all the while."""
    look_again(judged, write=True)
    how = Application(now=judged.now, write=True, escalate_since=judged.now - timedelta(hours=24))
    found = reassess(judged.store, {}, Span(), how)
    assert (found.whole.begin, found.handed_on) == (1, 0)


def test_what_may_not_alert_is_not_handed_on(build: Build) -> None:
    """Neither own posts nor what is older than its source's first pull."""
    world = build()
    world.says("ACME OPENS AT NINE", by="acmehelp", id="own")
    world.says("ACME OPENS AT TEN", by="a", id="old", created_at=NOON - timedelta(hours=2))
    found = look_again(world, write=True, hours=24)
    assert (found.whole.begin, found.handed_on) == (2, 0)
    assert world.outcome("old") == "a complaint only by shouts-1, judged again later: opens nothing"
    assert world.outcome("own") == "own post"


def test_a_span_and_a_limit_bound_it(judged: World) -> None:
    """By brand, source and publication; a limit takes the newest."""
    assert look_again(judged, brand="other").whole.mentions == 0
    assert look_again(judged, source="square").whole.mentions == 4
    assert look_again(judged, since=judged.mention("remark").mention.created_at).whole.mentions == 2
    assert next(change.stored.mention.id for change in look_again(judged, limit=2).largest) == "remark"
    assert look_again(judged, limit=2).whole.mentions == 2


def test_it_goes_in_batches(world: World) -> None:
    """More than one batch holds is all looked at, each mention once, and progress is told."""
    for number in range(AT_ONCE + 3):
        world.publishes("acme opens at nine", by=f"p{number}")
    world.fast_forward(minutes=1)
    told: list[int] = []
    found = reassess(world.store, NEW, Span(), Application(now=world.now, write=True), tell=told.append)
    assert (found.whole.mentions, told) == (AT_ONCE + 3, [AT_ONCE, AT_ONCE + 3])


def test_what_is_erased_stays_erased(judged: World) -> None:
    """A post that is gone is not judged again."""
    judged.deletes("quiet")
    assert look_again(judged).whole.mentions == 3


def test_what_differs_in_nothing_is_not_written(judged: World) -> None:
    """Applied twice, the second time leaves the first one's time."""
    look_again(judged, write=True)
    first = verdict(judged, "dot")
    judged.fast_forward(minutes=9)
    look_again(judged, write=True)
    assert verdict(judged, "dot") == first
    assert replace(first, model="x") != first
