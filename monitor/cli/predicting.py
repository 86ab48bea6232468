"""How `uproar spread` predicts: lines of engagement series in, a line of prediction out for each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from monitor.cli import lines
from monitor.core.spread import SHIPPED, Parameters, predict

_LARGEST = 2**63 - 1  # a whole number beyond is a mistake
_DIGITS = 6  # significant ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A line that could be read: a post's series, as `predict` takes it, and the thresholds."""

    id: str | int | None
    followers: int | None
    series: Sequence[tuple[float, int]]
    thresholds: Sequence[int]


@dataclass(slots=True)
class Tally:
    """How many lines there were, and how many of them could not be read."""

    lines: int = 0
    unread: int = 0


def predict_lines(given: BinaryIO, out: TextIO, parameters: Parameters = SHIPPED) -> Tally:
    """Write a line for each line of `given`, in order, as soon as it is there."""
    tally = Tally()
    for batch in lines.batches(given):
        rows = [_row(line, parameters) for line in batch]
        out.writelines(lines.dumps(row) + "\n" for row in rows)
        out.flush()
        tally.lines += len(rows)
        tally.unread += sum("error" in row for row in rows)
    return tally


def _row(line: lines.Line, parameters: Parameters) -> dict[str, Any]:
    """Return the prediction for a line, or the line that says why there is none."""
    number, raw = line
    name: str | int | None = None
    try:
        record = lines.parse(raw)
        name = _name(record)
        return prediction(asked(record), parameters)
    except ValueError as error:
        return {"id": name, "error": f"line {number}: {error}"}


def prediction(post: Asked, parameters: Parameters = SHIPPED) -> dict[str, Any]:
    """Return the line on a post."""
    found = predict(post.series, post.followers, post.thresholds, parameters)
    return {
        "id": post.id,
        "expected_final": _rounded(found.expected),
        "low": _rounded(found.low),
        "high": _rounded(found.high),
        "share_to_come": _rounded(found.to_come),
        "probability": {str(threshold): _rounded(chance) for threshold, chance in found.passing},
        "reasons": list(found.reasons),
    }


def asked(record: Mapping[str, Any]) -> Asked:
    """Return what a record asks; other keys are ignored. Raises `ValueError` naming the key."""
    followers = record.get("author_followers")
    if followers is not None and not _is_count(followers):
        raise _odd("author_followers", f"a whole number from 0 to {_LARGEST}, or null", followers)
    thresholds = _list(record, "thresholds")
    for each in thresholds:
        if not _is_count(each):
            raise _odd("thresholds", "whole numbers from 0 on", each)
    series = [_reading(index, each) for index, each in enumerate(_list(record, "series"))]
    return Asked(id=_name(record), followers=followers, series=series, thresholds=thresholds)


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    found = record.get(key)
    if found is None:
        return []
    if type(found) is not list:
        raise _odd(key, "a list", found)
    return found


def _reading(index: int, found: object) -> tuple[float, int]:
    """Return one pair of a series."""
    if type(found) is not list or len(found) != 2:  # noqa: PLR2004 - a pair
        raise _odd(f"series[{index}]", "a pair [seconds since the post, engagement]", found)
    seconds, count = found
    if type(seconds) not in (int, float) or not math.isfinite(seconds):
        raise _odd(f"series[{index}][0]", "a number of seconds since the post", seconds)
    if not _is_count(count):
        raise _odd(f"series[{index}][1]", "a whole number from 0 on", count)
    return float(seconds), count


def _name(record: Mapping[str, Any]) -> str | int | None:
    found = record.get("id")
    if found is None or type(found) is str or (type(found) is int and abs(found) <= _LARGEST):
        return found
    raise _odd("id", "a string or a whole number", found)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def _odd(key: str, expected: str, found: object) -> ValueError:
    shown = lines.kind(found) if not isinstance(found, int | float) or isinstance(found, bool) else found
    return ValueError(f"{key}: expected {expected}, not {shown}")


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
