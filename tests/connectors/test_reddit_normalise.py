"""Comments and submissions, as Reddit sends them and as it never should, become mentions or `Malformed`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.reddit.things import is_erased, mention
from monitor.connector import Author, Engagement, Kind, Malformed, Payload
from monitor.testing.mutilation import mutilations, odd_fields

REAL = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "reddit"
MADE = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)


def comment(**more: Any) -> dict[str, Any]:
    """Return a comment with the fields that a mention needs, and `more`."""
    data = {
        "name": "t1_abc12",
        "author": "ann",
        "author_fullname": "t2_9",
        "body": "acme broke my order",
        "created_utc": MADE.timestamp(),
        "edited": False,
        "link_id": "t3_xyz",
        "parent_id": "t1_abc11",
        "permalink": "/r/gadgets/comments/xyz/broken/abc12/",
        "score": 5,
    }
    return {"kind": "t1", "data": data | more}


def submission(**more: Any) -> dict[str, Any]:
    """Return a submission with the fields that a mention needs, and `more`."""
    data = {
        "name": "t3_xyz",
        "author": "ann",
        "title": "acme again",
        "selftext": "it broke",
        "created_utc": MADE.timestamp(),
        "edited": False,
        "permalink": "/r/gadgets/comments/xyz/acme_again/",
        "score": 5,
        "num_comments": 2,
    }
    return {"kind": "t3", "data": data | more}


def test_a_comment() -> None:
    """A comment is a reply to its parent, in the conversation of its submission, without a title."""
    found = mention(comment())
    assert (found.platform, found.id, found.kind) == ("reddit", "t1_abc12", Kind.REPLY)
    assert (found.conversation_id, found.in_reply_to_id) == ("t3_xyz", "t1_abc11")
    assert (found.title, found.text, found.created_at) == (None, "acme broke my order", MADE)
    assert found.url == "https://www.reddit.com/r/gadgets/comments/xyz/broken/abc12/"
    assert found.author == Author(id="t2_9", handle="ann", url="https://www.reddit.com/user/ann")
    assert found.engagement == Engagement(likes=5)


def test_a_submission() -> None:
    """A submission begins its conversation, and tells its comments."""
    found = mention(submission())
    assert (found.id, found.kind, found.conversation_id, found.in_reply_to_id) == (
        "t3_xyz",
        Kind.POST,
        "t3_xyz",
        None,
    )
    assert (found.title, found.text) == ("acme again", "it broke")
    assert found.engagement == Engagement(likes=5, replies=2)


def test_a_link_has_no_text() -> None:
    """A submission that only links elsewhere has a title and an empty text."""
    assert mention(submission(selftext="", url="https://acme.example/")).text == ""
    assert mention(submission(selftext=None)).text == ""


def test_a_crosspost_is_a_quote() -> None:
    """Showing another submission under a title of one's own is a quote."""
    assert mention(submission(crosspost_parent="t3_other")).kind is Kind.QUOTE


@pytest.mark.parametrize("edited", [MADE.timestamp() + 60, int(MADE.timestamp()) + 60])
def test_an_edit_has_a_time(edited: float) -> None:
    """`edited` is false or the time of the edit; a bare true, as of old, tells no time."""
    assert mention(comment(edited=edited)).edited_at == MADE.replace(minute=31)
    assert mention(comment(edited=True)).edited_at is None


@pytest.mark.parametrize("author", [None, "[deleted]", ""])
def test_an_author_who_left_is_unknown(author: str | None) -> None:
    """Nothing is said of an author who left."""
    assert mention(comment(author=author)).author == Author()


def test_a_hidden_score_is_unknown() -> None:
    """A score that the subreddit hides for a while is not zero; one below zero is no like."""
    assert mention(comment(score=1, score_hidden=True)).engagement.likes is None
    assert mention(comment(score=-7)).engagement.likes == 0
    assert mention(comment(score=None)).engagement.likes is None


def test_an_old_comment_has_a_url_all_the_same() -> None:
    """Without a permalink the address is made of the names."""
    assert mention(comment(permalink=None)).url == "https://www.reddit.com/comments/xyz/_/abc12/"
    assert mention(submission(permalink=None)).url == "https://www.reddit.com/comments/xyz/"


@pytest.mark.parametrize("text", ["[deleted]", "[removed]", "[ Removed by Reddit ]"])
def test_an_erased_text_is_empty(text: str) -> None:
    """Reddit's placeholder is nobody's words."""
    assert mention(comment(body=text, author="[deleted]")).text == ""
    assert mention(submission(selftext=text)).text == ""


