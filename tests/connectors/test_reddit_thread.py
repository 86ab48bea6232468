"""Mentions are read again, with what became of them, and their threads to the bottom."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from monitor.connector import Engagement, Mention, Unavailable
from monitor.demo.reddit import private
from monitor.demo.stand_in import Response
from monitor.demo.world import Post
from monitor.testing import pull_all
from tests.connectors.reddit_story import ACME, NOON, Story, names


@pytest.fixture
def story() -> Iterator[Story]:
    """Start a Reddit with nothing on it yet."""
    story = Story()
    with story.stand_in:
        yield story


def mention_of(story: Story, post: Post) -> Mention:
    """Return the mention that `post` is."""
    connector = story.connect()
    kind = "t1" if post.reply_to else "t3"
    return connector.normalise(next(iter(connector.refresh([f"{kind}_{post.id}"]))))


def test_refresh_asks_for_a_hundred_at_a_time(story: Story) -> None:
    """250 mentions cost three requests, and all come back, submissions and comments alike."""
    thread = story.submit(ago=600)
    ids = [f"t1_{story.comment(thread, ago=n).id}" for n in range(249)] + [f"t3_{thread.id}"]
    assert sorted(names(list(story.connect().refresh(ids)))) == sorted(ids)
    assert story.asked() == ["/api/info"] * 3


def test_refresh_gives_engagement_as_it_is_now(story: Story) -> None:
    """The score is the likes, the comments the replies, the crossposts the reposts; views are not told."""
    counts = Engagement(likes=812, replies=0, reposts=3)
    post = story.submit(ago=60, engagement=((NOON, counts),))
    story.comment(post)
    assert mention_of(story, post).engagement == Engagement(likes=812, replies=1, reposts=3)


def test_refresh_gives_nothing_that_was_not_asked_for(story: Story) -> None:
    """An item that nobody asked for is not passed on, and what is no name on Reddit is not asked for."""
    post, other = story.submit(ago=60), story.submit(ago=61)
    both = story.stand_in._listing([post, other], {})
    story.stand_in.fail(both, at=2)
    assert names(list(story.connect().refresh([f"t3_{post.id}", "99999", "t3_a,t3_b"]))) == [f"t3_{post.id}"]
    assert story.stand_in.requests[-1].query["id"] == f"t3_{post.id}"


@pytest.mark.parametrize("removed", [True, False])
def test_refresh_leaves_out_what_was_erased(story: Story, *, removed: bool) -> None:
    """A deleted or removed post is not yielded, though Reddit still shows where it was."""
    thread = story.submit(ago=60)
    gone = [
        story.submit(ago=50, deleted_at=NOON, removed=removed),
        story.comment(thread, ago=40, deleted_at=NOON, removed=removed),
    ]
    ids = [f"t3_{thread.id}", f"t3_{gone[0].id}", f"t1_{gone[1].id}"]
    assert names(list(story.connect().refresh(ids))) == [f"t3_{thread.id}"]


def test_refresh_keeps_what_a_former_member_wrote(story: Story) -> None:
    """The text of an author who left Reddit stands, without the author."""
    post = story.submit(ago=60, author=None)
    mention = mention_of(story, post)
    assert (mention.text, mention.author.handle, mention.author.id) == ("acme broke my order", None, None)


def test_a_refresh_that_fails_halfway_raises(story: Story) -> None:
    """When the second hundred is not answered, the error says so: silence would mean deletion."""
    ids = [f"t3_{story.submit(ago=n).id}" for n in range(150)]
    story.stand_in.fail(at=3)
    with pytest.raises(Unavailable):
        list(story.connect().refresh(ids))
    story.stand_in.fail(Response(body={"kind": "Listing", "data": {}}), at=2)
    with pytest.raises(Unavailable):
        list(story.connect().refresh(ids))


def test_replies_are_those_since(story: Story) -> None:
    """Of the thread come the comments made since, at every depth, without the mention and the erased."""
    thread = story.submit(ago=100)
    mention = mention_of(story, story.comment(thread, ago=90))
    on = next(post for post in story.world.posts if f"t1_{post.id}" == mention.id)
    story.comment(thread, ago=80, text="too old")
    answer = story.comment(on, "So sorry!", ago=30, author=ACME)
    back = story.comment(answer, "Still broken", ago=20)
    story.comment(answer, ago=10, deleted_at=NOON)
    connector = story.connect()
    found = list(connector.replies(mention, NOON - timedelta(minutes=30)))
    assert sorted(names(found)) == sorted([f"t1_{answer.id}", f"t1_{back.id}"])
    first = next(
        connector.normalise(payload) for payload in found if payload["data"]["name"] == f"t1_{answer.id}"
    )
    assert (first.in_reply_to_id, first.conversation_id) == (mention.id, f"t3_{thread.id}")
    assert all(payload["data"]["replies"] == "" for payload in found)


def test_hidden_branches_are_opened(story: Story) -> None:
    """What a tree leaves out at its sides and at its depth is asked for, and each comment given once."""
    story.stand_in.siblings = 20
    thread = story.submit(ago=500)
    wide = [story.comment(thread, ago=400 - n) for n in range(150)]
    deep = wide[-1]
    chain = [deep := story.comment(deep, ago=100 - n) for n in range(25)]
    found = names(list(story.connect().replies(mention_of(story, thread), NOON - timedelta(days=1))))
    assert sorted(found) == sorted(f"t1_{post.id}" for post in (*wide, *chain))
    assert "/api/morechildren" in story.asked()


def test_opening_branches_is_bounded(story: Story) -> None:
    """A thread of any size costs at most eleven requests."""
    story.stand_in.siblings = 1
    thread = story.submit(ago=5000)
    for n in range(1500):
        story.comment(thread, ago=2000 - n)
    mention = mention_of(story, thread)
    story.stand_in.requests.clear()
    assert len(list(story.connect().replies(mention, NOON - timedelta(days=9)))) == 1001
    assert len(story.asked()) == 11


def test_an_unreadable_thread_has_no_replies(story: Story) -> None:
    """A thread that is gone or private ends nothing: there are just no replies to read."""
    thread = story.submit(ago=60)
    mention = mention_of(story, thread)
    connector = story.connect()
    story.stand_in.fail(private(), at=2)
    assert list(connector.replies(mention, NOON - timedelta(days=1))) == []
    story.world.posts.clear()
    assert list(connector.replies(mention, NOON - timedelta(days=1))) == []


def test_a_failing_thread_raises(story: Story) -> None:
    """A server error in the midst of a thread is `Unavailable`, not the end of the replies."""
    story.stand_in.siblings = 1
    thread = story.submit(ago=60)
    for n in range(5):
        story.comment(thread, ago=n)
    mention = mention_of(story, thread)
    story.stand_in.fail(at=3)
    with pytest.raises(Unavailable):
        list(story.connect().replies(mention, NOON - timedelta(days=1)))


def test_text_is_raw(story: Story) -> None:
    """Reddit's entities are asked away: the text is what its author typed."""
    story.submit("R&D <b>acme</b> &amp; co", title="a < b & c")
    connector = story.connect()
    mention = connector.normalise(pull_all(connector, {})[0].payloads[0])
    assert (mention.title, mention.text) == ("a < b & c", "R&D <b>acme</b> &amp; co")
