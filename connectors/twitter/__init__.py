"""X (Twitter): recent search, the brand's mentions timeline and the brand's own posts, through API v2."""

import copy
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from connectors.twitter.post import dicts, is_id, is_key, mention_of, moment, versions
from connectors.twitter.query import compile_query
from connectors.twitter.rounds import (
    LAG,
    MARGIN,
    SHORTEST,
    WEEK,
    Path,
    begin,
    close,
    new_round,
    next_token,
    turn,
)
from connectors.twitter.wire import Denied, Faulty, Missing, Refused, Wire, is_loopback
from monitor.connector import (
    Batch,
    ConnectorError,
    Cursor,
    Gone,
    Mention,
    Meter,
    Misconfigured,
    Payload,
    Per,
    RateLimit,
    Source,
    Unavailable,
    read_options,
)

__all__ = ["TwitterConnector", "TwitterCredentials", "TwitterOptions"]

# in this order: an answer is there before its complaint is judged
WATCHES = ("answers", "mentions", "search")
METHODS = {"answers": "get_users_tweets", "mentions": "get_users_mentions", "search": "search_recent_tweets"}
# Calls in a quarter of an hour with an app's token, https://docs.x.com/x-api/fundamentals/rate-limits
CALLS = {"search": 450, "mentions": 450, "answers": 10_000, "lookup": 3_500, "accounts": 300}
TWEET_FIELDS = "author_id conversation_id created_at lang note_tweet public_metrics referenced_tweets"
FIELDS = {
    "tweet_fields": TWEET_FIELDS.split(),
    "user_fields": ["name", "public_metrics", "username"],
    "expansions": ["author_id"],
}
AT_ONCE = 100  # ids in a lookup

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwitterOptions:
    """What a source on X can be told; docs/connectors/twitter.md explains each."""

    watch: tuple[str, ...] = WATCHES
    max_results: int = 100
    backfill_days: float = 7.0
    monthly_posts: int = 3_000_000
    endpoint: str = "https://api.x.com"
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TwitterCredentials:
    """An app's bearer token."""

    bearer_token: str = field(repr=False)


