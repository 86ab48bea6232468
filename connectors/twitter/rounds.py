"""How a pull of X goes round: each round walks every path once, newest first, and proves an interval of time.

The state is the cursor: `since_ids` by path, how far all is `covered`, and the `round` under way with its
`walk`. These functions change it in place; nothing here calls the platform.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.twitter.post import born, dicts, is_id, is_key, moment
from monitor.connector import Interval

WEEK = timedelta(days=7)  # how far recent search looks back
MARGIN = timedelta(minutes=10)  # kept from that edge, so that a page under way does not fall over it
LAG = timedelta(seconds=30)  # what search leaves out: its end_time is so long ago by default
SHORTEST = timedelta(seconds=10)  # that we ask of search: it refuses a start after its end
STRAYS = 100  # pages of nothing but posts from before the time that was asked for, which X never gives
# How many of the most recent posts a timeline reaches: a walk that comes to this edge may have missed some.
DEPTH: Mapping[str, int] = {"answers": 3200, "mentions": 800}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One list of posts to walk through: `what` to watch, and the query or the account's id that it takes."""

    what: str
    subject: str

    @property
    def key(self) -> str:
        """Return its name in a cursor. Another query is another path, of which nothing is known yet."""
        return f"{self.what} {self.subject}"


def new_round(covered: str | None, now: datetime, backfill: timedelta) -> dict[str, Any]:
    """Return a round from where the last one ended, or from `backfill` ago, up to what search shows."""
    since = datetime.fromisoformat(covered) if covered else now - min(backfill, WEEK - MARGIN)
    until = max(now - LAG, since)  # the clock may have been set back
    return {"since": since.isoformat(), "until": until.isoformat(), "done": [], "walk": None, "whole": True}


def begin(path: Path, state: dict[str, Any], now: datetime, *, by_time: bool = False) -> dict[str, Any]:
    """Return a walk back to where the path was seen whole: to that post, or to that time if it is too old.

    Where search no longer reaches that far, the round claims only what it reaches: the hole shows.
    """
    this_round, since_id = state["round"], state["since_ids"].get(path.key)
    edge = now - WEEK + MARGIN if path.what == "search" else datetime.min.replace(tzinfo=UTC)
    walk = {"path": path.key, "seen": 0}
    if is_id(since_id) and not by_time and born(since_id) > edge:
        return {**walk, "since_id": since_id}
    since = max(datetime.fromisoformat(this_round["since"]), edge)
    this_round["since"] = since.isoformat()
    return {**walk, "start_time": min(since, now - LAG - SHORTEST).isoformat()}


def turn(
    path: Path, state: dict[str, Any], walk: dict[str, Any], body: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the walk after a page, or None at its end: only then the mark moves, to the top of its first.

    Pages that do not move on end it too: a server of another kind may know one page only, and always more.
    """
    this_round, meta, token, top = state["round"], body.get("meta"), next_token(body), _top(body)
    newest = walk.get("newest_id") or (meta or {}).get("newest_id")
    strays = walk.get("strays", 0) + _is_stray(walk, body)
    is_same = token == walk.get("next_token") or (top and top == walk.get("top"))
    is_stuck = token is not None and (is_same or strays >= STRAYS)
    walk = {**walk, "newest_id": newest, "top": top, "strays": strays}
    if token and not is_stuck:
        return {**walk, "next_token": token}
    if is_key(newest):
        state["since_ids"][path.key] = newest
    if is_stuck:
        _log.warning("path=%r serves pages without end: the walk ends here", path.key)
    if meta is None:
        _log.warning("path=%r is out of view: deleted, suspended or protected", path.key)
    if is_stuck or meta is None or walk["seen"] >= DEPTH.get(path.what, walk["seen"] + 1):
        this_round["whole"] = False
    this_round["done"].append(path.key)
    return None


def _is_stray(walk: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Tell whether a page has posts, and all of them are older than what was asked for."""
    since = born(walk["since_id"]) if "since_id" in walk else datetime.fromisoformat(walk["start_time"])
    times = [at for post in dicts(body.get("data")) if (at := moment(post.get("created_at")))]
    return bool(times) and max(times) < since


def _top(body: Mapping[str, Any]) -> Any:
    """Return the id of the first post of a page."""
    return next((post.get("id") for post in dicts(body.get("data"))), None)


def next_token(body: Mapping[str, Any]) -> str | None:
    """Return what the next page is asked for by; None after the last."""
    token = (body.get("meta") or {}).get("next_token")
    return token if token and isinstance(token, str) else None


def close(state: dict[str, Any], paths: Sequence[Path], *, lost: bool = False) -> Interval | None:
    """End the round and return what it proves: nothing when a path did not reach back to its beginning.

    With a path `lost` the next round begins where this one did, so that the path can be caught up with.
    """
    this_round, state["round"] = state["round"], None
    keys = {path.key for path in paths}
    state["since_ids"] = {key: since_id for key, since_id in state["since_ids"].items() if key in keys}
    state["covered"] = this_round["since" if lost else "until"]
    start, end = (datetime.fromisoformat(this_round[edge]) for edge in ("since", "until"))
    proved = this_round["whole"] and not lost and start < end
    return Interval(start=start, end=end) if proved else None
