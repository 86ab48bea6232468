"""Servers that mean harm: bombs, endless bodies, drips, and redirects into the private network."""

import gzip
import ipaddress
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.blogs import BlogsConnector, feed, wire
from connectors.blogs.text import plain_text
from monitor.connector import Query, Source, Unavailable
from monitor.demo.blogs import BlogsStandIn, moved
from monitor.demo.stand_in import Response
from monitor.demo.world import Post, World
from monitor.testing import HandClock, LedgerMeter, pull_all, pull_until_error

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RSS = '<rss version="2.0"><channel><title>t</title>{}</channel></rss>'
MIB = 2**20


def connector(*feeds: str, **options: object) -> BlogsConnector:
    """Return a connector that reads `feeds`."""
    source = Source(
        name="b", brand="a", connector="blogs", query=Query(names=("a",)), options={"feeds": feeds, **options}
    )
    return BlogsConnector(source, {}, LedgerMeter(HandClock(NOON)))


@pytest.fixture
def blogs() -> Iterator[BlogsStandIn]:
    """Yield a server with one feed of one article."""
    world = World([Post(id="1", author=None, text="Acme", title="Acme", at=NOON, place="feed.xml")])
    with BlogsStandIn(world, HandClock(NOON)) as server:
        yield server


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Give the address of a server whose `talk` does as it likes with its first client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                try:
                    talk(client)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/feed.xml"
        thread.join(timeout=10)
        assert not thread.is_alive(), "the client never hung up"


def refusal(connector: BlogsConnector) -> str:
    """Return the text of the error by which a pull ends; it must be `Unavailable`."""
    batches, error = pull_until_error(connector, {})
    assert isinstance(error, Unavailable), error
    assert not [payload for batch in batches for payload in batch.payloads]
    return str(error)


def drip(client: socket.socket, sent: bytes, waits: threading.Event) -> None:
    """Send one byte at a time, often enough for no socket timeout to end it."""
    client.sendall(sent)
    while not waits.wait(0.02):
        client.sendall(b" ")


def wait_for_the_end(client: socket.socket) -> None:
    """Read until the client hangs up."""
    while client.recv(4096):
        pass


@pytest.mark.parametrize(
    "begun",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n<rss>", b"HTTP/1.1 302 Found\r\nLocation: /"],
    ids=["status line", "header", "body", "redirect"],
)
def test_a_drip_is_cut_off(begun: bytes) -> None:
    """However slowly it comes, a fetch ends when its whole time is over; the server sees it hang up."""
    with raw_server(lambda client: drip(client, begun, threading.Event())) as address:
        assert "took longer than 0.3 s" in refusal(connector(address, timeout=0.3))


def test_silence_is_cut_off() -> None:
    """A server that says nothing is left after the same time."""
    with raw_server(wait_for_the_end) as address:
        assert "took longer than 0.3 s" in refusal(connector(address, timeout=0.3))


def test_an_endless_body_is_cut_off() -> None:
    """A gigabyte is refused after the first bytes too many."""
    sent = 0

    def pour(client: socket.socket) -> None:
        nonlocal sent
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1024 * MIB:
            client.sendall(b"x" * MIB)
            sent += MIB

    with raw_server(pour) as address:
        assert "longer than 4194304 bytes" in refusal(connector(address))
    assert sent < 32 * MIB


def test_a_body_that_is_announced_too_long_is_not_read() -> None:
    """The header is enough to refuse it."""

    def announce(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        wait_for_the_end(client)

    with raw_server(announce) as address:
        assert "longer than 4194304 bytes" in refusal(connector(address))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate"])
def test_a_decompression_bomb_is_not_expanded(blogs: BlogsStandIn, encoding: str) -> None:
    """Far more zeros than a feed may have are refused, and never in memory."""
    packer = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw deflate": -15}[encoding])
    zeros = bytes(MIB)
    bomb = b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    blogs.fail(Response(body=bomb, headers={"content-encoding": encoding.rpartition(" ")[2]}))
    tracemalloc.start()
    try:
        assert "longer than 4194304 bytes" in refusal(connector(blogs.feed("feed.xml")))
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate", "two members", "identity"])
def test_compressed_feeds_are_read(blogs: BlogsStandIn, encoding: str) -> None:
    """Each form of compression that servers use gives the feed."""
    body = RSS.format("<item><title>x</title></item>").encode()
    sent = {
        "deflate": zlib.compress(body),
        "raw deflate": zlib.compress(body, wbits=-15),
        "two members": gzip.compress(body[:50]) + gzip.compress(body[50:]),
        "identity": body,
    }.get(encoding, gzip.compress(body))
    name = {"raw deflate": "deflate", "two members": "gzip"}.get(encoding, encoding)
    blogs.fail(Response(body=sent, headers={"content-encoding": name}))
    assert len(pull_all(connector(blogs.feed("feed.xml")), {})[0].payloads) == 1


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b"<rss>" * 999)[:-20], "gzip"), (b"<rss>", "gzip"), (b"<rss>", "br")],
    ids=["cut off", "not gzip", "not asked for"],
)
def test_a_body_that_cannot_be_expanded_is_unavailable(
    blogs: BlogsStandIn, body: bytes, encoding: str
) -> None:
    """Half a feed is not taken for a whole one."""
    blogs.fail(Response(body=body, headers={"content-encoding": encoding}))
    refusal(connector(blogs.feed("feed.xml")))


