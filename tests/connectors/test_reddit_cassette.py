"""A pull, a refresh and a thread are replayed from a recording, with no server running.

Record it anew, from the stand-in, with `python -m tests.connectors.test_reddit_cassette`.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import vcr  # type: ignore[import-untyped]  # it has no types

from connectors.reddit import RedditConnector
from monitor.connector import Interval, Source
from monitor.demo.reddit import GOOD_TOKEN
from monitor.testing import HandClock, LedgerMeter, pull_all
from tests.connectors.reddit_story import ACME, BRAND, CREDENTIALS, NOON, Story, given, names

CASSETTE = Path(__file__).parent / "cassettes" / "reddit" / "pull.yaml"
HOST = "http://reddit.invalid"


def _without_port(request: Any) -> Any:
    request.uri = re.sub(r"^http://127\.0\.0\.1:\d+", HOST, request.uri)
    request.headers.pop("Host", None)
    return request


def _without_token(response: dict[str, Any]) -> dict[str, Any]:
    body = response["body"]["string"]
    response["body"]["string"] = body.replace(GOOD_TOKEN.encode(), b"REDACTED")
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
        before_record_request=_without_port,
        before_record_response=_without_token,
    )
    return recorder.use_cassette(str(CASSETTE))


def a_story() -> Story:
    """Tell of two pages of chatter, and a thread with the brand's answer, an edit and a deletion."""
    story = Story()
    first = story.submit("acme broke my order", ago=30)
    for n in range(105):
        story.submit("chatter", ago=31 + n)
    on = story.comment(first, "R&D at acme <must> know", ago=20, edits=((NOON, "acme, edited"),))
    story.comment(on, "So sorry!", ago=15, author=ACME)
    story.comment(first, ago=10, author=None)
    story.submit(ago=5, deleted_at=NOON)
    return story


def read_everything(endpoint: str) -> dict[str, Any]:
    """Do all that the connector can, and return what came of it."""
    options = {"subreddits": ("gadgets",), "endpoint": endpoint}
    source = Source(name="acme-reddit", brand="acme", connector="reddit", query=BRAND, options=options)
    connector = RedditConnector(source, CREDENTIALS, LedgerMeter(HandClock(NOON)))
    batches = pull_all(connector, {})
    mentions = [connector.normalise(payload) for batch in batches for payload in batch.payloads]
    thread = next(mention for mention in mentions if mention.id == "t3_s1")
    return {
        "pulled": given(batches),
        "texts": {mention.text for mention in mentions},
        "refreshed": names(list(connector.refresh(["t3_s1", "t1_c107", "t3_s110", "t3_nobody"]))),
        "replies": sorted(names(list(connector.replies(thread, thread.created_at)))),
        "covers": batches[-1].covers,
    }


def record() -> None:
    """Write the recording, from the stand-in."""
    CASSETTE.unlink(missing_ok=True)
    story = a_story()
    with story.stand_in, cassette("all"):
        read_everything(story.stand_in.endpoint)


def test_a_recording_is_read_as_the_server_was() -> None:
    """Pull, refresh and replies give from the recording what the story tells."""
    with cassette("none"):
        read = read_everything(HOST)
    in_subreddit = [f"t3_s{n}" for n in range(1, 107)] + ["t1_c109", "t1_c108", "t1_c107"]
    assert read["pulled"] == [*in_subreddit, "t3_s1", "t1_c108"]
    assert read["texts"] >= {"acme, edited", "acme broke my order", "So sorry!"}
    assert read["refreshed"] == ["t3_s1", "t1_c107"]
    assert read["replies"] == ["t1_c107", "t1_c108", "t1_c109"]
    assert read["covers"] == Interval(start=NOON - timedelta(hours=24), end=NOON)


if __name__ == "__main__":
    record()
