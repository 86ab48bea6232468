import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.connector import Unavailable
from monitor.core.mention import Engagement
from monitor.demo.stand_in import Response
from monitor.demo.twitter import TwitterStandIn, id_of, snowflake, versions
from monitor.demo.world import Post, World
from monitor.testing import HandClock, LedgerMeter, last_cursor, pull_all
from tests.connectors.twitter_story import ACME, ANN, BOB, NOON, connect, mentions, published

LAG = timedelta(seconds=30)


@pytest.fixture
def clock() -> HandClock:
    """Return a clock at noon."""
    return HandClock(NOON)


@pytest.fixture
def x(clock: HandClock) -> Iterator[TwitterStandIn]:
    """Yield X with some pages of complaints."""
    with TwitterStandIn(published(), clock, people=[ACME]) as stand_in:
        yield stand_in


@pytest.fixture
def quiet(clock: HandClock) -> Iterator[TwitterStandIn]:
    """Yield X where nobody has said anything yet."""
    with TwitterStandIn(World(), clock, people=[ACME]) as stand_in:
        yield stand_in


def test_an_edit_comes_again_under_the_same_id(quiet: TwitterStandIn, clock: HandClock) -> None:
    """X gives an edited post a new id; the mention keeps the first, its time and its conversation."""
    edited = NOON + timedelta(minutes=5)
    post = quiet.world.say(
        Post(id="e", author=ANN, text="acme ok", at=NOON - LAG * 4, edits=[(edited, "acme bad")])
    )
    done = pull_all(connect(quiet), {})
    clock.advance(minutes=10)
    again = pull_all(connect(quiet), last_cursor(done, {}))
    before, after = (mentions(connect(quiet), batches)[id_of(post)] for batches in (done, again))
    assert (before.text, before.edited_at) == ("acme ok", None)
    assert (after.text, after.edited_at) == ("acme bad", edited)
    assert (after.created_at, after.conversation_id) == (before.created_at, before.conversation_id)
    assert after.url == f"https://x.com/ann/status/{versions(post, clock.at)[-1]}"


def test_a_deleted_post_is_not_refreshed(x: TwitterStandIn) -> None:
    """Posts that are deleted or out of view are not yielded; the others are, with the counts of now."""
    kept, deleted, hidden = x.world.posts[1:4]
    kept.engagement = [(NOON, Engagement(likes=7, reposts=2, replies=1, quotes=0, views=900))]
    deleted.deleted_at = hidden.deleted_at = NOON
    hidden.removed = True
    connector = connect(x)
    found = [
        connector.normalise(one) for one in connector.refresh([id_of(p) for p in (kept, deleted, hidden)])
    ]
    assert [mention.id for mention in found] == [id_of(kept)]
    assert found[0].engagement == Engagement(likes=7, reposts=2, replies=1, quotes=0, views=900)


def test_an_edited_post_is_refreshed_by_its_first_id(quiet: TwitterStandIn) -> None:
    """The first id gives the first version: the newest is asked for, and comes under the first id."""
    post = Post(id="e", author=ANN, text="acme", at=NOON - LAG * 4, edits=[(NOON - LAG, "acme, twice")])
    quiet.world.say(post)
    (payload,) = connect(quiet).refresh([id_of(post)])
    mention = connect(quiet).normalise(payload)
    assert (mention.id, mention.text) == (id_of(post), "acme, twice")


def test_a_refresh_asks_for_a_hundred_at_once(quiet: TwitterStandIn) -> None:
    """250 ids are three calls, and all come back."""
    posts = [Post(id=f"p{n}", author=ANN, text="acme", at=NOON - timedelta(seconds=n)) for n in range(250)]
    quiet.world.posts += posts
    meter = LedgerMeter(quiet.clock)
    found = list(connect(quiet, meter).refresh([id_of(post) for post in posts]))
    assert (len(found), meter.total("lookup"), meter.total("posts")) == (250, 3, 250)


def test_a_refresh_that_leaves_an_id_out_is_unavailable(x: TwitterStandIn) -> None:
    """An id that X neither gives nor calls gone is not taken for deleted."""
    x.fail(Response(body={"data": [], "errors": []}))
    with pytest.raises(Unavailable, match="nothing about 1 of 1"):
        list(connect(x).refresh([id_of(x.world.posts[0])]))


def test_replies_are_those_of_the_conversation_since_then(x: TwitterStandIn) -> None:
    """The root is left out, and what is older than asked; later replies are given, page by page."""
    root = x.world.posts[0]
    for number in range(12):
        at = NOON - timedelta(minutes=20 - number)
        x.world.say(Post(id=f"r{number}", author=BOB, text=f"me too {number}", at=at, reply_to=root))
    connector = connect(x)
    mention = mentions(connector, pull_all(connector, {}))[id_of(root)]
    since = NOON - timedelta(minutes=19)
    found = [connector.normalise(reply) for reply in connector.replies(mention, since)]
    assert {reply.text for reply in found} == {f"me too {number}" for number in range(1, 12)}
    assert {reply.in_reply_to_id for reply in found} == {mention.id}