LAUGHS = (
    '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>' + RSS.format("<item><title>&c;</title></item>")
)
FILE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + RSS.format(
    "<item><title>&a;</title></item>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-be"])
@pytest.mark.parametrize("bomb", [LAUGHS, FILE, "<!-- x -->\n<?x y?>" + LAUGHS.replace("ENTITY", "eNTITY")])
def test_an_entity_bomb_is_refused(blogs: BlogsStandIn, bomb: str, encoding: str) -> None:
    """A feed that declares entities is not parsed at all, whatever its encoding."""
    blogs.fail(Response(body=bomb.encode(encoding)))
    assert "declares entities" in refusal(connector(blogs.feed("feed.xml")))


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss.dtd">',
        '<!DOCTYPE rss [<!ELEMENT rss ANY> <x "<!ENTITY">]>',
        "<!-- <rss><!ENTITY -->",
        "<?xml-stylesheet href='<rss>'?>",
    ],
    ids=["external", "hidden", "comment", "instruction"],
)
def test_a_document_type_is_never_handed_on(blogs: BlogsStandIn, prolog: str) -> None:
    """What stands before the feed is left out, so that nothing in it can be opened or expanded."""
    body = prolog + RSS.format("<item><title>&b;</title></item>")
    assert feed._without_prolog(body).startswith(("<rss version", "<x "))


def test_an_undeclared_entity_expands_to_nothing_large() -> None:
    """Without a document type a reference stays as it is."""
    entries = feed.entries(RSS.format("<item><title>&c;</title></item>").encode(), "", "http://x/")
    assert entries[0]["title"] in {"&c;", None}


@pytest.mark.parametrize(
    "body",
    [
        RSS.format("<item/>" * 150_000),
        RSS.format("<a>" * 300 + "</a>" * 300),
        "<rss>" + "<item>" * 150_000,
        "<rss>" + "<a " * 150_000,
        "<rss><channel>" + "<" * 150_000,
        "<feed>" + "<!" * 150_000,
        "<rss><channel>" + "&" * 300_000,
    ],
    ids=["many", "deep", "unclosed", "tags", "angles", "declarations", "references"],
)
def test_a_feed_that_would_cost_too_much_is_refused(blogs: BlogsStandIn, body: str) -> None:
    """What is made of markup alone is not given to the parser that mends."""
    blogs.fail(Response(body=body.encode()))
    refusal(connector(blogs.feed("feed.xml")))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "not an http or https address"),
        ("ftp://127.0.0.1/feed", "not an http or https address"),
        ("data:text/xml,<rss/>", "not an http or https address"),
        ("http://[::1", "refused a redirect"),
        ("http://127.0.0.1:9/feed", "private address"),
        ("http://localhost:9/feed", "private address"),
        ("http://0.0.0.0/feed", "private address"),
        ("http://[::1]/feed", "private address"),
        ("http://[::ffff:127.0.0.1]/feed", "private address"),
        ("http://169.254.169.254/latest/meta-data", "private address"),
        ("http://10.0.0.1/", "private address"),
    ],
)
def test_a_redirect_out_of_bounds_is_refused(blogs: BlogsStandIn, target: str, reason: str) -> None:
    """Only public http(s) addresses, and the very one that the operator wrote, are followed."""
    blogs.fail(moved(target))
    assert reason in refusal(connector(blogs.feed("feed.xml")))
    assert len(blogs.requests) == 1


