"""The story of the demo: the same each time, and in an order that can happen."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.weekly import Week
from monitor.demo import story
from monitor.demo.stage import StageClock

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_the_same_seed_tells_the_same_story() -> None:
    """Two tellings of one seed are equal in every post, deed and mishap."""
    assert story.tell(7, START) == story.tell(7, START)


def test_another_seed_tells_another() -> None:
    """The seed decides who says what."""
    assert story.tell(7, START).worlds != story.tell(8, START).worlds


def test_a_story_may_begin_at_any_time() -> None:
    """Begun a day later, everything happens a day later."""
    day = timedelta(days=1)
    for one, other in zip(story.tell(7, START).deeds, story.tell(7, START + day).deeds, strict=True):
        assert other.at - one.at == day
        assert other.post.at - one.post.at == day


@pytest.mark.parametrize("seed", range(5))
def test_nothing_happens_before_its_cause(seed: int) -> None:
    """Replies, edits and deletions come after the post, and deeds after what they are about."""
    told = story.tell(seed, START)
    posts = [post for world in told.worlds.values() for post in world.posts]
    for post in posts:
        caused = [at for at, _ in post.edits] + [at for at, _ in post.engagement]
        caused += [post.deleted_at] if post.deleted_at else []
        assert all(at > post.at for at in caused)
        assert post.reply_to is None or post.at > post.reply_to.at
    for deed in told.deeds:
        assert deed.post in told.worlds[deed.platform].posts
        assert deed.at > deed.post.at
    instants = [deed.at for deed in told.deeds] + [mishap.at for mishap in told.mishaps]
    assert all(told.start < at < told.end for at in instants)


def test_time_stands_until_it_is_moved_on() -> None:
    """However long anybody looks at the clock, the story is where it was."""
    clock = StageClock(START)
    assert (clock(), clock()) == (START, START)
    clock.move_on(timedelta(minutes=3))
    assert clock() == START + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (datetime(2026, 11, 26, 15, tzinfo=UTC), datetime(2026, 11, 26, 9, tzinfo=UTC)),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), datetime(2026, 11, 23, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 5, 59, tzinfo=UTC), datetime(2026, 11, 22, 17, 59, tzinfo=UTC)),
    ],
)
def test_a_story_stays_in_one_week(now: datetime, start: datetime) -> None:
    """It ends now, or before the Monday that it would run into: its report has all of it."""
    assert story.beginning(now) == start
    assert Week.of(start) == Week.of(start + story.LENGTH)
