"""What a walk over YouTube's listings has to remember between pages and between pulls: the cursor's shape.

    parts  by part ("channel:ID", "search", "video:ID"): mark, the start of its last complete walk; seen, the
           items met lately, as id -> [published, signature]; due; of a video also found and failed
    todo   the parts that this pull has still to do; the first may be half done, by `walk`
    walk   of the first part: started, floor, token, pages, and of a search asked and before
    pull   started, and the start of the interval that it may claim (`claim`), or None
    closed the videos that take no comments, or are gone

Moments are strings, so that it survives JSON. A state is changed in place, by one pull alone.
"""

import copy
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.youtube.api import next_token
from connectors.youtube.reading import moment_or_none
from connectors.youtube.refusal import dig
from monitor.connector import JSON, Cursor, Interval

State = dict[str, Any]

_MOST_SEEN = {"channel": 300, "search": 300, "video": 50}
_MOST_VIDEOS = 100
_MOST_CLOSED = 500
_SOONEST = timedelta(minutes=15)
_ATTEMPTS = 3
_SECOND = timedelta(seconds=1)


def opened(cursor: Cursor) -> State:
    """Return a state to change, from a cursor of a pull that was finished or cut."""
    state = copy.deepcopy(dict(cursor))
    for key, empty in (("parts", {}), ("todo", []), ("walk", None), ("pull", {}), ("closed", [])):
        state.setdefault(key, empty)
    if state["walk"] and state["todo"][:1] == ["search"]:
        # The tokens of a search count results, and new ones push the rest on: resume by time instead.
        state["walk"] |= {"token": None, "asked": state["walk"]["before"]}
    return state


def begin(state: State, todo: Sequence[str], now: datetime, claim: datetime | None) -> None:
    """Begin a pull."""
    state["todo"] = list(todo)
    state["pull"] = {"started": written(now), "claim": claim and written(claim)}


def claim(state: State, parts: Sequence[str], backfill: datetime) -> datetime | None:
    """Return since when all `parts` together will have been seen whole; None where there are none.

    Each part is covered without a hole up to its mark, so what is new begins at the earliest mark; but not
    before the point from which a part is walked for the first time.
    """
    marks = [mark_of(state, part) for part in parts]
    known = [mark for mark in marks if mark]
    starts = [min(known)] if known else []
    starts += [backfill] if len(known) < len(marks) else []
    return max(starts) if starts else None


def proved(state: State) -> Interval | None:
    """Return what the pull has seen whole, once it is at its end."""
    if state["todo"] or not state["pull"].get("claim"):
        return None
    return Interval(start=read_moment(state["pull"]["claim"]), end=read_moment(state["pull"]["started"]))


def part_of(state: State) -> str:
    """Return the part that is being walked."""
    return str(state["todo"][0])


def mark_of(state: State, part: str) -> datetime | None:
    """Return when the last complete walk over `part` began."""
    mark = state["parts"].get(part, {}).get("mark")
    return read_moment(mark) if mark else None


def is_due(state: State, part: str, now: datetime) -> bool:
    """Tell whether `part` is to be done now."""
    due = state["parts"].get(part, {}).get("due")
    return due is None or read_moment(due) <= now


def walk(state: State, now: datetime, floor: datetime) -> dict[str, Any]:
    """Return the walk over the first part, begun now if there is none."""
    if not state["walk"]:
        fresh = {"token": None, "pages": 0, "asked": None, "before": None, "restarted": False}
        state["walk"] = {"started": written(now), "floor": written(floor), **fresh}
    found: dict[str, Any] = state["walk"]
    return found


def restart(state: State) -> bool:
    """Walk again from the top, after a page token was refused; False if that was done before."""
    if state["walk"]["restarted"] or state["walk"]["token"] is None:
        return False
    state["walk"] |= {"token": None, "pages": 0, "restarted": True}
    return True


def turn(
    state: State,
    page: JSON,
    listed: Sequence[JSON],
    *,
    pages: int | None = None,
    every: timedelta | None = None,
) -> None:
    """Go on to the next page, or end the walk: at the last page, past its floor, or after `pages` pages.

    A part that is done `every` so often is due again that long after its walk began.
    """
    walked = state["walk"]
    walked["pages"] += 1
    token = next_token(page, walked["token"])
    oldest = published(listed[-1]) if listed else None
    if oldest:
        walked["before"] = written(oldest + _SECOND)
    over = token is None or (oldest is not None and oldest < read_moment(walked["floor"]))
    if over or (pages is not None and walked["pages"] >= pages):
        if not over and part_of(state) == "search":
            state["pull"]["claim"] = None  # the older results were not read
        _finish(state, every)
    else:
        walked["token"] = token


def _finish(state: State, every: timedelta | None) -> None:
    part = state["todo"].pop(0)
    record = state["parts"].setdefault(part, {})
    record["mark"] = state["walk"]["started"]
    state["walk"] = None
    if "found" in record:
        _postpone(record, read_moment(record["mark"]))
    if every:
        record["due"] = written(read_moment(record["mark"]) + every)


