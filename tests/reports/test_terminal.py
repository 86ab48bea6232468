"""How a report looks: numbers as people read them, colours that mean something, hostile text harmless."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from monitor.core.mention import Kind
from monitor.core.weekly import Figure, MentionFact, Week, WeeklyReport, weekly
from monitor.report.terminal import changed, show, shown
from monitor.report.tidy import write_csv

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOSTILE = "=1+1 [/x] \x1b[31m \u202e"


def report(now: datetime) -> WeeklyReport:
    """Return a week with one complaint, on a platform whose name an import made up."""
    fact = MentionFact(
        platform=HOSTILE, kind=Kind.POST, created_at=MONDAY, complaint=True, topics=("refund",)
    )
    week = Week.of(MONDAY)
    return weekly(brand="acme", week=week, zone=UTC, now=now, mentions=[fact], alerts=(), seen={"s": []})


def drawn(now: datetime = MONDAY + timedelta(days=9), *, terminal: bool, width: int = 80) -> str:
    """Return what is printed."""
    file = StringIO()
    show(
        report(now),
        Console(
            file=file, width=width, force_terminal=terminal, color_system="standard" if terminal else None
        ),
    )
    return file.getvalue()


def figure(value: float | None, previous: float | None, unit: str = "mentions") -> Figure:
    """Return a figure with these values."""
    return Figure(name="n", group="all", value=value, previous=previous, unit=unit)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "seconds", "\N{EN DASH}"),
        (1234, "mentions", "1,234"),
        (0.125, "share", "12.5 %"),
        (59.4, "seconds", "59 s"),
        (3599, "seconds", "59 min"),
        (12_000, "seconds", "3 h 20 min"),
        (7_200, "seconds", "2 h"),
        (187_200, "seconds", "2 d 4 h"),
    ],
)
def test_values_are_written_for_people(value: float | None, unit: str, text: str) -> None:
    """Thousands are grouped, shares are per cent, lengths of time have their two largest units."""
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (figure(12, 10), "+2 +20 %"),
        (figure(5, 10), "\N{MINUS SIGN}5 \N{MINUS SIGN}50 %"),
        (figure(3, 0), "+3 new"),
        (figure(0, 0), "="),
        (figure(0.5, 0.25, "share"), "+25.0 pt"),
        (figure(0.5, None, "share"), "new"),
        (figure(None, 3, "seconds"), ""),
        (figure(7_300, 3_600, "seconds"), "+1 h +103 %"),
    ],
)
def test_changes_are_written_for_people(given: Figure, text: str) -> None:
    """The difference and per cent; points for shares; `new` where there was nothing."""
    assert changed(given) == text


def test_plain_output_has_no_escapes() -> None:
    """Without a terminal nothing but text is printed, a hostile name included."""
    text = drawn(terminal=False)
    assert "\x1b" not in text
    assert "=1+1 [/x] ␛[31m" in text


def test_a_terminal_gets_colours_and_no_hostile_escape() -> None:
    """More complaints are red; the escape in a platform's name is a picture of one."""
    text = drawn(terminal=True)
    assert re.search(r"complaints.*\x1b\[31m *\+1 new", text)
    assert "␛[31m" in text
    assert "\u202e" not in text


def test_a_wide_terminal_has_both_columns_and_bars() -> None:
    """Narrower ones have one of the two; none has lines that are too long for the eye."""
    for width, columns, bars in ((80, 1, True), (130, 2, False), (160, 2, True), (300, 2, True)):
        lines = drawn(terminal=False, width=width).splitlines()
        assert max(map(len, lines)) <= 160
        heads = [line for line in lines if "Volume" in line]
        assert (len(heads), heads[0].count(" week ")) == (1, columns)
        assert any("█" in line for line in lines) == bars


def test_a_running_week_says_so() -> None:
    """`so far` stands beside the week, and the footnote says what it is compared with."""
    text = drawn(MONDAY + timedelta(days=1), terminal=False)
    assert "so far" in text
    assert "the same time of the week before" in text
    assert "so far" not in drawn(terminal=False)


def test_csv_of_a_hostile_name_is_harmless() -> None:
    """A group that begins like a formula is guarded."""
    file = StringIO()
    write_csv([report(MONDAY + timedelta(days=9))], file)
    groups = {row["group"] for row in csv.DictReader(StringIO(file.getvalue()))}
    assert any(group.startswith("'=1+1") for group in groups)
    assert not any("\x1b" in group or group.startswith("=") for group in groups)
