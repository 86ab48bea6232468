"""Feeds of blogs: what is new, what changed, and what a feed does not say."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.blogs import BlogsConnector
from monitor.connector import (
    Batch,
    ConnectorError,
    Cursor,
    Gone,
    Kind,
    Mention,
    Misconfigured,
    Query,
    RateLimited,
    Source,
    Unauthorized,
    Unavailable,
)
from monitor.demo.blogs import BlogsStandIn, gone, moved, too_many
from monitor.demo.stand_in import Response
from monitor.demo.world import Person, Post, World
from monitor.testing import ContractTests, HandClock, LedgerMeter, Rig, last_cursor, pull_until_error

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN = Person(id="1", handle="ann", name="Ann")
RSS = '<rss version="2.0"><channel><title>t</title>{}</channel></rss>'
PAYLOADS = Path(__file__).parents[3] / "shared/data/payloads/blogs"


def connector(*feeds: str, clock: HandClock | None = None, **options: Any) -> BlogsConnector:
    """Return a connector that reads `feeds`."""
    source = Source(
        name="blogs",
        brand="acme",
        connector="blogs",
        query=Query(names=("acme",)),
        options={"feeds": feeds, **options},
    )
    return BlogsConnector(source, {}, LedgerMeter(clock or HandClock(NOON)))


class Reader:
    """A source over several pulls, each by a fresh connector, which remembers the cursor."""

    def __init__(self, *feeds: str, clock: HandClock, **options: Any) -> None:
        self.feeds, self.clock, self.options = feeds, clock, options
        self.cursor: Cursor = {}
        self.error: Exception | None = None

    def pull(self) -> list[Mention]:
        """Return what one pull gives; what it raised is in `error`."""
        fresh = connector(*self.feeds, clock=self.clock, **self.options)
        batches, self.error = pull_until_error(fresh, self.cursor)
        self.cursor = last_cursor(batches, self.cursor)
        return [fresh.normalise(payload) for batch in batches for payload in batch.payloads]


@pytest.fixture
def clock() -> HandClock:
    """Return a clock at noon."""
    return HandClock(NOON)


@pytest.fixture
def blogs(clock: HandClock) -> Iterator[BlogsStandIn]:
    """Yield a server of three feeds, in each format one, with two articles in each."""
    world = World()
    for n, place in enumerate(["feed.xml", "feed.atom", "feed.json"] * 2):
        at = NOON - timedelta(hours=n + 1)
        world.say(Post(id=f"a{n}", author=ANN, text="Acme & I", title=f"Acme {n}", at=at, place=place))
    with BlogsStandIn(world, clock) as server:
        yield server


def serve(blogs: BlogsStandIn, *bodies: str | bytes, **headers: str) -> str:
    """Let the next requests be answered with `bodies`, and return the address of a feed."""
    for body in bodies:
        sent = body if isinstance(body, bytes) else body.encode()
        blogs.faults.append(
            Response(body=sent, headers={name.replace("_", "-"): v for name, v in headers.items()})
        )
    return blogs.feed("feed.xml")


def read_one(blogs: BlogsStandIn, body: str | bytes, **headers: str) -> list[Mention]:
    """Return the mentions of a feed with this body."""
    reader = Reader(serve(blogs, body, **headers), clock=HandClock(NOON))
    mentions = reader.pull()
    if reader.error:
        raise reader.error
    return mentions


class TestBlogsContract(ContractTests):
    """Blogs keep the contract."""

    @pytest.fixture
    def rig(self, clock: HandClock, blogs: BlogsStandIn) -> Rig:
        """Return three feeds, in each format one."""
        numbers = count(100)

        def arrive() -> None:
            n = next(numbers)
            place = ["feed.xml", "feed.atom", "feed.json"][n % 3]
            blogs.world.say(Post(id=f"a{n}", author=ANN, text="Acme!", title="New", at=clock(), place=place))
            clock.advance(minutes=1)

        feeds = [blogs.feed(place) for place in ("feed.xml", "feed.atom", "feed.json")]

        def connect(meter: Any) -> BlogsConnector:
            return connector(*feeds, clock=meter.clock)

        return Rig(
            clock=clock,
            connect=connect,
            arrive=arrive,
            fail_request=lambda n: blogs.fail(at=n),
            requests_made=lambda: len(blogs.requests),
        )


@pytest.mark.parametrize("place", ["feed.xml", "feed.atom", "feed.json"])
def test_an_article_in_each_format(blogs: BlogsStandIn, clock: HandClock, place: str) -> None:
    """RSS, Atom and JSON Feed give the same mention, bar the id and the link's beginning."""
    article = min(Reader(blogs.feed(place), clock=clock).pull(), key=lambda mention: mention.created_at)
    number = {"feed.xml": 3, "feed.atom": 4, "feed.json": 5}[place]
    assert (article.kind, article.title, article.text) == (Kind.ARTICLE, f"Acme {number}", "Acme & I")
    assert article.created_at == NOON - timedelta(hours=number + 1)
    assert article.edited_at is None
    assert article.url == f"{blogs.endpoint}/articles/a{number}"
    assert (article.author.display_name, article.author.handle, article.lang) == ("Ann", "127.0.0.1", "en")
    assert article.conversation_id is None


