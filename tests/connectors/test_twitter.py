from collections.abc import Iterator
from datetime import timedelta

import pytest

from monitor.connector import Batch, Gone, Interval, Query, Unavailable
from monitor.demo.stand_in import Response
from monitor.demo.twitter import TwitterStandIn, id_of
from monitor.demo.world import Post, World
from monitor.testing import (
    ContractTests,
    HandClock,
    Rig,
    last_cursor,
    pull_all,
    pull_some,
    pull_until_error,
)
from tests.connectors.twitter_story import ACME, ANN, BOB, NOON, connect, mentions, published, texts

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
