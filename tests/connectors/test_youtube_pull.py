"""What a pull of YouTube gives, in which order, and what it spends."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from monitor.connector import Batch, Kind, Unavailable
from monitor.core.mention import Engagement
from monitor.demo.world import World
from monitor.demo.youtube import YouTubeStandIn, video_id
from monitor.demo.youtube_refusals import processing_failure
from monitor.testing import HandClock, last_cursor, pull_some, pull_until_error
from tests.connectors.youtube_world import ANN, BRAND, NOON, Tube, mentions

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def tube() -> Iterator[Tube]:
    """Yield a YouTube at noon, where the brand has a channel and nothing is published yet."""
    clock = HandClock(NOON)
    with YouTubeStandIn(World(), clock) as youtube:
        youtube.channels.add(BRAND.id)
        yield Tube(youtube.world, clock, youtube)


def test_a_comment_on_the_own_channel_is_a_conversation_of_its_own(tube: Tube) -> None:
    """A first comment is a post that answers the video; a reply names the thread as its conversation."""
    ours = tube.film("ours", NOON - 3 * HOUR, BRAND)
    comment = tube.say("c", NOON - 2 * HOUR, ours)
    reply = tube.say("r", NOON - HOUR, ours, under=comment, by=BRAND)
    batches, _ = tube.pull({}, watch=["channel"])
    found = mentions(batches)
    assert (found[comment.id].kind, found[comment.id].conversation_id) == (Kind.POST, comment.id)
    assert found[comment.id].in_reply_to_id == ours.id
    assert found[comment.id].engagement.replies == 1
    assert (found[reply.id].kind, found[reply.id].conversation_id) == (Kind.REPLY, comment.id)
    assert found[reply.id].in_reply_to_id == comment.id
    assert found[reply.id].author.id == BRAND.id
    assert found[reply.id].url == f"https://www.youtube.com/watch?v={ours.id}&lc={reply.id}"


def test_comments_are_addressed_and_videos_are_not(tube: Tube) -> None:
    """A comment under a video of, or about, the brand need not name it; a video must."""
    tube.say("c", NOON - HOUR, tube.film("ours", NOON - 2 * HOUR, BRAND))
    tube.say("d", NOON - HOUR, tube.film("theirs", NOON - 2 * HOUR))
    batches, _ = tube.pull({})
    for batch in batches:
        kinds = {mention.kind for mention in mentions([batch]).values()}
        assert not kinds or batch.addressed == (Kind.VIDEO not in kinds)
    assert len(mentions(batches)) == 4


def test_all_replies_of_a_long_thread_are_read(tube: Tube) -> None:
    """A thread carries five of its replies; the rest comes from comments.list, a unit a hundred."""
    comment = tube.say("c", NOON - 3 * HOUR, tube.film("ours", NOON - 4 * HOUR, BRAND))
    for n in range(130):
        tube.say(f"r{n}", NOON - 2 * HOUR + n * timedelta(seconds=1), tube.world.posts[0], under=comment)
    batches, _ = tube.pull({}, watch=["channel"])
    assert len(mentions(batches)) == 131
    assert tube.meter.spent == [("units", 1)] * 3


def test_a_new_reply_on_an_old_thread_is_found_by_its_count(tube: Tube) -> None:
    """A thread from before the overlap that is listed again, with another count, gives its new reply."""
    ours = tube.film("ours", NOON - 72 * HOUR, BRAND)
    comment = tube.say("c", NOON - 48 * HOUR, ours)
    _, cursor = tube.pull({}, watch=["channel"])
    reply = tube.say("r", NOON + MINUTE, ours, under=comment, by=BRAND)
    tube.clock.advance(minutes=5)
    batches, cursor = tube.pull(cursor, watch=["channel"])
    assert set(mentions(batches)) == {comment.id, reply.id}
    batches, _ = tube.pull(cursor, watch=["channel"])
    assert not mentions(batches)


def test_a_thread_older_than_the_backfill_is_given_as_it_is_listed(tube: Tube) -> None:
    """Of what is older than the first pull looks back, the page in hand is given, later its new replies."""
    ours = tube.film("ours", NOON - 900 * HOUR, BRAND)
    old = tube.say("c", NOON - 800 * HOUR, ours)
    listed = tube.say("r", NOON - 700 * HOUR, ours, under=old)
    batches, cursor = tube.pull({}, watch=["channel"])
    assert set(mentions(batches)) == {old.id, listed.id}
    assert tube.meter.total("units") == 1
    reply = tube.say("s", NOON + MINUTE, ours, under=old)
    tube.clock.advance(minutes=5)
    batches, _ = tube.pull(cursor, watch=["channel"])
    assert set(mentions(batches)) == {old.id, reply.id}


def test_a_quiet_channel_costs_one_unit(tube: Tube) -> None:
    """A walk ends at the first page that reaches what the last one saw, however much lies behind it."""
    ours = tube.film("ours", NOON - 99 * HOUR, BRAND)
    for n in range(250):
        tube.say(f"c{n}", NOON - 10 * HOUR - n * MINUTE, ours)
    _, cursor = tube.pull({}, watch=["channel"])
    assert tube.meter.total("units") == 3
    tube.clock.advance(minutes=5)
    tube.pull(cursor, watch=["channel"])
    assert tube.meter.total("units") == 4


def test_an_edited_comment_is_given_again(tube: Tube) -> None:
    """An edit keeps the id, changes the text and sets `edited_at`."""
    comment = tube.say("c", NOON - HOUR, tube.film("ours", NOON - 2 * HOUR, BRAND))
    _, cursor = tube.pull({}, watch=["channel"])
    comment.edits = [(NOON + MINUTE, "much worse")]
    tube.clock.advance(minutes=5)
    batches, _ = tube.pull(cursor, watch=["channel"])
    edited = mentions(batches)[comment.id]
    assert (edited.text, edited.edited_at) == ("much worse", NOON + MINUTE)


def test_a_comment_that_is_shown_late_is_found(tube: Tube) -> None:
    """What YouTube held back for some hours is still found, for the walk goes back beyond the mark."""
    ours = tube.film("ours", NOON - 9 * HOUR, BRAND)
    tube.say("c", NOON - MINUTE, ours)
    _, cursor = tube.pull({}, watch=["channel"])
    late = tube.say("late", NOON - 5 * HOUR, ours)
    tube.clock.advance(minutes=5)
    batches, _ = tube.pull(cursor, watch=["channel"])
    assert set(mentions(batches)) == {late.id}


def test_a_removed_author_is_unknown(tube: Tube) -> None:
    """A comment whose author is gone is kept, without an author."""
    comment = tube.say("c", NOON - HOUR, tube.film("ours", NOON - 2 * HOUR, BRAND), by=None)
    batches, _ = tube.pull({}, watch=["channel"])
    author = mentions(batches)[comment.id].author
    assert (author.id, author.handle, author.display_name) == (None, None, None)


def test_a_found_video_has_its_full_text_and_its_counts(tube: Tube) -> None:
    """Search cuts descriptions and writes titles as HTML; the video itself is read for both."""
    video = tube.film("theirs", NOON - HOUR, title="Acme <& sons>")
    video.text = "word " * 100
    video.engagement = [(NOON - HOUR, Engagement(likes=7, replies=2, views=900))]
    batches, _ = tube.pull({}, watch=["search"])
    found = mentions(batches)[video.id]
    assert (found.title, found.text) == ("Acme <& sons>", "word " * 100)
    assert found.engagement == Engagement(likes=7, replies=2, views=900)
    assert (found.author.id, found.author.display_name) == (ANN.id, "Ann")
    assert found.conversation_id == video.id


def test_a_search_is_made_once_an_hour(tube: Tube) -> None:
    """A pull made sooner leaves the search out, so that a day's hundred calls last."""
    tube.film("theirs", NOON - HOUR)
    _, cursor = tube.pull({})
    for _ in range(5):
        tube.clock.advance(minutes=10)
        _, cursor = tube.pull(cursor)
    assert tube.meter.total("search") == 1
    tube.clock.advance(minutes=10)
    tube.pull(cursor)
    assert tube.meter.total("search") == 2