def test_an_unchanged_feed_costs_no_body(blogs: BlogsStandIn, clock: HandClock) -> None:
    """The second request carries the validators of the first answer, and 304 gives nothing."""
    reader = Reader(blogs.feed("feed.xml"), clock=clock)
    first, second = reader.pull(), reader.pull()
    asked = blogs.requests[-1].headers
    assert (len(first), second) == (2, [])
    assert asked["if-none-match"].startswith('"')
    assert asked["if-modified-since"] == "Sat, 21 Nov 2026 11:00:00 GMT"


def test_the_validators_of_a_body_that_failed_are_not_kept(blogs: BlogsStandIn, clock: HandClock) -> None:
    """After a body that is no feed, the next request asks for the whole again."""
    reader = Reader(serve(blogs, "<html>maintenance</html>", etag='"bad"'), clock=clock)
    assert reader.pull() == []
    assert isinstance(reader.error, Unavailable)
    assert len(reader.pull()) == 2
    assert "if-none-match" not in blogs.requests[-1].headers


def test_an_unchanged_entry_is_not_given_again(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A server without validators sends the whole feed each time; only what is new in it is given."""
    item = "<item><guid>http://x/{0}</guid><title>{0}</title></item>"
    url = serve(blogs, RSS.format(item.format(1)), RSS.format(item.format(2) + item.format(1)))
    reader = Reader(url, clock=clock)
    assert [[mention.id for mention in reader.pull()] for _ in range(2)] == [["http://x/1"], ["http://x/2"]]


def test_an_edit_is_given_with_its_time(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A changed article comes again under the same id, edited when the feed says so."""
    reader = Reader(blogs.feed("feed.atom"), clock=clock)
    before = {mention.id for mention in reader.pull()}
    clock.advance(minutes=9)
    blogs.world.posts[1].edits = [(clock(), "Acme made it good")]
    clock.advance(minutes=1)
    (edited,) = reader.pull()
    assert edited.id in before
    assert (edited.text, edited.edited_at) == ("Acme made it good", NOON + timedelta(minutes=9))


def test_an_edit_without_a_date_is_dated_by_the_pull(blogs: BlogsStandIn, clock: HandClock) -> None:
    """RSS has no date of change: the pull that saw the new text gives it; going back is an edit too."""
    reader = Reader(blogs.feed("feed.xml"), clock=clock)
    reader.pull()
    clock.advance(minutes=9)
    blogs.world.posts[0].edits = [(clock(), "Acme made it good")]
    (edited,) = reader.pull()
    blogs.world.posts[0].edits = []
    clock.advance(minutes=1)
    (restored,) = reader.pull()
    assert (edited.edited_at, restored.edited_at) == (NOON + timedelta(minutes=9), clock())
    assert (edited.created_at, restored.text) == (NOON - timedelta(hours=1), "Acme & I")


@pytest.mark.parametrize(
    "date", ["", "<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>", "<pubDate>x</pubDate>"]
)
def test_no_date_is_the_first_sight(blogs: BlogsStandIn, clock: HandClock, date: str) -> None:
    """An entry without a sensible date has that of the pull that first saw it, also after an edit."""
    item = "<item><guid>http://x/1</guid>" + date + "<title>{}</title></item>"
    reader = Reader(serve(blogs, RSS.format(item.format("a")), RSS.format(item.format("b"))), clock=clock)
    (first,) = reader.pull()
    clock.advance(minutes=5)
    (second,) = reader.pull()
    assert (first.created_at, second.created_at, second.title) == (NOON, NOON, "b")


def test_without_a_guid_the_link_is_the_id(blogs: BlogsStandIn) -> None:
    """So the entry keeps its id when its title changes."""
    assert read_one(blogs, RSS.format("<item><link>/a/1</link><title>x</title></item>"))[0].id == (
        f"{blogs.endpoint}/a/1"
    )


def test_without_guid_and_link_the_title_and_date_are_the_id(blogs: BlogsStandIn) -> None:
    """Two such entries are told apart, and each is the same at the next sight."""
    body = RSS.format("<item><title>x</title></item><item><title>y</title></item>")
    first = [mention.id for mention in read_one(blogs, body)]
    assert len(set(first)) == 2
    assert first == [mention.id for mention in read_one(blogs, body)]


def test_a_guid_that_several_share_is_no_id(blogs: BlogsStandIn) -> None:
    """A feed that gives every entry the same guid loses none of them."""
    item = "<item><guid>http://x/</guid><link>http://x/{0}</link><title>{0}</title></item>"
    mentions = read_one(blogs, RSS.format(item.format(1) + item.format(2)))
    assert [mention.id for mention in mentions] == ["http://x/1", "http://x/2"]


def test_the_same_number_in_two_feeds_is_two_articles(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A guid that is unique in its feed only carries the feed's address."""
    body = RSS.format('<item><guid isPermaLink="false">17</guid><title>x</title></item>')
    blogs.faults.extend([Response(body=body.encode())] * 2)
    reader = Reader(blogs.feed("a.xml"), blogs.feed("b.xml"), clock=clock)
    assert [mention.id for mention in reader.pull()] == [f"{blogs.endpoint}/{x}.xml#17" for x in "ab"]


def test_a_monstrous_guid_becomes_a_digest(blogs: BlogsStandIn) -> None:
    """An id fits into an index of any database."""
    (mention,) = read_one(blogs, RSS.format(f"<item><guid>http://{'x' * 9000}</guid><title>x</title></item>"))
    assert len(mention.id) < 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('<?xml version="1.0" encoding="koi8-r"?>' + RSS, ""),
        (RSS, "text/xml; charset=koi8-r"),
        ('<?xml version="1.0" encoding="utf-8"?>' + RSS, "text/xml; charset=no-such-encoding"),
        ('<?xml version="1.0" encoding="zlib"?>' + RSS, ""),
        (RSS, ""),
    ],
    ids=["declared", "in the header", "declared wrong", "not a charset", "undeclared"],
)
def test_a_russian_feed_is_read_whatever_it_declares(
    blogs: BlogsStandIn, body: str, content_type: str
) -> None:
    """KOI8-R is decoded by what is declared, and recognised where that is wrong or missing."""
    text = (
        "Хорошая компания, но посылка пришла разбитой. Поддержка не отвечает вторую неделю. Деньги обещали "
        "вернуть ещё в октябре, теперь просят подождать до нового года. Больше мы там ничего не закажем."
    )
    sent = body.format(f"<item><title>Акме</title><description>{text}</description></item>").encode("koi8-r")
    (mention,) = read_one(blogs, sent, content_type=content_type)
    assert (mention.title, mention.text) == ("Акме", text)


