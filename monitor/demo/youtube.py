"""A stand-in for the YouTube Data API v3: videos, comment threads, replies and search, told by a `World`.

What a post is: with `video`, a video, whose author's id is its channel. Else a comment, whose `place` is the
id of the video that it stands under. A comment with `reply_to` another comment is a reply in that thread.
YouTube's ids have shapes that clients rely on: make them with `video_id`, `thread_id` and `reply_id`.
"""

import base64
import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.demo.stand_in import Request, Response, StandIn
from monitor.demo.world import Post, World
from monitor.demo.youtube_refusals import (
    bad_key,
    comments_disabled,
    no_key,
    not_found,
    quota_exceeded,
    refusal,
    searches_used_up,
    stale_token,
)

GOOD_KEY = "AIzaSy-stand-in-key-0000000000000000000"
_DAY_ZONE = ZoneInfo("America/Los_Angeles")
_INLINE = 5  # replies that come with their thread
_MOST_RESULTS = 500  # of a search, whatever the page
_PREFIX = "/youtube/v3/"

Resource = dict[str, Any]


def video_id(name: str) -> str:
    """Return the id of the video `name`: 11 characters."""
    return _token(name)[:11]


def channel_id(name: str) -> str:
    """Return the id of the channel `name`: UC and 22 characters."""
    return "UC" + _token(name)[:22]


def thread_id(name: str) -> str:
    """Return the id of the comment `name` that begins a thread: 26 characters."""
    return "Ug" + _token(name)[:18] + "AaABAg"


def reply_id(thread: str, name: str) -> str:
    """Return the id of the reply `name` in a thread: the thread's id, a full stop and 22 characters."""
    return f"{thread}.{_token(name)[:22]}"


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()


