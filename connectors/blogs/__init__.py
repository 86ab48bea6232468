"""Blogs, news sites and alerts by their feeds: no credentials, so that a first run works at once."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from connectors.blogs.feed import Entry, digest, entries
from connectors.blogs.text import plain_text
from connectors.blogs.wire import Answer, Bounds, fetch, place
from monitor.connector import (
    JSON,
    Author,
    Batch,
    ConnectorError,
    Cursor,
    Gone,
    Kind,
    Malformed,
    Mention,
    Meter,
    Misconfigured,
    Payload,
    RateLimit,
    RateLimited,
    Source,
    Unauthorized,
    Unavailable,
    read_options,
)
from monitor.core.pacing import backoff

_AGENT = "uproar (feed reader)"
_ACCEPTS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
_PATIENCE = 3  # failures of one feed in a row, from which on it is asked less often than the others
_KEPT_BEYOND = 50  # fingerprints of entries that have left the feed: some servers alternate between versions
_LONGEST_WAIT = timedelta(days=1)

State = dict[str, JSON]  # of one feed: etag, modified, moved, gone, failures, wait_until, seen


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogsOptions:
    """`timeout` is in seconds for a whole fetch, `max_bytes` for a feed; `endpoint` a base to go through."""

    feeds: tuple[str, ...]
    endpoint: str | None = None
    timeout: float = 5.0
    max_bytes: int = 4 * 2**20
    allow_private: bool = False


class BlogsConnector:
    """Reads each feed in turn. The cursor holds, for each, how to ask again and which entries were given."""

    Options = BlogsOptions
    Credentials = None
    sdk = ("requests", "feedparser", "charset_normalizer")
    platform = "blogs"
    limits: Sequence[RateLimit] = ()

    def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None:  # noqa: ARG002
        options = read_options(BlogsOptions, source.options)
        self._feeds = tuple(dict.fromkeys(_whole(feed, options.endpoint) for feed in options.feeds))
        self._meter = meter
        self._bounds = Bounds(
            timeout=options.timeout,
            max_bytes=options.max_bytes,
            allow_private=options.allow_private,
            trusted=_trusted(self._feeds, options.endpoint),
            endpoint=options.endpoint,
        )

    def notes(self) -> Sequence[str]:
        """Return what feeds do not show."""
        return (
            "A feed shows its latest entries only: one that came and went between two pulls is not seen.",
            "Comments under an article are not read; the article counts with what its feed gives of it.",
        )

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield a batch for each feed with something new, and one at the end.

        A feed that fails does not stop the others: what went wrong is raised after the last of them.
        """
        states: dict[str, State] = {url: dict(cursor.get("feeds", {}).get(url, {})) for url in self._feeds}
        after = cursor.get("after")
        failed: dict[str, ConnectorError] = {}
        asked = 0
        for url in self._feeds[self._feeds.index(after) + 1 if after in self._feeds else 0 :]:
            payloads: list[Payload] = []
            if _is_due(states[url], self._meter.now()):
                asked += 1
                try:
                    payloads = self._read(url, states[url])
                except ConnectorError as error:
                    failed[url] = error
            last = url == self._feeds[-1]
            if payloads or last:
                yield Batch(
                    payloads=payloads, cursor={"feeds": _copied(states), "after": None if last else url}
                )
        if failed or not (asked or after):
            raise _summary(failed, states)

    def normalise(self, payload: Payload) -> Mention:
        """Return the article of one entry. Raises `Malformed` naming the odd field."""
        mention_id, seen_at = _text(payload, "id"), _when(payload, "seen_at")
        if not mention_id or seen_at is None:
            raise Malformed("the entry lacks its id or seen_at")
        latest = _when(payload, "changed_at") or seen_at
        created_at = min(_when(payload, "published") or seen_at, seen_at)
        updated = _when(payload, "updated")
        is_edit = updated is not None and created_at < updated <= latest
        return Mention(
            platform=self.platform,
            id=mention_id,
            kind=Kind.ARTICLE,
            url=_text(payload, "link"),
            author=Author(
                handle=_host(_text(payload, "feed")),
                display_name=_text(payload, "author"),
                url=_text(payload, "author_url"),
            ),
            title=_plain(payload, "title"),
            text=_plain(payload, "content") or "",
            lang=_text(payload, "lang"),
            created_at=created_at,
            edited_at=updated if is_edit else _when(payload, "changed_at"),
        )

    def _read(self, url: str, state: State) -> list[Payload]:
        """Ask one feed for what is new, and write into `state` what the next time needs."""
        now = self._meter.now()
        try:
            answer = fetch(state.get("moved") or url, _conditional(state), self._bounds)
            unchanged = answer.status == 304 and bool(state.get("etag") or state.get("modified"))  # noqa: PLR2004
            if not unchanged and (refusal := _refusal(answer, now)) is not None:
                raise refusal
            found = (
                [] if unchanged else entries(answer.body, answer.headers.get("content-type", ""), answer.url)
            )
        except ConnectorError as error:
            _write_failure(url, state, error, now)
            raise
        state.pop("failures", None)
        state.pop("wait_until", None)
        if answer.moved_to:
            state["moved"] = answer.moved_to
        if unchanged:
            return []
        for name, header in (("etag", "etag"), ("modified", "last-modified")):
            state[name] = answer.headers.get(header)  # only now: the body that it stands for was understood
        return _new_ones(url, found, state, now)


