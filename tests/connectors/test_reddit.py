"""What Reddit lists is read whole, once, and from where the last pull ended."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.reddit import RedditConnector
from monitor.connector import Gone, Interval, Misconfigured, Query, is_own, why_not
from monitor.demo.reddit import banned, no_such_subreddit, private, quarantined
from monitor.demo.stand_in import Request, Response
from monitor.demo.world import Post
from monitor.testing import ContractTests, Rig, last_cursor, pull_all, pull_some, through_json
from tests.connectors.reddit_story import ACME, BRAND, CREDENTIALS, NOON, Story, given


@pytest.fixture
def story() -> Iterator[Story]:
    """Start a Reddit with nothing on it yet."""
    story = Story()
    with story.stand_in:
        yield story


def many(story: Story, count: int, *, first_ago: float = 1, apart: float = 1 / 60) -> list[Post]:
    """Publish `count` submissions, `apart` minutes from one another, the newest first."""
    return [story.submit(ago=first_ago + n * apart) for n in range(count)]


class TestRedditContract(ContractTests):
    """The contract, with every kind of listing and more than a page in two of them."""

    @pytest.fixture
    def rig(self, story: Story) -> Rig:
        """Watch a subreddit of one's own and another, search, and the brand's account."""
        first, *_ = many(story, 130, first_ago=30)
        for n in range(120):
            story.comment(first, ago=20 - n / 10)
        story.comment(first, "So sorry!", ago=5, author=ACME)
        story.submit("<acme> & co", ago=3, place="acme", edits=((NOON, "acme, edited"),))

        def arrive() -> None:
            story.clock.advance(minutes=1)
            story.comment(first)

        return Rig(
            clock=story.clock,
            connect=lambda meter: RedditConnector(
                story.source(search=True, answers=True, own_subreddits=("acme",)), CREDENTIALS, meter
            ),
            arrive=arrive,
            fail_request=lambda n: story.stand_in.fail(at=n),
            requests_made=lambda: len(story.stand_in.requests),
        )


def test_a_second_pull_gives_only_what_is_new(story: Story) -> None:
    """After a pull of several pages the next one asks for one page of each listing and gives the news."""
    many(story, 150, apart=1)
    done = pull_all(story.connect(), {})
    assert len(given(done)) == 150
    story.clock.advance(minutes=2)
    new = story.submit()
    story.stand_in.requests.clear()
    assert given(pull_all(story.connect(), last_cursor(done, {}))) == [f"t3_{new.id}"]
    assert story.asked() == ["/r/gadgets/new", "/r/gadgets/comments"]


def test_what_appears_late_is_found_in_the_overlap(story: Story) -> None:
    """A post that the listing shows some minutes late is given, and its neighbours are not again."""
    story.submit(ago=2)
    done = pull_all(story.connect(), {})
    late = story.submit(ago=5)
    assert given(pull_all(story.connect(), last_cursor(done, {}))) == [f"t3_{late.id}"]


def test_an_edit_is_given_again(story: Story) -> None:
    """An edited post within the overlap comes once more, with the new text and the time of the edit."""
    post = story.submit("acme is fine", ago=2)
    done = pull_all(story.connect(), {})
    edited_at = story.clock() + timedelta(minutes=1)
    post.edits = ((edited_at, "acme burnt my house"),)
    story.clock.advance(minutes=2)
    connector = story.connect()
    second = pull_all(connector, last_cursor(done, {}))
    mention = connector.normalise(second[0].payloads[0])
    assert (mention.id, mention.text, mention.edited_at) == (
        f"t3_{post.id}",
        "acme burnt my house",
        edited_at,
    )
    assert given(pull_all(story.connect(), last_cursor(second, {}))) == []


def test_the_item_that_a_page_hangs_on_may_vanish(story: Story) -> None:
    """A cut walk whose resume item was deleted begins again at the top, and loses nothing."""
    posts = many(story, 250)
    first = pull_some(story.connect(), {}, 1)
    hinge = first[-1].cursor["walks"]["r/gadgets/new"]["after"]
    assert hinge == f"t3_{posts[99].id}"
    posts[99].deleted_at = story.clock()
    rest = pull_all(story.connect(), last_cursor(first, {}))
    assert {f"t3_{post.id}" for post in posts} <= {*given(first), *given(rest)}


def test_the_overlap_reaches_beyond_a_page(story: Story) -> None:
    """What appears late is found though more than a page of the overlap lies before it."""
    many(story, 150)
    done = pull_all(story.connect(), {})
    late = story.submit(ago=8)
    assert given(pull_all(story.connect(), last_cursor(done, {}))) == [f"t3_{late.id}"]


def test_a_listing_that_hides_its_pages_ends_the_walk(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """If every later page stays empty, the walk gives up after some restarts and claims only what it saw."""
    many(story, 250)
    empty = {"kind": "Listing", "data": {"children": [], "after": None}}
    answer = story.stand_in.answer

    def hide(request: Request) -> Response:
        return Response(body=empty) if "after" in request.query else answer(request)

    monkeypatch.setattr(story.stand_in, "answer", hide)
    batches = pull_all(story.connect(), {})
    assert len(given(batches)) == 100
    covers = batches[-1].covers
    assert covers is not None
    assert covers.start == story.world.at(story.clock())[99].at


def test_coverage_reaches_from_pull_to_pull(story: Story) -> None:
    """The first pull covers what was looked back over, the next what has passed since, without a gap."""
    story.submit(ago=90)
    done = pull_all(story.connect(backfill_days=2 / 24), {})
    assert done[-1].covers == Interval(start=NOON - timedelta(hours=2), end=NOON)
    assert [batch.covers for batch in done[:-1]] == [None] * (len(done) - 1)
    story.clock.advance(minutes=7)
    later = pull_all(story.connect(backfill_days=2 / 24), last_cursor(done, {}))
    assert later[-1].covers == Interval(start=NOON, end=story.clock())


def test_a_listing_that_ends_before_the_mark_is_not_covered(story: Story) -> None:
    """Of 1100 new posts Reddit lists 1000: the coverage begins at the oldest of them, and never says more."""
    done = pull_all(story.connect(), {})
    story.clock.advance(hours=1)
    posts = many(story, 1100)
    later = pull_all(story.connect(), last_cursor(done, {}))
    assert given(later) == [f"t3_{post.id}" for post in posts[:1000]]
    assert later[-1].covers == Interval(start=posts[999].at, end=story.clock())
    story.clock.advance(minutes=5)
    again = pull_all(story.connect(), last_cursor(later, {}))
    assert again[-1].covers == Interval(start=story.clock() - timedelta(minutes=5), end=story.clock())


def test_a_resumed_pull_covers_what_the_uncut_one_would(story: Story) -> None:
    """Cut and resumed an hour later, the pull covers up to when it began, and the next one the rest."""
    many(story, 150)
    first = pull_some(story.connect(), {}, 1)
    story.clock.advance(hours=1)
    rest = pull_all(story.connect(), last_cursor(first, {}))
    assert rest[-1].covers == Interval(start=NOON - timedelta(hours=24), end=NOON)
    after = pull_all(story.connect(), last_cursor(rest, {}))
    assert after[-1].covers == Interval(start=NOON, end=story.clock())


def test_a_clock_set_back_loses_nothing(story: Story) -> None:
    """The mark is Reddit's time: after a pull by a clock an hour fast, two pages of news are still read."""
    story.submit(ago=5)
    story.clock.advance(hours=1)
    done = pull_all(story.connect(), {})
    story.clock.advance(minutes=-58)
    posts = many(story, 150, first_ago=0)
    later = pull_all(story.connect(), last_cursor(done, {}))
    assert {f"t3_{post.id}" for post in posts} <= set(given(later))