def test_a_day_of_pulls_stays_within_both_budgets(tube: Tube) -> None:
    """Every five minutes for a day, with ten videos followed, spends 24 searches and under 1,000 units."""
    tube.say("c", NOON - HOUR, tube.film("ours", NOON - 2 * HOUR, BRAND))
    for n in range(10):
        tube.film(f"v{n}", NOON - HOUR)
    cursor = tube.pull({})[1]
    for _ in range(287):
        tube.clock.advance(minutes=5)
        cursor = tube.pull(cursor)[1]
    assert tube.meter.total("search") == 24
    assert tube.meter.total("units") < 1_000


def test_a_search_reads_no_more_pages_than_it_may(tube: Tube) -> None:
    """Beyond `search_pages` the older results are left, and the pull claims nothing."""
    for n in range(120):
        tube.film(f"v{n}", NOON - HOUR - n * MINUTE)
    batches, _ = tube.pull({}, watch=["search"], search_pages=2)
    assert tube.meter.total("search") == 2
    assert len(mentions(batches)) == 100
    assert [batch.covers for batch in batches] == [None, None]


def test_a_cut_search_goes_on_by_time_and_not_by_place(tube: Tube) -> None:
    """When a video of the first page is deleted during the cut, none of the second page is lost."""
    videos = [tube.film(f"v{n}", NOON - HOUR - n * MINUTE) for n in range(60)]
    first = pull_some(tube.connector(watch=["search"]), {}, 1)
    videos[3].deleted_at = NOON
    rest, _ = tube.pull(first[0].cursor, watch=["search"])
    assert {video.id for video in videos} == set(mentions([*first, *rest]))


