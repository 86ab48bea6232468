"""Commands that move mentions and figures in and out: import, export, report."""

from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import (
    FAILED,
    WRONG,
    BrandOption,
    JsonOption,
    fail,
    instant,
    load_config,
    opened,
    print_json,
)

if TYPE_CHECKING:
    from monitor.core.weekly import Week, WeeklyReport


class What(StrEnum):
    """What can be exported."""

    MENTIONS = "mentions"
    ALERTS = "alerts"
    COVERAGE = "coverage"


class Rows(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"


class Form(StrEnum):
    """How a report is shown."""

    TERMINAL = "terminal"
    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import")(import_file)
    app.command()(export)
    app.command()(report)


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines: one mention a line.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand that all of its mentions are about.")],
    alert: Annotated[
        bool, typer.Option("--alert", help="Let them open alerts; otherwise they are history.")
    ] = False,
    source: Annotated[
        str, typer.Option("--source", help="The source that they are stored under.")
    ] = "import",
    as_json: JsonOption = False,
) -> None:
    """Read mentions from a JSON Lines file, such as an export or an archive, and judge them.

    Reading a file twice changes nothing. Lines that cannot be read are named and left out.

    Example: uproar import archive.jsonl --brand acme
    """
    from monitor.cli.importing import read_in

    config = load_config(context, brand)
    if not file.is_file():
        fail(f"{file}: no such file")
    with opened(config, create=True) as store:
        counts = read_in(store, config, file, brand=brand, source=source, alert=alert)
    if as_json:
        print_json([counts])
    else:
        typer.echo(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if not sum(counts.values()) - counts["malformed"]:
        fail(f"{file}: nothing in it could be read as a mention", FAILED)


def export(
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="What to export.")],
    form: Annotated[Rows, typer.Option("--format", help="CSV for spreadsheets, or JSON Lines.")] = Rows.CSV,
    since: Annotated[
        str | None,
        typer.Option("--since", help="From this time on: 2026-11-16, with a time in UTC, or 7d ago."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to, not including, this time.")] = None,
    brand: BrandOption = None,
    ids_only: Annotated[
        bool, typer.Option("--ids-only", help="Platform and id alone: what may be passed on to others.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. Default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write mentions, alerts or coverage as CSV or JSON Lines, by number.

    Example: uproar export mentions --since 2026-11-16 --until 2026-11-23 -o week.csv
    """
    from monitor.cli.exporting import write_out
    from monitor.clock import system_clock
    from monitor.store.exports import Selection

    config = load_config(context, brand)
    now = system_clock()
    chosen = Selection(brand=brand, since=instant(since, now), until=instant(until, now))
    with opened(config) as store:
        write_out(store, what, chosen, as_csv=form is Rows.CSV, ids_only=ids_only, output=output, force=force)


def report(
    context: typer.Context,
    week: Annotated[
        str, typer.Option("--week", help="An ISO week such as 2026-W47, or: this, last.")
    ] = "last",
    brand: BrandOption = None,
    zone: Annotated[
        str,
        typer.Option("--zone", help="IANA zone whose Monday 00:00 begins the week, such as Europe/Berlin."),
    ] = "UTC",
    form: Annotated[Form, typer.Option("--format", help="How to show it.")] = Form.TERMINAL,
) -> None:
    """Report a week: volume, complaints, response times, topics, alerts; against the week before.

    Example: uproar report --week 2026-W47 --format csv
    """
    from monitor.clock import system_clock
    from monitor.report import make_report

    config = load_config(context, brand)
    if not config.brands:
        fail("no brand is configured: add a [brands.NAME] table to the configuration", WRONG)
    names = [brand] if brand else [*config.brands]
    calendar, now = _zone(zone), system_clock()
    wanted = _week(week, calendar, now)
    with opened(config) as store:
        try:
            reports = [make_report(store, name, wanted, calendar, now) for name in names]
        except ValueError as error:
            fail(f"--week {week}: {error}", WRONG)
    _show(reports, form)


def _show(reports: "list[WeeklyReport]", form: Form) -> None:
    if form is Form.JSON:
        from monitor.report.tidy import rows

        print_json(row for each in reports for row in rows(each))
    elif form is Form.CSV:
        from monitor.report.tidy import write_csv

        write_csv(reports, typer.get_text_stream("stdout", encoding="utf-8"))
    else:
        from rich.console import Console

        from monitor.report.terminal import show

        for each in reports:
            show(each, Console(highlight=False, emoji=False, markup=False))


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # no such zone; no such name; a folder of zones
        fail(f"--zone: no time zone '{name}'; expected an IANA name such as Europe/Berlin", WRONG)


def _week(text: str, zone: tzinfo, now: datetime) -> "Week":
    from monitor.core.weekly import Week

    this = Week.of(now, zone)
    if text in ("this", "last"):
        return this if text == "this" else this.before()
    try:
        return Week.parse(text)
    except ValueError as error:
        fail(f"--week {text}: {error}", WRONG)
