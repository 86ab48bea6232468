"""A post of X as a mention, whatever the platform sent."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from monitor.connector import JSON, Author, Engagement, Kind, Malformed, Mention, Payload

KINDS = {"retweeted": Kind.REPOST, "replied_to": Kind.REPLY, "quoted": Kind.QUOTE}
# undetermined, or tags and links alone
NO_LANGUAGE = ("und", "art", "zxx", "qam", "qct", "qht", "qme", "qst")
ISO_CODES = {"in": "id", "iw": "he"}
LARGEST = 1 << 63  # of a count: more is no count


def mention_of(payload: Payload) -> Mention:
    """Turn `{"tweet": …, "author": …}` into a mention. Raises `Malformed` naming the field.

    It has the id of its first version, and the time of that; `edited_at` is when this version was made. Both
    vocabularies of the API are understood: answers say "tweet" where the newest schema says "post".
    """
    tweet = payload.get("tweet")
    if not isinstance(tweet, dict):
        raise Malformed("tweet: expected an object")
    post_id, written = tweet.get("id"), moment(tweet.get("created_at"))
    if not is_key(post_id):
        raise Malformed("tweet.id: expected an id")
    if written is None:
        raise Malformed("tweet.created_at: expected a time with its zone")
    history = versions(tweet)
    edited = history[0] != post_id
    references = {str(ref.get("type")): ref.get("id") for ref in dicts(_either(tweet, "referenced_{}s"))}
    conversation = _id_or_none(tweet.get("conversation_id"))
    author = _author(payload.get("author"), tweet)
    return Mention(
        platform="twitter",
        id=history[0],
        kind=next((KINDS[name] for name in KINDS if name in references), Kind.POST),
        created_at=_first_written(history[0], written) if edited else written,
        edited_at=written if edited else None,
        author=author,
        url=f"https://x.com/{author.handle or 'i/web'}/status/{post_id}",
        text=_text(tweet),
        lang=_language(tweet.get("lang")),
        conversation_id=history[0] if conversation in history else conversation,
        in_reply_to_id=_id_or_none(references.get("replied_to")),
        engagement=_engagement(tweet.get("public_metrics")),
    )


def versions(tweet: dict[str, JSON]) -> list[str]:
    """Return the ids of a post's versions, oldest first: its own alone where no history is given."""
    history = _either(tweet, "edit_history_{}_ids")
    if isinstance(history, list) and history and all(is_key(version) for version in history):
        return history
    return [str(tweet.get("id"))]


def born(post_id: str) -> datetime:
    """Return when the id was given out: the upper bits are milliseconds since 2010-11-04T01:42:54.657Z."""
    return datetime.fromtimestamp(((int(post_id) >> 22) + 1288834974657) / 1000, UTC)


def moment(value: JSON) -> datetime | None:
    """Return an ISO 8601 time with a zone as UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def is_id(value: JSON) -> TypeGuard[str]:
    """Tell whether `value` is an id of a post or an account."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def is_key(value: JSON) -> TypeGuard[str]:
    """Tell whether `value` can stand for a post or an account: X gives digits, a stand-in perhaps names."""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value) is not None


def dicts(value: JSON) -> list[dict[str, Any]]:
    """Return the objects of a list, or nothing."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _either(thing: dict[str, JSON], name: str) -> JSON:
    return thing.get(name.format("tweet"), thing.get(name.format("post")))


def _first_written(first: str, written: datetime) -> datetime:
    """Return when the first version was made: the id tells, for the payload tells only of this version."""
    at = born(first).replace(microsecond=0) if is_id(first) else written
    return at if written - timedelta(days=1) <= at <= written else written


def _text(tweet: dict[str, JSON]) -> str:
    note = _either(tweet, "note_{}")  # the whole of a long post, of which `text` is the beginning
    text = note.get("text") if isinstance(note, dict) else tweet.get("text", "")
    if not isinstance(text, str):
        raise Malformed("tweet.text: expected a string")
    return _whole(text)


def _whole(text: str) -> str:
    """Return `text` with its lone surrogates replaced: no store can keep them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _author(person: JSON, tweet: dict[str, JSON]) -> Author:
    person = person if isinstance(person, dict) else {}
    handle = person.get("username")
    handle = handle if isinstance(handle, str) and re.fullmatch(r"[A-Za-z0-9_]{1,50}", handle) else None
    name, metrics = person.get("name"), person.get("public_metrics")
    return Author(
        id=_id_or_none(tweet.get("author_id")) or _id_or_none(person.get("id")),
        handle=handle,
        display_name=_whole(name) if isinstance(name, str) else None,
        url=f"https://x.com/{handle}" if handle else None,
        followers=_count(metrics.get("followers_count")) if isinstance(metrics, dict) else None,
    )


def _engagement(metrics: JSON) -> Engagement:
    metrics = metrics if isinstance(metrics, dict) else {}
    return Engagement(
        likes=_count(metrics.get("like_count")),
        replies=_count(metrics.get("reply_count")),
        reposts=_count(metrics.get("retweet_count", metrics.get("repost_count"))),
        quotes=_count(metrics.get("quote_count")),
        views=_count(metrics.get("impression_count")),
    )


def _count(value: JSON) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST else None


def _id_or_none(value: JSON) -> str | None:
    return value if is_key(value) else None


def _language(code: JSON) -> str | None:
    if (
        not isinstance(code, str)
        or code in NO_LANGUAGE
        or not re.fullmatch(r"[A-Za-z]{2,3}(-\w{2,8})*", code)
    ):
        return None
    return ISO_CODES.get(code, code)
