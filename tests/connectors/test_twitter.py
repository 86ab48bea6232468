import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.twitter import TwitterConnector
from monitor.connector import Batch, Gone, Interval, Mention, Query, Unavailable
from monitor.core.mention import Engagement
from monitor.demo.stand_in import Response
from monitor.demo.twitter import TwitterStandIn, id_of, snowflake, versions
from monitor.demo.world import Post, World
from monitor.testing import (
    ContractTests,
    HandClock,
    LedgerMeter,
    Rig,
    last_cursor,
    pull_all,
    pull_some,
    pull_until_error,
)
from tests.connectors.twitter_story import ACME, ANN, BOB, NOON, connect, published, texts

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


class TestTwitterContract(ContractTests):
    """The contract, with search, mentions and answers on pages of ten."""

    @pytest.fixture
    def rig(self, x: TwitterStandIn, clock: HandClock) -> Rig:
        """Return the rig over the stand-in."""

        def arrive() -> None:
            x.world.say(Post(id=f"late{len(x.world.posts)}", author=BOB, text="acme again", at=clock.at))
            clock.advance(minutes=1)

        return Rig(
            clock=clock,
            connect=lambda meter: connect(x, meter),
            arrive=arrive,
            fail_request=lambda n: x.fail(at=n),
            requests_made=lambda: len(x.requests),
        )


def mentions(connector: TwitterConnector, batches: list[Batch]) -> dict[str, Mention]:
    """Return the mentions by id; of repeats the last."""
    found = [connector.normalise(payload) for batch in batches for payload in batch.payloads]
    return {mention.id: mention for mention in found}


def claims(batches: list[Batch]) -> list[Interval]:
    """Return what the batches claim to cover."""
    return [batch.covers for batch in batches if batch.covers]


def asked(x: TwitterStandIn, path: str) -> list[dict[str, str]]:
    """Return the parameters of the requests to `path`."""
    return [dict(request.query) for request in x.requests if request.path == path]


SEARCH = "/2/tweets/search/recent"


def test_a_first_pull_gives_search_mentions_and_answers(x: TwitterStandIn) -> None:
    """Every complaint and every answer of the brand is given, and only search is filtered by name."""
    connector = connect(x)
    batches = pull_all(connector, {})
    assert set(mentions(connector, batches)) == {id_of(post) for post in x.world.posts}
    addressed = {text for batch in batches if batch.addressed for text in texts(connector, [batch])}
    assert "Sorry! DM us." in addressed
    assert not any("kettle" in text for text in addressed)


@pytest.mark.parametrize(
    ("watch", "paths"),
    [
        ("search", {SEARCH}),
        ("mentions", {"/2/users/by", "/2/users/1001/mentions"}),
        ("answers", {"/2/users/by", "/2/users/1001/tweets"}),
    ],
)
def test_watch_chooses_what_is_asked(x: TwitterStandIn, watch: str, paths: set[str]) -> None:
    """Only the endpoints that are watched are called."""
    pull_all(connect(x, watch=(watch,)), {})
    assert {request.path for request in x.requests} == paths


def test_the_first_claim_reaches_from_the_backfill_to_half_a_minute_ago(x: TwitterStandIn) -> None:
    """One claim a round, on its last batch; search leaves out the last 30 seconds, and so does the claim."""
    batches = pull_all(connect(x, backfill_days=2), {})
    assert claims(batches) == [Interval(start=NOON - timedelta(days=2), end=NOON - LAG)]
    assert batches[-1].covers is not None


def test_the_next_claim_begins_where_the_last_one_ended(x: TwitterStandIn, clock: HandClock) -> None:
    """Claims touch: no hole, and no overlap."""
    done = pull_all(connect(x), {})
    clock.advance(minutes=10)
    (claim,) = claims(pull_all(connect(x), last_cursor(done, {})))
    assert claim == Interval(start=NOON - LAG, end=NOON + timedelta(minutes=10) - LAG)


def test_a_cut_round_claims_up_to_its_own_beginning(x: TwitterStandIn, clock: HandClock) -> None:
    """What was walked before the cut says nothing of the time after it: the claim ends before the cut."""
    first = pull_some(connect(x), {}, 2)
    clock.advance(hours=1)
    (claim,) = claims(pull_all(connect(x), last_cursor(first, {})))
    assert claim.end == NOON - LAG


def test_a_post_younger_than_the_lag_is_given_by_the_next_pull(
    quiet: TwitterStandIn, clock: HandClock
) -> None:
    """A post that search does not show yet is not lost."""
    quiet.world.say(Post(id="old", author=ANN, text="acme one", at=NOON - timedelta(minutes=1)))
    quiet.world.say(Post(id="new", author=ANN, text="acme two", at=NOON - timedelta(seconds=10)))
    done = pull_all(connect(quiet), {})
    clock.advance(minutes=1)
    later = pull_all(connect(quiet), last_cursor(done, {}))
    assert texts(connect(quiet), done) == ["acme one"]
    assert texts(connect(quiet), later) == ["acme two"]


