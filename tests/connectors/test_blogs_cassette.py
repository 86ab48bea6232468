"""A recorded conversation with a blog, replayed without a server.

Recorded from the stand-in. To record it anew: `PYTHONPATH=. python tests/connectors/test_blogs_cassette.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vcr  # type: ignore[import-untyped]

from connectors.blogs import BlogsConnector
from monitor.connector import Query, Source
from monitor.demo.blogs import BlogsStandIn
from monitor.demo.world import Person, Post, World
from monitor.testing import HandClock, LedgerMeter, last_cursor, pull_all

CASSETTES = Path(__file__).parent / "cassettes" / "blogs"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOST = "127.0.0.1:8080"


def same_port(request: Any) -> Any:
    """Return the request as if the server always listened at the same port."""
    port = f"127.0.0.1:{request.port}"
    request.uri = request.uri.replace(port, HOST)
    request.headers["Host"] = HOST
    return request


def conversation(endpoint: str) -> tuple[list[str], Mapping[str, Any]]:
    """Pull a feed twice; return the titles that were given, and the cursor."""
    source = Source(
        name="blogs",
        brand="acme",
        connector="blogs",
        query=Query(names=("acme",)),
        options={"feeds": [f"{endpoint}/feed.atom"]},
    )
    connector = BlogsConnector(source, {}, LedgerMeter(HandClock(NOON)))
    first = pull_all(connector, {})
    second = pull_all(connector, last_cursor(first, {}))
    titles = [connector.normalise(payload).title for batch in first + second for payload in batch.payloads]
    return [title or "" for title in titles], last_cursor(second, {})


def cassette(mode: str) -> Any:
    """Return the recording, to be played or made."""
    recorder = vcr.VCR(
        record_mode=mode,
        match_on=("method", "scheme", "host", "path", "query"),
        decode_compressed_response=True,
        filter_headers=["authorization", "cookie"],
        before_record_request=same_port,
    )
    return recorder.use_cassette(str(CASSETTES / "two_pulls.yaml"))


def record_two_pulls() -> None:
    """Write down what the stand-in answers."""
    ann = Person(id="1", handle="ann", name="Ann")
    world = World(
        [
            Post(id=str(n), author=ann, text="acme & I", title=f"Acme {n}", at=NOON, place="feed.atom")
            for n in range(2)
        ]
    )
    (CASSETTES / "two_pulls.yaml").unlink(missing_ok=True)
    with BlogsStandIn(world, HandClock(NOON)) as blogs, cassette("once"):
        conversation(blogs.endpoint)


def test_the_recording_is_read_without_a_server() -> None:
    """The first answer is a feed, the second says that it is unchanged; nobody listens at the address."""
    with cassette("none") as played:
        titles, cursor = conversation(f"http://{HOST}")
        assert played.all_played
        assert len(played.responses) == 2
    assert titles == ["Acme 1", "Acme 0"]
    assert cursor["feeds"][f"http://{HOST}/feed.atom"]["etag"].startswith('"')


if __name__ == "__main__":
    record_two_pulls()
