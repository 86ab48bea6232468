"""A YouTube payload becomes a mention or is refused as malformed, whatever is in it."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.youtube import YouTubeConnector
from connectors.youtube.reading import read
from connectors.youtube.refusal import read_refusal
from monitor.connector import (
    Gone,
    Kind,
    Malformed,
    Payload,
    Per,
    QuotaExhausted,
    RateLimit,
    Refreshes,
    Threads,
    Unauthorized,
)
from monitor.testing import LedgerMeter
from monitor.testing.mutilation import odd_fields
from tests.connectors.youtube_world import NOON, source

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "payloads" / "youtube"
PEOPLE = {
    "authorDisplayName": "@ann",
    "authorChannelId": {"value": "UCann"},
    "authorChannelUrl": "http://y/@ann",
}
DATES = {"publishedAt": "2026-11-21T10:00:00Z", "updatedAt": "2026-11-21T11:00:00.5Z"}
COMMENT: dict[str, Any] = {
    "kind": "youtube#comment",
    "etag": "e",
    "id": "UgA.b",
    "snippet": {
        **PEOPLE,
        **DATES,
        "videoId": "v",
        "parentId": "UgA",
        "textDisplay": "it <broke>",
        "textOriginal": "it <broke>",
        "likeCount": 3,
    },
}
TOP = {**COMMENT, "id": "UgA", "snippet": {k: v for k, v in COMMENT["snippet"].items() if k != "parentId"}}
THREAD: dict[str, Any] = {
    "kind": "youtube#commentThread",
    "id": "UgA",
    "snippet": {"videoId": "v", "channelId": "UCx", "topLevelComment": TOP, "totalReplyCount": 2},
}
VIDEO: dict[str, Any] = {
    "kind": "youtube#video",
    "id": "abcdefghijk",
    "snippet": {
        "publishedAt": "2026-11-21T10:00:00Z",
        "channelId": "UCann",
        "channelTitle": "Ann",
        "title": "t",
        "description": "d",
        "defaultAudioLanguage": "en-GB",
    },
    "statistics": {"viewCount": "9", "likeCount": "8", "commentCount": "7"},
}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62)
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\ud800", "\x00", "2026-11-21", "0001-01-01T00:00:00+23:59", "9" * 5000, "\u0661"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def paths(value: Any) -> list[tuple[str, ...]]:
    """Return the path of each key at any depth."""
    if not isinstance(value, dict):
        return []
    return [path for key in value for path in [(key,), *((key, *rest) for rest in paths(value[key]))]]


def changed(payload: Payload, path: tuple[str, ...], value: Any) -> Payload:
    """Return a copy with another value at `path`; without it when the value is `...`."""
    copied: Any = copy.deepcopy(dict(payload))
    place = copied
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    result: Payload = copied
    return result


@given(
    case=st.sampled_from([(one, path) for one in (COMMENT, THREAD, VIDEO) for path in paths(one)]),
    value=st.just(...) | JSON_VALUES,
)
def test_any_change_gives_a_sound_mention_or_malformed(
    case: tuple[Payload, tuple[str, ...]], value: Any
) -> None:
    """With any field missing or of any other value, no other error than `Malformed` comes out."""
    payload = changed(case[0], case[1], value)
    try:
        mention = read(payload)
    except Malformed:
        return
    assert not odd_fields(mention)
    assert mention.id.isascii()
    mention.text.encode()
    (mention.title or "").encode()


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (THREAD, ("snippet", "topLevelComment", "snippet", "publishedAt")),
        (THREAD, ("snippet", "topLevelComment", "id")),
        (COMMENT, ("snippet", "publishedAt")),
        (VIDEO, ("snippet", "publishedAt")),
        (VIDEO, ("id",)),
    ],
)
def test_a_missing_field_is_named(payload: Payload, path: tuple[str, ...]) -> None:
    """What cannot do without a field says which."""
    with pytest.raises(Malformed, match=path[-1]):
        read(changed(payload, path, ...))


@pytest.mark.parametrize(
    "date", ["2026-11-21T10:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "soon", 5]
)
def test_a_date_that_is_none_is_malformed(date: object) -> None:
    """Without a zone, beyond the calendar once in UTC, or no date at all: refused, and the field named."""
    with pytest.raises(Malformed, match=r"snippet\.publishedAt"):
        read(changed(COMMENT, ("snippet", "publishedAt"), date))


@pytest.mark.parametrize("payload", [{}, {"kind": "youtube#playlist"}, {"odd": 3}])
def test_another_kind_is_malformed(payload: Payload) -> None:
    """Only comments, threads and videos are read."""
    with pytest.raises(Malformed, match="kind"):
        read(payload)


def test_a_thread_has_all_its_fields() -> None:
    """Each field of the record comes from its place in the thread."""
    mention = read(THREAD)
    assert (mention.id, mention.kind, mention.text) == ("UgA", Kind.POST, "it <broke>")
    assert mention.url == "https://www.youtube.com/watch?v=v&lc=UgA"
    assert (mention.author.id, mention.author.handle) == ("UCann", "ann")
    assert (mention.author.display_name, mention.author.url) == ("@ann", "http://y/@ann")
    assert mention.created_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert mention.edited_at == datetime(2026, 11, 21, 11, 0, 0, 500_000, tzinfo=UTC)
    assert (mention.engagement.likes, mention.engagement.replies) == (3, 2)
    assert (mention.engagement.views, mention.engagement.reposts, mention.lang) == (None, None, None)


def test_a_comment_without_text_is_kept() -> None:
    """A post may have no text."""
    bare = changed(changed(COMMENT, ("snippet", "textOriginal"), ...), ("snippet", "textDisplay"), "")
    assert read(bare).text == ""


def test_the_text_as_it_is_shown_stands_in_for_the_original() -> None:
    """The original is documented as given to its author alone: the plain text that is shown serves too."""
    assert read(changed(COMMENT, ("snippet", "textOriginal"), ...)).text == "it <broke>"


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    """No store could keep it; the rest of the text stays as it was, NUL and markup included."""
    text = "a\ud800b\x00[/x]\x1b[31m\U0001f600"
    assert read(changed(COMMENT, ("snippet", "textOriginal"), text)).text == text.replace("\ud800", "�")


def test_hidden_counts_are_unknown_and_not_zero() -> None:
    """A video that hides its likes and closes its comments does not say how many there are."""
    engagement = read(changed(VIDEO, ("statistics",), {"viewCount": "0"})).engagement
    assert (engagement.likes, engagement.replies, engagement.views) == (None, None, 0)


def test_a_video_without_language_is_of_unknown_language() -> None:
    """ISO 639-2 has codes for no language, and they are none."""
    assert read(VIDEO).lang == "en-GB"
    assert read(changed(VIDEO, ("snippet", "defaultAudioLanguage"), "zxx")).lang is None


def test_it_reads_again_and_reads_conversations() -> None:
    """It offers what the monitor looks for."""
    connector = YouTubeConnector(source(), {"api_key": "k"}, LedgerMeter(lambda: NOON))
    assert isinstance(connector, Refreshes)
    assert isinstance(connector, Threads)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real payloads are not on this machine")
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("commentsDisabled_403", Gone),
        ("quotaExceeded_403", QuotaExhausted),
        ("api_key_service_blocked_403", Unauthorized),
    ],
)
def test_real_refusals_are_understood(file: str, expected: type[Exception]) -> None:
    """Each error that YouTube once sent is the error of the contract that it amounts to."""
    limit = RateLimit(bucket="units", units=1, per=Per.DAY)
    refusal = read_refusal(403, {}, (REAL / f"{file}.json").read_bytes())
    assert isinstance(refusal.verdict(limit, NOON), expected)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real payloads are not on this machine")
def test_real_payloads_are_read() -> None:
    """Each comment and thread that YouTube once sent is understood."""
    items = [
        item
        for file in sorted(REAL.glob("comment*_*.json"))
        for item in json.loads(file.read_text()).get("items", [])
    ]
    assert len(items) > 5
    for item in items:
        comment = item["snippet"].get("topLevelComment", item)
        mention = read(item)
        assert (mention.id, mention.text) == (item["id"], comment["snippet"]["textOriginal"])
        assert mention.author.display_name == comment["snippet"]["authorDisplayName"]
        assert mention.edited_at is None
        assert (mention.kind is Kind.REPLY) == ("parentId" in comment["snippet"])