def test_a_broken_character_does_not_change_the_encoding(blogs: BlogsStandIn) -> None:
    """UTF-8 with one bad byte is UTF-8 with one character lost."""
    sent = RSS.format(
        "<item><title>Größe, ähnlich, öfter, übel, süß, groß</title></item><item><title>äöü</title></item>"
    ).encode()
    mention, _ = read_one(blogs, sent.replace("Größe".encode(), b"Gr\xf6\xc3\x9fe"))
    assert mention.title == "Gr\N{REPLACEMENT CHARACTER}ße, ähnlich, öfter, übel, süß, groß"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_unicode_in_any_form_is_read(blogs: BlogsStandIn, encoding: str) -> None:
    """A byte order mark, or zeros between the letters, tell the encoding."""
    sent = RSS.format("<item><title>Größe 😀</title></item>").encode(encoding)
    assert read_one(blogs, sent)[0].title == "Größe 😀"


def test_relative_links_start_at_the_base(blogs: BlogsStandIn) -> None:
    """xml:base is respected, and what is no http address is no link."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://blog.example/a/">'
        '<entry><id>urn:a</id><title>t</title><link href="b/c"/></entry>'
        '<entry><id>urn:b</id><title>t</title><link href="javascript:alert(1)"/></entry></feed>'
    )
    assert [mention.url for mention in read_one(blogs, feed)] == ["http://blog.example/a/b/c", None]


def test_html_becomes_plain_text(blogs: BlogsStandIn) -> None:
    """Markup goes, blocks become lines, references characters; scripts say nothing."""
    content = "<p>Acme&amp;nbsp;<b>broke</b> it</p><script>x()</script><p>1 &lt; 2<br>end</p>"
    (mention,) = read_one(
        blogs, RSS.format(f"<item><title>A</title><description><![CDATA[{content}]]></description></item>")
    )
    assert mention.text == "Acme&nbsp;broke it\n1 < 2\nend"


def test_atom_text_is_not_taken_for_html(blogs: BlogsStandIn) -> None:
    """What is declared as text keeps its angle brackets."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:a</id>'
        '<title type="text">a &lt;b&gt; c</title>'
        '<content type="text">x &lt;y&gt; z</content></entry></feed>'
    )
    (mention,) = read_one(blogs, feed)
    assert (mention.title, mention.text) == ("a <b> c", "x <y> z")


