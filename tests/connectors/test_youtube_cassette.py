"""A recorded exchange with YouTube's API replays without a server.

Recorded from the stand-in: `UPROAR_RECORD=youtube pytest tests/connectors/test_youtube_cassette.py`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import vcr  # type: ignore[import-untyped]

from connectors.youtube import YouTubeConnector
from monitor.connector import Kind
from monitor.core.mention import Engagement
from monitor.demo.world import World
from monitor.demo.youtube import GOOD_KEY, YouTubeStandIn
from monitor.testing import HandClock, LedgerMeter, pull_all
from tests.connectors.youtube_world import BRAND, NOON, Tube, mentions, source

CASSETTE = Path(__file__).parent / "cassettes" / "youtube" / "pull.yaml"
HOUR = timedelta(hours=1)
# Read when the module is: the tests' own surroundings have no variable of the program's.
RECORDING = os.environ.get("UPROAR_RECORD") == "youtube"


def without_port(request: Any) -> Any:
    """Give every server the name that the recording has."""
    parts = urlsplit(request.uri)
    request.uri = urlunsplit(parts._replace(scheme="http", netloc="youtube.stand-in.test"))
    return request


RECORDER = vcr.VCR(
    record_mode="all" if RECORDING else "none",
    match_on=("method", "scheme", "host", "path", "query"),
    filter_query_parameters=["key"],
    filter_headers=["authorization", "x-goog-api-key"],
    before_record_request=without_port,
    decode_compressed_response=True,
)


@contextmanager
def endpoint() -> Iterator[str]:
    """Yield the stand-in's address when recording; else one where nobody is."""
    if not RECORDING:
        yield "http://127.0.0.1:9"
        return
    CASSETTE.unlink(missing_ok=True)
    clock = HandClock(NOON)
    with YouTubeStandIn(World(), clock) as youtube:
        tube = Tube(youtube.world, clock, youtube)
        ours = tube.film("ours", NOON - 9 * HOUR, BRAND, title="Acme presents")
        tube.say("c", NOON - 8 * HOUR, ours).edits = [(NOON - 7 * HOUR, "the lid came off, and it is hot")]
        tube.say("answer", NOON - 6 * HOUR, ours, under=youtube.world.posts[1], by=BRAND)
        video = tube.film("theirs", NOON - 5 * HOUR)
        video.engagement = [(NOON - HOUR, Engagement(likes=12, replies=1, views=3400))]
        tube.say("d", NOON - 4 * HOUR, video, by=None)
        yield youtube.endpoint


def test_a_recorded_pull_gives_what_was_recorded() -> None:
    """Channel, search and threads are read from the recording, and the key is not in it."""
    with endpoint() as address, RECORDER.use_cassette(str(CASSETTE)):
        connector = YouTubeConnector(source(address), {"api_key": GOOD_KEY}, LedgerMeter(lambda: NOON))
        found = mentions(pull_all(connector, {}))
    kinds = sorted(mention.kind for mention in found.values())
    assert kinds == [Kind.POST, Kind.POST, Kind.REPLY, Kind.VIDEO, Kind.VIDEO]
    assert any(mention.text == "the lid came off, and it is hot" for mention in found.values())
    assert {mention.engagement.views for mention in found.values()} == {None, 0, 3400}
    assert GOOD_KEY not in CASSETTE.read_text()
