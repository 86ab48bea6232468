"""Reddit on loopback: the listings, search, comment trees and token of its API."""

import base64
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.demo.stand_in import Request, Response, StandIn
from monitor.demo.world import Post, World

GOOD_ID = "stand-in-client-id"
GOOD_SECRET = "stand-in-client-secret"  # noqa: S105 - opens nothing but the stand-in
GOOD_TOKEN = "stand-in-access-token"  # noqa: S105 - as above
WINDOW = timedelta(minutes=10)
_LISTED = 1000  # items that a listing holds
_DEPTH = 10  # levels that a comment tree shows
_LONGEST_QUERY = 512
_MORE_AT_ONCE = 100


def _refusal(status: int, reason: str | None, message: str) -> Response:
    return Response(status=status, body={"reason": reason, "message": message, "error": status})


def window_exhausted(resets_in: int = 300) -> Response:
    """Answer 429: the window's requests are used up for `resets_in` seconds."""
    headers = {
        "x-ratelimit-used": "1000",
        "x-ratelimit-remaining": "0.0",
        "x-ratelimit-reset": str(resets_in),
    }
    return Response(status=429, body={"message": "Too Many Requests", "error": 429}, headers=headers)


def doing_that_too_much(minutes: int = 9) -> Response:
    """Answer 200 with an error inside."""
    text = f"you are doing that too much. try again in {minutes} minutes."
    return Response(body={"json": {"errors": [["RATELIMIT", text, "ratelimit"]]}})


def private() -> Response:
    """Answer for a subreddit that only its members may read."""
    return _refusal(403, "private", "Forbidden")


def quarantined() -> Response:
    """Answer for a subreddit that one must opt in to read."""
    return _refusal(403, "quarantined", "Forbidden")


def banned() -> Response:
    """Answer for a subreddit that Reddit closed."""
    return _refusal(404, "banned", "Not Found")


def no_such_subreddit() -> Response:
    """Answer for a name that nobody has taken."""
    return Response(status=302, headers={"location": "https://www.reddit.com/subreddits/search?q=none"})


def network_edge() -> Response:
    """Answer of the machines in front of Reddit that block an address."""
    page = b"<!doctype html><title>Blocked</title><h1>whoa there, pardner!</h1>"
    return Response(status=403, body=page, headers={"content-type": "text/html"})


def unauthorized() -> Response:
    """Answer for a token that is not valid."""
    header = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
    return Response(status=401, body={"message": "Unauthorized", "error": 401}, headers=header)


