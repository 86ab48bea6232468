"""No answer of X, Reddit or YouTube holds a pull for ever: the time and the size of each are bounded."""

import gzip
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import pytest

from connectors.reddit import RedditConnector
from connectors.twitter import TwitterConnector
from connectors.youtube import YouTubeConnector
from monitor.connector import Batch, Connector, Query, Source, Unavailable
from monitor.testing import HandClock, LedgerMeter, pull_all, pull_until_error
from tests.connectors.reddit_story import NOON

MIB = 2**20
BLANK = b"\r\n"
QUERY = Query(names=("Acme",))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = HEAD + b"Content-Encoding: gzip\r\n"

Talk = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A connector, what it is given, and an answer in which there is nothing."""

    connector: Callable[..., Connector]
    credentials: dict[str, str]
    empty: bytes
    options: dict[str, Any] = field(default_factory=dict)

    def reading(self, endpoint: str, timeout: float = 60) -> Connector:
        """Return a connector that reads from `endpoint`, and bears so many seconds of silence."""
        options = {"endpoint": endpoint, "timeout": timeout, **self.options}
        source = Source(name="s", brand="acme", connector="c", query=QUERY, options=options)
        return self.connector(source, self.credentials, LedgerMeter(HandClock(NOON)))


PLATFORMS = {
    "x": Platform(
        connector=TwitterConnector,
        credentials={"bearer_token": "sesame"},
        empty=b'{"meta": {"result_count": 0}}',
    ),
    "reddit": Platform(
        connector=RedditConnector,
        credentials={"client_id": "id", "client_secret": "sesame"},
        empty=b'{"kind": "Listing", "data": {"children": []}, "access_token": "t"}',
        options={"subreddits": ("gadgets",), "search": False, "answers": False},
    ),
    "youtube": Platform(
        connector=YouTubeConnector,
        credentials={"api_key": "sesame"},
        empty=b'{"items": []}',
    ),
}


@pytest.fixture(params=list(PLATFORMS))
def platform(request: pytest.FixtureRequest) -> Platform:
    """Give each platform in turn."""
    return PLATFORMS[request.param]


@dataclass(slots=True)
class Server:
    """A server on sockets: the first request gets what `talk` says, all others `empty`."""

    talk: Talk
    empty: bytes
    requests: int = 0
    connections: int = 0

    def converse(self, client: socket.socket) -> None:
        """Answer one request after the other, until the client hangs up."""
        self.connections += 1
        with client, client.makefile("rb") as lines:
            try:
                while head := b"".join(takewhile(BLANK.__ne__, lines)).lower():
                    length = re.search(rb"content-length: ([0-9]+)", head)
                    lines.read(int(length[1]) if length else 0)
                    self._answer(client)
            except OSError:
                return

    def _answer(self, client: socket.socket) -> None:
        self.requests += 1
        if self.requests == 1:
            self.talk(client)
        else:
            length = f"Content-Length: {len(self.empty)}\r\n\r\n"
            client.sendall(HEAD + length.encode() + self.empty)


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """Give the address of `server`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=server.converse, args=(client,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def dripping(begun: bytes, drop: bytes = b" ") -> Talk:
    """Return a talk that sends a little again and again, often enough for no socket timeout to end it."""

    def drip(client: socket.socket) -> None:
        client.sendall(begun)
        pause = threading.Event()
        while not pause.wait(0.02):
            client.sendall(drop)

    return drip


def pouring(begun: bytes, piece: bytes) -> Talk:
    """Return a talk that sends a gigabyte, unless the client hangs up."""

    def pour(client: socket.socket) -> None:
        client.sendall(begun)
        for _ in range(1024):
            client.sendall(piece)
        pytest.fail("a gigabyte was read")

    return pour


def bomb(client: socket.socket) -> None:
    """Send zeros beyond the limit in a few kilobytes."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(33)) + packer.flush()
    client.sendall(GZIPPED + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed)


def announcing(client: socket.socket) -> None:
    """Announce a gigabyte."""
    client.sendall(HEAD + b"Content-Length: 1073741824\r\n\r\n{")


def outcome(platform: Platform, talk: Talk, timeout: float = 60) -> str:
    """Return the words of the error that `talk` ends a pull with; the connector's next pull must succeed."""
    server = Server(talk, platform.empty)
    with serving(server) as endpoint:
        connector = platform.reading(endpoint, timeout)
        _, error = pull_until_error(connector, {})
        assert isinstance(error, Unavailable), repr(error)
        assert payloads(pull_all(connector, {})) == []
    assert server.requests > 1
    return str(error)


def payloads(batches: list[Batch]) -> list[Any]:
    """Return all payloads of `batches`."""
    return [payload for batch in batches for payload in batch.payloads]


@pytest.mark.parametrize(
    "talk",
    [
        dripping(b""),
        dripping(b"HTTP/1.1 200 OK\r\nX: "),
        dripping(HEAD + b"Content-Length: 100000\r\n\r\n"),
        dripping(HEAD + b"Connection: close\r\n\r\n"),
        dripping(CHUNKED, b"1\r\n \r\n"),
        dripping(GZIPPED + b"\r\n" + gzip.compress(b"{}")[:10], b"\0"),
        dripping(b"HTTP/1.1 500 Broken\r\nContent-Length: 100000\r\n\r\n"),
    ],
    ids=["status line", "header", "body", "body to the end", "chunks", "gzip", "error"],
)
def test_a_drip_is_cut_off(platform: Platform, talk: Talk) -> None:
    """However slowly it comes, an answer is over after twice the timeout; the next exchange is well."""
    assert "longer than 0.6 s" in outcome(platform, talk, timeout=0.3)


@pytest.mark.parametrize(
    "talk",
    [
        pouring(CHUNKED, b"100000\r\n" + bytes(MIB) + b"\r\n"),
        pouring(HEAD + b"\r\n", bytes(MIB)),
        bomb,
        announcing,
    ],
    ids=["chunks", "to the end", "bomb", "announced"],
)
def test_a_body_beyond_the_limit_is_refused(
    platform: Platform, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than 32 MiB are not read, be they sent, announced or packed; the next exchange is well."""
    monkeypatch.setattr(threading, "Timer", Patient)
    assert f"longer than {32 * MIB} bytes" in outcome(platform, talk)


class Patient(threading.Timer):
    """A watchdog that leaves a slow machine the time to pour."""

    def __init__(self, _: float, function: Callable[[], None]) -> None:
        super().__init__(60, function)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_packed_answer_is_read(platform: Platform, chunked: bool) -> None:
    """What is within the bounds arrives, compressed and in chunks."""
    packed = gzip.compress(platform.empty[:5]) + gzip.compress(platform.empty[5:])

    def send(client: socket.socket) -> None:
        if chunked:
            client.sendall(GZIPPED + b"Transfer-Encoding: chunked\r\n\r\n")
            client.sendall(f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n")
        else:
            client.sendall(GZIPPED + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed)

    server = Server(send, platform.empty)
    with serving(server) as endpoint:
        assert payloads(pull_all(platform.reading(endpoint), {})) == []
    assert server.requests


def test_a_connection_is_used_again() -> None:
    """The exchanges of a connector that keeps its session go through one connection."""
    platform = PLATFORMS["reddit"]
    body = platform.empty
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    server = Server(lambda client: client.sendall(HEAD + length + body), body)
    with serving(server) as endpoint:
        connector = platform.reading(endpoint)
        pull_all(connector, {})
        pull_all(connector, {})
    assert server.requests > 1
    assert server.connections == 1
