"""The weekly report for a person at a terminal of any width, and as plain text where there is none."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor.core.sanitise import line
from monitor.core.weekly import Figure, WeeklyReport

_TWO_COLUMNS = 112  # from this width on the sections stand side by side
_WIDEST = 160  # beyond it a line is too long for the eye
_BARS = 76  # from this width on there is room for them
_BEFORE = 52  # from this width on there is room for the week before as well
_BAR = 12
_MOST_TOPICS = 8  # shown; the CSV has them all

_MINUS = "\N{MINUS SIGN}"
_NEUTRAL, _BAD_WHEN_UP = "neutral", "bad when up"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of a section: what it says, the figure, and how much of its section's whole it is."""

    label: str
    figure: Figure
    tone: str = _NEUTRAL
    share: float | None = None
    depth: int = 0


def show(report: WeeklyReport, console: Console) -> None:
    """Print the report."""
    width = min(console.width, _WIDEST)
    two = width >= _TWO_COLUMNS
    each = (width - 4) // 2 if two else width
    sections = [_section(title, lines, each) for title, lines in _sections(report)]
    console.print(_heading(report), width=width)
    if two:
        half = (len(sections) + 1) // 2
        grid = Table.grid(padding=(0, 4, 0, 0))
        grid.add_row(Group(*sections[:half]), Group(*sections[half:]))
        console.print(grid)
    else:
        console.print(Group(*sections))
    console.print(_footnote(report), style="dim", width=width)


def _heading(report: WeeklyReport) -> RenderableType:
    zone = ZoneInfo(report.zone)
    ends = (report.within.start, report.within.end - timedelta(seconds=1))
    first, last = (at.astimezone(zone) for at in ends)
    days = f"{first:%a} {first.day} {first:%b}" + f" to {last:%a} {last.day} {last:%b %Y}"
    title = Text.assemble(
        (line(report.brand, 40), "bold"), "  ", (str(report.week), "bold cyan"), f"  {days}, {report.zone}"
    )
    if report.so_far:
        title.append("  so far", "bold yellow")
    return Group(title, Rule(style="dim"), Text())


def _sections(report: WeeklyReport) -> Iterator[tuple[str, list[_Line]]]:
    yield "Volume", list(_volume(report))
    yield "Complaints", list(_complaints(report))
    yield "Topics", list(_topics(report))
    yield "Response times", list(_response(report))
    yield "Alerts", list(_alerts(report))
    yield "Time proved seen", list(_coverage(report))


def _volume(report: WeeklyReport) -> Iterator[_Line]:
    whole = report.get("mentions")
    yield _Line(label="mentions", figure=whole)
    for figure in report.groups("mentions_by_platform"):
        yield _Line(label=figure.group, figure=figure, share=_of(figure, whole), depth=1)
    for name, label in (
        ("reposts", "of them reposts"),
        ("history", "of them history"),
        ("deleted", "of them deleted"),
        ("unjudged", "of them unjudged"),
        ("labelled", "of them labelled"),
        ("corrected", "verdicts corrected"),
        ("own_posts", "own posts, apart"),
    ):
        if (figure := report.get(name)).value or figure.previous:
            yield _Line(label=label, figure=figure)


def _complaints(report: WeeklyReport) -> Iterator[_Line]:
    whole = report.get("complaints")
    yield _Line(label="complaints", figure=whole, tone=_BAD_WHEN_UP)
    for figure in report.groups("complaints_by_severity"):
        share = _of(figure, whole)
        yield _Line(label=figure.group, figure=figure, tone=_BAD_WHEN_UP, share=share, depth=1)
    yield _Line(label="share of mentions", figure=report.get("complaint_share"), tone=_BAD_WHEN_UP)
    yield _Line(label="unanswered", figure=report.get("unanswered"), tone=_BAD_WHEN_UP)


def _topics(report: WeeklyReport) -> Iterator[_Line]:
    whole = report.get("complaints")
    for figure in report.groups("complaints_by_topic")[:_MOST_TOPICS]:
        yield _Line(label=figure.group, figure=figure, tone=_BAD_WHEN_UP, share=_of(figure, whole))


def _response(report: WeeklyReport) -> Iterator[_Line]:
    for name in ("acknowledged", "answered"):
        yield _Line(label=name, figure=report.get(name))
        for suffix, label in (("median", "median"), ("p90", "9 in 10 within")):
            figure = report.get(f"{name}_{suffix}")
            yield _Line(label=label, figure=figure, tone=_BAD_WHEN_UP, depth=1)


