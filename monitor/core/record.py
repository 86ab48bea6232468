"""Mentions as JSON records, under the field names of `Mention`: for files, imports and exports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.core.mention import Author, Engagement, Kind, Mention

_TEXTS = ("url", "title", "lang", "conversation_id", "in_reply_to_id")
_AUTHOR_TEXTS = ("id", "handle", "display_name", "url")
_COUNTS = ("likes", "replies", "reposts", "quotes", "views")
_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_NOBODY = Author()
_NO_COUNTS = Engagement()
_LARGEST = 2**63 - 1  # what both databases hold


def to_record(mention: Mention) -> dict[str, Any]:
    """Return `mention` as JSON data, every field present; datetimes are ISO 8601 with `Z`."""
    author, engagement = mention.author, mention.engagement
    return {
        "platform": mention.platform,
        "id": mention.id,
        "kind": mention.kind.value,
        "created_at": _written(mention.created_at),
        "edited_at": _written(mention.edited_at) if mention.edited_at else None,
        "author": {name: getattr(author, name) for name in (*_AUTHOR_TEXTS, "followers")},
        "title": mention.title,
        "text": mention.text,
        "url": mention.url,
        "lang": mention.lang,
        "conversation_id": mention.conversation_id,
        "in_reply_to_id": mention.in_reply_to_id,
        "engagement": {name: getattr(engagement, name) for name in _COUNTS},
    }


def from_record(record: Mapping[str, Any]) -> Mention:
    """Return the mention that `record` describes: the inverse of `to_record`.

    `platform`, `id` and `created_at` are needed; `kind` is "post" when absent; what else is absent or null is
    what the platform did not say. Unknown keys are ignored. Datetimes are ISO 8601 with `Z` or an offset, and
    become UTC. Raises `ValueError` naming the field that is missing or odd.
    """
    get = record.get
    author, engagement = get("author"), get("engagement")
    return Mention(
        platform=_needed(record, "platform"),
        id=_needed(record, "id"),
        kind=Kind.POST if get("kind") is None else _kind(record["kind"]),
        created_at=_read("created_at", _needed(record, "created_at")),
        edited_at=None if get("edited_at") is None else _read("edited_at", record["edited_at"]),
        author=_NOBODY if author is None else _author(author),
        text="" if get("text") is None else _text(record, "text") or "",
        engagement=_NO_COUNTS if engagement is None else _engagement(engagement),
        **{name: _text(record, name) for name in _TEXTS if name in record},
    )


def to_json(value: object) -> str:
    """Return what JSON has no form for, as `default` of `json.dumps`: an instant with `Z`, else a text."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _author(record: Any) -> Author:
    if not isinstance(record, Mapping):
        raise _odd("author", "an object", record)
    texts = {name: _text(record, name, "author.") for name in _AUTHOR_TEXTS if name in record}
    return Author(**texts, followers=_count(record, "followers", "author."))


def _engagement(record: Any) -> Engagement:
    if not isinstance(record, Mapping):
        raise _odd("engagement", "an object", record)
    return Engagement(**{name: _count(record, name, "engagement.") for name in _COUNTS if name in record})


def _needed(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if type(value) is not str:
        raise _odd(name, "a string", value)
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _text(record: Mapping[str, Any], name: str, within: str = "") -> str | None:
    value = record[name]
    if value is None or type(value) is str:
        return value
    raise _odd(within + name, "a string or null", value)


def _count(record: Mapping[str, Any], name: str, within: str) -> int | None:
    value = record.get(name)
    if value is None or (type(value) is int and 0 <= value <= _LARGEST):
        return value
    raise _odd(within + name, "a whole number, 0 or more, or null", value)


def _kind(value: Any) -> Kind:
    kind = _KINDS.get(value) if type(value) is str else None
    if kind is None:
        raise _odd("kind", "one of " + ", ".join(_KINDS), value)
    return kind


def _read(name: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise _odd(name, "an ISO 8601 datetime", value) from error
    raise _odd(name, "a datetime with Z or an offset", value)


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _odd(name: str, expected: str, value: Any) -> ValueError:
    found = (
        "nothing" if value is None else f"{value!r:.60}" if isinstance(value, str) else type(value).__name__
    )
    return ValueError(f"{name}: expected {expected}, not {found}")
