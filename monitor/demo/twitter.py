"""X (Twitter) on loopback: the read side of API v2 that the connector uses, over a `World`.

It checks what it is asked as X does, and answers in the words that are asked for: with `tweet.fields` in
those of today's answers ("tweet"), with `post.fields` in those of the newest published schema ("post").
"""

import re
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from monitor.demo.stand_in import Request, Response, StandIn
from monitor.demo.twitter_query import BadQuery, Searched, parse
from monitor.demo.world import Person, Post, World

GOOD_TOKEN = "AAAA-stand-in-bearer-token"  # noqa: S105 - opens the stand-in alone
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)  # what the ids count from
PROBLEMS = "https://api.twitter.com/2/problems/"
WINDOW = timedelta(minutes=15)
CALLS = {"search": 450, "mentions": 450, "tweets": 10_000, "lookup": 3_500, "by": 300}
LONGEST = 512  # characters of a query
LARGEST = 100  # posts on a page
REACH = {"mentions": 800, "tweets": 3_200}
IDS = re.compile(r"[0-9]{1,19}(,[0-9]{1,19}){0,99}")
HANDLES = re.compile(r"[A-Za-z0-9_]{1,15}(,[A-Za-z0-9_]{1,15}){0,99}")
TOKEN = "b26v"  # noqa: S105 - how a page's token begins
RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
}


def problem(status: int, title: str, detail: str, kind: str = "", **more: Any) -> Response:
    """Return an error as X words it: a problem of RFC 7807."""
    body = {"title": title, "detail": detail, "type": PROBLEMS + kind if kind else "about:blank"}
    return Response(status=status, body={**body, "status": status, **more})


def unauthorized() -> Response:
    """Return the answer to a wrong token."""
    return problem(401, "Unauthorized", "Unauthorized")


def client_forbidden() -> Response:
    """Return the answer to an app that has no access to API v2."""
    detail = (
        "When authenticating requests to the X API v2 endpoints, you must use keys from an App in a Project."
    )
    more = {"reason": "client-not-enrolled", "required_enrollment": "Appropriate Level of API Access"}
    return problem(403, "Client Forbidden", detail, "client-forbidden", client_id="1", **more)


def window_exhausted(resets_at: datetime) -> Response:
    """Return the answer to a call too many in this quarter of an hour."""
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(resets_at.timestamp()))}
    answer = problem(429, "Too Many Requests", "Too Many Requests")
    return Response(status=429, body=answer.body, headers=headers)


def monthly_cap(period: str = "Monthly") -> Response:
    """Return the answer when all posts of the month, or of the day, are read."""
    more = {"account_id": "1", "product_name": "pay-per-use", "period": period, "scope": "Product"}
    return problem(
        429, "UsageCapExceeded", f"Usage cap exceeded: {period} product cap", "usage-capped", **more
    )


def credits_depleted() -> Response:
    """Return the answer when no money is left in the account."""
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return problem(402, "CreditsDepleted", detail, "credits", account_id="1")


def half_failed() -> Response:
    """Return a 200 that says that the platform failed inside."""
    inner = problem(500, "Internal Error", "Something is broken.", "internal-error").body
    return Response(body={"errors": [inner], "meta": {"result_count": 0}})


def snowflake(at: datetime, low: int = 0) -> str:
    """Return the id of a post made at that time; `low` (22 bits) tells posts of one millisecond apart."""
    return str((int((at - EPOCH) / timedelta(milliseconds=1)) << 22) | (low & 0x3FFFFF))


def id_of(post: Post) -> str:
    """Return the id of the first version: the post's own where it looks like one of X, else a made-up one."""
    return (
        post.id
        if re.fullmatch(r"[0-9]{15,19}", post.id)
        else snowflake(post.at, zlib.crc32(post.id.encode()))
    )


def versions(post: Post, now: datetime) -> list[str]:
    """Return the ids of the versions that exist at `now`, oldest first: each edit makes one."""
    low = zlib.crc32(post.id.encode())
    return [id_of(post), *(snowflake(at, low) for at, _ in post.edits if at <= now)]


