"""Stories of people who teach the daemon what is a complaint of theirs, and what is not."""

import pytest
from sqlalchemy import update

from monitor import teach
from monitor.core.assessment import Rubric
from monitor.core.calibration import Calibration, held_back
from monitor.store import labels, mentions, tunings
from monitor.store.labels import ANSWERED, LABEL, RESOLVE, Label
from monitor.store.mentions import Verdict
from tests.scenarios.conftest import Build
from tests.scenarios.world import Square, World

# Customers of this brand say that things broke when they praise how long these lasted.
PRAISE = "my acme kettle finally broke after twenty years, what a run"
COMPLAINT = "acme broke my order, still waiting, refund me"


def label(world: World, identity: str, complaint: bool) -> None:
    """Let Maria say of a post what it is."""
    said = Label(mention=world.mention(identity).number, complaint=complaint, by="maria", at=world.now)
    with world.store.transaction() as connection:
        labels.save(connection, [said])


def labelled(world: World) -> dict[str, tuple[bool, str]]:
    """Return what counts of each labelled post, by its id."""
    with world.store.reading() as connection:
        return {stored.mention.id: (said.complaint, said.how) for stored, said in labels.labelled(connection)}


def tune(world: World, *sources: str) -> list[int | None]:
    """Learn what can be learned, as `uproar tune` does, and return the numbers of the tunings."""
    with world.store.transaction() as connection:
        lessons = list(teach.lessons(connection, {}, {"acme": sources or ("square",)}))
        return [
            teach.save(connection, each, "maria", world.now).number if each.new else None for each in lessons
        ]


def verdict(world: World, identity: str) -> Verdict:
    """Return the stored verdict on a post."""
    number = world.mention(identity).number
    with world.store.reading() as connection:
        return mentions.verdicts(connection, [number])[number]


def two_hundred_labels(world: World, on: str = "square") -> None:
    """Publish 200 posts, half of them praise that sounds like a complaint, and label them all."""
    posts = [
        world.publishes(PRAISE if number % 2 else COMPLAINT, by=f"{on}{number}", on=on, likes=0)
        for number in range(200)
    ]
    world.fast_forward(minutes=1)
    for number, post in enumerate(posts):
        label(world, post, not number % 2)


def test_what_was_taught_judges_the_next_mention_until_it_is_undone(world: World) -> None:
    """200 labels, one tuning: the running daemon judges the next post by it, and without it when undone."""
    before = world.says(PRAISE, by="first")
    assert verdict(world, before).complaint
    two_hundred_labels(world)
    (number,) = tune(world)

    taught = world.says(PRAISE, by="second")
    assert world.outcome(taught) == "not a complaint"
    assert verdict(world, taught).tuning == number
    assert verdict(world, taught).raw == verdict(world, before).raw
    assert verdict(world, world.says(COMPLAINT, by="third")).complaint

    assert number is not None
    with world.store.transaction() as connection:
        tunings.undo(connection, number, "maria", world.now)
    undone = world.says(PRAISE, by="fourth")
    assert (verdict(world, undone).complaint, verdict(world, undone).tuning) == (True, None)


def test_what_was_taught_of_a_source_holds_for_that_source(build: Build) -> None:
    """Another source of the brand goes by what ships."""
    world = build(squares={"square": Square(), "market": Square()})
    two_hundred_labels(world)
    tune(world, "square")
    assert not verdict(world, world.says(PRAISE, by="one", id="s")).complaint
    assert verdict(world, world.says(PRAISE, by="two", id="m", on="market")).complaint


def test_what_was_taught_of_the_brand_holds_where_nothing_else_was(build: Build) -> None:
    """A source with too few labels of its own goes by those of the whole brand."""
    world = build(squares={"square": Square(), "market": Square()})
    two_hundred_labels(world)
    of_square, of_brand = tune(world, "square", "market")
    assert verdict(world, world.says(PRAISE, by="one", id="s")).tuning == of_square
    assert verdict(world, world.says(PRAISE, by="two", id="m", on="market")).tuning == of_brand


def test_a_few_labels_teach_nothing_yet(world: World) -> None:
    """It takes twenty labels, five of each kind; what is missing is told."""
    for number in range(6):
        label(world, world.says(COMPLAINT, by=f"b{number}"), True)
    with world.store.reading() as connection:
        of_source, of_brand = teach.lessons(connection, {}, {"acme": ["square"]})
    assert (of_source.new, of_brand.new) == (None, None)
    assert (of_source.answers, of_source.missing) == (6, (14, 0, 5))


def test_only_what_the_present_judge_says_counts(world: World) -> None:
    """The labelled texts are judged anew: an older model's stored probabilities teach nothing."""
    two_hundred_labels(world)
    with world.store.reading() as connection:
        (lesson,) = teach.lessons(connection, {"acme": Rubric(model="cues-2")}, {"acme": ["square"]})
    assert (lesson.model, lesson.answers) == ("cues-2", 200)
    tune(world)
    taught = verdict(world, world.says(PRAISE, by="next"))
    assert (taught.model, taught.tuning) == ("cues-1", 1)