def test_only_videos_that_name_the_brand_are_followed(tube: Tube) -> None:
    """Search finds by meaning too: the comments of a video that does not name the brand are not read."""
    tube.say("c", NOON - MINUTE, tube.film("other", NOON - HOUR, title="Acmeology"))
    wanted = tube.say("d", NOON - MINUTE, tube.film("theirs", NOON - HOUR))
    batches, _ = tube.pull({}, watch=["search", "threads"])
    assert {one.id for one in mentions(batches).values() if one.kind is Kind.POST} == {wanted.id}


def test_own_videos_that_search_finds_are_not_read_twice(tube: Tube) -> None:
    """The comments of an own video come with the channel, and cost no call for the video."""
    tube.say("c", NOON - MINUTE, tube.film("ours", NOON - HOUR, BRAND))
    tube.pull({})
    assert not [one for one in tube.stand_in.requests if "videoId" in one.query]


def test_a_video_without_comments_is_skipped_for_good(tube: Tube) -> None:
    """403 commentsDisabled ends the reading of that video, of no other, and is remembered."""
    closed, video = tube.film("closed", NOON - HOUR), tube.film("open", NOON - 2 * HOUR)
    wanted = tube.say("c", NOON - MINUTE, video)
    tube.stand_in.closed.add(closed.id)
    batches, cursor = tube.pull({}, watch=["search", "threads"])
    assert wanted.id in mentions(batches)
    for _ in range(3):
        tube.clock.advance(hours=1)
        _, cursor = tube.pull(cursor, watch=["search", "threads"])
    asked = [one.query["videoId"] for one in tube.stand_in.requests if "videoId" in one.query]
    assert asked.count(closed.id) == 1
    assert asked.count(video.id) > 1


def test_a_video_without_comments_is_remembered_when_it_is_found_again(tube: Tube) -> None:
    """Long after search has forgotten that it found the video, its comments are not asked for again."""
    closed = tube.film("closed", NOON - HOUR)
    tube.stand_in.closed.add(closed.id)
    _, cursor = tube.pull({}, watch=["search", "threads"])
    forgetful = {**cursor, "parts": {}}
    batches, _ = tube.pull(forgetful, watch=["search", "threads"])
    assert closed.id in mentions(batches)
    assert len([one for one in tube.stand_in.requests if "videoId" in one.query]) == 1