def _whole(feed: str, endpoint: str | None) -> str:
    """Return a feed's address: one without a host is a path at the endpoint."""
    return f"{endpoint.rstrip('/')}/{feed.lstrip('/')}" if endpoint and "://" not in feed else feed


def _trusted(feeds: Sequence[str], endpoint: str | None) -> frozenset[tuple[str, int]]:
    """Return the places that may be private: the endpoint, and feeds that are written as an address.

    A feed's name is not trusted so far: whoever owns the name could let it point into the private network.
    """
    if not feeds:
        raise Misconfigured("options.feeds", "expected at least one address of a feed")
    trusted = set()
    for key, url in [
        *(("options.feeds", feed) for feed in feeds),
        ("options.endpoint", endpoint or feeds[0]),
    ]:
        try:
            host, port = place(url)
        except ValueError as error:
            raise Misconfigured(key, f"expected http:// or https:// addresses; {error}") from error
        if "@" in urlsplit(url).netloc:
            raise Misconfigured(key, f"expected no user name or password in an address ({host})")
        if (endpoint and key == "options.endpoint") or host == "localhost" or _is_address(host):
            trusted.add((host, port))
    return frozenset(trusted)


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _is_due(state: State, now: datetime) -> bool:
    wait_until = state.get("wait_until")
    return not state.get("gone") and (not wait_until or datetime.fromisoformat(wait_until) <= now)


def _conditional(state: State) -> dict[str, str]:
    """Return the request's headers, with the validators of the last body that was understood."""
    headers = {"User-Agent": _AGENT, "Accept": _ACCEPTS}
    for name, header in (("etag", "If-None-Match"), ("modified", "If-Modified-Since")):
        if (value := state.get(name)) and value.isascii() and value.isprintable():
            headers[header] = value
    return headers


def _refusal(answer: Answer, now: datetime) -> ConnectorError | None:
    """Return the error that the status means, if it means one."""
    retry_at = _retry_at(answer.headers.get("retry-after"), now)
    match answer.status:
        case 200:
            return None
        case 410:
            return Gone("it is gone for good (HTTP 410): take it out of `feeds`")
        case 401 | 403 as status:
            return Unauthorized(f"it is not open to us (HTTP {status})")
        case 429 | 503 if retry_at is not None:
            return RateLimited(
                f"it asks not to be called before {retry_at:%Y-%m-%d %H:%M} UTC", retry_at=retry_at
            )
        case 429:
            return RateLimited("it asks to be called less often", retry_at=now + timedelta(minutes=15))
        case status:
            return Unavailable(f"it answered with HTTP {status}")