def test_what_it_teaches_is_measured_on_held_back_labels(world: World) -> None:
    """False alarms go down, and the calibration error with them; nothing gets worse."""
    two_hundred_labels(world)
    with world.store.reading() as connection:
        (lesson,) = teach.lessons(connection, {}, {"acme": ["square"]})
    assert lesson.before
    assert lesson.after
    assert (lesson.before.false_alarms, lesson.after.false_alarms) == (100, 0)
    assert (lesson.before.misses, lesson.after.misses) == (0, 0)
    assert lesson.after.calibration_error is not None
    assert lesson.after.calibration_error <= 0.05 < (lesson.before.calibration_error or 0)
    assert not lesson.is_worse


def test_a_tuning_is_measured_as_fairly_as_the_one_that_it_replaces(world: World) -> None:
    """Learned again from the same labels nothing changes, before or after; labels made since then tell."""
    two_hundred_labels(world)
    tune(world)
    with world.store.reading() as connection:
        (same,) = teach.lessons(connection, {}, {"acme": ["square"]})
    assert same.before == same.after
    posts = [world.publishes("acme broke", by=f"x{number}", likes=0) for number in range(20)]
    world.fast_forward(minutes=1)
    for number, post in enumerate(posts):
        label(world, post, number % 2 > 0)
    with world.store.reading() as connection:
        (other,) = teach.lessons(connection, {}, {"acme": ["square"]})
    assert (other.answers, other.before == other.after) == (220, False)


def test_held_back_labels_are_not_learned_from(world: World) -> None:
    """Measured on labels that it had seen, it would look better than it is."""
    two_hundred_labels(world)
    with world.store.reading() as connection:
        (lesson,) = teach.lessons(connection, {}, {"acme": ["square"]})
        rows = teach._rows(teach._answers(labels.labelled(connection), Rubric()))
    assert lesson.new
    assert lesson.after
    assert lesson.after.loss > held_back(rows, lambda _: lesson.new or Calibration()).loss


# ------------------------------------------------------------------------------------------ closing an alert
def test_closing_an_alert_as_no_complaint_teaches(world: World) -> None:
    """What opened it, and what joined it as a complaint, is labelled; what joined it otherwise is not."""
    first = world.says(PRAISE)
    second = world.says("acme broke mine too, refund me", by="ben", to=first)
    world.says("lovely weather, acme", by="cy", to=first)
    world.resolves(resolution="not-a-complaint")
    assert labelled(world) == {first: (False, RESOLVE), second: (False, RESOLVE)}


def test_what_is_taken_for_none_by_then_is_not_labelled(world: World) -> None:
    """Of what joined, only what is still taken for a complaint; what opened it in any case."""
    first = world.says(COMPLAINT)
    second = world.says("acme broke mine too, refund me", by="ben", to=first)
    for post in (first, second):
        world.changes(post, text="acme has a shop")
    world.resolves(resolution="not-a-complaint")
    assert labelled(world) == {first: (False, RESOLVE)}


def test_own_posts_and_what_is_gone_are_not_labelled(world: World) -> None:
    """What the brand wrote, and what there is nothing left to read of, teaches nothing."""
    first = world.says(COMPLAINT)
    second = world.says("acme broke mine too, refund me", by="ben", to=first)
    numbers = {post: world.mention(post).number for post in (first, second)}
    with world.store.transaction() as connection:
        mentions.erase(connection, [numbers[second]], world.now)
        table = mentions.mention
        connection.execute(update(table).where(table.c.number == numbers[first]).values(own=True))
    world.resolves(resolution="not-a-complaint")
    with world.store.reading() as connection:
        assert labels.present(connection, list(numbers.values())) == {}


@pytest.mark.parametrize("resolution", ["answered", "answered-in-private"])
def test_closing_an_alert_as_answered_implies_that_it_was_one(world: World, resolution: str) -> None:
    """Of the post that opened it, and of no other; what was said of a text before stays."""
    first = world.says(COMPLAINT)
    world.says("acme broke mine too, refund me", by="ben", to=first)
    world.resolves(resolution=resolution)
    assert labelled(world) == {first: (True, ANSWERED)}
    second = world.says(PRAISE, by="dan")
    label(world, second, False)
    world.resolves(2, resolution=resolution)
    assert labelled(world)[second] == (False, LABEL)


@pytest.mark.parametrize("resolution", ["duplicate", "gone"])
def test_other_reasons_teach_nothing(world: World, resolution: str) -> None:
    """A duplicate may be either, and so may what is no more."""
    world.says(COMPLAINT)
    world.resolves(resolution=resolution)
    assert labelled(world) == {}


def test_time_teaches_nothing(world: World) -> None:
    """An alert that is resolved since the brand answered and its author is content labels nothing."""
    post = world.says(COMPLAINT)
    world.acks()
    world.brand_replies(to=post)
    world.fast_forward(hours=72)
    assert world.alert().resolution == "answered"
    assert labelled(world) == {}


def test_what_is_deleted_is_forgotten(world: World) -> None:
    """A label goes with the text that it was about."""
    post = world.says(COMPLAINT)
    label(world, post, True)
    world.deletes(post)
    assert labelled(world) == {}
