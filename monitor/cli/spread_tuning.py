"""How `uproar tune --spread` learns how posts spread on each platform, and tells what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.core.spread import SHIPPED, Parameters
from monitor.core.spread.fitting import Cascade, fit
from monitor.core.spread.measuring import Measured, measure
from monitor.core.spread.parameters import to_record
from monitor.store import spreads

AT_LEAST = 200  # finished posts with engagement, before a platform has anything to teach
_HELD_BACK = 5  # every fifth post tests what the others teach
_AGES = (0.0, 1_800.0, 7_200.0)  # seconds: where predictions are held against what happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a platform taught. `new` is None when `missing` finished posts are needed for it.

    `before` and `after` are the figures on held-back posts, by the old parameters and by what the others
    teach; `new` is fitted to all.
    """

    platform: str
    posts: int
    missing: int
    old: Parameters
    new: Parameters | None = None
    before: Sequence[Measured] = ()
    after: Sequence[Measured] = ()

    @property
    def measured(self) -> list[dict[str, Any]]:
        """The figures on held-back posts, before and after, as JSON."""
        pairs = zip(self.before, self.after, strict=True)
        return [{"before": asdict(one), "after": asdict(two)} for one, two in pairs]


def learn(
    connection: Connection, now: datetime, thresholds: Sequence[int], platform: str | None = None
) -> Iterator[Lesson]:
    """Yield what each platform of the store teaches, or the one that is named."""
    live = spreads.live(connection)
    for name in [platform] if platform else spreads.platforms(connection):
        yield lesson(name, spreads.finished(connection, name, now), live.get(name, SHIPPED), thresholds)


def lesson(platform: str, cascades: Sequence[Cascade], old: Parameters, thresholds: Sequence[int]) -> Lesson:
    """Return what finished posts of a platform teach."""
    moving = sum(each.final > 0 for each in cascades)
    if moving < AT_LEAST:
        return Lesson(platform=platform, posts=moving, missing=AT_LEAST - moving, old=old)
    held = cascades[::_HELD_BACK]
    taught = fit([each for index, each in enumerate(cascades) if index % _HELD_BACK], SHIPPED)
    return Lesson(
        platform=platform,
        posts=moving,
        missing=0,
        old=old,
        new=fit(cascades, SHIPPED),
        before=list(measure(held, old, _AGES, thresholds)),
        after=list(measure(held, taught, _AGES, thresholds)),
    )


def told(found: Lesson) -> Iterator[str]:
    """Yield what to print of a lesson."""
    if found.new is None:
        yield (
            f"{found.platform}: {found.posts} finished posts with engagement; {found.missing} more are needed"
        )
        return
    yield f"{found.platform}: fitted to {found.posts:,} finished posts with engagement"
    old, new = _flat(to_record(found.old)), _flat(to_record(found.new))
    for name in new:
        yield f"{name}: {old[name]:.4g} -> {new[name]:.4g}"
    for one, two in zip(found.before, found.after, strict=True):
        yield (
            f"held back, {two.posts} posts at {two.age / 60:.0f} min, {two.threshold:,} or more: expected "
            f"{one.expected:.3f} -> {two.expected:.3f}, happened {two.passed:.3f}"
        )


def row(found: Lesson, number: int | None) -> dict[str, Any]:
    """Return a lesson as JSON; `number` is that of the tuning, if it was saved."""
    return {
        "tuning": number,
        "platform": found.platform,
        "posts": found.posts,
        "missing": found.missing,
        "old": to_record(found.old),
        "new": to_record(found.new) if found.new else None,
        "held_back": found.measured,
    }


def _flat(record: Mapping[str, Any]) -> dict[str, float]:
    parts = {part: values for part, values in record.items() if isinstance(values, dict)}
    return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