def _retry_at(header: str | None, now: datetime) -> datetime | None:
    """Return the instant that a Retry-After header means, in seconds or as a date; a day from now at most."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return now + min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
        return max(now, min(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), now + _LONGEST_WAIT))
    except (ValueError, TypeError, OverflowError):
        return None


def _write_failure(url: str, state: State, error: ConnectorError, now: datetime) -> None:
    """Note the failure: a feed that keeps failing is asked less often, and again where it first was."""
    failures = state["failures"] = state.get("failures", 0) + 1
    if isinstance(error, Gone):
        state["gone"] = True
    elif isinstance(error, RateLimited):
        state["wait_until"] = error.retry_at.isoformat()
    elif failures >= _PATIENCE:
        state["moved"] = None
        jitter = zlib.crc32(url.encode()) % 100 / 100  # the same each time; feeds differ
        wait = backoff(failures - _PATIENCE + 1, jitter, first=timedelta(minutes=15), ceiling=_LONGEST_WAIT)
        state["wait_until"] = (now + wait).isoformat()


def _new_ones(url: str, found: Sequence[Entry], state: State, now: datetime) -> list[Payload]:
    """Return the entries that are new or changed, and keep a fingerprint of each in `state`.

    An entry without a date, or with one in the future, gets that of its first sight, which is kept as well;
    one that tells only when it last changed (Atom asks for no more) gets that, as it was at first sight.
    """
    seen, present, payloads = state.get("seen") or {}, {}, list[Payload]()
    for entry in found:
        entry_id = _qualified(url, entry["id"])
        key, look = digest(entry_id)[:12], digest(entry)[:12]
        known, _, first = seen.get(key, "").partition(" ")
        published = entry["published"]
        undated = first or not published or datetime.fromisoformat(published) > now
        seen_at = first or _first_known(entry, now)
        present[key] = f"{look} {seen_at}" if undated else look
        if look != known:
            changed_at = now.isoformat() if known else None
            payloads.append(
                {**entry, "id": entry_id, "feed": url, "seen_at": seen_at, "changed_at": changed_at}
            )
    gone = [key for key in seen if key not in present][-_KEPT_BEYOND:]
    state["seen"] = {key: seen[key] for key in gone} | present
    return payloads


def _first_known(entry: Entry, now: datetime) -> str:
    """Return the earliest moment at which an entry is known to have been there."""
    if not entry["published"] and entry["updated"]:
        return min(datetime.fromisoformat(entry["updated"]), now).isoformat()
    return now.isoformat()


def _qualified(url: str, entry_id: str) -> str:
    """Return an id that is unique among all feeds: addresses, tags and URNs are; a number is not."""
    return entry_id if "://" in entry_id or entry_id.startswith(("tag:", "urn:")) else f"{url}#{entry_id}"


def _copied(states: Mapping[str, State]) -> dict[str, State]:
    return {url: dict(state) for url, state in states.items()}


def _summary(failed: Mapping[str, ConnectorError], states: Mapping[str, State]) -> ConnectorError:
    """Return the one error that stands for all: their own kind if every feed fails in the same way."""
    alive = [url for url, state in states.items() if not state.get("gone")]
    text = "; ".join(f"{_named(url)}: {error}" for url, error in failed.items())
    if not alive:
        return Gone(text or "every feed is gone for good")
    kinds = {type(error) for error in failed.values()}
    if not failed or (len(failed) == len(alive) and kinds == {RateLimited}):
        waits = [datetime.fromisoformat(states[url]["wait_until"]) for url in alive]
        return RateLimited(text or "every feed waits, as it asked or after failures", retry_at=min(waits))
    if len(failed) == len(alive) and kinds == {Unauthorized}:
        return Unauthorized(text)
    return Unavailable(f"{len(failed)} of {len(states)} feeds failed: {text}")


def _named(url: str) -> str:
    """Return the address without its query, which may be a secret."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"


def _text(payload: Payload, name: str) -> str | None:
    value = payload.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Malformed(f"{name}: expected text, not {type(value).__name__}")


def _plain(payload: Payload, name: str) -> str | None:
    value = _text(payload, name)
    return plain_text(value) if value and payload.get(f"{name}_is_html") else value


def _when(payload: Payload, name: str) -> datetime | None:
    value = _text(payload, name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{name}: expected a date and time") from error
    raise Malformed(f"{name}: expected a date and time with its offset")


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError as error:
        raise Malformed("feed: expected an address") from error
