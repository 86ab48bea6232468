"""What another model makes of what was judged, as `uproar reassess` shows it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from monitor.console.sheet import Section
from monitor.core.sanitise import line
from monitor.notify import wording
from monitor.reassess import Change, Counts, Differences

_SAID = 100  # characters of a text that are shown
_WORDS = {True: "complaint", False: "no complaint", None: "not judged"}


def sections(found: Differences, *, written: bool, escalating: bool) -> Iterator[Section]:
    """Yield what changes in all, by source, and the largest changes."""
    outcome = "written" if written else "nothing is written: --apply does"
    yield Section(heading=f"all: {found.whole.mentions:,} mentions", lines=(*_counted(found.whole), outcome))
    if escalating:
        verb = "are" if written else "would be"
        handed = f"{found.handed_on:,} young complaints {verb} handed on to escalation"
        yield Section(heading="escalation", lines=(handed,))
    if len(found.by_source) > 1:
        for (brand, source), counts in sorted(found.by_source.items()):
            heading = f"{line(brand, 60)}, source {line(source, 60)}: {counts.mentions:,} mentions"
            yield Section(heading=heading, lines=tuple(_counted(counts)))
    if largest := found.largest:
        yield Section(heading="the largest changes", lines=tuple(map(_change, largest)))


def _counted(counts: Counts) -> Iterator[str]:
    yield (
        f"complaints {counts.complaints_before:,} → {counts.complaints_after:,}: "
        f"{counts.begin:,} become one, {counts.cease:,} cease to be one"
    )
    severity = f"{counts.severity_up:,} up, {counts.severity_down:,} down"
    yield f"of those that stay one: severity {severity}; topics {counts.topics_changed:,} changed"


def _change(change: Change) -> str:
    before, after = change.before, change.after
    moved = (
        f"{_judged(before.complaint, before.probability)} → {_judged(after.is_complaint, after.probability)}"
    )
    if change.steps:
        moved += f", {before.severity} → {after.severity}"
    return f"{change.stored.number}: {moved}: “{wording.said(change.stored, _SAID)}”"


def _judged(complaint: bool | None, probability: float | None) -> str:
    return _WORDS[complaint] if probability is None else f"{_WORDS[complaint]} {probability:.2f}"


def rows(found: Differences, *, written: bool) -> Iterator[dict[str, Any]]:
    """Yield the whole, each source and each of the largest changes as JSON data."""
    applied = {"applied": written, "handed_on": found.handed_on}
    yield {"about": "all"} | asdict(found.whole) | applied
    for (brand, source), counts in sorted(found.by_source.items()):
        yield {"about": "source", "brand": brand, "source": source} | asdict(counts)
    for change in found.largest:
        yield {"about": "change"} | _row(change)


def _row(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "mention": change.stored.number,
        "brand": change.stored.brand,
        "source": change.stored.source,
        "text": change.stored.mention.text,
        "before": {
            "complaint": before.complaint,
            "probability": before.probability,
            "severity": before.severity.value,
            "model": before.model,
            "tuning": before.tuning,
        },
        "after": {
            "complaint": after.is_complaint,
            "probability": after.probability,
            "severity": after.severity.value,
            "model": after.model,
            "tuning": after.tuning,
        },
    }
