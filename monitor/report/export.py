"""Mentions, alerts and coverage as records of stable names: flat for CSV, whole for JSON Lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.core.record import to_json, to_record
from monitor.store import exports
from monitor.store.exports import ExportedAlert, ExportedMention, Selection

Record = Mapping[str, Any]

IDS = ("number", "brand", "platform", "id")
_VERDICT = ("complaint", "probability", "severity", "severity_score", "topics", "reasons", "outcome")
_AFTERWARDS = ("answered_at", "answered_by", "alert")
_MADE_BY = ("model", "raw_probability", "threshold", "tuning", "label", "labelled_by")
_AUTHOR = ("id", "handle", "display_name", "url", "followers")
_COUNTS = ("likes", "replies", "reposts", "quotes", "views")
MENTION_COLUMNS = (
    *IDS,
    *("source", "kind", "created_at", "edited_at", "observed_at", "url"),
    *(f"author_{name}" for name in _AUTHOR),
    *("title", "text", "lang", "conversation_id", "in_reply_to_id"),
    *_COUNTS,
    *("own", "history", "deleted_at"),
    *_VERDICT,
    *_AFTERWARDS,
    *_MADE_BY,
)
_STATE = ("status", "severity", "created_at", "acknowledged_at", "answered_at", "resolved_at", "resolution")
_STATE_AFTER = ("assignee", "policy", "policy_version", "step", "round", "due_at", "passed", "spread")
_FIRST = ("platform", "mention_id", "url", "mentions", "first_acknowledged_at", "first_escalated_at")
ALERT_COLUMNS = ("number", "brand", "dedup_key", "mention", *_FIRST, *_STATE, *_STATE_AFTER)
ALERT_IDS = ("number", "brand", "platform", "mention_id")
COVERAGE_COLUMNS = ("brand", "source", "start", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Something that can be exported: its columns, those that identify, and how to read it.

    `records` yields records with at least the columns; `flat` makes of one what a row of CSV is made of.
    """

    columns: Sequence[str]
    ids: Sequence[str]
    records: Callable[[Connection, Selection], Iterator[Record]]
    flat: Callable[[Record], Record]


def mention_records(connection: Connection, chosen: Selection) -> Iterator[Record]:
    """Yield mentions as records: the names of `core.record`, and what the monitor knows besides."""
    return map(_mention_record, exports.mentions(connection, chosen))


def _mention_record(each: ExportedMention) -> Record:
    stored = each.stored
    return {
        "number": stored.number,
        "brand": stored.brand,
        "source": stored.source,
        **to_record(stored.mention),
        "observed_at": stored.observed_at,
        "own": stored.own,
        "history": stored.history,
        "deleted_at": stored.deleted_at,
        **{name: getattr(each, name) for name in (*_VERDICT, *_AFTERWARDS, *_MADE_BY)},
    }


def _flat_mention(record: Record) -> Record:
    author = {f"author_{name}": value for name, value in record["author"].items()}
    return {**record, **author, **record["engagement"]}


def alert_records(connection: Connection, chosen: Selection) -> Iterator[Record]:
    """Yield alerts as records."""
    return map(_alert_record, exports.alerts(connection, chosen))


def _alert_record(each: ExportedAlert) -> Record:
    kept = each.kept
    return {
        "number": kept.number,
        "brand": kept.brand,
        "dedup_key": kept.dedup_key,
        "mention": kept.mention,
        **{name: getattr(each, name) for name in _FIRST},
        **{name: getattr(kept.state, name) for name in (*_STATE, *_STATE_AFTER)},
    }


def coverage_records(connection: Connection, chosen: Selection) -> Iterator[Record]:
    """Yield the intervals that each source proved to have seen, cut to the selection's time."""
    for brand, source, seen in exports.coverage(connection, chosen.brand):
        start = max(seen.start, chosen.since or seen.start)
        end = min(seen.end, chosen.until or seen.end)
        if start < end:
            yield {"brand": brand, "source": source, "start": start, "end": end}


def _as_it_is(record: Record) -> Record:
    return record


EXPORTS: Mapping[str, Export] = {
    "mentions": Export(columns=MENTION_COLUMNS, ids=IDS, records=mention_records, flat=_flat_mention),
    "alerts": Export(columns=ALERT_COLUMNS, ids=ALERT_IDS, records=alert_records, flat=_as_it_is),
    "coverage": Export(
        columns=COVERAGE_COLUMNS, ids=COVERAGE_COLUMNS, records=coverage_records, flat=_as_it_is
    ),
}


def row(record: Record, columns: Iterable[str]) -> list[Any]:
    """Return the values of `columns` as a spreadsheet takes them: Z for UTC, lists joined by semicolons."""
    return [_plain(record[name]) for name in columns]


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return to_json(value)
    return "; ".join(value) if isinstance(value, tuple) else value