class YouTubeStandIn(StandIn):
    """`GET /youtube/v3/{commentThreads,comments,search,videos}` as YouTube answers them at `clock()`.

    `channels` are the ids of channels that exist besides those that occur in the world; `closed` are the ids
    of videos and channels that take no comments. `daily_units` and `daily_searches` are
    enforced; a day begins at midnight in Los Angeles.
    """

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        super().__init__(world, clock)
        self.channels: set[str] = set()
        self.closed: set[str] = set()
        self.daily_units, self.daily_searches = 10_000, 100
        self._spent: Counter[tuple[str, str]] = Counter()

    def answer(self, request: Request) -> Response:
        """Return what YouTube would."""
        if request.headers.get("x-http-method-override") == "GET":  # the SDK does so with a long address
            query = {**request.query, **request.form}
        elif request.method == "GET":
            query = dict(request.query)
        else:
            return not_found("page", domain="global")
        key = query.get("key")
        if key != GOOD_KEY:
            return bad_key() if key else no_key()
        method = {
            "commentThreads": self._comment_threads,
            "comments": self._comments,
            "search": self._search,
            "videos": self._videos,
        }.get(request.path.removeprefix(_PREFIX))
        if method is None or not request.path.startswith(_PREFIX):
            return Response(status=404, body=b"<html><title>Error 404 (Not Found)!!1</title></html>")
        return self._over_budget(request.path) or _bad_parameter(query, request.path) or method(query)

    def _over_budget(self, path: str) -> Response | None:
        is_search = path.endswith("/search")
        bucket = "search" if is_search else "units"
        used = (bucket, self.clock().astimezone(_DAY_ZONE).date().isoformat())
        if self._spent[used] >= (self.daily_searches if is_search else self.daily_units):
            return searches_used_up() if is_search else quota_exceeded()
        self._spent[used] += 1
        return None

    def _comment_threads(self, query: Mapping[str, str]) -> Response:
        standing = self._standing()
        video, channel = query.get("videoId"), query.get("allThreadsRelatedToChannelId")
        threads = [post for post in standing.values() if not post.video and not _is_reply(post)]
        if "id" in query:
            threads = [post for post in threads if post.id in query["id"].split(",")]
        elif video is not None or channel is not None:
            if (video or channel) in self.closed:
                return comments_disabled()
            if video is not None and video not in standing:
                return not_found("video")
            if channel is not None and not self._has_channel(channel):
                return not_found("channel")
            threads = [post for post in threads if video in (_video_of(post), None)]
            threads = [post for post in threads if channel in (_channel_of(post, standing), None)]
        else:
            return refusal(400, "missingRequiredParameter", "No filter selected.", domain="youtube.parameter")
        return _page(
            *("commentThread", query, threads),
            lambda post: self._thread_resource(post, standing, plain=query.get("textFormat") == "plainText"),
        )

    def _comments(self, query: Mapping[str, str]) -> Response:
        standing = self._standing()
        replies = [post for post in standing.values() if not post.video]
        if "id" in query:
            replies = [post for post in replies if post.id in query["id"].split(",")]
        elif (parent := query.get("parentId", "")) in standing:
            replies = _replies(standing[parent], standing)
        else:
            return not_found("comment", domain="youtube.comment")
        return _page("comment", query, replies, lambda post: self._comment(post, standing, **_plain(query)))

    def _search(self, query: Mapping[str, str]) -> Response:
        after, before = query.get("publishedAfter", ""), query.get("publishedBefore", "9")
        found = [
            post
            for post in self._standing().values()
            if post.video and after <= _written(post.at) <= before and _matches(query.get("q", ""), post)
        ]
        start = _offset(query.get("pageToken"))
        if start is None:
            return stale_token()
        size = int(query.get("maxResults", "5"))
        results = found[:_MOST_RESULTS][start : start + size]
        body = _listing("search", len(found), size, [_result(post) for post in results])
        if start + size < min(len(found), _MOST_RESULTS):
            body["nextPageToken"] = _coded(str(start + size))
        return Response(body=body | {"regionCode": "US"})

    def _videos(self, query: Mapping[str, str]) -> Response:
        standing = self._standing()
        wanted = query.get("id", "").split(",")
        videos = [standing[one] for one in wanted if one in standing and standing[one].video]
        parts = query["part"].split(",")
        resources = [self._video(post, parts) for post in videos]
        return Response(body=_listing("video", len(videos), len(videos), resources))

    def _standing(self) -> dict[str, Post]:
        """Return what is public now, newest first; a comment goes with its video and its thread."""
        posts = {post.id: post for post in self.world.standing(self.clock())}
        return {key: post for key, post in posts.items() if _stands(post, posts)}

    def _has_channel(self, channel: str) -> bool:
        owners = {post.author.id for post in self.world.posts if post.video and post.author}
        return channel in owners | {post.place for post in self.world.posts} | self.channels

    def _thread_resource(self, post: Post, standing: Mapping[str, Post], *, plain: bool) -> Resource:
        replies = _replies(post, standing)
        snippet = {
            "channelId": _channel_of(post, standing),
            "videoId": _video_of(post),
            "topLevelComment": self._comment(post, standing, plain=plain),
            "canReply": True,
            "totalReplyCount": len(replies),
            "isPublic": True,
        }
        thread = _resource("commentThread", post.id, {k: v for k, v in snippet.items() if v is not None})
        if replies:
            inline = [self._comment(reply, standing, plain=plain) for reply in replies[:_INLINE]]
            thread["replies"] = {"comments": inline}
        return thread

    def _comment(self, post: Post, standing: Mapping[str, Post], *, plain: bool) -> Resource:
        now = self.clock()
        text = post.text_at(now)
        snippet: Resource = {
            "channelId": _channel_of(post, standing),
            "textDisplay": text if plain else html.escape(text).replace("\n", "<br>"),
            "textOriginal": text,
            "authorDisplayName": f"@{post.author.handle}" if post.author else "",
            "authorProfileImageUrl": "https://yt3.ggpht.com/stand-in",
            "authorChannelUrl": f"http://www.youtube.com/@{post.author.handle}" if post.author else "",
            "canRate": True,
            "viewerRating": "none",
            "likeCount": post.engagement_at(now).likes or 0,
            "publishedAt": _written(post.at),
            "updatedAt": _written(post.edited_at(now) or post.at),
        }
        if post.author:
            snippet["authorChannelId"] = {"value": post.author.id}
        # As on YouTube: a reply says whose thread it is in, and not under which video.
        snippet |= {"parentId": _parent(post)} if _is_reply(post) else {"videoId": _video_of(post)}
        return _resource("comment", post.id, {k: v for k, v in snippet.items() if v is not None})

    def _video(self, post: Post, parts: Sequence[str]) -> Resource:
        now = self.clock()
        counts = post.engagement_at(now)
        text = post.text_at(now)
        snippet = _video_snippet(post, post.title, text) | {
            "categoryId": "22",
            "localized": {"title": post.title, "description": text},
            "defaultAudioLanguage": post.lang,
        }
        statistics = {
            "viewCount": str(counts.views or 0),
            "likeCount": str(counts.likes or 0),
            "favoriteCount": "0",
            "commentCount": str(counts.replies or 0),
        }
        if post.id in self.closed:
            del statistics["commentCount"]
        video = _resource("video", post.id, snippet) | {"statistics": statistics}
        return {key: value for key, value in video.items() if key in ("kind", "etag", "id", *parts)}


def _resource(kind: str, resource_id: Any, snippet: Resource) -> Resource:
    return {"kind": f"youtube#{kind}", "etag": _etag(snippet), "id": resource_id, "snippet": snippet}


def _listing(kind: str, total: int, size: int, resources: list[Resource]) -> Resource:
    page_facts = {"totalResults": total, "resultsPerPage": size}
    kind = f"youtube#{kind}ListResponse"
    return {"kind": kind, "etag": _etag(resources), "pageInfo": page_facts, "items": resources}


def _etag(body: Any) -> str:
    return _token(repr(body))[:27]


