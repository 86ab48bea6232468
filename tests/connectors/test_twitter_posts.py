import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.twitter.post import mention_of
from monitor.connector import Author, Engagement, Kind, Malformed, Mention
from monitor.demo.twitter import snowflake
from monitor.testing.mutilation import mutilations, odd_fields

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "twitter"
FIRST, SECOND = (snowflake(datetime(2026, 11, 21, 12, minute, tzinfo=UTC)) for minute in (0, 5))
TWEET: dict[str, Any] = {
    "id": SECOND,
    "edit_history_tweet_ids": [FIRST, SECOND],
    "text": "The kettle…",
    "note_tweet": {"text": "The kettle of @acme [/x] \x1b[31m is on fire"},
    "author_id": "2001",
    "created_at": "2026-11-21T12:05:00.000Z",
    "conversation_id": "123",
    "in_reply_to_user_id": "1001",
    "lang": "en",
    "public_metrics": {
        "retweet_count": 3,
        "reply_count": 2,
        "like_count": 0,
        "quote_count": 1,
        "bookmark_count": 5,
        "impression_count": 400,
    },
    "referenced_tweets": [{"type": "quoted", "id": "99"}, {"type": "replied_to", "id": "123"}],
}
ANN = {"id": "2001", "username": "ann", "name": "Ann \U0001f600", "public_metrics": {"followers_count": 12}}
PAYLOAD: dict[str, Any] = {"tweet": TWEET, "author": ANN}


def of(**changed: Any) -> Mention:
    """Return the mention of the payload with fields changed."""
    return mention_of({"tweet": {**TWEET, **changed}, "author": ANN})


def test_every_field_of_a_mention() -> None:
    """An edited long reply with all that X tells, text as it was."""
    assert mention_of(PAYLOAD) == Mention(
        platform="twitter",
        id=FIRST,
        kind=Kind.REPLY,
        url=f"https://x.com/ann/status/{SECOND}",
        author=Author(
            id="2001", handle="ann", display_name="Ann \U0001f600", url="https://x.com/ann", followers=12
        ),
        text="The kettle of @acme [/x] \x1b[31m is on fire",
        lang="en",
        conversation_id="123",
        in_reply_to_id="123",
        created_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        edited_at=datetime(2026, 11, 21, 12, 5, tzinfo=UTC),
        engagement=Engagement(likes=0, replies=2, reposts=3, quotes=1, views=400),
    )


def test_the_newest_vocabulary_gives_the_same_mention() -> None:
    """What the published schema calls "post", today's answers call "tweet": both are read."""
    renamed = {"edit_history_tweet_ids": "edit_history_post_ids", "note_tweet": "note_post"}
    renamed |= {"referenced_tweets": "referenced_posts", "retweet_count": "repost_count"}
    words = json.dumps(PAYLOAD)
    for old, new in renamed.items():
        assert old in words
        words = words.replace(old, new)
    assert mention_of(json.loads(words)) == mention_of(PAYLOAD)


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ([], Kind.POST),
        (["retweeted"], Kind.REPOST),
        (["quoted"], Kind.QUOTE),
        (["quoted", "replied_to"], Kind.REPLY),
        (["mentioned"], Kind.POST),
    ],
)
def test_the_kind_follows_from_what_is_referred_to(types: list[str], kind: Kind) -> None:
    """A reply that quotes is a reply; a reference of a type to come is none."""
    assert of(referenced_tweets=[{"type": one, "id": "5"} for one in types]).kind is kind


@pytest.mark.parametrize(
    ("code", "lang"),
    [("in", "id"), ("iw", "he"), ("und", None), ("qme", None), ("zxx", None), ("zh-TW", "zh-TW")],
)
def test_languages_are_those_of_iso(code: str, lang: str | None) -> None:
    """X's old codes become today's, and its codes for "no language" become None."""
    assert of(lang=code).lang == lang


def test_what_x_does_not_say_is_none_and_not_zero() -> None:
    """A post with nothing but its id and time."""
    mention = mention_of({"tweet": {"id": FIRST, "created_at": "2026-11-21T12:00:00.000Z"}, "author": None})
    assert (mention.id, mention.text, mention.lang, mention.author) == (FIRST, "", None, Author())
    assert mention.engagement == Engagement()
    assert mention.edited_at is None


