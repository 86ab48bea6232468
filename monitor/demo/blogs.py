"""A stand-in for blogs: feeds in RSS, Atom and JSON Feed, with validators, edits and deletions."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from monitor.demo.stand_in import Request, Response, StandIn
from monitor.demo.world import Post

ENTRIES_SHOWN = 20  # a feed shows its newest, as most do
TITLE = "Notes from the queue"


class BlogsStandIn(StandIn):
    """Serves the posts of each `place` as a feed: the place is its path, such as `/feed.xml`.

    A path that ends in `.json` is a JSON Feed, in `.atom` Atom with relative links, else RSS 2.0. A place
    that no post of the world ever names is 404.
    """

    def feed(self, place: str) -> str:
        """Return the address of the feed at `place`."""
        return f"{self.endpoint}/{place.lstrip('/')}"

    def answer(self, request: Request) -> Response:
        """Return a feed as it stands now, or 304 when the client has it."""
        place = request.path.strip("/")
        if place not in {post.place.strip("/") for post in self.world.posts}:
            return Response(status=404, body=b"no such feed")
        now = self.clock()
        posts = [post for post in self.world.standing(now) if post.place.strip("/") == place][:ENTRIES_SHOWN]
        body, kind = self._written(place, posts, now)
        changed_at = max((post.edited_at(now) or post.at for post in posts), default=now)
        headers = {
            "content-type": kind,
            "etag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            "last-modified": format_datetime(changed_at.replace(microsecond=0), usegmt=True),
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status=304, headers=headers)
        return Response(body=body, headers=headers)

    def _written(self, place: str, posts: Sequence[Post], now: datetime) -> tuple[bytes, str]:
        if place.endswith(".json"):
            return json.dumps(_json_feed(posts, now, self.endpoint)).encode(), "application/feed+json"
        if place.endswith(".atom"):
            return _atom(posts, now).encode(), "application/atom+xml; charset=utf-8"
        return _rss(posts, now, self.endpoint).encode(), "application/rss+xml; charset=utf-8"


def moved(to: str, *, for_good: bool = True) -> Response:
    """Return a redirect, as after a change of the blog's address."""
    return Response(status=301 if for_good else 302, headers={"location": to})


def gone() -> Response:
    """Return what a blog answers that was closed for good."""
    return Response(status=410, body=b"gone")


def too_many(retry_after: str) -> Response:
    """Return the answer to a reader who comes too often; `retry_after` is in seconds or a date."""
    return Response(status=429, headers={"retry-after": retry_after}, body=b"slow down")


def _author(post: Post) -> str:
    return post.author.name if post.author else TITLE


def _paragraph(post: Post, now: datetime) -> str:
    return f"<p>{escape(post.text_at(now))}</p>"


def _rss(posts: Sequence[Post], now: datetime, endpoint: str) -> str:
    items = "".join(
        f"<item><title>{escape(post.title)}</title><link>{endpoint}/articles/{post.id}</link>"
        f"<guid>{endpoint}/articles/{post.id}</guid><dc:creator>{escape(_author(post))}</dc:creator>"
        f"<pubDate>{format_datetime(post.at)}</pubDate>"
        f"<description>{escape(_paragraph(post, now))}</description></item>"
        for post in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{TITLE}</title><link>{endpoint}/</link><description/><language>en</language>{items}</channel></rss>"
    )


def _atom(posts: Sequence[Post], now: datetime) -> str:
    entries = "".join(
        f'<entry><title>{escape(post.title)}</title><link href="articles/{post.id}"/>'
        f"<id>urn:example:article:{post.id}</id><published>{_iso(post.at)}</published>"
        f"<updated>{_iso(post.edited_at(now) or post.at)}</updated>"
        f"<author><name>{escape(_author(post))}</name></author>"
        f'<content type="html">{escape(_paragraph(post, now))}</content></entry>'
        for post in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>{TITLE}</title><id>urn:example:feed</id>{entries}</feed>"
    )


def _json_feed(posts: Sequence[Post], now: datetime, endpoint: str) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": endpoint,
        "language": "en",
        "items": [
            {
                "id": f"{endpoint}/articles/{post.id}",
                "url": f"{endpoint}/articles/{post.id}",
                "title": post.title,
                "content_html": _paragraph(post, now),
                "date_published": _iso(post.at),
                "date_modified": _iso(post.edited_at(now) or post.at),
                "authors": [{"name": _author(post)}],
            }
            for post in posts
        ],
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