def test_replies_are_neither_the_post_itself_nor_older_by_a_moment(x: TwitterStandIn) -> None:
    """X counts whole seconds and finds the root, too: both are put right here."""
    root = x.world.posts[0]
    connector = connect(x)
    mention = mentions(connector, pull_all(connector, {}))[id_of(root)]
    (answer,) = connector.replies(mention, root.at)
    after = connector.normalise(answer).created_at + timedelta(milliseconds=500)
    assert connector.normalise(answer).text == "Sorry! DM us."
    assert list(connector.replies(mention, after)) == []


@pytest.mark.parametrize("since", [NOON, NOON - timedelta(days=30)])
def test_replies_may_be_asked_for_from_any_time(x: TwitterStandIn, since: datetime) -> None:
    """From this instant, or from a month ago: X refuses neither, for the question is fitted to its limits."""
    connector = connect(x)
    mention = mentions(connector, pull_all(connector, {}))[id_of(x.world.posts[0])]
    assert all(connector.normalise(one).created_at >= since for one in connector.replies(mention, since))


def test_a_post_of_a_suspended_author_is_kept(quiet: TwitterStandIn) -> None:
    """The author is in `errors` and not among the included users: the post stays, with the author's id."""
    quiet.world.say(Post(id="s", author=None, text="acme is bad", at=NOON - LAG * 2))
    connector = connect(quiet)
    (mention,) = mentions(connector, pull_all(connector, {})).values()
    assert mention.author.id is not None
    assert (mention.author.handle, mention.author.followers) == (None, None)
    assert mention.url == f"https://x.com/i/web/status/{mention.id}"


def test_a_post_without_text_is_kept(quiet: TwitterStandIn) -> None:
    """A picture alone, in answer to the brand, is a mention with an empty text."""
    brand = quiet.world.say(Post(id="b", author=ACME, text="New kettles!", at=NOON - LAG * 4))
    quiet.world.say(Post(id="t", author=ANN, text="", lang="", at=NOON - LAG * 2, reply_to=brand))
    connector = connect(quiet, watch=("mentions",))
    (mention,) = mentions(connector, pull_all(connector, {})).values()
    assert (mention.text, mention.lang, mention.in_reply_to_id) == ("", None, id_of(brand))


def test_what_is_spent_is_what_was_called_and_read(x: TwitterStandIn) -> None:
    """A unit a call in each window, and a unit of money for each post that was read, repeats included."""
    meter = LedgerMeter(x.clock)
    batches = pull_all(connect(x, meter), {})
    calls = {name: meter.total(name) for name in ("accounts", "answers", "mentions", "search", "lookup")}
    assert calls == {"accounts": 1, "answers": 1, "mentions": 2, "search": 3, "lookup": 0}
    assert sum(calls.values()) == len(x.requests)
    assert meter.total("posts") == sum(len(batch.payloads) for batch in batches) == 5 + 13 + 25


def test_what_the_headers_say_is_observed(x: TwitterStandIn, clock: HandClock) -> None:
    """What is left in the window, and when it begins anew, is the platform's word."""
    meter = LedgerMeter(clock)
    pull_all(connect(x, meter, watch=("search",)), {})
    resets_at = NOON + timedelta(minutes=15)
    assert meter.observed == [("search", left, resets_at) for left in (449, 448, 447)]


def test_making_one_loads_no_sdk() -> None:
    """Tweepy and requests are loaded by the first call, not by a program that only lists its sources."""
    program = """
import sys
from connectors.twitter import TwitterConnector
from monitor.connector import Query, Source
source = Source(name="x", brand="b", connector="twitter", query=Query(names=("Acme",)))
connector = TwitterConnector(source, {"bearer_token": "t"}, None)
assert connector.limits and not connector.notes()
print(sorted({"tweepy", "requests", "urllib3"} & set(sys.modules)))
"""
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def test_the_limits_are_those_that_x_documents() -> None:
    """Calls by window, and posts by month as the operator caps them."""
    with TwitterStandIn(World(), lambda: NOON) as idle:
        limits = connect(idle, monthly_posts=20_000).limits
    assert {limit.bucket: (limit.units, str(limit.per)) for limit in limits} == {
        "search": (450, "quarter-hour"),
        "mentions": (450, "quarter-hour"),
        "answers": (10_000, "quarter-hour"),
        "lookup": (3_500, "quarter-hour"),
        "accounts": (300, "quarter-hour"),
        "posts": (20_000, "month"),
    }


def test_two_posts_of_one_millisecond_have_ids_of_their_own() -> None:
    """The stand-in's ids tell posts apart, carry their time, and grow with it."""
    one, two = (Post(id=name, author=ANN, text="", at=NOON) for name in "ab")
    assert id_of(one) != id_of(two)
    assert int(id_of(one)) < int(snowflake(NOON + timedelta(seconds=1)))