def test_what_is_erased_is_not_given(story: Story) -> None:
    """A deleted comment that a listing still shows is left out."""
    thread = story.submit(ago=3)
    comment = story.comment(thread, ago=2)
    payload = next(iter(pull_all(story.connect(), {})[1].payloads))
    gone = {**payload["data"], "body": "[deleted]", "author": "[deleted]"}
    listing = {"kind": "Listing", "data": {"after": None, "children": [{"kind": "t1", "data": gone}]}}
    story.stand_in.fail(Response(body=listing), at=3)
    assert given(pull_all(story.connect(), {})) == [f"t3_{thread.id}"]
    assert payload["data"]["name"] == f"t1_{comment.id}"


def test_answers_of_the_brand_are_addressed(story: Story) -> None:
    """Comments of the brand's account come without naming the brand, and are known as its own."""
    thread = story.submit(ago=9, place="elsewhere")
    story.comment(thread, "So sorry, write to us!", ago=5, author=ACME)
    connector = story.connect(subreddits=(), answers=True)
    batches = pull_all(connector, {})
    assert [batch.addressed for batch in batches if batch.payloads] == [True]
    mention = connector.normalise(batches[0].payloads[0])
    assert is_own(mention, BRAND)
    assert why_not(mention, BRAND, addressed=True) is None


def test_own_subreddits_are_addressed(story: Story) -> None:
    """What is said in the brand's own subreddit counts without its name; elsewhere it does not."""
    story.submit("it broke", place="acme")
    story.submit("it broke", place="gadgets")
    batches = pull_all(story.connect(own_subreddits=("r/acme",), subreddits=("/r/gadgets",)), {})
    assert [batch.addressed for batch in batches if batch.payloads] == [True, False]


