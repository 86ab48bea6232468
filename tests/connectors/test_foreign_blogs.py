import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.stranger import NOON, Answer, Asked, Program, serving

RSS = b"""<rss version="2.0"><channel><title>A blog</title><link>http://blog.example/</link>
<item><title>Acme broke</title><guid>1</guid><pubDate>Tue, 10 Mar 2015 10:00:00 GMT</pubDate></item>
<item><title>Acme is back</title><guid>2</guid></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title><entry>
<id>urn:x:1</id><title>%s</title><updated>%s</updated></entry></feed>"""
ITEMS: list[dict[str, Any]] = [
    {"id": "1", "title": "Acme broke", "author": {"name": "Ann"}},
    {
        "id": 2,
        "title": "Acme is back",
        "authors": [{"name": "Bob"}],
        "date_published": "2015-03-10T10:00:00Z",
    },
]
BOTH = {"Acme broke", "Acme is back"}


def program(folder: Path, *feeds: str, **options: Any) -> Program:
    """Return the program over feeds."""
    return Program(folder=folder, connector="blogs", options={"feeds": list(feeds), **options})


def json_feed(version: str) -> bytes:
    """Return a JSON Feed, with a mark before it, as some servers put there."""
    feed = {"version": f"https://jsonfeed.org/version/{version}", "title": "A blog", "items": ITEMS}
    return b"\xef\xbb\xbf" + json.dumps(feed).encode()


@pytest.mark.parametrize(
    "kind", ["application/octet-stream", "text/html; charset=iso-8859-1", "text/plain", "x"]
)
@pytest.mark.parametrize("body", [RSS, json_feed("1"), json_feed("1.1")], ids=["rss", "json 1", "json 1.1"])
def test_a_feed_is_known_by_its_body(tmp_path: Path, body: bytes, kind: str) -> None:
    """Whatever a server calls it, with no ETag and no length, a feed on loopback is read as it is given."""
    with serving(lambda *_: (200, body, {"Content-Type": kind})) as server:
        run = program(tmp_path, f"{server}/feed").run_once()
    assert (run.well, run.titles) == (True, BOTH)


def test_a_feed_at_localhost_is_read(tmp_path: Path) -> None:
    """The name is as good as the address, and a redirect on the same host is followed."""
    moved: Answer = (301, b"", {"Location": "/feed/"})
    with serving(lambda path, _: (200, RSS) if path == "/feed/" else moved) as server:
        run = program(tmp_path, f"{server.replace('127.0.0.1', 'localhost')}/feed").run_once()
    assert run.titles == BOTH


@pytest.mark.parametrize(
    ("feed", "path"),
    [
        ("https://blog.example/feed.xml", "/base/blog.example/feed.xml"),
        ("/feed.xml", "/base/feed.xml"),
        ("feed.xml", "/base/feed.xml"),
    ],
)
@pytest.mark.parametrize("suffix", ["", "/"])
def test_an_endpoint_is_a_base(tmp_path: Path, feed: str, path: str, suffix: str) -> None:
    """A feed is asked for at the endpoint under its host, or, where it has none, as the path that it is."""
    asked = Asked()
    with serving(lambda *_: (200, RSS), asked) as server:
        run = program(tmp_path, feed, endpoint=f"{server}/base{suffix}").run_once()
    assert (asked.paths, run.titles) == ([path], BOTH)


def test_a_feed_that_lies_at_the_endpoint_is_asked_for_as_it_is(tmp_path: Path) -> None:
    """The address of the endpoint is not put before itself."""
    asked = Asked()
    with serving(lambda *_: (200, RSS), asked) as server:
        program(tmp_path, f"{server}/feed.xml", endpoint=server).run_once()
    assert asked.paths == ["/feed.xml"]


def test_an_entry_with_nothing_but_its_last_change_has_that_date(tmp_path: Path) -> None:
    """Atom needs no more than `updated`: it dates the entry at first sight; a later one is an edit of it."""
    made, edited = "2015-03-10T10:00:00Z", "2026-11-21T12:30:00Z"
    shown = [(b"Acme broke", made.encode())]
    with serving(lambda *_: (200, ATOM % shown[0])) as server:
        this = program(tmp_path, f"{server}/feed")
        assert this.run_once().dates == {(datetime.fromisoformat(made), None)}
        shown[0], this.at = (b"Acme broke twice", edited.encode()), NOON + timedelta(hours=1)
        assert this.run_once().dates == {(datetime.fromisoformat(made), datetime.fromisoformat(edited))}


REFUSALS: dict[str, tuple[Answer, str]] = {
    "a login": ((401, b"<html>"), "unauthorized"),
    "no entry": ((403, b"<html>"), "unauthorized"),
    "too often": ((429, b"", {"Retry-After": "60"}), "rate-limited"),
    "a server error": ((503, b"<html>"), "unavailable"),
    "another page": ((200, b"<html><body>Sign in</body></html>"), "unavailable"),
    "half a feed": ((200, RSS, {"Content-Length": "99999"}), "unavailable"),
    "nothing": ((200, b""), "unavailable"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_told_and_nothing_is_lost(tmp_path: Path, what: str) -> None:
    """Each refusal gives its state; when it is over, the next pull stores everything."""
    answer, state = REFUSALS[what]
    answers: list[Answer] = [answer]
    with serving(lambda *_: answers[0]) as server:
        this = program(tmp_path, f"{server}/feed")
        run = this.run_once()
        assert (run.well, run.source.state, run.ids) == (False, state, set())
        answers[0], this.at = (200, RSS), this.at + timedelta(hours=2)
        assert this.run_once().titles == BOTH
