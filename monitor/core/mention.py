"""The one record that every platform's posts become."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What sort of publication a mention is."""

    POST = "post"
    REPLY = "reply"
    REPOST = "repost"
    QUOTE = "quote"
    VIDEO = "video"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote it. `None` means that the platform does not say (deleted, withheld or not offered)."""

    id: str | None = None
    handle: str | None = None
    display_name: str | None = None
    url: str | None = None
    followers: int | None = None

    def is_same(self, other: "Author") -> bool:
        """Tell whether both are one person, by id or by handle; one who is unknown is like nobody."""
        return bool((self.id and self.id == other.id) or (self.handle and self.handle == other.handle))


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Counts at one instant. `None` means that the platform does not say; 0 means zero."""

    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    quotes: int | None = None
    views: int | None = None

    @property
    def total(self) -> int:
        """Acts of engagement: likes, replies, reposts and quotes together; views are not acts."""
        return (self.likes or 0) + (self.replies or 0) + (self.reposts or 0) + (self.quotes or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One public post, reply, video or article, as its platform last gave it.

    `id` is the platform's stable key: it stays the same when the post is edited. `text` is plain text,
    unsanitised: whoever shows it passes it through `core.sanitise` first.

    Raises `ValueError` for an empty `platform` or `id`, and for a datetime that is not aware UTC.
    """

    platform: str
    id: str
    kind: Kind
    created_at: datetime
    author: Author = Author()
    url: str | None = None
    title: str | None = None
    text: str = ""
    lang: str | None = None
    conversation_id: str | None = None
    in_reply_to_id: str | None = None
    edited_at: datetime | None = None
    engagement: Engagement = Engagement()

    def __post_init__(self) -> None:
        if not self.platform or not self.id:
            raise ValueError("a mention needs a platform and an id")
        _require_utc("created_at", self.created_at)
        if self.edited_at is not None:
            _require_utc("edited_at", self.edited_at)

    @property
    def conversation(self) -> str:
        """The id that all posts of one conversation share: its own id where the platform has none."""
        return self.conversation_id or self.id


def _require_utc(name: str, moment: datetime) -> None:
    # A zone that is UTC for half of the year only (London) has no offset without a date.
    if moment.tzinfo is not UTC and (moment.tzinfo is None or moment.tzinfo.utcoffset(None) != timedelta()):
        raise ValueError(f"{name} must be an aware datetime in UTC, not {moment!r}")


_RENAMED = {"iw": "he", "in": "id", "ji": "yi"}  # codes that ISO 639-1 withdrew, and X still sends
_UNKNOWN = ("und", "zxx", "mis", "mul", "")  # undetermined, no language, uncoded, several


def language_of(tag: str | None) -> str | None:
    """Return the language of a tag, `en` of `en-GB`; None where there is no tag or it says: unknown."""
    code = (tag or "").replace("_", "-").split("-")[0].strip().lower()
    private = len(code) == 3 and code.startswith("q")  # noqa: PLR2004 - X's own: only links, only hash tags ...
    return None if private or code in _UNKNOWN else _RENAMED.get(code, code)
