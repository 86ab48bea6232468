"""How a pull of X goes round: each round walks every path once, newest first, and proves an interval of time.

The state is the cursor: `since_ids` by path, how far all is `covered`, and the `round` under way with its
`walk`. These functions change it in place; nothing here calls the platform.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.twitter.post import born, is_id
from monitor.connector import Interval

WEEK = timedelta(days=7)  # how far recent search looks back
MARGIN = timedelta(minutes=10)  # kept from that edge, so that a page under way does not fall over it
LAG = timedelta(seconds=30)  # what search leaves out: its end_time is so long ago by default
SHORTEST = timedelta(seconds=10)  # that we ask of search: it refuses a start after its end
# How many of the most recent posts a timeline reaches: a walk that comes to this edge may have missed some.
DEPTH: Mapping[str, int] = {"answers": 3200, "mentions": 800}

log = logging.getLogger(__name__)


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
    if since_id and not by_time and born(since_id) > edge:
        return {**walk, "since_id": since_id}
    since = max(datetime.fromisoformat(this_round["since"]), edge)
    this_round["since"] = since.isoformat()
    return {**walk, "start_time": min(since, now - LAG - SHORTEST).isoformat()}


def turn(
    path: Path, state: dict[str, Any], walk: dict[str, Any], body: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the walk after a page, or None at its end: only then the mark moves, to the top of its first."""
    this_round, meta = state["round"], body.get("meta")
    walk = {**walk, "newest_id": walk.get("newest_id") or (meta or {}).get("newest_id")}
    if token := next_token(body):
        return {**walk, "next_token": token}
    if is_id(walk["newest_id"]):
        state["since_ids"][path.key] = walk["newest_id"]
    if meta is None:
        log.warning("path=%r is out of view: deleted, suspended or protected", path.key)
    if meta is None or walk["seen"] >= DEPTH.get(path.what, walk["seen"] + 1):
        this_round["whole"] = False
    this_round["done"].append(path.key)
    return None


def next_token(body: Mapping[str, Any]) -> str | None:
    """Return what the next page is asked for by; None after the last."""
    token = (body.get("meta") or {}).get("next_token")
    return token if token and isinstance(token, str) else None


def close(state: dict[str, Any], paths: Sequence[Path]) -> Interval | None:
    """End the round and return what it proves: nothing when a path did not reach back to its beginning."""
    this_round, state["round"] = state["round"], None
    keys = {path.key for path in paths}
    state["since_ids"] = {key: since_id for key, since_id in state["since_ids"].items() if key in keys}
    state["covered"] = this_round["until"]
    start, end = (datetime.fromisoformat(this_round[edge]) for edge in ("since", "until"))
    return Interval(start=start, end=end) if this_round["whole"] and start < end else None
