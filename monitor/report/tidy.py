"""Weekly reports for machines: one figure a row."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from monitor.core.sanitise import cells
from monitor.core.weekly import Figure, WeeklyReport

COLUMNS = ("brand", "week", "figure", "group", "value", "previous", "unit")


def rows(report: WeeklyReport) -> Iterator[Mapping[str, Any]]:
    """Yield each figure as JSON data: the columns of the CSV, and what they were counted over."""
    for figure in report.figures:
        yield {
            **dict(zip(COLUMNS, _columns(report, figure), strict=True)),
            "zone": report.zone,
            "since": report.within.start,
            "until": report.within.end,
            "so_far": report.so_far,
        }


def write_csv(reports: Iterable[WeeklyReport], file: TextIO) -> None:
    """Write the figures of all reports under one header."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for report in reports:
        writer.writerows(cells(_columns(report, figure)) for figure in report.figures)


def _columns(report: WeeklyReport, figure: Figure) -> tuple[Any, ...]:
    values = (figure.value, figure.previous)
    return (report.brand, str(report.week), figure.name, figure.group, *map(_number, values), figure.unit)


def _number(value: float | None) -> float | None:
    """Return a count as a whole number, and any other figure to a millionth."""
    if value is None or isinstance(value, int):
        return value
    return round(value, 6)