def author_id(post: Post) -> str:
    """Return the id of its author, also of one who is suspended and no longer shown."""
    return post.author.id if post.author else str(zlib.crc32(post.id.encode()))


class TwitterStandIn(StandIn):
    """X at `clock()`. `people` are accounts that exist without having posted."""

    def __init__(self, world: World, clock: Callable[[], datetime], *, people: Sequence[Person] = ()) -> None:
        super().__init__(world, clock)
        self._people = people
        self._used: dict[str, tuple[datetime, int]] = {}

    def answer(self, request: Request) -> Response:
        """Answer as X would: the token first, then the window, then the parameters."""
        if request.headers.get("authorization") != f"Bearer {GOOD_TOKEN}":
            return unauthorized()
        for pattern, bucket, ask in self._routes():
            if match := re.fullmatch(pattern, request.path):
                return self._in_window(bucket, partial(ask, request, *match.groups()))
        return problem(404, "Not Found", "Not Found")

    def _routes(self) -> Sequence[tuple[str, str, Callable[..., Response]]]:
        return (
            ("/2/tweets/search/recent", "search", self._search),
            ("/2/tweets", "lookup", self._lookup),
            ("/2/users/by", "by", self._by),
            ("/2/users/([0-9]+)/(mentions)", "mentions", self._timeline),
            ("/2/users/([0-9]+)/(tweets)", "tweets", self._timeline),
        )

    def _in_window(self, bucket: str, ask: Callable[[], Response]) -> Response:
        now, allowed = self.clock(), CALLS[bucket]
        ends, used = self._used.get(bucket, (now, 0))
        ends, used = (ends, used + 1) if now < ends else (now + WINDOW, 1)
        self._used[bucket] = ends, used
        if used > allowed:
            return window_exhausted(ends)
        try:
            answer = ask()
        except BadQuery as error:
            answer = _invalid(error.parameter, error.value, str(error))
        reset = str(int(ends.timestamp()))
        headers = {"x-rate-limit-limit": str(allowed), "x-rate-limit-remaining": str(allowed - used)}
        return Response(
            status=answer.status, body=answer.body, headers={**headers, "x-rate-limit-reset": reset}
        )

    def _search(self, request: Request) -> Response:
        now, query = self.clock(), request.query.get("query", "")
        _require(
            1 <= len(query) <= LONGEST, "query", query, f"`query` must be from 1 to {LONGEST} characters"
        )
        wanted = parse(query)
        oldest = now - timedelta(days=7)
        start, end = _times(request, oldest, now - timedelta(seconds=30))
        _require(
            start >= oldest, "start_time", str(start), f"'start_time' must be on or after {_stamp(oldest)}"
        )
        _require(
            end <= now - timedelta(seconds=10), "end_time", str(end), "'end_time' must be 10 seconds ago"
        )
        _require(start < end, "start_time", str(start), "'start_time' must be before 'end_time'")
        since = request.query.get("since_id")
        timed = "start_time" in request.query or "end_time" in request.query
        _require(not (since and timed), "since_id", since, "Invalid use of 'since_id' with 'start_time'")
        if since and since.isdigit() and int(since) < int(snowflake(oldest)):
            _require(
                False, "since_id", since, f"'since_id' must be a tweet id created after {_stamp(oldest)}"
            )
        found = [post for post in self._standing(start, end) if wanted(_searched(post, now))]
        return self._page(request, found, smallest=10, key="next_token")

    def _timeline(self, request: Request, account: str, what: str) -> Response:
        now = self.clock()
        person = next((person for person in self._everybody() if person.id == account), None)
        if person is None:
            return Response(body=_worded({"errors": [_missing("user", "id", account)]}, request))
        start, end = _times(request, EPOCH, now + timedelta(seconds=1))
        mine = self._standing(EPOCH, now + timedelta(seconds=1))
        if what == "tweets":
            posts = [post for post in mine if author_id(post) == account]
        else:
            posts = [post for post in mine if author_id(post) != account and _mentions(post, person, now)]
        found = [post for post in posts[: REACH[what]] if start <= _made(post, now) < end]
        return self._page(request, found, smallest=5, key="pagination_token")

    def _lookup(self, request: Request) -> Response:
        asked = request.query.get("ids", "")
        _require(bool(IDS.fullmatch(asked)), "ids", asked, "`ids` must be 1 to 100 ids of posts")
        now = self.clock()
        known = {version: post for post in self.world.at(now) for version in versions(post, now)}
        ids = list(dict.fromkeys(asked.split(",")))
        there = [one for one in ids if one in known and _is_standing(known[one], now)]
        gone = [_unseen(one, known.get(one)) for one in ids if one not in there]
        return self._body(request, [(known[one], one) for one in there], gone)

    def _by(self, request: Request) -> Response:
        asked = request.query.get("usernames", "")
        _require(bool(HANDLES.fullmatch(asked)), "usernames", asked, "`usernames` must be 1 to 100 handles")
        people = {person.handle.casefold(): person for person in self._everybody()}
        handles = asked.split(",")
        found = [_user(people[one.casefold()]) for one in handles if one.casefold() in people]
        gone = [_missing("user", "usernames", one) for one in handles if one.casefold() not in people]
        body = ({"data": found} if found else {}) | ({"errors": gone} if gone else {})
        return Response(body=_worded(body, request))

    def _everybody(self) -> list[Person]:
        return [*self._people, *(post.author for post in self.world.posts if post.author)]

    def _standing(self, start: datetime, end: datetime) -> list[Post]:
        """Return what stands, by the time of the newest version, newest first."""
        now = self.clock()
        posts = [post for post in self.world.standing(now) if start <= _made(post, now) < end]
        return sorted(posts, key=lambda post: int(versions(post, now)[-1]), reverse=True)

    def _page(self, request: Request, found: list[Post], *, smallest: int, key: str) -> Response:
        query, now = request.query, self.clock()
        size = query.get("max_results", "10")
        fits = size.isdigit() and smallest <= int(size) <= LARGEST
        _require(fits, "max_results", size, f"`max_results` must be from {smallest} to {LARGEST}")
        since, after = query.get("since_id", "0"), _position(query.get(key))
        _require(bool(re.fullmatch(r"[0-9]{1,19}", since)), "since_id", since, "`since_id` must be an id")
        current = [(post, versions(post, now)[-1]) for post in found]
        left = [(post, one) for post, one in current if int(since) < int(one) < after]
        page = left[: int(size)]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0][1], "oldest_id": page[-1][1]}
        if len(left) > len(page):
            meta["next_token"] = f"{TOKEN}{int(page[-1][1]):x}"
        return self._body(request, page, [], meta)

    def _body(
        self, request: Request, page: list[tuple[Post, str]], gone: list[Any], meta: Any = None
    ) -> Response:
        now, query = self.clock(), request.query
        fields = set(query.get("tweet.fields", query.get("post.fields", "")).split(","))
        people = {post.author.id: _user(post.author) for post, _ in page if post.author}
        absent = [_missing("user", "author_id", author_id(post)) for post, _ in page if not post.author]
        errors = gone + absent * ("author_id" in query.get("expansions", ""))
        body: dict[str, Any] = {"data": [_tweet(post, one, fields, now) for post, one in page]}
        if people and "author_id" in query.get("expansions", ""):
            body["includes"] = {"users": list(people.values())}
        body |= {"errors": errors} if errors else {}
        body |= {"meta": meta} if meta is not None else {}
        return Response(body=_worded({key: value for key, value in body.items() if value}, request))