def test_a_private_address_can_be_allowed(blogs: BlogsStandIn) -> None:
    """For a blog in the company's own network there is an option."""
    with BlogsStandIn(blogs.world, HandClock(NOON)) as other:
        blogs.fail(moved(other.feed("feed.xml")))
        reader = connector(blogs.feed("feed.xml"), allow_private=True)
        assert len(pull_all(reader, {})[0].payloads) == 1


def test_redirects_end(blogs: BlogsStandIn) -> None:
    """A circle is left after five hops."""
    blogs.fail(moved("/feed.xml", for_good=False), times=50)
    assert "more than 5 redirects" in refusal(connector(blogs.feed("feed.xml")))
    assert len(blogs.requests) == 6


def test_a_name_is_looked_up_once_and_its_address_called(
    blogs: BlogsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was checked is the one that is called, whatever the name says a moment later."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    called = []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(answers)]

    class Connection:
        """Notes where it is sent, and refuses."""

        sock = None

        def __init__(self, address: str, port: int, **_: object) -> None:
            called.append((address, port))

        def connect(self) -> None:
            """Refuse."""
            raise ConnectionRefusedError

        def close(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("urllib3.connection.HTTPConnection", Connection)
    refusal(connector("http://blog.example/feed"))
    assert called == [("93.184.216.34", 80)]


def test_a_name_of_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a feed that the operator named: whoever owns the name may let it point anywhere."""
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(2, 1, 6, "", ("192.168.1.1", 80)), (2, 1, 6, "", ("::1", 80))],
    )
    assert "private address" in refusal(connector("http://blog.example/feed"))


def test_a_host_is_tried_at_each_of_its_addresses(
    blogs: BlogsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not answer does not hide the next."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **named: Any) -> Any:
        if host != "blog.example":
            return real(host, port, *rest, **named)
        return [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    address = blogs.feed("feed.xml").replace("127.0.0.1", "blog.example")
    assert len(pull_all(connector(address, allow_private=True), {})[0].payloads) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.1.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - it is not bound to
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    """Private, local, shared and reserved addresses are not, nor those that wrap one."""
    assert wire.is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a",
        "<a ",
        "<a '",
        '<a ">" ',
        '<a \'">"',
        "<!--",
        "<!",
        "<?",
        "</",
        "<script>",
        "<p>",
        "&",
        "&#",
        "&#x1",
    ],
)
def test_hostile_html_is_read_once(unit: str) -> None:
    """From text like this, what looks for the end at each beginning would not come back."""
    assert len(plain_text(unit * 100_000)) <= 100_000 * len(unit)


@given(st.text(alphabet="<>/!-&#;x1ap\"' \n", max_size=200))
def test_any_html_gives_text(source: str) -> None:
    """Whatever the markup, there is text without blank lines."""
    assert all(line.strip() for line in plain_text(source).split("\n") if plain_text(source))


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: RSS.format(text).encode("utf-16")))
def test_any_bytes_are_a_feed_or_unavailable(body: bytes) -> None:
    """No body of a server raises anything else."""
    try:
        entries = feed.entries(body, "text/xml", "http://x/")
    except Unavailable:
        return
    assert isinstance(entries, list)


@pytest.mark.parametrize(
    "reference", ["&#" + "1" * 20_000 + ";", "&#x" + "f" * 20_000 + ";", "&#xD800;", "&#0;"]
)
def test_an_impossible_character_is_replaced(reference: str) -> None:
    """References beyond Unicode neither raise nor give half a character."""
    text = plain_text(f"a{reference}b")
    assert text.encode()
    assert len(text) <= 3


def test_a_character_reference_too_long_for_the_parser_is_unavailable() -> None:
    """It makes feedparser raise ValueError; it is the feed's fault."""
    body = RSS.format("<item><title>&#" + "1" * 20_000 + ";</title></item>").encode()
    with pytest.raises(Unavailable, match="cannot be parsed"):
        feed.entries(body, "", "http://x/")


@pytest.mark.parametrize("encoding", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7"])
def test_an_odd_codec_is_not_used(encoding: str) -> None:
    """Codecs that are slow, or that make text of something else, are passed over."""
    body = RSS.format("<item><title>a\\u0041</title></item>").encode()
    assert "a\\u0041" in feed.decode(body, f"text/xml; charset={encoding}")