def skip(state: State, until: datetime) -> None:
    """Leave the part undone, until later."""
    part = state["todo"].pop(0)
    state["parts"].setdefault(part, {})["due"] = written(until)
    state["walk"], state["pull"]["claim"] = None, None


def leave_out(state: State) -> None:
    """Leave the part undone, until the next pull."""
    state["todo"].pop(0)
    state["walk"], state["pull"]["claim"] = None, None


def is_first_sight(state: State, part: str) -> bool:
    """Tell whether the part was never walked to its end, or, of a channel, this is the first page.

    What is listed there and was not met is news, however old: it is in hand.
    """
    at_top = part.startswith("channel") and not state["walk"]["pages"]  # more is remembered than it shows
    return mark_of(state, part) is None or at_top


def is_met(state: State, part: str, item_id: JSON) -> bool:
    """Tell whether the item was met lately."""
    return item_id in state["parts"].get(part, {}).get("seen", {}) if isinstance(item_id, str) else False


def is_news(
    state: State, part: str, item_id: JSON, item: JSON, *, unless_before: datetime | None = None
) -> bool:
    """Tell whether an item was not met before, or has changed, and remember it as it is now.

    One from before the floor of the walk is news only if it was met, and has changed: it has new replies.
    """
    if not isinstance(item_id, str):
        return True
    seen = state["parts"].setdefault(part, {}).setdefault("seen", {})
    at = published(item)
    signature = _signature(item)
    before = seen.get(item_id)
    seen[item_id] = [written(at) if at else "", signature]
    most = _MOST_SEEN[part.partition(":")[0]]
    if len(seen) > most:
        newest = sorted(seen.items(), key=lambda entry: entry[1][0], reverse=True)[:most]
        state["parts"][part]["seen"] = dict(newest)
    if before is None:
        return not (at and unless_before and at < unless_before)
    return bool(before[1] != signature)


def _signature(item: JSON) -> str:
    """Return what changes of a thread when it is answered or edited."""
    top = dig(item, "snippet", "topLevelComment")
    updated = dig(top, "snippet", "updatedAt")
    edited = updated if updated != dig(top, "snippet", "publishedAt") else ""
    return f"{dig(item, 'snippet', 'totalReplyCount')} {edited}".removeprefix("None").strip()


def follow(state: State, video: str, now: datetime) -> None:
    """Read the comments of a video from now on; of too many, the one found first is dropped."""
    if video in state["closed"] or f"video:{video}" in state["parts"]:
        return
    state["parts"][f"video:{video}"] = {"found": written(now), "due": written(now), "failed": 0}
    videos = [part for part, record in state["parts"].items() if "found" in record]
    for part in sorted(videos, key=lambda part: str(state["parts"][part]["found"]))[:-_MOST_VIDEOS]:
        del state["parts"][part]


def plan_videos(state: State, now: datetime, follow_for: timedelta) -> None:
    """Put the videos that are due in the place of the first part, and forget those found too long ago."""
    videos = {part: record for part, record in state["parts"].items() if "found" in record}
    for part, record in videos.items():
        if read_moment(record["found"]) + follow_for < now:
            del state["parts"][part]
    due = [part for part in videos if part in state["parts"] and is_due(state, part, now)]
    state["todo"][:1] = sorted(due, key=lambda part: str(videos[part]["due"]))


def set_aside(state: State, now: datetime) -> None:
    """Try a video that cannot be read after the others; after some attempts not before it is due again."""
    part = state["todo"].pop(0)
    state["walk"] = None
    record = state["parts"].setdefault(part, {"found": written(now)})
    record["failed"] = record.get("failed", 0) + 1
    if record["failed"] < _ATTEMPTS:
        state["todo"].append(part)
    else:
        _postpone(record, now)


def _postpone(record: dict[str, Any], now: datetime) -> None:
    """Set when a video is next due: the older the find, the rarer, as the comments come."""
    record["failed"] = 0
    record["due"] = written(now + max(_SOONEST, (now - read_moment(record["found"])) / 4))


def give_up(state: State, video: str) -> None:
    """Read this video's comments never again."""
    state["parts"].pop(state["todo"].pop(0), None)
    state["walk"] = None
    state["closed"] = [*state["closed"], video][-_MOST_CLOSED:]


def published(item: JSON) -> datetime | None:
    """Return when a thread, comment, video or search result was published; None if it does not say."""
    top = dig(item, "snippet", "topLevelComment")
    return moment_or_none(top or item, "snippet", "publishedAt")


def written(moment: datetime) -> str:
    """Return `moment` as YouTube wants it, in whole seconds, cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: str) -> datetime:
    """Return the moment that was `written`."""
    return datetime.fromisoformat(text)