def test_pages_are_asked_with_the_same_since_id(x: TwitterStandIn, clock: HandClock) -> None:
    """The mark stays during a walk, and is then the newest post of its first page."""
    done = pull_all(connect(x), {})
    for number in range(15):
        x.world.say(Post(id=f"n{number}", author=BOB, text="acme!", at=NOON + timedelta(seconds=number)))
    clock.advance(minutes=5)
    newest = id_of(
        max(x.world.posts[:-15], key=lambda post: post.at if post.author != ACME else NOON - LAG * 99)
    )
    x.requests.clear()
    again = pull_all(connect(x), last_cursor(done, {}))
    assert [query["since_id"] for query in asked(x, SEARCH)] == [newest, newest]
    assert last_cursor(again, {})["since_ids"]["search (Acme OR @AcmeHelp)"] == id_of(x.world.posts[-1])


def test_a_since_id_older_than_a_week_gives_way_to_a_time(x: TwitterStandIn, clock: HandClock) -> None:
    """After nine days search begins at its edge, and the claim shows the hole of two days."""
    done = pull_all(connect(x, watch=("search",)), {})
    clock.advance(days=9)
    x.requests.clear()
    (claim,) = claims(pull_all(connect(x, watch=("search",)), last_cursor(done, {})))
    assert "since_id" not in asked(x, SEARCH)[0]
    assert claim.start == clock.at - timedelta(days=7) + timedelta(minutes=10)


def test_a_quiet_brand_leaves_no_hole(quiet: TwitterStandIn, clock: HandClock) -> None:
    """Where the newest post is older than a week, but all since is covered, the walk goes on by time."""
    quiet.world.say(Post(id="old", author=ANN, text="acme", at=NOON - timedelta(days=1)))
    batches = pull_all(connect(quiet), {})
    for _ in range(3):
        clock.advance(days=4)
        batches += pull_all(connect(quiet), last_cursor(batches, {}))
    ends = [(claim.start, claim.end) for claim in claims(batches)]
    assert [start for start, _ in ends[1:]] == [end for _, end in ends[:-1]]
    assert len(texts(connect(quiet), batches)) == 1


def test_a_quiet_brand_may_be_pulled_twice_in_a_second(quiet: TwitterStandIn) -> None:
    """Without a mark the walk goes by time, and X refuses a start that is not before its end: it gets one."""
    done = pull_all(connect(quiet), {})
    quiet.requests.clear()
    again = pull_all(connect(quiet), last_cursor(done, {}))
    assert len(quiet.requests) == 3, "a page was refused and asked for anew"
    assert claims(again) == []


def test_a_refused_page_is_walked_anew_by_time(x: TwitterStandIn) -> None:
    """When X no longer takes the token of a page, nothing is lost and the pull does not stick."""
    whole = mentions(connect(x), pull_all(connect(x), {}))
    first = pull_some(connect(x), {}, 4)  # within the search
    cursor = dict(last_cursor(first, {}))
    cursor["round"] = {**cursor["round"], "walk": {**cursor["round"]["walk"], "next_token": "expired"}}
    rest = pull_all(connect(x), cursor)
    assert set(mentions(connect(x), [*first, *rest])) == set(whole)


def test_a_page_that_stays_refused_is_unavailable(x: TwitterStandIn) -> None:
    """A 400 that another start does not cure ends the pull after one more try, with X's own words."""
    refusal = Response(
        status=400, body={"errors": [{"message": "no such operator"}], "title": "Invalid Request"}
    )
    x.fail(refusal, times=2)
    with pytest.raises(Unavailable, match="no such operator"):
        pull_all(connect(x, watch=("search",)), {})
    assert len(x.requests) == 2


def test_the_clock_set_back_claims_nothing_and_loses_nothing(x: TwitterStandIn, clock: HandClock) -> None:
    """An hour back: no claim, the old one stands; later posts are given once the clock has caught up."""
    done = pull_all(connect(x), {})
    clock.advance(hours=-1)
    back = pull_all(connect(x), last_cursor(done, {}))
    x.world.say(Post(id="later", author=ANN, text="acme later", at=NOON + timedelta(minutes=1)))
    clock.advance(hours=2)
    later = pull_all(connect(x), last_cursor(back, {}))
    assert claims(back) == []
    assert texts(connect(x), later) == ["acme later"]
    assert claims(later)[0].start == NOON - LAG


