"""Mentions written as records and read again."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.connector import Author, Engagement, Kind, Mention, from_record, to_record

texts = st.text(max_size=40)
maybe = st.none() | texts
counts = st.none() | st.integers(min_value=0, max_value=2**63 - 1)
moments = st.datetimes(timezones=st.just(UTC))
mentions = st.builds(
    Mention,
    platform=st.text(min_size=1, max_size=10),
    id=st.text(min_size=1, max_size=20),
    kind=st.sampled_from(Kind),
    created_at=moments,
    edited_at=st.none() | moments,
    author=st.builds(Author, id=maybe, handle=maybe, display_name=maybe, url=maybe, followers=counts),
    url=maybe,
    title=maybe,
    text=texts,
    lang=maybe,
    conversation_id=maybe,
    in_reply_to_id=maybe,
    engagement=st.builds(
        Engagement, likes=counts, replies=counts, reposts=counts, quotes=counts, views=counts
    ),
)
LEAST = {"platform": "x", "id": "1", "created_at": "2026-11-21T12:00:00Z"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@given(mentions)
def test_a_record_gives_back_its_mention(mention: Mention) -> None:
    """Through JSON and back, a mention is the same in every field."""
    assert from_record(json.loads(json.dumps(to_record(mention)))) == mention


def test_a_record_has_the_field_names_of_a_mention() -> None:
    """Nothing is renamed, nothing left out, and datetimes end in Z."""
    record = to_record(Mention(platform="x", id="1", kind=Kind.POST, created_at=NOON))
    assert set(record) == set(Mention.__slots__)
    assert set(record["author"]) == set(Author.__slots__)
    assert set(record["engagement"]) == set(Engagement.__slots__)
    assert record["created_at"] == "2026-11-21T12:00:00Z"


def test_three_fields_are_enough() -> None:
    """What a record does not say is unknown, not zero; without a kind it is a post."""
    assert from_record(LEAST) == Mention(platform="x", id="1", kind=Kind.POST, created_at=NOON)


def test_unknown_keys_are_ignored() -> None:
    """An export of a later version, or with columns of one's own, can be read."""
    assert from_record({**LEAST, "brand": "acme", "author": {"verified": True}}) == from_record(LEAST)


@pytest.mark.parametrize("field", ["author", "engagement", "text", "title", "edited_at"])
def test_null_is_as_absent(field: str) -> None:
    """A null says no more than a key that is not there."""
    assert from_record({**LEAST, field: None}) == from_record(LEAST)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21T13:00:00+01:00", NOON),
        ("2026-11-21T17:45:00+05:45", NOON),
        ("2026-11-21 12:00:00.000250Z", NOON + timedelta(microseconds=250)),
    ],
)
def test_offsets_become_utc(written: str, meant: datetime) -> None:
    """A datetime with any offset is the same instant in UTC."""
    mention = from_record({**LEAST, "created_at": written, "edited_at": written})
    assert (mention.created_at, mention.edited_at) == (meant, meant)
    assert mention.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": None}, "platform"),
        ({"platform": ""}, "platform"),
        ({"id": 7}, "id"),
        ({"kind": "tweet"}, "kind"),
        ({"kind": ["post"]}, "kind"),
        ({"created_at": "2026-11-21T12:00:00"}, "created_at"),
        ({"created_at": "2026-11-21"}, "created_at"),
        ({"created_at": "soon"}, "created_at"),
        ({"created_at": 1795262400}, "created_at"),
        ({"created_at": "0001-01-01T00:00:00+10:00"}, "created_at"),
        ({"edited_at": "never"}, "edited_at"),
        ({"edited_at": 5}, "edited_at"),
        ({"text": 5}, "text"),
        ({"title": ["a"]}, "title"),
        ({"author": "ann"}, "author"),
        ({"author": {"id": 5}}, "author.id"),
        ({"author": {"followers": "5"}}, "author.followers"),
        ({"engagement": [1]}, "engagement"),
        ({"engagement": {"likes": True}}, "engagement.likes"),
        ({"engagement": {"views": -1}}, "engagement.views"),
        ({"engagement": {"views": 2**63}}, "engagement.views"),
        ({"engagement": {"views": 1.0}}, "engagement.views"),
    ],
)
def test_an_odd_field_is_named(change: dict[str, Any], field: str) -> None:
    """What is missing or of another type is refused, and the message begins with its name."""
    with pytest.raises(ValueError, match=rf"^{field}\b"):
        from_record({**LEAST, **change})


def test_the_message_is_short() -> None:
    """A hostile value is quoted in part."""
    with pytest.raises(ValueError, match=r"^created_at") as caught:
        from_record({**LEAST, "created_at": "x" * 100_000})
    assert len(str(caught.value)) < 200


def test_a_time_zone_of_utc_by_another_name_is_utc() -> None:
    """`+00:00` and a zone object that is not `UTC` itself are written as Z."""
    at = NOON.astimezone(timezone(timedelta(0), "GMT"))
    assert to_record(Mention(platform="x", id="1", kind=Kind.POST, created_at=at))["created_at"].endswith("Z")