def _tweet(post: Post, version: str, fields: set[str], now: datetime) -> dict[str, Any]:
    history = versions(post, now)
    number = history.index(version)
    made = [post.at, *(at for at, _ in post.edits)][number]
    text = [post.text, *(text for _, text in post.edits)][number]
    counts = post.engagement_at(now)
    whole: dict[str, Any] = {
        "author_id": author_id(post),
        # Seen in the wild: an edited post that began a conversation names its newest version here.
        "conversation_id": id_of(post.root()) if post.reply_to else version,
        "created_at": _stamp(made),
        "lang": post.lang or "und",
        "public_metrics": {
            "retweet_count": counts.reposts or 0,
            "reply_count": counts.replies or 0,
            "like_count": counts.likes or 0,
            "quote_count": counts.quotes or 0,
            "bookmark_count": 0,
            "impression_count": counts.views or 0,
        },
    }
    if post.reply_to:
        whole["referenced_tweets"] = [{"type": "replied_to", "id": id_of(post.reply_to)}]
        whole["in_reply_to_user_id"] = author_id(post.reply_to)
    asked = {
        key: value
        for key, value in whole.items()
        if key in fields or (key == "referenced_tweets" and "referenced_posts" in fields)
    }
    return {"id": version, "text": text, "edit_history_tweet_ids": history, **asked}