class TwitterConnector:
    """Pulls in rounds: each walks every path once, and so proves the time since the round before."""

    Options = TwitterOptions
    Credentials = TwitterCredentials
    sdk = ("requests", "tweepy")
    platform = "twitter"

    def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None:
        self._options = read_options(TwitterOptions, source.options)
        self._token = read_options(TwitterCredentials, credentials, where="credentials").bearer_token
        self._meter = meter
        self._own = [own.removeprefix("@") for own in source.query.own_accounts("twitter")]
        self._queries, self._notes = compile_query(source.query)
        self._lost: dict[str, ConnectorError] = {}
        _check(self._options, self._token)
        if "search" in self._options.watch and not self._queries:
            raise Misconfigured("query.names", "expected a name that X can search for")
        if "search" not in self._options.watch and not self._own:
            raise Misconfigured("query.accounts", "expected the brand's accounts: nothing else is watched")

    @property
    def limits(self) -> Sequence[RateLimit]:
        """Return the calls in each window, and the posts that may be read in a month: those cost money."""
        calls = [RateLimit(bucket=name, units=units, per=Per.QUARTER_HOUR) for name, units in CALLS.items()]
        return [*calls, RateLimit(bucket="posts", units=self._options.monthly_posts, per=Per.MONTH)]

    def notes(self) -> Sequence[str]:
        """Return what X's search cannot express of the query, and what the last pull could not read."""
        return [*self._notes, *(f"{name} was not read whole: {error}" for name, error in self._lost.items())]

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield a batch for each page; the last one of a round covers the time since the round before.

        A path that X refuses leaves the others unaffected: then nothing is covered, and the next round begins
        where this one did. It is raised at the end where trying again may help, or if all paths are refused.
        """
        now = self._meter.now()
        blank: dict[str, Any] = {"accounts": {}, "since_ids": {}, "covered": None, "round": None}
        state: dict[str, Any] = {**blank, **copy.deepcopy(dict(cursor))}
        before, self._lost = self._lost, {}
        self._identify(state["accounts"])
        paths = self._paths(state["accounts"])
        state["round"] = state["round"] or new_round(
            state["covered"], now, timedelta(days=self._options.backfill_days)
        )
        left = [path for path in paths if path.key not in state["round"]["done"]]
        for path in left:
            for payloads in self._walk(path, state, now):
                over = path is left[-1] and path.key in state["round"]["done"]
                covers = close(state, paths, lost=bool(self._lost)) if over else None
                addressed = path.what != "search"
                yield Batch(
                    payloads=payloads, cursor=copy.deepcopy(state), covers=covers, addressed=addressed
                )
        if state["round"]:  # the last path was refused, or is no longer configured
            self._refuse_if_all_is_lost(paths)
            covers = close(state, paths, lost=bool(self._lost))
            yield Batch(payloads=(), cursor=state, covers=covers)
        self._tell(before)

    def normalise(self, payload: Payload) -> Mention:
        """Turn a post and its author into a mention, under the id of the post's first version."""
        return mention_of(payload)

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield the newest version of each post that is still in view: one call for a hundred ids.

        An id of an older version gives that version; those few are asked for once more by their newest.
        """
        for start in range(0, len(ids), AT_ONCE):
            found = self._lookup(ids[start : start + AT_ONCE])
            edited = [
                payload for payload in found if versions(payload["tweet"])[-1] != payload["tweet"].get("id")
            ]
            yield from (payload for payload in found if payload not in edited)
            if edited:
                yield from self._lookup([versions(payload["tweet"])[-1] for payload in edited])

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Yield the posts of the conversation since then, of the last seven days at most."""
        now = self._meter.now()
        start = max(min(since, now - LAG - SHORTEST), now - WEEK + MARGIN)
        path = Path(what="search", subject=f"conversation_id:{mention.conversation}")
        walk: dict[str, Any] = {"start_time": start.isoformat(), "next_token": ""}
        while walk["next_token"] is not None:
            body = self._page(path, walk)
            for payload in self._payloads(body):
                at, first = moment(payload["tweet"].get("created_at")), versions(payload["tweet"])[0]
                if (at is None or at >= since) and first not in (mention.id, mention.conversation):
                    yield payload
            walk["next_token"] = next_token(body)

    def _paths(self, accounts: Mapping[str, str]) -> list[Path]:
        subjects = {what: accounts.values() for what in WATCHES} | {"search": self._queries}
        watched = [what for what in WATCHES if what in self._options.watch]
        paths = [Path(what=what, subject=subject) for what in watched for subject in subjects[what]]
        if not paths and self._lost:
            raise next(iter(self._lost.values()))
        if not paths:
            raise Gone(f"none of the brand's accounts is on X: {', '.join(self._own)}")
        return paths

    def _identify(self, accounts: dict[str, str]) -> None:
        """Look up the ids of the brand's accounts once, and drop those that are no longer configured."""
        wanted = self._own if {"mentions", "answers"} & set(self._options.watch) else []
        known = {own: own if is_id(own) else accounts.get(own) for own in wanted}
        accounts.clear()
        accounts.update({own: account for own, account in known.items() if account})
        asked = [own for own in wanted if own not in accounts]
        try:
            body = self._wire.call("accounts", "get_users", usernames=asked) if asked else {}
        except (Denied, Missing, Faulty) as error:
            self._lost["accounts"] = error
            return
        found = {str(user.get("username")).casefold(): user.get("id") for user in dicts(body.get("data"))}
        for own in asked:
            account = found.get(own.casefold())
            if is_key(account):
                accounts[own] = account
            else:
                _log.warning("account=%s is not on X: its mentions and its answers are not seen", own)

    def _refuse_if_all_is_lost(self, paths: Sequence[Path]) -> None:
        """Raise what was refused if that is all: it is the app, or the endpoint, rather than one path."""
        if all(path.key in self._lost for path in paths):
            errors = list(self._lost.values())
            raise next((error for error in errors if isinstance(error, Denied)), errors[0])

    def _tell(self, before: Mapping[str, ConnectorError]) -> None:
        """Log what was refused, when it is new; raise it where trying again may help."""
        for name in self._lost.keys() - before.keys():
            _log.warning("path=%r is not read whole: %s", name, self._lost[name])
        for error in self._lost.values():
            if isinstance(error, Faulty):
                raise error

    def _walk(self, path: Path, state: dict[str, Any], now: datetime) -> Iterator[list[Payload]]:
        """Yield the pages of a path, newest first, with `state` at what follows the page.

        A refused page is asked for anew once, from the top and by time: X no longer knows the page, or the
        post that the walk went by.
        """
        this_round, anew = state["round"], False
        walk = this_round["walk"]
        if not walk or walk["path"] != path.key:
            walk = begin(path, state, now)
        while walk:
            try:
                body = self._page(path, walk)
            except Refused:
                if anew:
                    raise
                walk, anew = begin(path, state, now, by_time=True), True
                continue
            except (Denied, Missing, Faulty) as error:
                if isinstance(error, Faulty) and walk.get("next_token"):
                    raise  # in the middle: the walk goes on there
                self._lost[path.key], this_round["walk"] = error, None
                return
            if body["meta"] == {}:
                self._lost[path.key] = Unavailable("X answered without 'meta': there may be more pages")
            payloads = self._payloads(body)
            walk = this_round["walk"] = turn(
                path, state, {**walk, "seen": walk["seen"] + len(payloads)}, body
            )
            yield payloads

    def _page(self, path: Path, walk: Mapping[str, Any]) -> dict[str, Any]:
        asked: dict[str, Any] = {"max_results": self._options.max_results, **FIELDS}
        if "since_id" in walk:
            asked["since_id"] = walk["since_id"]
        else:
            asked["start_time"] = datetime.fromisoformat(walk["start_time"])
        if walk.get("next_token"):
            asked["next_token" if path.what == "search" else "pagination_token"] = walk["next_token"]
        body = self._wire.call(path.what, METHODS[path.what], path.subject, **asked)
        if isinstance(body.get("meta"), dict):
            return body
        if "data" in body:
            return {**body, "meta": {}}
        if not body.get("errors"):
            raise Unavailable("X answered with neither posts nor 'meta'")
        return {"meta": None}  # the account is deleted, suspended or protected

    def _lookup(self, ids: Sequence[str]) -> list[Payload]:
        body = self._wire.call("lookup", "get_tweets", list(ids), **FIELDS)
        payloads = self._payloads(body)
        told = {str(payload["tweet"].get("id")) for payload in payloads}
        told |= {
            str(error.get(name)) for error in dicts(body.get("errors")) for name in ("resource_id", "value")
        }
        if untold := set(ids) - told:
            raise Unavailable(f"X said nothing about {len(untold)} of {len(ids)} posts")
        return payloads

    def _payloads(self, body: Mapping[str, Any]) -> list[Payload]:
        includes = body.get("includes")
        users = dicts(includes.get("users")) if isinstance(includes, dict) else []
        by_id = {str(user.get("id")): user for user in users}
        tweets = dicts(body.get("data"))
        self._meter.spend("posts", len(tweets))
        return [{"tweet": tweet, "author": by_id.get(str(tweet.get("author_id")))} for tweet in tweets]

    @cached_property
    def _wire(self) -> Wire:
        options = self._options
        return Wire(endpoint=options.endpoint, token=self._token, timeout=options.timeout, meter=self._meter)


def _check(options: TwitterOptions, token: str) -> None:
    address = urlsplit(options.endpoint)
    safe = address.scheme == "https" or (address.scheme == "http" and is_loopback(options.endpoint))
    expected = {
        "options.watch": (set() < set(options.watch) <= set(WATCHES), f"one or more of {', '.join(WATCHES)}"),
        "options.max_results": (options.max_results in range(10, 101), "10 to 100"),
        "options.backfill_days": (0 < options.backfill_days <= WEEK.days, "more than 0 and at most 7"),
        "options.monthly_posts": (options.monthly_posts > 0, "1 or more"),
        "options.timeout": (0 < options.timeout < float("inf"), "seconds, more than 0"),
        "options.endpoint": (safe and address.hostname, "an address with https, or with http on loopback"),
        "credentials.bearer_token": (re.fullmatch(r"[!-~]+", token), "printable characters without spaces"),
    }
    for key, (right, what) in expected.items():
        if not right:
            raise Misconfigured(key, f"expected {what}")