def test_a_broken_feed_is_mended(blogs: BlogsStandIn) -> None:
    """A feed that is not well-formed gives what can be read of it."""
    body = '<rss version="2.0"><channel><item><title>Acme & <b>Co</title><link>http://x/1</link></item>'
    assert read_one(blogs, body)[0].url == "http://x/1"


def test_json_feed_knows_its_old_and_odd_forms(blogs: BlogsStandIn) -> None:
    """Version 1 has one author; ids may be numbers; items that are no objects are passed over."""
    body = (
        '{"version": "https://jsonfeed.org/version/1", "author": {"name": "Bo"}, "items": [7, {"id": 5, '
        '"content_text": "a <b>", "date_published": "2026-11-21T10:00:00+02:00", "url": "/x"}]}'
    )
    (mention,) = read_one(blogs, body)
    assert (mention.id, mention.text, mention.author.display_name) == (
        f"{blogs.feed('feed.xml')}#5",
        "a <b>",
        "Bo",
    )
    assert (mention.created_at, mention.url) == (NOON - timedelta(hours=4), f"{blogs.endpoint}/x")


def test_a_feed_that_moved_for_good_is_asked_where_it_is(blogs: BlogsStandIn, clock: HandClock) -> None:
    """After a permanent redirect the old address is not asked again."""
    blogs.faults.append(moved("/feed.atom"))
    reader = Reader(blogs.feed("old.xml"), clock=clock)
    assert len(reader.pull()) == 2
    reader.pull()
    assert [request.path for request in blogs.requests] == ["/old.xml", "/feed.atom", "/feed.atom"]