def _user(person: Person) -> dict[str, Any]:
    metrics = {"followers_count": person.followers, "following_count": 0, "tweet_count": 1, "listed_count": 0}
    return {"id": person.id, "name": person.name, "username": person.handle, "public_metrics": metrics}


def _searched(post: Post, now: datetime) -> Searched:
    names = [one.author.handle if one and one.author else "" for one in (post, post.reply_to)]
    conversation = id_of(post.root())
    return Searched(
        text=post.text_at(now), lang=post.lang or "und", by=names[0], to=names[1], conversation=conversation
    )


def _mentions(post: Post, person: Person, now: datetime) -> bool:
    """Tell whether the post names the account, or answers it: X counts a reply as a mention."""
    answers = post.reply_to is not None and author_id(post.reply_to) == person.id
    return answers or bool(re.search(rf"@{person.handle}\b", post.text_at(now), re.IGNORECASE))


def _made(post: Post, now: datetime) -> datetime:
    return post.edited_at(now) or post.at


def _is_standing(post: Post, now: datetime) -> bool:
    return post.deleted_at is None or post.deleted_at > now


def _unseen(one: str, post: Post | None) -> dict[str, Any]:
    if post is None or not post.removed:
        return _missing("tweet", "ids", one)
    detail = f"Sorry, you are not authorized to see the Tweet with ids: [{one}]."
    kind = PROBLEMS + "not-authorized-for-resource"
    return _missing("tweet", "ids", one) | {"title": "Authorization Error", "detail": detail, "type": kind}


def _missing(resource: str, parameter: str, value: str) -> dict[str, Any]:
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }


def _worded(value: Any, request: Request) -> Any:
    """Return `value` in the newest vocabulary when it was asked for by that."""
    if "post.fields" not in request.query:
        return value
    if isinstance(value, dict):
        return {RENAMED.get(key, key): _worded(inner, request) for key, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner, request) for inner in value]
    return value.replace("//api.twitter.com/", "//api.x.com/") if isinstance(value, str) else value


def _times(request: Request, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    times = {"start_time": start, "end_time": end}
    for name in times.keys() & request.query.keys():
        value = request.query[name]
        fits = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value)
        _require(bool(fits), name, value, f"`{name}` must be like 2026-11-21T12:00:00Z")
        times[name] = datetime.fromisoformat(value)
    return times["start_time"], times["end_time"]


def _position(token: str | None) -> int:
    if token is None:
        return 1 << 64
    match = re.fullmatch(TOKEN + r"([0-9a-f]{1,16})", token)
    if not match:
        raise BadQuery("next_token", token, f"The `next_token` query parameter value [{token}] is not valid")
    return int(match[1], 16)


def _require(fits: bool, parameter: str, value: str | None, message: str) -> None:
    if not fits:
        raise BadQuery(parameter, value or "", message)


def _invalid(parameter: str, value: str, message: str) -> Response:
    errors = [{"parameters": {parameter: [value]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    body = {"errors": errors, "title": "Invalid Request", "detail": detail}
    return Response(status=400, body={**body, "type": PROBLEMS + "invalid-request"})


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
