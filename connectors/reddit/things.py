"""What Reddit answers: listings, comment trees, and the comments and submissions in them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from monitor.connector import JSON, Author, Engagement, Kind, Malformed, Mention, Payload, Unavailable

SITE = "https://www.reddit.com"
_ERASED = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_PAIR = 2  # a comment page is [listing of the submission, listing of comments]


def page(body: JSON) -> tuple[list[Payload], str | None]:
    """Return a listing's things and the name after which its next page begins."""
    inner = body.get("data") if isinstance(body, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("children"), list):
        raise Unavailable("reddit's answer is not a listing")
    after = inner.get("after")
    return _payloads(inner["children"]), after if isinstance(after, str) else None


def branch(body: JSON) -> list[Payload]:
    """Return the top comments of what /comments answers."""
    if not isinstance(body, list) or len(body) != _PAIR:
        raise Unavailable("reddit's answer is not a comment tree")
    return page(body[1])[0]


def opened(body: JSON) -> list[Payload]:
    """Return what /api/morechildren answers: comments and `more` markers, without nesting."""
    things = body
    for key in ("json", "data", "things"):
        things = things.get(key) if isinstance(things, dict) else None
    if not isinstance(things, list):
        raise Unavailable("reddit's answer has no comments")
    return _payloads(things)


def unfold(things: Sequence[Payload]) -> Iterator[Payload]:
    """Yield the comments and `more` markers of a tree, at every depth, none with its replies inside."""
    waiting = list(reversed(things))
    while waiting:
        thing = waiting.pop()
        replies = data(thing).get("replies")
        if isinstance(replies, dict):
            waiting += reversed(page(replies)[0])
            yield {"kind": thing.get("kind"), "data": {**data(thing), "replies": ""}}
        else:
            yield thing


def _payloads(children: list[JSON]) -> list[Payload]:
    return [child if isinstance(child, dict) else {"odd": child} for child in children]


def data(thing: Payload) -> Mapping[str, JSON]:
    """Return what is inside a thing."""
    inner = thing.get("data")
    return inner if isinstance(inner, dict) else {}


def name(thing: Payload) -> str:
    """Return the fullname, such as `t1_d81vwef`."""
    return str(data(thing).get("name"))


def version(thing: Payload) -> str:
    """Return what tells a thing from its edited self."""
    edited = data(thing).get("edited")
    return f"{name(thing)}~{edited}" if edited else name(thing)


def created(thing: Payload) -> float | None:
    """Return when it was made, in seconds since the epoch; None if it does not say so sensibly."""
    try:
        return _moment(data(thing), "created_utc").timestamp()
    except Malformed:
        return None


def is_erased(thing: Payload) -> bool:
    """Tell whether its author deleted it or a moderator removed it.

    An author who left Reddit is "[deleted]" too, but the text of such a post still stands.
    """
    inner = data(thing)
    text = inner.get("body") if thing.get("kind") == "t1" else inner.get("selftext")
    if inner.get("removed_by_category") or text in _ERASED - {"[deleted]"}:
        return True
    return text == "[deleted]" and inner.get("author") in (None, "[deleted]")


def mention(payload: Payload) -> Mention:
    """Turn a comment (`t1`) or a submission (`t3`) into a mention. Raises `Malformed`, naming the field."""
    kind, inner = payload.get("kind"), data(payload)
    fullname = _text(inner, "name")
    if kind not in ("t1", "t3") or not fullname.startswith(f"{kind}_") or fullname == f"{kind}_":
        raise Malformed("kind: expected t1 or t3, and a name that begins with it")
    return _comment(fullname, inner) if kind == "t1" else _submission(fullname, inner)


def _comment(fullname: str, inner: Mapping[str, JSON]) -> Mention:
    link = _text(inner, "link_id")
    usual_path = f"/comments/{link.removeprefix('t3_')}/_/{fullname.removeprefix('t1_')}/"
    return Mention(
        platform="reddit",
        id=fullname,
        kind=Kind.REPLY,
        url=SITE + (_optional(inner, "permalink", str) or usual_path),
        author=_author(inner),
        text=_standing(_text(inner, "body")),
        conversation_id=link,
        in_reply_to_id=_text(inner, "parent_id"),
        created_at=_moment(inner, "created_utc"),
        edited_at=_edited(inner),
        engagement=Engagement(likes=_likes(inner)),
    )


def _submission(fullname: str, inner: Mapping[str, JSON]) -> Mention:
    usual_path = f"/comments/{fullname.removeprefix('t3_')}/"
    return Mention(
        platform="reddit",
        id=fullname,
        # a crosspost shows another submission under a title of its own
        kind=Kind.QUOTE if _optional(inner, "crosspost_parent", str) else Kind.POST,
        url=SITE + (_optional(inner, "permalink", str) or usual_path),
        author=_author(inner),
        title=_text(inner, "title"),
        text=_standing(_optional(inner, "selftext", str) or ""),
        conversation_id=fullname,
        created_at=_moment(inner, "created_utc"),
        edited_at=_edited(inner),
        engagement=Engagement(
            likes=_likes(inner),
            replies=_count(inner, "num_comments"),
            reposts=_count(inner, "num_crossposts"),
            views=_count(inner, "view_count"),
        ),
    )


def _author(inner: Mapping[str, JSON]) -> Author:
    handle = _optional(inner, "author", str)
    if not handle or handle == "[deleted]":
        return Author()
    fullname = _optional(inner, "author_fullname", str)
    return Author(id=fullname, handle=handle, url=f"{SITE}/user/{handle}")


def _likes(inner: Mapping[str, JSON]) -> int | None:
    """Return the score: votes up less votes down, so never below zero as a count of likes."""
    if inner.get("score_hidden") or inner.get("hide_score"):
        return None
    score = _count(inner, "score")
    return None if score is None else max(score, 0)


def _standing(text: str) -> str:
    return "" if text in _ERASED else text


T = TypeVar("T")


def _optional(inner: Mapping[str, JSON], key: str, kind: type[T]) -> T | None:
    value: Any = inner.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed(f"{key}: expected {kind.__name__}, not {type(value).__name__}")
    return _storable(value) if isinstance(value, str) else value


def _storable(text: Any) -> Any:
    """Return `text` without lone surrogates, which no database takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(inner: Mapping[str, JSON], key: str) -> str:
    value = _optional(inner, key, str)
    if value is None:
        raise Malformed(f"{key}: missing")
    return value


def _count(inner: Mapping[str, JSON], key: str) -> int | None:
    value = _optional(inner, key, int)
    if value is not None and abs(value) >= 1 << 63:
        raise Malformed(f"{key}: too large a number")
    return value


def _moment(inner: Mapping[str, JSON], key: str) -> datetime:
    value = inner.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{key}: expected seconds since the epoch, not {type(value).__name__}")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed(f"{key}: not a time") from error


def _edited(inner: Mapping[str, JSON]) -> datetime | None:
    """Return when it was edited: `edited` is false, or the time, or, before 2013, just true."""
    return None if inner.get("edited") in (None, False, True) else _moment(inner, "edited")