def _alerts(report: WeeklyReport) -> Iterator[_Line]:
    yield _Line(label="opened", figure=report.get("alerts_opened"), tone=_BAD_WHEN_UP)
    yield _Line(label="escalated", figure=report.get("alerts_escalated"), tone=_BAD_WHEN_UP)
    whole = report.get("alerts_resolved")
    yield _Line(label="resolved", figure=whole)
    for figure in report.groups("alerts_resolved_by_reason"):
        label = figure.group.replace("-", " ")
        yield _Line(label=label, figure=figure, share=_of(figure, whole), depth=1)
    yield _Line(label="open at the end", figure=report.get("alerts_open"), tone=_BAD_WHEN_UP)


def _coverage(report: WeeklyReport) -> Iterator[_Line]:
    sources = report.groups("coverage_by_source")
    if len(sources) != 1:
        yield _Line(label="all sources", figure=report.get("coverage"))
    for figure in sources:
        yield _Line(label=figure.group, figure=figure, share=figure.value, depth=int(len(sources) > 1))


def _of(part: Figure, whole: Figure) -> float | None:
    return (part.value or 0.0) / whole.value if whole.value else None


# -------------------------------------------------------------------------------------------------- drawing
def _section(title: str, lines: Sequence[_Line], width: int) -> RenderableType:
    bars = width >= _BARS
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, width=width, header_style="dim")
    table.add_column(Text(title, "bold not dim"), ratio=1, no_wrap=True, overflow="ellipsis")
    if bars:
        table.add_column("", width=_BAR)
    table.add_column("week", justify="right", no_wrap=True, width=10)
    if before := width >= _BEFORE:
        table.add_column("before", justify="right", no_wrap=True, width=10)
    table.add_column("change", justify="right", no_wrap=True, width=14)
    for each in lines:
        table.add_row(*_cells(each, bars=bars, before=before))
    if not lines:
        table.add_row(Text("  none", "dim"))
    return Padding(table, (0, 0, 1, 0))


def _cells(each: _Line, *, bars: bool, before: bool) -> Iterable[Text]:
    figure = each.figure
    yield Text("  " * (each.depth + 1) + line(each.label, 60))
    if bars:
        filled = 0 if each.share is None else round(each.share * _BAR * 8)
        yield Text(_bar(filled), "cyan")
    yield Text(shown(figure.value, figure.unit), "bold" if not each.depth else "")
    if before:
        yield Text(shown(figure.previous, figure.unit), "dim")
    yield Text(changed(figure), _style(figure, each.tone))


def _bar(eighths: int) -> str:
    whole, rest = divmod(eighths, 8)
    return "█" * whole + " ▏▎▍▌▋▊▉"[rest].strip()


def _style(figure: Figure, tone: str) -> str:
    if not figure.change or tone == _NEUTRAL:
        return "dim"
    return "red" if figure.change > 0 else "green"


def shown(value: float | None, unit: str) -> str:
    """Return a value as a person reads it: `1,234`, `12.5 %`, `3 h 20 min`, a dash for nothing."""
    if value is None:
        return "\N{EN DASH}"
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    return _length(value) if unit == "seconds" else f"{value:,.0f}"


def changed(figure: Figure) -> str:
    """Return how a figure changed: `+3 +12 %`, `+3 new`, `=`; points for shares."""
    if figure.change is None:
        return "" if figure.value is None else "new"
    if figure.unit == "share":
        return _signed(figure.change * 100, ".1f", " pt")
    if not figure.change:
        return "="
    seconds = figure.unit == "seconds"
    difference = _signed_length(figure.change) if seconds else _signed(figure.change, ",.0f", "")
    if figure.relative is None:
        return f"{difference} new"
    return f"{difference} {_signed(figure.relative * 100, ',.0f', ' %')}"


def _signed(value: float, form: str, unit: str) -> str:
    text = format(abs(value), form)
    if not float(text.replace(",", "")):
        return "=" if unit == " pt" else f"0{unit}"
    return f"{'+' if value > 0 else _MINUS}{text}{unit}"


def _signed_length(seconds: float) -> str:
    """Return a difference of time by its largest unit: there is room for no more."""
    length = _length(round(abs(seconds))).split()
    return f"{'+' if seconds > 0 else _MINUS}{' '.join(length[:2])}"


def _length(seconds: float) -> str:
    """Return a length of time by its two largest units, without those that are zero."""
    whole = round(seconds)
    if whole < 3600:  # noqa: PLR2004 - an hour
        return f"{whole // 60} min" if whole >= 60 else f"{whole} s"  # noqa: PLR2004 - a minute
    large, small = (("d", 86400), ("h", 3600)) if whole >= 86400 else (("h", 3600), ("min", 60))  # noqa: PLR2004
    rest = whole % large[1] // small[1]
    return f"{whole // large[1]} {large[0]}" + (f" {rest} {small[0]}" if rest else "")


def _footnote(report: WeeklyReport) -> str:
    compared = "the same time of the week before" if report.so_far else "the week before"
    return (
        f"Compared with {compared}. Each figure is defined in docs/reports.md; `uproar export` has the rows."
    )
