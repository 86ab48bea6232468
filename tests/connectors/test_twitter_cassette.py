"""A pull, a refresh and a thread are replayed from a recording, with no server running.

Record it anew, from the stand-in, with `python -m tests.connectors.test_twitter_cassette`.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import vcr  # type: ignore[import-untyped]  # it has no types

from connectors.twitter import TwitterConnector
from monitor.connector import Interval
from monitor.core.mention import Engagement
from monitor.demo.twitter import GOOD_TOKEN, TwitterStandIn, id_of
from monitor.demo.world import World
from monitor.testing import HandClock, LedgerMeter, pull_all
from tests.connectors.twitter_story import ACME, NOON, published, source, texts

CASSETTE = Path(__file__).parent / "cassettes" / "twitter" / "pull.yaml"
HOST = "https://api.x.com"


def _of_x(request: Any) -> Any:
    request.uri = re.sub(r"^http://127\.0\.0\.1:\d+", HOST, request.uri)
    request.headers.pop("Host", None)
    return request


def _without_surroundings(response: dict[str, Any]) -> dict[str, Any]:
    for name in ("Date", "Server"):
        response["headers"].pop(name, None)
    return response


def cassette(record_mode: str) -> Any:
    """Open the recording, to write it (`all`) or to replay nothing but it (`none`)."""
    recorder = vcr.VCR(
        record_mode=record_mode,
        match_on=("method", "scheme", "host", "path", "query"),
        filter_headers=[("authorization", "REDACTED")],
        decode_compressed_response=True,
        before_record_request=_of_x,
        before_record_response=_without_surroundings,
    )
    return recorder.use_cassette(str(CASSETTE))


def a_world() -> World:
    """Return pages of complaints and answers, with an edit, counts, a suspended author and a deletion."""
    world = published()
    complaint, answer, edited, _, _, suspended, deleted = world.posts[:7]
    complaint.engagement = [(NOON - timedelta(minutes=5), Engagement(likes=7, reposts=2, views=900))]
    edited.edits = [(NOON - timedelta(minutes=2), "my acme kettle, edited")]
    suspended.author = None
    deleted.deleted_at = NOON
    assert answer.reply_to is complaint
    return world


def read_everything(endpoint: str) -> dict[str, Any]:
    """Do all that the connector can, and return what came of it."""
    credentials = {"bearer_token": GOOD_TOKEN}
    connector = TwitterConnector(source(endpoint), credentials, LedgerMeter(HandClock(NOON)))
    posts = a_world().posts
    batches = pull_all(connector, {})
    mentions = {
        mention.id: mention for batch in batches for mention in map(connector.normalise, batch.payloads)
    }
    refreshed = connector.refresh([id_of(post) for post in (posts[0], posts[2], posts[6])])
    thread = mentions[id_of(posts[0])]
    return {
        "ids": set(mentions),
        "sizes": [len(batch.payloads) for batch in batches],
        "claim": batches[-1].covers,
        "likes": thread.engagement.likes,
        "refreshed": [connector.normalise(payload).text for payload in refreshed],
        "replies": [
            connector.normalise(payload).author for payload in connector.replies(thread, thread.created_at)
        ],
        "texts": set(texts(connector, batches)),
    }


def record() -> None:
    """Write the recording, from the stand-in."""
    CASSETTE.unlink(missing_ok=True)
    with TwitterStandIn(a_world(), lambda: NOON, people=[ACME]) as x, cassette("all"):
        read_everything(x.endpoint)


def test_a_recording_is_read_as_the_server_was() -> None:
    """Pull, refresh and replies give from the recording what the story tells."""
    with cassette("none"):
        read = read_everything(HOST)
    posts = a_world().posts
    assert read["ids"] == {id_of(post) for post in posts if post is not posts[6]}
    assert read["sizes"] == [5, 10, 3, 10, 10, 4]
    assert read["claim"] == Interval(
        start=NOON - timedelta(days=7) + timedelta(minutes=10), end=NOON - timedelta(seconds=30)
    )
    assert read["likes"] == 7
    assert read["refreshed"] == ["@acmehelp where is order 0?", "my acme kettle, edited"]
    assert [author.handle for author in read["replies"]] == ["AcmeHelp"]
    assert "my acme kettle, edited" in read["texts"]


if __name__ == "__main__":
    record()