def _page(
    kind: str, query: Mapping[str, str], posts: list[Post], resource: Callable[[Post], Resource]
) -> Response:
    """Return one page of `posts`, newest first; a token names the last that was given, so nothing shifts."""
    after = _decoded(query.get("pageToken"))
    if after is None:
        return stale_token()
    left = [post for post in posts if not after or _place(post) < after]
    size = len(posts) if "id" in query else int(query.get("maxResults", "20"))
    shown = left[:size]
    body = _listing(kind, len(shown), size, [resource(post) for post in shown])
    if len(left) > size:
        body["nextPageToken"] = _coded(_place(shown[-1]))
    return Response(body=body)


def _place(post: Post) -> str:
    return f"{post.at.timestamp():020.6f} {post.id}"


def _coded(text: str) -> str:
    return base64.urlsafe_b64encode(f"v1 {text}".encode()).decode()


def _decoded(token: str | None) -> str | None:
    """Return what `_coded` was given, "" without a token, None for one that is not ours."""
    try:
        text = base64.urlsafe_b64decode(token or _coded("")).decode()
    except ValueError:
        return None
    return text.removeprefix("v1 ") if text.startswith("v1 ") else None


def _offset(token: str | None) -> int | None:
    text = _decoded(token)
    return int(text or 0) if text is not None and re.fullmatch("[0-9]*", text) else None


_LIMITS = {"commentThreads": (1, 100), "comments": (1, 100), "search": (0, 50), "videos": (1, 50)}
_MOST_IDS = 50


def _bad_parameter(query: Mapping[str, str], path: str) -> Response | None:
    low, high = _LIMITS[path.removeprefix(_PREFIX)]
    if not query.get("part"):
        return refusal(400, "missingRequiredParameter", "No parts.", domain="global")
    size = query.get("maxResults", str(high))
    if not size.isdigit() or not low <= int(size) <= high:
        message = f"Invalid value '{size}'. Values must be within the range: [{low}, {high}]"
        return refusal(400, "invalidParameter", message)
    if "id" in query and ("maxResults" in query or len(query["id"].split(",")) > _MOST_IDS):
        return refusal(400, "invalidFilters", "Incompatible parameters specified in the request.")
    for name in ("publishedAfter", "publishedBefore"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", query.get(name, "2026-01-01T00:00:00Z")):
            return refusal(400, "badRequest", f"Invalid value at '{name}' (google-datetime)")
    return None


def _stands(post: Post, posts: Mapping[str, Post]) -> bool:
    if post.video:
        return True
    if post.reply_to and not post.reply_to.video and post.reply_to.id not in posts:
        return False
    video = _video_of(post)
    return video is None or video in posts


def _is_reply(post: Post) -> bool:
    return post.reply_to is not None and not post.reply_to.video


def _parent(post: Post) -> str:
    """Return the id of the comment that began the thread of `post`: YouTube's threads are one level deep."""
    while post.reply_to and not post.reply_to.video:
        post = post.reply_to
    return post.id


def _video_of(post: Post) -> str | None:
    """Return the id of the video that `post` stands under; None for a comment on a channel."""
    while _is_reply(post) and post.reply_to:
        post = post.reply_to
    place = post.reply_to.id if post.reply_to else post.place
    return None if place.startswith("UC") and len(place) == len(channel_id("")) else place or None


def _channel_of(post: Post, standing: Mapping[str, Post]) -> str | None:
    """Return the channel that a comment relates to: its video's, or the one that it stands on."""
    video = _video_of(post)
    if video is None:
        return post.place or None
    owner = standing[video].author if video in standing else None
    return owner.id if owner else None


def _replies(thread: Post, standing: Mapping[str, Post]) -> list[Post]:
    return [post for post in standing.values() if _is_reply(post) and _parent(post) == thread.id]


def _plain(query: Mapping[str, str]) -> dict[str, bool]:
    return {"plain": query.get("textFormat") == "plainText"}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _video_snippet(post: Post, title: str, description: str) -> Resource:
    thumbnail = {"url": f"https://i.ytimg.com/vi/{post.id}/default.jpg", "width": 120, "height": 90}
    return {
        "publishedAt": _written(post.at),
        "channelId": post.author.id if post.author else "",
        "title": title,
        "description": description,
        "thumbnails": {"default": thumbnail},
        "channelTitle": post.author.name if post.author else "",
        "liveBroadcastContent": "none",
    }


def _result(post: Post) -> Resource:
    """Return a search result: its title is HTML and its description is cut, unlike those of videos.list."""
    snippet = _video_snippet(post, html.escape(post.title), post.text[:160])
    return _resource("searchResult", {"kind": "youtube#video", "videoId": post.id}, snippet)


def _matches(q: str, post: Post) -> bool:
    """Tell whether all terms of `q` match: alternatives by |, exclusion by -, phrases in quotes."""
    words = f"{post.title}\n{post.text}".casefold()
    for term in re.findall(r'(?:[^\s"]|"[^"]*")+', q.casefold()):
        excluded = term.startswith("-")
        alternatives = [one.strip('"') for one in re.findall(r'"[^"]*"|[^|"]+', term.removeprefix("-"))]
        if any(one in words for one in alternatives) == excluded:
            return False
    return True