def test_joined_subreddits_are_one_walk(story: Story) -> None:
    """Names joined by + cost one request for submissions and one for comments."""
    story.submit(place="gadgets")
    story.submit(place="phones")
    batches = pull_all(story.connect(subreddits=("gadgets+phones",)), {})
    assert len(given(batches)) == 2
    assert story.asked() == ["/r/gadgets+phones/new", "/r/gadgets+phones/comments"]


@pytest.mark.parametrize("refusal", [private, quarantined, banned, no_such_subreddit])
def test_a_closed_subreddit_is_skipped_and_named(
    story: Story, refusal: Callable[[], Response], caplog: pytest.LogCaptureFixture
) -> None:
    """The others go on, the operator is told, and nothing is claimed to be covered until it is back."""
    story.stand_in.closed["secret"] = refusal()
    post = story.submit()
    connector = story.connect(subreddits=("secret", "gadgets"))
    batches = pull_all(connector, {})
    assert given(batches) == [f"t3_{post.id}"]
    assert batches[-1].covers is None
    assert any("r/secret/new" in note for note in connector.notes())
    assert "r/secret/new" in caplog.text
    del story.stand_in.closed["secret"]
    hidden = story.submit(place="secret", ago=30)
    back = pull_all(connector, last_cursor(batches, {}))
    assert given(back) == [f"t3_{hidden.id}"]
    assert back[-1].covers == Interval(start=NOON - timedelta(hours=24), end=NOON)
    assert not any("r/secret" in note for note in connector.notes())


def test_a_subreddit_that_closes_within_a_walk_is_walked_from_the_top(story: Story) -> None:
    """Back again, it is read from its newest item: what it is said to be covered was seen."""
    many(story, 150, apart=1)
    connector = story.connect(subreddits=("gadgets", "phones"))
    story.stand_in.fail(private(), at=3)
    cut = pull_all(connector, {})
    story.clock.advance(hours=1)
    post = story.submit()
    back = pull_all(connector, last_cursor(cut, {}))
    assert back[-1].covers is not None
    assert f"t3_{post.id}" in given(back)
    assert len({*given(cut), *given(back)}) == 151


def test_a_source_of_closed_subreddits_alone_is_gone(story: Story) -> None:
    """When nothing that the source watches can be read, it is gone, and each is named with its reason."""
    story.stand_in.closed |= {"secret": private(), "gone": banned()}
    with pytest.raises(Gone, match=r"r/secret/new cannot be read: 403 private.*r/gone/new.*404 banned"):
        pull_all(story.connect(subreddits=("secret", "gone")), {})


def test_a_new_query_looks_back(story: Story) -> None:
    """Another search begins with the look-back, not where the old one ended."""
    post = story.submit("zenith broke it", ago=60)
    done = pull_all(story.connect(subreddits=(), search=True), {})
    wider = Query(names=("acme", "zenith"))
    assert given(pull_all(story.connect(wider, subreddits=(), search=True), last_cursor(done, {}))) == [
        f"t3_{post.id}"
    ]


def test_the_cursor_stays_small(story: Story) -> None:
    """However much was published near the mark, a listing keeps at most 500 names in the cursor."""
    many(story, 800)
    cursor = last_cursor(pull_all(story.connect(overlap_minutes=60), {}), {})
    assert len(cursor["walks"]["r/gadgets/new"]["seen"]) == 500
    assert through_json(cursor) == cursor


def test_what_a_pull_costs(story: Story) -> None:
    """A quiet pull of one subreddit, the search and an account: four requests, and one for the token."""
    story.submit(author=ACME)
    pull_all(story.connect(search=True, answers=True), {})
    assert story.meter.total("requests") == 5
    assert story.meter.observed[-1] == ("requests", 996, NOON + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"subreddits": ("a b",)}, "options.subreddits"),
        ({"own_subreddits": ("../admin",)}, "options.own_subreddits"),
        ({"subreddits": ()}, "options.subreddits"),
        ({"overlap_minutes": 0}, "options.overlap_minutes"),
        ({"timeout": float("nan")}, "options.timeout"),
        ({"endpoint": "localhost:80"}, "options.endpoint"),
        ({"wat": 1}, "options.wat"),
    ],
)
def test_a_wrong_option_is_named(story: Story, options: dict[str, Any], key: str) -> None:
    """An option that cannot be right is refused before anything is asked, with its key."""
    with pytest.raises(Misconfigured) as refused:
        story.connect(**options)
    assert refused.value.key == key
