"""An analyst who has only the exported rows and docs/reports.md comes to the same figures."""

import csv
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.core.weekly import Week, WeeklyReport
from monitor.report import make_report
from tests.reports.stories import DAY, MONDAY, opened, two_weeks

WEEKS = {"value": (MONDAY, MONDAY + 7 * DAY), "previous": (MONDAY - 7 * DAY, MONDAY)}
Rows = list[dict[str, str]]


def when(text: str) -> datetime:
    """Read an instant of the CSV; one that is empty is later than all others."""
    return datetime.fromisoformat(text) if text else datetime.max.replace(tzinfo=UTC)


def exported(config: Path, what: str) -> Rows:
    """Return the rows of `uproar export WHAT --brand acme`."""
    done = CliRunner().invoke(app, ["--config", str(config), "export", what, "--brand", "acme"])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(StringIO(done.stdout)))


def spread(values: list[float]) -> dict[str, float | None]:
    """Return how many, the median, and the 90th percentile by linear interpolation."""
    if len(values) < 2:
        only = values[0] if values else None
        return {"": len(values), "_median": only, "_p90": only}
    p90 = statistics.quantiles(values, n=10, method="inclusive")[8]
    return {"": len(values), "_median": statistics.median(values), "_p90": p90}


def taken_for(row: dict[str, str]) -> str:
    """Return what a mention is taken for: a person's word outranks the verdict."""
    return row["label"] or row["complaint"]


def from_mentions(rows: Rows, start: datetime, end: datetime) -> dict[tuple[str, str], Any]:
    """Recompute what rests on mentions, by the definitions of docs/reports.md."""
    figures: Counter[tuple[str, str]] = Counter()
    ours = [row for row in rows if row["own"] == "true" and start <= when(row["created_at"]) < end]
    theirs = [row for row in rows if row["own"] == "false"]
    volume = [row for row in theirs if start <= when(row["created_at"]) < end]
    complaints = [row for row in theirs if taken_for(row) == "true" and row["kind"] != "repost"]
    figures["own_posts", "all"] = len(ours)
    figures["mentions", "all"] = len(volume)
    figures["reposts", "all"] = sum(row["kind"] == "repost" for row in volume)
    figures["history", "all"] = sum(row["history"] == "true" for row in volume)
    figures["deleted", "all"] = sum(row["deleted_at"] != "" for row in volume)
    figures["unjudged", "all"] = sum(taken_for(row) == "" for row in volume)
    figures["labelled", "all"] = sum(row["label"] != "" for row in volume)
    figures["corrected", "all"] = sum(row["label"] not in ("", row["complaint"]) for row in volume)
    figures.update(("mentions_by_platform", row["platform"]) for row in volume)
    made = [row for row in complaints if row in volume]
    figures["complaints", "all"] = len(made)
    figures.update(("complaints_by_platform", row["platform"]) for row in made)
    figures.update(("complaints_by_severity", row["severity"]) for row in made)
    figures.update(
        ("complaints_by_topic", topic) for row in made for topic in row["topics"].split("; ") if topic
    )
    figures["unanswered", "all"] = sum(
        when(row["answered_at"]) >= end and when(row["deleted_at"]) >= end for row in made
    )
    times = [
        (when(row["answered_at"]) - when(row["created_at"])).total_seconds()
        for row in complaints
        if start <= when(row["answered_at"]) < end
    ]
    found: dict[tuple[str, str], Any] = dict(figures)
    found["complaint_share", "all"] = len(made) / len(volume) if volume else None
    return found | {(f"answered{name}", "all"): value for name, value in spread(times).items()}


def from_alerts(rows: Rows, start: datetime, end: datetime) -> dict[tuple[str, str], Any]:
    """Recompute what rests on alerts."""

    def within(row: dict[str, str], name: str) -> bool:
        return start <= when(row[name]) < end

    resolved = [row for row in rows if within(row, "resolved_at")]
    found: dict[tuple[str, str], Any] = {
        ("alerts_opened", "all"): sum(within(row, "created_at") for row in rows),
        ("alerts_escalated", "all"): sum(within(row, "first_escalated_at") for row in rows),
        ("alerts_resolved", "all"): len(resolved),
        ("alerts_open", "all"): sum(
            when(row["created_at"]) < end and when(row["resolved_at"]) >= end for row in rows
        ),
    }
    found |= Counter(("alerts_resolved_by_reason", row["resolution"]) for row in resolved)
    times = [
        (when(row["first_acknowledged_at"]) - when(row["created_at"])).total_seconds()
        for row in rows
        if within(row, "first_acknowledged_at")
    ]
    return found | {(f"acknowledged{name}", "all"): value for name, value in spread(times).items()}


def from_coverage(rows: Rows, start: datetime, end: datetime) -> dict[tuple[str, str], Any]:
    """Recompute the share of the week that each source proved to have seen."""
    seen: dict[str, timedelta] = {}
    for row in rows:
        inside = min(when(row["end"]), end) - max(when(row["start"]), start)
        seen[row["source"]] = seen.get(row["source"], timedelta()) + max(inside, timedelta())
    shares = {name: length / (end - start) for name, length in seen.items()}
    found: dict[tuple[str, str], Any] = {
        ("coverage_by_source", name): share for name, share in shares.items()
    }
    return found | {("coverage", "all"): statistics.mean(shares.values())}


def test_every_figure_follows_from_the_export(store_url: str, tmp_path: Path) -> None:
    """Each figure of the report, of both weeks, is what plain Python makes of the exported CSV."""
    config = tmp_path / "config.toml"
    config.write_text(f"[monitor]\nstore = '{store_url}'\n[brands.acme]\nnames = ['acme']\n")
    with opened(store_url) as store:
        two_weeks(store)
        report = make_report(store, "acme", Week.parse("2026-W47"), UTC, MONDAY + 30 * DAY)
    tables = {what: exported(config, what) for what in ("mentions", "alerts", "coverage")}
    for column, (start, end) in WEEKS.items():
        recomputed = (
            {("days", "all"): (end - start) / DAY}
            | from_mentions(tables["mentions"], start, end)
            | from_alerts(tables["alerts"], start, end)
            | from_coverage(tables["coverage"], start, end)
        )
        for figure in report.figures:
            absent = None if figure.name == "coverage_by_source" else 0
            expected = recomputed.pop((figure.name, figure.group), absent)
            value = getattr(figure, column)
            assert value == pytest.approx(expected), (column, figure)
        assert recomputed == {}, "the report lacks figures"


def test_the_story_leaves_no_figure_at_rest(store_url: str) -> None:
    """The test above compares something: the two weeks of its story move every kind of figure."""
    with opened(store_url) as store:
        two_weeks(store)
        report: WeeklyReport = make_report(store, "acme", Week.parse("2026-W47"), UTC, MONDAY + 30 * DAY)
    moved = {each.name for each in report.figures if each.value or each.previous}
    assert {each.name for each in report.figures} == moved