def test_a_feed_that_moved_for_now_is_asked_where_it_was(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A chain with one temporary redirect is not remembered."""
    blogs.faults.extend([moved("/b", for_good=False), moved("/feed.atom")])
    reader = Reader(blogs.feed("old.xml"), clock=clock)
    reader.pull()
    reader.pull()
    assert [request.path for request in blogs.requests] == ["/old.xml", "/b", "/feed.atom", "/old.xml"]


def test_one_failing_feed_does_not_stop_the_others(blogs: BlogsStandIn, clock: HandClock) -> None:
    """The others are given, then the error names the one that failed, without its query."""
    reader = Reader(blogs.feed("none.xml?key=secret"), blogs.feed("feed.xml"), clock=clock)
    assert len(reader.pull()) == 2
    assert isinstance(reader.error, Unavailable)
    assert "1 of 2 feeds failed: 127.0.0.1" in str(reader.error)
    assert "none.xml: it answered with HTTP 404" in str(reader.error)
    assert "secret" not in str(reader.error)


def test_a_feed_that_keeps_failing_is_asked_less_often(blogs: BlogsStandIn, clock: HandClock) -> None:
    """After three failures in a row it waits on its own, so that the others are not held back."""
    reader = Reader(blogs.feed("none.xml"), blogs.feed("feed.xml"), clock=clock)
    outcomes = []
    for _ in range(5):
        reader.pull()
        outcomes.append(reader.error is None)
    clock.advance(minutes=16)
    reader.pull()
    assert outcomes == [False, False, False, True, True]
    assert reader.error is not None


def test_a_closed_feed_is_not_asked_again(blogs: BlogsStandIn, clock: HandClock) -> None:
    """410 is told once while other feeds live; with no feed left the source is gone."""
    blogs.faults.append(gone())
    reader = Reader(blogs.feed("old.xml"), blogs.feed("feed.xml"), clock=clock)
    reader.pull()
    first = reader.error
    reader.pull()
    assert isinstance(first, Unavailable)
    assert "take it out" in str(first)
    assert reader.error is None
    assert [request.path for request in blogs.requests].count("/old.xml") == 1


def test_a_source_whose_only_feed_closed_is_gone(blogs: BlogsStandIn, clock: HandClock) -> None:
    """Also when it is asked again: without a request."""
    blogs.faults.append(gone())
    reader = Reader(blogs.feed("old.xml"), clock=clock)
    for _ in range(2):
        reader.pull()
        assert isinstance(reader.error, Gone)
    assert len(blogs.requests) == 1


@pytest.mark.parametrize(
    ("response", "expected", "wait"),
    [
        (too_many("120"), RateLimited, 2),
        (too_many("Sat, 21 Nov 2026 12:30:00 GMT"), RateLimited, 30),
        (too_many("Sat, 21 Nov 2026 11:00:00 GMT"), RateLimited, 0),
        (too_many("soon"), RateLimited, 15),
        (too_many("9" * 30), RateLimited, 24 * 60),
        (Response(status=503, headers={"retry-after": "60"}), RateLimited, 1),
        (Response(status=503), Unavailable, None),
        (Response(status=404), Unavailable, None),
        (Response(status=401), Unauthorized, None),
        (Response(status=403), Unauthorized, None),
        (Response(status=304), Unavailable, None),
        (Response(status=200, body=b""), Unavailable, None),
        (Response(status=200, body=b"oops"), Unavailable, None),
        (Response(status=200, body=b"{oops"), Unavailable, None),
        (Response(status=200, body=b'{"items": []}'), Unavailable, None),
        (Response(status=200, body=b"[1]"), Unavailable, None),
        (Response(status=200, body=b"<rss>", headers={"content-length": "99"}), Unavailable, None),
        (Response(status=302, headers={"location": ""}), Unavailable, None),
    ],
    ids=range(18),
)
def test_an_answer_that_is_no_feed(
    blogs: BlogsStandIn,
    clock: HandClock,
    response: Response,
    expected: type[ConnectorError],
    wait: int | None,
) -> None:
    """Each means what the monitor must do; when the trouble is over, nothing was lost."""
    blogs.fail(response, times=7)
    reader = Reader(blogs.feed("feed.xml"), clock=clock, timeout=0.5)
    reader.pull()
    assert type(reader.error) is expected
    if isinstance(reader.error, RateLimited):
        assert reader.error.retry_at == NOON + timedelta(minutes=wait or 0)
    blogs.faults.clear()
    clock.advance(minutes=wait or 0)
    assert len(reader.pull()) == 2


def test_a_feed_that_must_wait_is_not_asked(blogs: BlogsStandIn, clock: HandClock) -> None:
    """Before its time comes, the only feed is left alone and the source told to sleep."""
    blogs.fail(too_many("600"))
    reader = Reader(blogs.feed("feed.xml"), clock=clock)
    reader.pull()
    clock.advance(minutes=5)
    reader.pull()
    assert isinstance(reader.error, RateLimited)
    assert reader.error.retry_at == NOON + timedelta(minutes=10)
    assert len(blogs.requests) == 1


def test_a_feed_that_nobody_serves_is_unavailable(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A refused connection and an unknown name are the platform's trouble, not a bug."""
    with BlogsStandIn(World(), clock) as closed:
        address = closed.feed("feed.xml")
    reader = Reader(address, "http://blog.invalid/feed", blogs.feed("feed.xml"), clock=clock)
    assert len(reader.pull()) == 2
    assert "2 of 3 feeds failed" in str(reader.error)


def test_the_endpoint_takes_every_request(blogs: BlogsStandIn, clock: HandClock) -> None:
    """Through it, a feed of any host is asked for under that host's name, and links are the host's own."""
    blogs.world.say(
        Post(id="z", author=None, text="Acme", title="Z", at=NOON, place="blog.example/feed.atom")
    )
    reader = Reader("https://blog.example/feed.atom?a=b", clock=clock, endpoint=blogs.endpoint)
    (mention,) = reader.pull()
    assert (blogs.requests[0].path, blogs.requests[0].query) == ("/blog.example/feed.atom", {"a": "b"})
    assert mention.url == "https://blog.example/articles/z"
    assert mention.author.handle == "blog.example"


def test_a_feed_added_between_the_halves_of_a_pull_is_read(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A cursor that speaks of feeds which are no longer configured does no harm."""
    first = connector(blogs.feed("feed.xml"), blogs.feed("feed.json"), clock=clock)
    batch: Batch = next(first.pull({}))
    reader = Reader(blogs.feed("feed.atom"), blogs.feed("feed.json"), clock=clock)
    reader.cursor = batch.cursor
    assert len(reader.pull()) == 4


def test_a_busy_feed_does_not_keep_the_next_one_waiting(blogs: BlogsStandIn, clock: HandClock) -> None:
    """A pull that is always cut after its first batch still comes to every feed."""
    cursor: Cursor = {}
    for _ in range(4):
        clock.advance(minutes=1)
        blogs.world.posts[0].edits = [(clock(), f"edited at {clock()}")]
        fresh = connector(blogs.feed("feed.xml"), blogs.feed("feed.atom"), clock=clock)
        cursor = next(fresh.pull(cursor)).cursor
    assert {request.path for request in blogs.requests} == {"/feed.xml", "/feed.atom"}


def test_the_cursor_is_bounded(blogs: BlogsStandIn, clock: HandClock) -> None:
    """Entries that left the feed are forgotten but for the last fifty."""
    item = "<item><guid>http://x/{}</guid><title>x</title></item>"
    bodies = [RSS.format("".join(item.format(f"{n}-{i}") for i in range(40))) for n in range(5)]
    reader = Reader(serve(blogs, *bodies), clock=clock)
    for _ in bodies:
        assert len(reader.pull()) == 40
    assert len(reader.cursor["feeds"][blogs.feed("feed.xml")]["seen"]) == 90


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"feeds": ()}, "options.feeds"),
        ({"feeds": ("file:///etc/passwd",)}, "options.feeds"),
        ({"feeds": ("http://",)}, "options.feeds"),
        ({"feeds": ("http://[::1",)}, "options.feeds"),
        ({"feeds": ("http://ann:pw@blog.example/",)}, "options.feeds"),
        ({"feeds": ("http://x/",), "endpoint": "x"}, "options.endpoint"),
        ({"feeds": ("http://x/",), "timeout": "5"}, "options.timeout"),
        ({}, "options.feeds"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], key: str) -> None:
    """What cannot work is refused at once, under the key that is wrong, without a password in the text."""
    source = Source(name="b", brand="acme", connector="blogs", query=Query(names=("acme",)), options=options)
    with pytest.raises(Misconfigured) as caught:
        BlogsConnector(source, {}, LedgerMeter(HandClock(NOON)))
    assert caught.value.key == key
    assert "pw" not in str(caught.value)


def test_real_feeds_are_read(blogs: BlogsStandIn) -> None:
    """Feeds as they were found in the world give their entries."""
    if not PAYLOADS.exists():
        pytest.skip(f"no sample payloads at {PAYLOADS.name}")
    assert _sizes(blogs, ["google_alerts_atom.xml", "reddit-atom.rss", "rdf_UTF8.xml"]) == [20, 24, 60]
    (russian,) = read_one(blogs, (PAYLOADS / "koi8r.xml").read_bytes())
    assert "Новый год" in russian.text
    (relative,) = read_one(blogs, (PAYLOADS / "atom_relative.xml").read_bytes())
    assert relative.url == f"{blogs.endpoint}/blog/2003/12/13/atom03"
    for name in ("empty_feed.xml", "xmlbomb.xml"):
        with pytest.raises(Unavailable):
            read_one(blogs, (PAYLOADS / name).read_bytes())


def _sizes(blogs: BlogsStandIn, names: Sequence[str]) -> list[int]:
    return [len(read_one(blogs, (PAYLOADS / name).read_bytes())) for name in names]