def test_a_deleted_video_is_skipped(tube: Tube) -> None:
    """A video that is gone when its comments are asked for is no error."""
    video = tube.film("theirs", NOON - HOUR)
    _, cursor = tube.pull({}, watch=["search", "threads"])
    video.deleted_at = NOON
    tube.clock.advance(hours=1)
    _, cursor = tube.pull(cursor, watch=["search", "threads"])
    assert video.id in cursor["closed"]


def test_a_video_is_followed_more_rarely_with_time_and_then_no_more(tube: Tube) -> None:
    """Some thirty calls in a week read a video's comments, and none after that."""
    tube.film("theirs", NOON - HOUR)
    _, cursor = tube.pull({}, watch=["search", "threads"])
    for _ in range(8 * 24 * 4):
        tube.clock.advance(minutes=15)
        _, cursor = tube.pull(cursor, watch=["search", "threads"])
    asked = [one for one in tube.stand_in.requests if "videoId" in one.query]
    assert 15 < len(asked) < 40
    assert not [part for part in cursor["parts"] if part.startswith("video:")]


def test_one_bad_video_does_not_hold_up_the_rest(tube: Tube, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video that always fails is tried after the others, and after three attempts only when due again."""
    bad, good = tube.film("bad", NOON - HOUR), tube.film("good", NOON - 2 * HOUR)
    wanted = tube.say("c", NOON - MINUTE, good)
    answer = tube.stand_in.answer
    monkeypatch.setattr(
        *(tube.stand_in, "answer"),
        lambda request: processing_failure() if request.query.get("videoId") == bad.id else answer(request),
    )
    batches: list[Batch] = []
    for _ in range(3):
        got, error = pull_until_error(tube.connector(watch=["search", "threads"]), last_cursor(batches, {}))
        batches += got
        assert isinstance(error, Unavailable)
    assert wanted.id in mentions(batches)
    got, error = pull_until_error(tube.connector(watch=["search", "threads"]), last_cursor(batches, {}))
    assert error is None
    assert len([one for one in tube.stand_in.requests if one.query.get("videoId") == bad.id]) == 3


def test_a_claim_reaches_from_search_to_search(tube: Tube) -> None:
    """With search watched, a pull without one claims nothing; the next search claims the whole hour."""
    tube.film("theirs", NOON - HOUR)
    batches, cursor = tube.pull({})
    first = batches[-1].covers
    assert first is not None
    assert (first.start, first.end) == (NOON - timedelta(days=7), NOON)
    tube.clock.advance(minutes=30)
    batches, cursor = tube.pull(cursor)
    assert all(batch.covers is None for batch in batches)
    tube.clock.advance(minutes=30)
    batches, _ = tube.pull(cursor)
    second = batches[-1].covers
    assert second is not None
    assert (second.start, second.end) == (NOON, NOON + HOUR)


def test_a_token_that_has_expired_begins_the_walk_again(tube: Tube) -> None:
    """A cut pull whose page token is no longer accepted loses nothing."""
    ours = tube.film("ours", NOON - 9 * HOUR, BRAND)
    wanted = {tube.say(f"c{n}", NOON - n * MINUTE, ours).id for n in range(1, 251)}
    first = pull_some(tube.connector(watch=["channel"]), {}, 1)
    cursor = {**first[0].cursor, "walk": {**first[0].cursor["walk"], "token": "too old"}}
    rest, _ = tube.pull(cursor, watch=["channel"])
    assert wanted == set(mentions([*first, *rest]))


def test_the_cursor_stays_small(tube: Tube) -> None:
    """However many videos and comments there are, at most a hundred videos are followed."""
    for n in range(150):
        tube.film(f"v{n}", NOON - HOUR - n * MINUTE)
    _, cursor = tube.pull({}, watch=["search", "threads"])
    followed = [part for part in cursor["parts"] if part.startswith("video:")]
    assert len(followed) == 100
    assert f"video:{video_id('v149')}" in followed