def test_accounts_are_looked_up_once(x: TwitterStandIn) -> None:
    """The ids of the brand's handles are kept in the cursor; a handle that is an id needs no look-up."""
    done = pull_all(connect(x), {})
    pull_all(connect(x), last_cursor(done, {}))
    assert len(asked(x, "/2/users/by")) == 1
    by_id = Query(names=("Acme",), accounts={"twitter": ("1001",)})
    x.requests.clear()
    assert mentions(connect(x), pull_all(connect(x, query=by_id, watch=("answers",)), {}))
    assert asked(x, "/2/users/by") == []


def test_an_account_that_is_not_on_x_does_not_stop_the_search(
    x: TwitterStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistyped or suspended handle is told of, and looked for again at the next pull."""
    query = Query(names=("Acme",), accounts={"twitter": ("nobody_here",)})
    done = pull_all(connect(x, query=query), {})
    pull_all(connect(x, query=query), last_cursor(done, {}))
    assert len(texts(connect(x), done)) == 12
    assert len(asked(x, "/2/users/by")) == 2
    assert "account=nobody_here is not on X" in caplog.text


def test_a_source_whose_accounts_are_all_gone_is_gone(x: TwitterStandIn) -> None:
    """Without search nothing is left to watch."""
    query = Query(names=("Acme",), accounts={"twitter": ("nobody_here",)})
    with pytest.raises(Gone, match="nobody_here"):
        pull_all(connect(x, query=query, watch=("mentions",)), {})


def test_a_timeline_out_of_view_gives_no_claim(x: TwitterStandIn, caplog: pytest.LogCaptureFixture) -> None:
    """The brand's account is deleted while its id is known: the search goes on, without a claim."""
    query = Query(names=("Acme",), accounts={"twitter": ("999",)})
    batches = pull_all(connect(x, query=query), {})
    assert len(mentions(connect(x), batches)) == 12
    assert claims(batches) == []
    assert "path='answers 999' is out of view" in caplog.text


def test_a_timeline_at_its_edge_gives_no_claim(quiet: TwitterStandIn) -> None:
    """X shows the last 800 mentions: when a walk saw so many, there may have been more."""
    for number in range(810):
        at = NOON - timedelta(hours=1, seconds=number)
        quiet.world.say(Post(id=f"m{number}", author=ANN, text="@acmehelp hi", at=at))
    batches = pull_all(connect(quiet, max_results=100, watch=("mentions",)), {})
    assert len(texts(connect(quiet), batches)) == 800
    assert claims(batches) == []


def test_a_changed_query_goes_on_where_the_old_one_ended(x: TwitterStandIn, clock: HandClock) -> None:
    """Another query knows no mark: it begins at the time that is covered, without a second backfill."""
    done = pull_all(connect(x, watch=("search",)), {})
    x.world.say(Post(id="k", author=ANN, text="the kettle again", at=NOON + timedelta(seconds=1)))
    clock.advance(minutes=1)
    changed = Query(names=("kettle",))
    later = pull_all(connect(x, query=changed, watch=("search",)), last_cursor(done, {}))
    assert texts(connect(x), later) == ["the kettle again"]
    assert list(last_cursor(later, {})["since_ids"]) == ["search kettle"]


def test_a_path_taken_out_in_mid_round_ends_the_round(x: TwitterStandIn) -> None:
    """A cursor whose open path is no longer configured is closed by an empty batch."""
    order = pull_all(connect(x), {})
    first = next(batch for batch in order if len((batch.cursor["round"] or {}).get("done", ())) == 2)
    (batch,) = pull_all(connect(x, watch=("answers", "mentions")), first.cursor)
    assert (list(batch.payloads), batch.cursor["round"]) == ([], None)
    assert batch.covers is not None


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


def test_an_error_on_any_page_loses_nothing_even_with_arrivals(x: TwitterStandIn, clock: HandClock) -> None:
    """Fail each request in turn, let a post arrive, resume: the two pulls after it have everything."""
    for n in range(1, 8):
        x.fail(at=n)
        first, error = pull_until_error(connect(x), {})
        assert isinstance(error, Unavailable)
        post = x.world.say(Post(id=f"arrival{n}", author=ANN, text="acme now", at=clock.at))
        clock.advance(minutes=1)
        rest = pull_all(connect(x), last_cursor(first, {}))
        rest += pull_all(connect(x), last_cursor(rest, {}))
        found = mentions(connect(x), [*first, *rest])
        assert set(found) == {id_of(post) for post in x.world.posts}
        assert id_of(post) in found


def test_two_posts_of_one_millisecond_have_ids_of_their_own() -> None:
    """The stand-in's ids tell posts apart, carry their time, and grow with it."""
    one, two = (Post(id=name, author=ANN, text="", at=NOON) for name in "ab")
    assert id_of(one) != id_of(two)
    assert int(id_of(one)) < int(snowflake(NOON + timedelta(seconds=1)))
