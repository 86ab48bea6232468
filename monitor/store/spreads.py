"""How posts spread on each platform: what finished ones taught, and the series that they teach with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from monitor.core.mention import Kind
from monitor.core.spread import Parameters
from monitor.core.spread.fitting import Cascade
from monitor.core.spread.parameters import from_record, to_record
from monitor.store.batches import table_of
from monitor.store.learned import SpreadTuningRow
from monitor.store.tables import EngagementRow, MentionRow

OVER = timedelta(days=7)  # nothing more is expected of an older post
_LATE = timedelta(days=2)  # a count that was read so late is nearly the final one
_MOST = 3_000  # posts of a platform, the newest: more tell hardly more, and take minutes

tuning = table_of(SpreadTuningRow)
_mention = table_of(MentionRow)
_engagement = table_of(EngagementRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadTuning:
    """What the finished posts of a platform taught, who let them, and who undid it."""

    number: int
    platform: str
    parameters: Mapping[str, Any]
    posts: int
    measured: Any
    made_at: datetime
    made_by: str
    undone_at: datetime | None
    undone_by: str | None


def live(connection: Connection) -> dict[str, Parameters]:
    """Return the parameters that count, by platform; those of another form of the model do not."""
    rows = connection.execute(
        select(tuning.c.platform, tuning.c.parameters)
        .where(tuning.c.undone_at.is_(None))
        .order_by(tuning.c.number)
    )
    found = {}
    for platform, record in rows:
        try:
            found[platform] = from_record(record)
        except ValueError:
            continue
    return found


def save(
    connection: Connection,
    platform: str,
    parameters: Parameters,
    *,
    posts: int,
    measured: Any,
    by: str,
    now: datetime,
) -> int:
    """Save parameters, which count from now on, and return their number."""
    values = {
        "platform": platform,
        "parameters": to_record(parameters),
        "posts": posts,
        "measured": measured,
        "made_at": now,
        "made_by": by,
    }
    key = connection.execute(insert(tuning).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def undo(connection: Connection, number: int, by: str, now: datetime) -> SpreadTuning:
    """Withdraw a tuning: the one before it counts again. Raises `LookupError` when it does not count."""
    present = (tuning.c.number == number) & tuning.c.undone_at.is_(None)
    done = connection.execute(update(tuning).where(present).values(undone_at=now, undone_by=by))
    if not done.rowcount:
        raise LookupError(f"there is no tuning of spread {number} that could be undone")
    return _tuning(connection.execute(select(tuning).where(tuning.c.number == number)).one())


def listed(connection: Connection) -> list[SpreadTuning]:
    """Return all tunings of spread, newest first."""
    return [_tuning(row) for row in connection.execute(select(tuning).order_by(tuning.c.number.desc()))]


def _tuning(row: Row[Any]) -> SpreadTuning:
    return SpreadTuning(**{each.name: getattr(row, each.name) for each in fields(SpreadTuning)})


def platforms(connection: Connection) -> list[str]:
    """Return the platforms that there are mentions of."""
    return list(connection.execute(select(_mention.c.platform).distinct().order_by("platform")).scalars())


def finished(connection: Connection, platform: str, now: datetime) -> list[Cascade]:
    """Return the posts of a platform that are over and whose end is known, in the order of their numbers.

    That is so when the counts were seen to change, or were read two days after the post. A post that was seen
    once, when it was new, teaches nothing: it may have grown unseen.
    """
    chosen = (
        select(_mention.c.number)
        .where(
            _mention.c.platform == platform,
            _mention.c.created_at <= now - OVER,
            _mention.c.deleted_at.is_(None),
            _mention.c.kind != Kind.REPOST.value,
        )
        .order_by(_mention.c.number.desc())
        .limit(_MOST)
    )
    acts = sum(
        (func.coalesce(_engagement.c[name], 0) for name in ("replies", "reposts", "quotes")),
        start=func.coalesce(_engagement.c.likes, 0),
    )
    rows: Sequence[Any] = connection.execute(
        select(
            _mention.c.number, _mention.c.followers, _mention.c.created_at, _engagement.c.observed_at, acts
        )
        .join(_engagement, _engagement.c.mention == _mention.c.number)
        .where(_mention.c.number.in_(chosen))
        .order_by(_mention.c.number, _engagement.c.observed_at)
    ).all()
    found = (_cascade(list(group)) for _, group in groupby(rows, key=lambda row: row[0]))
    return [each for each in found if each]


def _cascade(rows: Sequence[Any]) -> Cascade | None:
    """Return a post's readings, with its end; None when the end is not known."""
    followers, created_at = rows[0][1:3]
    readings = [((row[3] - created_at).total_seconds(), int(row[4])) for row in rows]
    last, final = readings[-1]
    if len(readings) == 1 and last < _LATE.total_seconds():
        return None
    end = max(OVER.total_seconds(), last + 1)
    return Cascade(followers=followers, readings=[*readings, (end, final)])