@pytest.mark.parametrize(
    ("payload", "erased"),
    [
        (comment(body="[deleted]", author="[deleted]"), True),
        (comment(body="[removed]", author="[deleted]"), True),
        (comment(body="[removed]"), True),
        (comment(body="[deleted]"), False),
        (comment(author="[deleted]"), False),
        (submission(selftext="[deleted]", author="[deleted]"), True),
        (submission(selftext="", removed_by_category="deleted"), True),
        (submission(selftext="", removed_by_category="moderator"), True),
        (submission(selftext="", author="[deleted]"), False),
        ({"kind": "t1"}, False),
    ],
)
def test_what_counts_as_erased(payload: Payload, *, erased: bool) -> None:
    """Deleted and removed posts are erased; one whose author left, or who writes "[deleted]", stands."""
    assert is_erased(payload) is erased


def test_lone_surrogates_are_replaced() -> None:
    """Half a character, which no database takes, becomes a question mark; the rest stays."""
    found = mention(json.loads(json.dumps(comment(body="acme \ud83d broke"))))
    assert found.text == "acme ? broke"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (comment(body=None), "body"),
        (comment(body=["acme"]), "body"),
        (comment(created_utc="yesterday"), "created_utc"),
        (comment(created_utc=float("nan")), "created_utc"),
        (comment(created_utc=10**30), "created_utc"),
        (comment(edited="yes"), "edited"),
        (comment(score="many"), "score"),
        (comment(score=True), "score"),
        (comment(score=1 << 63), "score"),
        (comment(author={"name": "ann"}), "author"),
        (comment(link_id=None), "link_id"),
        (comment(parent_id=5), "parent_id"),
        (comment(name="t3_abc"), "kind"),
        (comment(name="t1_"), "kind"),
        (submission(title=None), "title"),
        (submission(num_comments=1.5), "num_comments"),
        ({"kind": "t2", "data": {"name": "t2_9"}}, "kind"),
        ({"kind": "more", "data": {"name": "t1__"}}, "kind"),
        ({"odd": 5}, "name"),
        ({}, "name"),
    ],
)
def test_a_malformed_payload_names_the_field(payload: Payload, field: str) -> None:
    """What cannot be understood is refused with the name of the field."""
    with pytest.raises(Malformed, match=rf"^{field}: "):
        mention(payload)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(payload=st.sampled_from([comment(), submission()]), changes=st.data())
def test_normalise_is_total(payload: dict[str, Any], changes: st.DataObject) -> None:
    """With any fields replaced by anything, it gives a sound mention or raises `Malformed`."""
    fields = changes.draw(st.sets(st.sampled_from(sorted(payload["data"])), max_size=4))
    changed = {"kind": payload["kind"], "data": payload["data"] | {f: changes.draw(JSONS) for f in fields}}
    try:
        found = mention(changed)
    except Malformed:
        return
    assert odd_fields(found) == []
    json.dumps([found.text, found.title, found.url, found.author.handle]).encode()
    f"{found.text}{found.title}{found.url}{found.author.handle}".encode()


def real_things() -> Iterator[Payload]:
    """Yield the comments and submissions of real answers, at every depth."""
    for path in sorted(REAL.glob("*.json")):
        yield from nested(json.loads(path.read_text())["body"])


def nested(value: Any) -> Iterator[Payload]:
    """Yield the comments and submissions inside `value`."""
    if isinstance(value, dict) and value.get("kind") in ("t1", "t3"):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from nested(part)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real payloads are not on this machine")
def test_real_payloads_are_understood() -> None:
    """What Reddit really answered becomes mentions, and stays sound when mutilated."""
    things = list(real_things())
    assert len(things) > 20
    for thing in things:
        found = mention(thing)
        assert found.id == thing["data"]["name"]
        assert odd_fields(found) == []
        hidden = thing["data"].get("score_hidden") or thing["data"].get("hide_score")
        assert (found.engagement.likes is None) == bool(hidden)
    for _, mutilated in mutilations(things[0]):
        try:
            found = mention(mutilated)
        except Malformed:
            continue
        assert odd_fields(found) == []


@pytest.mark.skipif(not REAL.is_dir(), reason="the real payloads are not on this machine")
def test_a_real_deleted_comment_is_erased() -> None:
    """The comment that Reddit really shows as deleted counts as erased; the one beside it does not."""
    deleted, standing = (
        json.loads((REAL / name).read_text())["body"]["data"]["children"][0]
        for name in ("deleted_comment_1.json", "comment_refresh_1.json")
    )
    assert (is_erased(deleted), is_erased(standing)) == (True, False)