def test_text_that_no_store_can_keep_is_mended() -> None:
    """A lone surrogate becomes U+FFFD; a pair of escapes, NUL, ESC and bidi marks stay as they are."""
    assert of(note_tweet={"text": "a\ud800b\ud83d\ude00\x00\u202e"}).text == "a\ufffdb\U0001f600\x00\u202e"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", 12),
        ("id", "../x"),
        ("id", "٣"),
        ("created_at", None),
        ("created_at", "2026-11-21"),
        ("created_at", "0001-01-01T00:00:00+23:59"),
        ("note_tweet", {"text": 5}),
    ],
)
def test_a_payload_that_cannot_be_a_mention_names_its_field(field: str, value: Any) -> None:
    """Ids are digits, times have a zone, text is text."""
    expected = {"note_tweet": "text"}.get(field, field)
    with pytest.raises(Malformed, match=rf"tweet\.{expected}"):
        of(**{field: value})


def test_a_version_that_is_far_from_its_first_keeps_its_own_time() -> None:
    """Where the first id is no time near this version's, it is not believed."""
    at = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
    assert of(edit_history_tweet_ids=["7", SECOND]).created_at == at


def test_mutilated_payloads_are_malformed_or_mentions() -> None:
    """Each place at any depth dropped or replaced by each oddity: nothing else is ever raised."""
    for what, payload in mutilations(PAYLOAD):
        sound_or_malformed(payload, what)


def sound_or_malformed(payload: Any, what: str) -> None:
    """Check that the payload gives a sound mention that can be stored, or `Malformed`."""
    try:
        mention = mention_of(payload)
    except Malformed:
        return
    assert not odd_fields(mention), what
    repr(mention).encode()
    f"{mention.text}{mention.author.display_name}".encode()


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=())),
    st.just("1" * 19),
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
fields = st.dictionaries(st.sampled_from(sorted(TWEET)), values)


@given(fields, st.one_of(values, st.dictionaries(st.sampled_from(sorted(ANN)), values)))
def test_any_json_is_malformed_or_a_mention(changed: dict[str, Any], author: Any) -> None:
    """Any fields of a post and any author replaced by any JSON."""
    sound_or_malformed({"tweet": {**TWEET, **changed}, "author": author}, str(changed))


@given(values)
def test_any_json_at_all_is_malformed_or_a_mention(value: Any) -> None:
    """Even where the post itself is something else."""
    sound_or_malformed({"tweet": value, "author": value}, str(value))


def real_payloads() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the real posts that lie beside the repository, as the connector would hold them."""
    for path in sorted(PAYLOADS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            body = json.loads(line)
            users = {user["id"]: user for user in body.get("includes", {}).get("users", [])}
            for tweet in [*body["data"], *body.get("includes", {}).get("tweets", [])]:
                if "id" in tweet:
                    yield path.name, {"tweet": tweet, "author": users.get(tweet["author_id"])}


def test_real_posts_are_mentions() -> None:
    """Real posts of 2020 to 2023: without history, edited, reposted, with cashtags and places."""
    found = [(name, payload, mention_of(payload)) for name, payload in real_payloads()]
    if not found:
        pytest.skip("no real payloads beside the repository")
    assert {mention.kind for _, _, mention in found} >= {Kind.POST, Kind.REPOST}
    for name, payload, mention in found:
        tweet = payload["tweet"]
        assert mention.text == tweet["text"], name
        assert mention.engagement.likes == tweet["public_metrics"]["like_count"], name
        assert mention.author.id == tweet["author_id"], name


def test_a_real_edited_post_has_one_id() -> None:
    """The two versions of one real post, ten seconds apart, are one mention with one conversation."""
    versions = [mention_of(payload) for name, payload in real_payloads() if name == "edited.jsonl"]
    if not versions:
        pytest.skip("no real payloads beside the repository")
    assert {(mention.id, mention.conversation_id, mention.created_at) for mention in versions} == {
        ("1576994746135764992", "1576994746135764992", datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC))
    }
    assert datetime(2022, 10, 3, 17, 57, 11, tzinfo=UTC) in {mention.edited_at for mention in versions}