class RedditStandIn(StandIn):
    """Serves the posts of a world: those that answer nothing as submissions, the others as comments.

    `Post.place` of the submission is the subreddit. `closed` gives what a subreddit answers instead, by its
    name in lower case; joined with others by `+` such a one is silently left out, as Reddit does. `token` is
    the token given out, `siblings` how many replies to one comment a tree shows before `more`.
    """

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        super().__init__(world, clock)
        self.closed: dict[str, Response] = {}
        self.token = GOOD_TOKEN
        self.siblings = 200
        self.a_window = 1000
        self._window_began, self._used = clock(), 0

    def answer(self, request: Request) -> Response:
        """Answer as https://www.reddit.com/dev/api says."""
        path = request.path.strip("/")
        if path == "api/v1/access_token":
            return self._grant(request)
        if request.headers.get("authorization") != f"bearer {self.token}":
            return unauthorized()
        if not (left := self._count()):
            return window_exhausted(int(self._resets_in()))
        answer = self._route(path, request.query)
        if request.query.get("raw_json") != "1":
            answer = replace(answer, body=_escaped(answer.body))
        headers = {
            "x-ratelimit-used": str(self._used),
            "x-ratelimit-remaining": f"{left - 1}.0",
            "x-ratelimit-reset": str(int(self._resets_in())),
        }
        return replace(answer, headers=headers | dict(answer.headers))

    def _grant(self, request: Request) -> Response:
        expected = base64.b64encode(f"{GOOD_ID}:{GOOD_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return Response(status=401, body={"message": "Unauthorized", "error": 401})
        if request.form.get("grant_type") != "client_credentials":
            return Response(body={"error": "unsupported_grant_type"})
        body = {"access_token": self.token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        return Response(body=body)

    def _count(self) -> int:
        """Count one request and return what was left before it, or 0."""
        if self.clock() - self._window_began >= WINDOW:
            self._window_began, self._used = self.clock(), 0
        left = max(self.a_window - self._used, 0)
        self._used += 1 if left else 0
        return left

    def _resets_in(self) -> float:
        return (self._window_began + WINDOW - self.clock()).total_seconds()

    def _route(self, path: str, query: Mapping[str, str]) -> Response:  # noqa: PLR0911 - one for each endpoint
        match path.split("/"):
            case ["search"]:
                return self._search(query)
            case ["r", names, ("new" | "comments") as part]:
                return self._subreddits(names.lower().split("+"), part, query)
            case ["user", name, "comments"]:
                return self._comments_of(name, query)
            case ["api", "info"]:
                return self._info(query)
            case ["comments", link]:
                return self._tree(link, query)
            case ["api", "morechildren"]:
                return self._more(query)
        return _refusal(404, None, "Not Found")

    def _comments_of(self, name: str, query: Mapping[str, str]) -> Response:
        if not any(post.author and _same(post.author.handle, name) for post in self.world.posts):
            return _refusal(404, None, "Not Found")
        written = [p for p in self._standing() if p.author and _same(p.author.handle, name)]
        return self._listing([post for post in written if post.reply_to], query)

    def _info(self, query: Mapping[str, str]) -> Response:
        found = {fullname(post): post for post in self.world.at(self.clock())}
        names = query.get("id", "").split(",")[:_MORE_AT_ONCE]
        return _listing(self._things([found[name] for name in names if name in found]))

    def _standing(self) -> list[Post]:
        return self.world.standing(self.clock())

    def _search(self, query: Mapping[str, str]) -> Response:
        asked = query.get("q", "")
        if not asked or len(asked) > _LONGEST_QUERY:
            fault = {"fields": ["q"], "explanation": f"this is too long (max: {_LONGEST_QUERY})"}
            return Response(status=400, body=fault | {"message": "Bad Request", "reason": "TOO_LONG"})
        matches = compiled(asked)
        posts = [post for post in self._standing() if post.reply_to is None]
        return self._listing([p for p in posts if matches(f"{p.title}\n{p.text_at(self.clock())}")], query)

    def _subreddits(self, names: Sequence[str], part: str, query: Mapping[str, str]) -> Response:
        if len(names) == 1 and names[0] in self.closed:
            return self.closed[names[0]]
        open_ones = {name for name in names if name not in self.closed}
        is_comment = part == "comments"
        posts = [p for p in self._standing() if (p.reply_to is not None) == is_comment]
        return self._listing([p for p in posts if subreddit(p).lower() in open_ones], query)

    def _listing(self, posts: Sequence[Post], query: Mapping[str, str]) -> Response:
        limit = min(max(int(query.get("limit") or 25), 1), 100)  # Reddit bends it, and refuses nothing
        names, first = [fullname(post) for post in posts[:_LISTED]], 0
        if after := query.get("after"):
            first = names.index(after) + 1 if after in names else len(names)
        shown = posts[first : min(first + limit, _LISTED)]
        is_last = first + limit >= len(names)
        return _listing(self._things(shown), None if is_last else names[first + limit - 1])

    def _tree(self, link: str, query: Mapping[str, str]) -> Response:
        posts = self.world.at(self.clock())
        root = next((post for post in posts if post.reply_to is None and post.id == link), None)
        if root is None:
            return _refusal(404, None, "Not Found")
        focus = next((post for post in posts if post.reply_to and post.id == query.get("comment")), None)
        top = [self._branch(focus, 0)] if focus else self._answers(root, 0)
        return Response(body=[_listing(self._things([root])).body, _listing(top).body])

    def _branch(self, post: Post, depth: int) -> dict[str, Any]:
        thing = self._thing(post)
        if answers := self._answers(post, depth + 1):
            thing["data"]["replies"] = _listing(answers).body
        return thing

    def _answers(self, post: Post, depth: int) -> list[dict[str, Any]]:
        """Return the comments under `post`, newest first, and a `more` marker for what is left out."""
        answers = [p for p in self.world.at(self.clock()) if p.reply_to is post]
        if answers and depth >= _DEPTH:
            return [_more(post, [])]
        shown, hidden = answers[: self.siblings], answers[self.siblings :]
        return [self._branch(p, depth) for p in shown] + ([_more(post, hidden)] if hidden else [])

    def _more(self, query: Mapping[str, str]) -> Response:
        ids = query.get("children", "").split(",")
        if len(ids) > _MORE_AT_ONCE or query.get("api_type") != "json" or not query.get("link_id"):
            return _refusal(400, None, "Bad Request")
        wanted = [p for p in self.world.at(self.clock()) if p.reply_to and p.id in ids]
        things = [thing for post in wanted for thing in (self._thing(post), *self._beneath(post))]
        return Response(body={"json": {"errors": [], "data": {"things": things}}})

    def _beneath(self, post: Post) -> list[dict[str, Any]]:
        answers = [p for p in self.world.at(self.clock()) if p.reply_to is post]
        return [_more(post, answers)] if answers else []

    def _things(self, posts: Sequence[Post]) -> list[dict[str, Any]]:
        now = self.clock()
        comments = Counter(p.root().id for p in self.world.posts if p.reply_to and p.at <= now)
        return [self._thing(post, comments[post.id]) for post in posts]

    def _thing(self, post: Post, comments: int = 0) -> dict[str, Any]:
        """Return `post` with the fields that Reddit publishes of it, as they stand now."""
        now = self.clock()
        gone = post.deleted_at is not None and post.deleted_at <= now
        author = None if gone else post.author
        edited, counts, place = post.edited_at(now), post.engagement_at(now), subreddit(post)
        text = ("[removed]" if post.removed else "[deleted]") if gone else post.text_at(now)
        shared = {
            "id": post.id,
            "name": fullname(post),
            "author": author.handle if author else "[deleted]",
            "created_utc": post.at.timestamp(),
            "edited": False if edited is None else edited.timestamp(),
            "score": counts.likes or 0,
            "subreddit": place,
            "subreddit_name_prefixed": f"r/{place}",
            "permalink": permalink(post),
            "stickied": False,
            "likes": None,
        }
        if author:
            shared["author_fullname"] = f"t2_{author.id}"
        if post.reply_to is None:
            return {"kind": "t3", "data": shared | self._submission(post, text, comments, gone=gone)}
        return {"kind": "t1", "data": shared | _comment(post, text)}

    def _submission(self, post: Post, text: str, comments: int, *, gone: bool) -> dict[str, Any]:
        counts = post.engagement_at(self.clock())
        return {
            "title": post.title,
            "selftext": text,
            "is_self": bool(post.text),
            "url": f"https://www.reddit.com{permalink(post)}",
            "num_comments": max(counts.replies or 0, comments),
            "num_crossposts": counts.reposts or 0,
            "hide_score": False,
            "removed_by_category": ("moderator" if post.removed else "deleted") if gone else None,
        }


def fullname(post: Post) -> str:
    """Return Reddit's name for a post: `t1_…` for a comment, `t3_…` for a submission."""
    return f"{'t3' if post.reply_to is None else 't1'}_{post.id}"


def subreddit(post: Post) -> str:
    """Return the subreddit that the post's thread is in."""
    return post.root().place or "all"


def permalink(post: Post) -> str:
    """Return the path of a post's page."""
    words = "_".join(re.findall(r"\w+", post.root().title.lower())[:6]) or "_"
    path = f"/r/{subreddit(post)}/comments/{post.root().id}/{words}/"
    return path if post.reply_to is None else f"{path}{post.id}/"


def _comment(post: Post, text: str) -> dict[str, Any]:
    parent = fullname(post.reply_to) if post.reply_to else ""
    link = {"link_id": fullname(post.root()), "link_title": post.root().title}
    return link | {"parent_id": parent, "body": text, "score_hidden": False, "replies": ""}


def _listing(things: Sequence[Mapping[str, Any]], after: str | None = None) -> Response:
    inner = {"after": after, "before": None, "dist": len(things), "modhash": "", "children": list(things)}
    return Response(body={"kind": "Listing", "data": inner})


def _more(post: Post, hidden: Sequence[Post]) -> dict[str, Any]:
    ids = [answer.id for answer in hidden]
    name = f"t1_{ids[0] if ids else '_'}"
    return {
        "kind": "more",
        "data": {"count": len(ids), "name": name, "parent_id": fullname(post), "children": ids},
    }


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _escaped(body: Any) -> Any:
    """Return `body` as Reddit sends it without `raw_json=1`: `&`, `<` and `>` as entities."""
    if isinstance(body, bytes):
        return body
    text = json.dumps(body)
    return json.loads(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def compiled(search: str) -> Callable[[str], bool]:
    """Return a test for `search`: phrases, AND (or nothing), OR, NOT and groups."""
    return _either(deque(re.findall(r'"[^"]*"|[()]|[^\s()"]+', search)))


def _either(tokens: deque[str]) -> Callable[[str], bool]:
    parts = [_both(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.popleft()
        parts.append(_both(tokens))
    return lambda text: any(part(text) for part in parts)


def _both(tokens: deque[str]) -> Callable[[str], bool]:
    parts = [_one(tokens)]
    while tokens and tokens[0] not in (")", "OR"):
        if tokens[0] == "AND":
            tokens.popleft()
        parts.append(_one(tokens))
    return lambda text: all(part(text) for part in parts)


def _one(tokens: deque[str]) -> Callable[[str], bool]:
    token = tokens.popleft()
    if token == "NOT":  # noqa: S105 - a word of the search syntax
        inner = _one(tokens)
        return lambda text: not inner(text)
    if token == "(":  # noqa: S105 - as above
        inner = _either(tokens)
        tokens.popleft()
        return inner
    words = re.compile(rf"(?<!\w){re.escape(token.strip(chr(34)))}(?!\w)", re.IGNORECASE)
    return lambda text: bool(words.search(text))
