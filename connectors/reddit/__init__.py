"""Reddit through praw: search, the posts and comments of chosen subreddits, and the brand's own answers.

Reddit lists newest first, at most 1000 items, and pages by the name of an item that may vanish. So each
listing is walked back by time to a mark, with an overlap, and has a walk of its own in the cursor.
"""

import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from connectors.reddit import things
from connectors.reddit.search import compile_query
from connectors.reddit.walk import Walk
from monitor.connector import (
    JSON,
    Batch,
    ConnectorError,
    Cursor,
    Gone,
    Interval,
    Mention,
    Meter,
    Misconfigured,
    Payload,
    Per,
    RateLimit,
    Source,
    Unauthorized,
    Unavailable,
    read_options,
)

if TYPE_CHECKING:
    import praw

_log = logging.getLogger(__name__)
_PAGE = 100  # items, the most that Reddit gives
_TROUBLES = 3  # listings in trouble, after which the others are left alone as well
_OPENINGS = 10  # requests at most for the branches that a comment tree leaves out
_NAMES = re.compile(r"\w[\w-]*(\+\w[\w-]*)*", re.ASCII)
_FULLNAME = re.compile(r"t[13]_[\w-]+", re.ASCII)
_NEWEST: Mapping[str, str | int] = {"limit": _PAGE, "sort": "new"}
_TREE: Mapping[str, str | int] = {"limit": 500, "sort": "new"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedditOptions:
    """What a source may set. An entry of `subreddits` is a name, or several joined by `+` and walked as one.

    Everything in `own_subreddits` counts as written to the brand, whether it names the brand or not.
    """

    subreddits: tuple[str, ...] = ()
    own_subreddits: tuple[str, ...] = ()
    search: bool = True
    answers: bool = True
    overlap_minutes: float = 10.0
    backfill_days: float = 1.0
    user_agent: str = "python:uproar:0.1 (brand monitoring, read only)"
    endpoint: str | None = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RedditCredentials:
    """The application's, as https://www.reddit.com/prefs/apps shows them."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """One thing to walk. `name` is its key in the cursor, and what people are told."""

    name: str
    path: str
    search: str | None = None
    addressed: bool = False


class RedditConnector:
    """Reads Reddit as an application without an account: nobody is logged in, nothing is written."""

    Options = RedditOptions
    Credentials = RedditCredentials
    sdk = ("requests", "praw")
    platform = "reddit"
    limits = (RateLimit(bucket="requests", units=100, per=Per.MINUTE),)

    def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None:
        self._options = read_options(RedditOptions, source.options)
        self._credentials = read_options(RedditCredentials, credentials, where="credentials")
        self._source, self._meter = source, meter
        _check(self._options)
        searches, self._notes = compile_query(source.query) if self._options.search else ([], [])
        accounts = source.query.own_accounts(self.platform) if self._options.answers else ()
        self._listings = list(_listings(self._options, searches, accounts))
        if not self._listings:
            raise Misconfigured("options.subreddits", "the source watches nothing; list some subreddits")
        self._lost: dict[str, str] = {}
        self._reddit: praw.Reddit | None = None

    def notes(self) -> Sequence[str]:
        """Return what Reddit cannot express, and what the last pull could not read."""
        return [*self._notes, *self._lost.values()]

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Walk every listing to its mark, one batch a page; a last, empty batch carries the coverage.

        A listing that cannot be read is skipped, and then nothing is claimed to be covered. If it is in
        trouble only, that is raised after the others were read. Raises also if no listing can be read.
        """
        from connectors.reddit.wire import Down

        now = self._meter.now().timestamp()
        kept, began, covered = cursor.get("walks", {}), cursor.get("began") or now, cursor.get("covered")
        start = now - self._options.backfill_days * 86_400
        new = {"since": start, "mark": start, "first": True}
        walks = {listing.name: Walk(**kept.get(listing.name, new)) for listing in self._listings}
        lost: dict[str, ConnectorError] = {}
        for listing in self._listings:
            walk = walks[listing.name]
            while not walk.done and listing.name not in lost:
                try:
                    fresh = self._step(listing, walk)
                except (Gone, Unavailable) as error:
                    lost[listing.name] = error
                    if isinstance(error, Down) or len(_troubles(lost)) == _TROUBLES:
                        raise
                    if isinstance(error, Gone):
                        walk.give_up()
                else:
                    yield Batch(
                        payloads=fresh, cursor=_cursor(walks, began, covered), addressed=listing.addressed
                    )
        self._tell(lost)
        yield _last_batch(walks, began, covered, whole=not lost)
        if troubles := _troubles(lost):
            raise troubles[0]

    def normalise(self, payload: Payload) -> Mention:
        """Turn a comment (`t1`) or a submission (`t3`) into a mention. Raises `Malformed`."""
        return things.mention(payload)

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield what still stands of `ids`, 100 a request; what was deleted or removed is not yielded."""
        asked = [name for name in ids if _FULLNAME.fullmatch(name)]
        for first in range(0, len(asked), _PAGE):
            names = asked[first : first + _PAGE]
            found, _ = things.page(self._certain("api/info", {"id": ",".join(names), "limit": _PAGE}))
            yield from (item for item in found if things.name(item) in names and not things.is_erased(item))

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Yield the comments of the mention's thread made at or after `since`; none if it is unreadable.

        Of a very large thread it reads the newest 500 and some 1000 more.
        """
        link, earliest = mention.conversation, since.timestamp()
        if not _FULLNAME.fullmatch(link) or not link.startswith("t3_"):
            return
        try:
            for item in self._tree(link):
                made = things.created(item)
                if made is not None and made >= earliest and things.name(item) != mention.id:
                    yield item
        except Gone as error:
            _log.info("source=%s thread=%s unreadable: %s", self._source.name, link, error)

    def _step(self, listing: _Listing, walk: Walk) -> list[Payload]:
        params = {**_NEWEST, "after": walk.after} if walk.after else dict(_NEWEST)
        if listing.search is None:
            body = self._get(listing.path, params)
        else:
            params |= {"q": listing.search, "t": "all", "type": "link", "include_over_18": "on"}
            body = self._get(listing.path, params)
        found, after = things.page(body)
        return walk.take(found, after, self._options.overlap_minutes * 60)

    def _tell(self, lost: Mapping[str, ConnectorError]) -> None:
        """Log what is newly lost, and raise if all is: then it is the application, or the endpoint."""
        for name in lost.keys() - self._lost.keys():
            _log.warning(
                "source=%s skips a listing: %s cannot be read: %s", self._source.name, name, lost[name]
            )
        self._lost = {name: f"{name} cannot be read: {error}" for name, error in lost.items()}
        if len(lost) < len({listing.name for listing in self._listings}):
            return
        for listing in self._listings:
            if listing.search:
                _refuse(listing.path, lost[listing.name])
        if troubles := _troubles(lost):
            raise troubles[0]
        raise Gone("; ".join(self._lost.values()))

    def _tree(self, link: str) -> Iterator[Payload]:
        """Yield the standing comments under `link`, each once."""
        met: set[str] = set()
        closed = _Closed(link)
        found = things.branch(self._get(f"comments/{link.removeprefix('t3_')}", _TREE))
        for opened in range(_OPENINGS + 1):
            for item in things.unfold(found):
                if item.get("kind") == "more":
                    closed.add(things.data(item))
                elif item.get("kind") == "t1" and things.name(item) not in met:
                    met.add(things.name(item))
                    if not things.is_erased(item):
                        yield item
            request = closed.pop() if opened < _OPENINGS else None
            if request is None:
                return
            body = self._get(*request)
            found = things.opened(body) if isinstance(body, dict) else things.branch(body)

    def _certain(self, path: str, params: Mapping[str, str | int]) -> JSON:
        """Get what every application may read: a refusal is then about the application."""
        try:
            return self._get(path, params)
        except Gone as error:
            _refuse(path, error)
            raise

    def _get(self, path: str, params: Mapping[str, str | int]) -> JSON:
        from connectors.reddit.wire import TokenRefused

        try:
            return self._ask(path, params)
        except TokenRefused:
            self._reddit = None  # the token ran out or was revoked: if a new one is refused too, it is us
            return self._ask(path, params)

    def _ask(self, path: str, params: Mapping[str, str | int]) -> JSON:
        from prawcore.exceptions import PrawcoreException

        from connectors.reddit.wire import connect, refuse_errors

        if self._reddit is None:
            self._reddit = connect(
                client_id=self._credentials.client_id,
                client_secret=self._credentials.client_secret,
                user_agent=self._options.user_agent,
                endpoint=self._options.endpoint,
                timeout=self._options.timeout,
                meter=self._meter,
            )
        try:
            body = self._reddit.request(method="GET", path=path, params=dict(params))
        except (PrawcoreException, RecursionError) as error:
            raise Unavailable(f"reddit's answer cannot be read: {type(error).__name__}") from error
        refuse_errors(body, self._meter.now())
        return body


def _refuse(path: str, error: ConnectorError) -> None:
    """Raise what a refusal of something means that every application may read."""
    from connectors.reddit.wire import Forbidden

    if isinstance(error, Forbidden):
        raise Unauthorized(f"reddit does not let this application read /{path}: {error}") from error
    if isinstance(error, Gone):
        raise Unavailable(f"reddit has no /{path}: {error}") from error


def _troubles(lost: Mapping[str, ConnectorError]) -> list[ConnectorError]:
    """Return the errors of listings that can be tried again."""
    return [error for error in lost.values() if isinstance(error, Unavailable)]


class _Closed:
    """The branches that Reddit left out of a tree: ids to ask for, and comments to go on from."""

    def __init__(self, link: str) -> None:
        self._link = link
        self._ids: list[str] = []
        self._parents: list[str] = []

    def add(self, more: Mapping[str, JSON]) -> None:
        """Note what one `more` marker stands for."""
        children = more.get("children")
        ids = [child for child in children if isinstance(child, str)] if isinstance(children, list) else []
        self._ids += ids
        parent = more.get("parent_id")
        if not ids and isinstance(parent, str):
            self._parents.append(parent.removeprefix("t1_"))

    def pop(self) -> tuple[str, Mapping[str, str | int]] | None:
        """Return the next request, as path and parameters; None when nothing is left."""
        if self._ids:
            children, self._ids = ",".join(self._ids[:_PAGE]), self._ids[_PAGE:]
            asked = {"link_id": self._link, "children": children, "sort": "new", "api_type": "json"}
            return "api/morechildren", asked
        if self._parents:
            return f"comments/{self._link.removeprefix('t3_')}", {**_TREE, "comment": self._parents.pop()}
        return None


def _cursor(walks: Mapping[str, Walk], began: float | None, covered: float | None) -> Cursor:
    return {"began": began, "covered": covered, "walks": {name: asdict(walk) for name, walk in walks.items()}}


def _last_batch(walks: Mapping[str, Walk], began: float, covered: float | None, *, whole: bool) -> Batch:
    """Return the batch that ends a round: its cursor begins the next one, and it tells what was proved."""
    for walk in walks.values():
        walk.done = False
    start = max([walk.since for walk in walks.values()] + ([] if covered is None else [covered]))
    covers = None
    if whole and start < began:
        covers = Interval(start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(began, UTC))
    return Batch(payloads=(), cursor=_cursor(walks, None, began if whole else covered), covers=covers)


def _check(options: RedditOptions) -> None:
    for key in ("subreddits", "own_subreddits"):
        for entry in getattr(options, key):
            if not _NAMES.fullmatch(_bare(entry)):
                raise Misconfigured(f"options.{key}", f"expected names such as 'gadgets', not {entry!r}")
    for key in ("overlap_minutes", "backfill_days", "timeout"):
        if not 0 < getattr(options, key) < math.inf:
            raise Misconfigured(f"options.{key}", "expected a number above 0")
    if options.endpoint is not None and not re.match(r"https?://[^/]", options.endpoint):
        raise Misconfigured("options.endpoint", "expected an address that begins with http:// or https://")


def _bare(name: str) -> str:
    """Return a subreddit's or an account's name without `/r/`, `u/` or `@`."""
    return re.sub(r"^(/?(r|u|user)/|@)", "", name.strip())


def _listings(options: RedditOptions, searches: Sequence[str], accounts: Sequence[str]) -> Iterator[_Listing]:
    for name, own in [(n, True) for n in options.own_subreddits] + [(n, False) for n in options.subreddits]:
        for part in ("new", "comments"):
            path = f"r/{_bare(name)}/{part}"
            yield _Listing(name=path, path=path, addressed=own)
    for search in searches:
        yield _Listing(name=f"search {search}", path="search", search=search)
    for account in accounts:
        path = f"user/{quote(_bare(account), safe='')}/comments"
        yield _Listing(name=path, path=path, addressed=True)
