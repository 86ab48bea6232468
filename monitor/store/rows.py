"""A mention as the columns of its row."""

from datetime import datetime
from typing import Any

from monitor.core.mention import Engagement, Mention

COUNTS = ("likes", "replies", "reposts", "quotes", "views")


def identity(seen: Mention) -> dict[str, Any]:
    """Return what stays the same when a mention is seen again."""
    return {
        "platform": seen.platform,
        "id": seen.id,
        "kind": seen.kind.value,
        "conversation_id": seen.conversation,
        "in_reply_to_id": seen.in_reply_to_id,
        "created_at": seen.created_at,
    }


def content(seen: Mention, observed_at: datetime) -> dict[str, Any]:
    """Return what may have changed."""
    author = seen.author
    return {
        "url": seen.url,
        "author_id": author.id,
        "author_handle": author.handle,
        "author_name": author.display_name,
        "author_url": author.url,
        "followers": author.followers,
        "title": seen.title,
        "text": seen.text,
        "lang": seen.lang,
        "edited_at": seen.edited_at,
        "observed_at": observed_at,
        **counts(seen.engagement),
    }


def counts(given: Engagement) -> dict[str, int | None]:
    """Return counts by column."""
    return {
        "likes": given.likes,
        "replies": given.replies,
        "reposts": given.reposts,
        "quotes": given.quotes,
        "views": given.views,
    }
