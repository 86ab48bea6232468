"""From YouTube's resources (thread, comment, video) to a `Mention`: pure, and total over odd input."""

import re
from datetime import UTC, datetime

from connectors.youtube.refusal import dig
from monitor.connector import JSON, Author, Engagement, Kind, Malformed, Mention, Payload

PLATFORM = "youtube"
_LARGEST = 2**63 - 1  # of what any store can count
_NO_LANGUAGE = {"und", "zxx", "mul", "mis"}  # ISO 639-2: undetermined, none, several, uncoded


def read(payload: Payload) -> Mention:
    """Return the mention in `payload`. Raises `Malformed`, naming the field."""
    match dig(payload, "kind"):
        case "youtube#video":
            return _video(payload)
        case "youtube#commentThread":
            return _comment(
                dig(payload, "snippet", "topLevelComment"),
                video=text(payload, "snippet", "videoId"),
                replies=_count(payload, "snippet", "totalReplyCount"),
            )
        case "youtube#comment":
            return _comment(payload)
    raise Malformed("kind is none of youtube#video, youtube#commentThread, youtube#comment")


def _video(payload: Payload) -> Mention:
    video_id = _identity(payload)
    channel = text(payload, "snippet", "channelId")
    return Mention(
        platform=PLATFORM,
        id=video_id,
        kind=Kind.VIDEO,
        url=f"https://www.youtube.com/watch?v={video_id}",
        author=Author(
            id=channel,
            display_name=text(payload, "snippet", "channelTitle"),
            url=f"https://www.youtube.com/channel/{channel}" if channel else None,
        ),
        title=text(payload, "snippet", "title"),
        text=text(payload, "snippet", "description") or "",
        lang=_language(payload),
        conversation_id=video_id,
        created_at=_needed_moment(payload, "snippet", "publishedAt"),
        engagement=Engagement(
            likes=_count(payload, "statistics", "likeCount"),
            replies=_count(payload, "statistics", "commentCount"),
            views=_count(payload, "statistics", "viewCount"),
        ),
    )


def _comment(comment: JSON, *, video: str | None = None, replies: int | None = None) -> Mention:
    comment_id = _identity(comment)
    video = text(comment, "snippet", "videoId") or video
    parent = text(comment, "snippet", "parentId")
    published = _needed_moment(comment, "snippet", "publishedAt")
    updated = moment(comment, "snippet", "updatedAt")
    return Mention(
        platform=PLATFORM,
        id=comment_id,
        kind=Kind.REPLY if parent else Kind.POST,
        url=f"https://www.youtube.com/watch?v={video}&lc={comment_id}" if video else None,
        author=_author(comment),
        text=text(comment, "snippet", "textOriginal") or text(comment, "snippet", "textDisplay") or "",
        conversation_id=parent or comment_id,
        in_reply_to_id=parent or video,
        created_at=published,
        edited_at=updated if updated and updated > published else None,
        engagement=Engagement(likes=_count(comment, "snippet", "likeCount"), replies=replies),
    )


def _author(comment: JSON) -> Author:
    name = text(comment, "snippet", "authorDisplayName")
    return Author(
        id=text(comment, "snippet", "authorChannelId", "value"),
        handle=name[1:] if name and name.startswith("@") and len(name) > 1 else None,
        display_name=name,
        url=text(comment, "snippet", "authorChannelUrl"),
    )


def _identity(resource: JSON) -> str:
    found = text(resource, "id")
    if not found or not found.isascii():
        raise Malformed("id is missing, or is not an id of YouTube's")
    return found


def text(resource: JSON, *path: str) -> str | None:
    """Return the string at `path`; None where it is absent or empty. Raises `Malformed`."""
    found = dig(resource, *path)
    if found is not None and not isinstance(found, str):
        raise Malformed(f"{'.'.join(path)} is not a string")
    # JSON can carry half of a surrogate pair, which no store can: it becomes U+FFFD.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if found else None


def _language(payload: Payload) -> str | None:
    found = text(payload, "snippet", "defaultAudioLanguage") or text(payload, "snippet", "defaultLanguage")
    return found if found and found.split("-")[0].lower() not in _NO_LANGUAGE else None


def _count(resource: JSON, *path: str) -> int | None:
    """Return the count at `path`: YouTube writes some as numbers, some as strings of digits."""
    found = dig(resource, *path)
    if found is None:
        return None
    if isinstance(found, str) and re.fullmatch(r"[0-9]{1,20}", found):
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _LARGEST:
        raise Malformed(f"{'.'.join(path)} is not a count that can be kept")
    return found


def moment(resource: JSON, *path: str) -> datetime | None:
    """Return the instant at `path`, in UTC; None where it is absent. Raises `Malformed`."""
    written = text(resource, *path)
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
        if found.tzinfo is None:
            raise Malformed(f"{'.'.join(path)} lacks a time zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{'.'.join(path)} is not a date and time") from error


def _needed_moment(resource: JSON, *path: str) -> datetime:
    found = moment(resource, *path)
    if found is None:
        raise Malformed(f"{'.'.join(path)} is missing")
    return found


def moment_or_none(resource: JSON, *path: str) -> datetime | None:
    """Return the instant at `path`, or None for whatever is not one: for finding the way, not for keeping."""
    try:
        return moment(resource, *path)
    except Malformed:
        return None
