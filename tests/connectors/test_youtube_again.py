"""Reading YouTube again: present counts, what was deleted, and who answered."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from monitor.connector import Mention, Unavailable
from monitor.core.mention import Engagement
from monitor.demo.world import Post, World
from monitor.demo.youtube import YouTubeStandIn
from monitor.demo.youtube_refusals import not_found
from monitor.testing import HandClock
from tests.connectors.youtube_world import BRAND, NOON, Tube

HOUR = timedelta(hours=1)


@pytest.fixture
def tube() -> Iterator[Tube]:
    """Yield an empty YouTube at noon."""
    clock = HandClock(NOON)
    with YouTubeStandIn(World(), clock) as youtube:
        yield Tube(youtube.world, clock, youtube)


def refreshed(tube: Tube, posts: list[Post]) -> dict[str, Mention]:
    """Return what a refresh gives, by id."""
    connector = tube.connector()
    found = [connector.normalise(payload) for payload in connector.refresh([post.id for post in posts])]
    return {mention.id: mention for mention in found}


def test_a_refresh_gives_present_counts_and_leaves_out_the_deleted(tube: Tube) -> None:
    """Videos, first comments and replies are read again; replies keep their address."""
    video = tube.film("v", NOON - 3 * HOUR)
    comment, gone = tube.say("c", NOON - 2 * HOUR, video), tube.say("d", NOON - 2 * HOUR, video)
    reply = tube.say("r", NOON - HOUR, video, under=comment)
    gone.deleted_at = NOON
    for post in (video, comment, reply):
        post.engagement = [(NOON, Engagement(likes=5, replies=1, views=50))]
    found = refreshed(tube, [video, comment, gone, reply])
    assert set(found) == {video.id, comment.id, reply.id}
    assert [found[post.id].engagement.likes for post in (video, comment, reply)] == [5, 5, 5]
    assert (found[comment.id].engagement.replies, found[video.id].engagement.views) == (1, 50)
    assert found[reply.id].url == f"https://www.youtube.com/watch?v={video.id}&lc={reply.id}"


def test_a_deleted_video_takes_its_comments_along(tube: Tube) -> None:
    """What stands under a deleted video is gone too."""
    video = tube.film("v", NOON - 3 * HOUR)
    comment = tube.say("c", NOON - 2 * HOUR, video)
    video.deleted_at = NOON
    assert refreshed(tube, [video, comment]) == {}


def test_a_refresh_costs_a_unit_for_each_fifty(tube: Tube) -> None:
    """A hundred videos take two calls, seventy replies of one thread two and one for the thread."""
    video = tube.film("v", NOON - 3 * HOUR)
    videos = [tube.film(f"v{n}", NOON - HOUR) for n in range(100)]
    comment = tube.say("c", NOON - 2 * HOUR, video)
    replies = [tube.say(f"r{n}", NOON - HOUR, video, under=comment) for n in range(70)]
    assert len(refreshed(tube, videos)) == 100
    assert tube.meter.total("units") == 2
    assert len(refreshed(tube, replies)) == 70
    assert tube.meter.total("units") == 5
    assert {request.method for request in tube.stand_in.requests} == {"GET"}


def test_a_call_refused_for_one_missing_comment_gives_the_others(
    tube: Tube, monkeypatch: pytest.MonkeyPatch
) -> None:
    """YouTube may answer 404 for a whole call when one id is unknown: that one alone is taken as deleted."""
    video = tube.film("v", NOON - 3 * HOUR)
    comments = [tube.say(f"c{n}", NOON - 2 * HOUR, video) for n in range(9)]
    answer, lost = tube.stand_in.answer, comments[4].id
    monkeypatch.setattr(
        *(tube.stand_in, "answer"),
        lambda request: not_found("comment") if lost in request.query.get("id", "") else answer(request),
    )
    assert set(refreshed(tube, comments)) == {comment.id for comment in comments} - {lost}


def test_an_answer_without_items_is_not_taken_for_deletion(tube: Tube) -> None:
    """An empty object from a proxy must not erase what is stored."""
    from monitor.demo.stand_in import Response

    video = tube.film("v", NOON - 3 * HOUR)
    tube.stand_in.fail(Response(body={}))
    with pytest.raises(Unavailable):
        refreshed(tube, [video])


def test_a_threads_replies_are_read_since_then(tube: Tube) -> None:
    """All pages of a thread are read; older replies are left out, and each says under which video it is."""
    video = tube.film("v", NOON - 9 * HOUR)
    comment = tube.say("c", NOON - 8 * HOUR, video)
    for n in range(150):
        tube.say(f"r{n}", NOON - 6 * HOUR + n * timedelta(seconds=1), video, under=comment)
    answer = tube.say("answer", NOON - HOUR, video, under=comment, by=BRAND)
    connector = tube.connector()
    mention = refreshed(tube, [comment])[comment.id]
    assert len(list(connector.replies(mention, NOON - 9 * HOUR))) == 151
    late = [connector.normalise(payload) for payload in connector.replies(mention, NOON - 2 * HOUR)]
    assert [(one.id, one.author.id) for one in late] == [(answer.id, BRAND.id)]
    assert late[0].url == f"https://www.youtube.com/watch?v={video.id}&lc={answer.id}"


def test_the_comments_under_a_video_are_its_replies(tube: Tube) -> None:
    """A video's conversation is its comments and theirs, as far as they were made since then."""
    video = tube.film("v", NOON - 9 * HOUR)
    old = tube.say("old", NOON - 8 * HOUR, video)
    new = tube.say("new", NOON - HOUR, video)
    answer = tube.say("answer", NOON - HOUR, video, under=old, by=BRAND)
    connector = tube.connector()
    mention = refreshed(tube, [video])[video.id]
    found = {connector.normalise(one).id for one in connector.replies(mention, NOON - 2 * HOUR)}
    assert found == {new.id, answer.id}


def test_a_conversation_that_is_gone_has_no_replies(tube: Tube) -> None:
    """Neither a deleted comment nor a video that takes no comments is an error."""
    video = tube.film("v", NOON - 9 * HOUR)
    comment = tube.say("c", NOON - 8 * HOUR, video)
    found = refreshed(tube, [video, comment])
    comment.deleted_at = NOON
    tube.stand_in.closed.add(video.id)
    for mention in found.values():
        assert list(tube.connector().replies(mention, NOON - 9 * HOUR)) == []
