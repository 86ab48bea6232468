"""Commands by which a person sees how things stand: queue, show, why, mentions."""

from typing import Annotated

import typer

from monitor.cli.session import (
    AlertArgument,
    BrandOption,
    JsonOption,
    fail,
    instant,
    load_config,
    opened,
    print_json,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (queue, show, why, mentions):
        app.command()(command)


def queue(
    context: typer.Context,
    brand: BrandOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Show at most so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the open alerts, most urgent first, and what to type.

    Example: uproar queue --brand acme
    """
    from monitor.clock import system_clock
    from monitor.console import queue as view
    from monitor.console.output import put

    with opened(load_config(context, brand)) as store, store.reading() as connection:
        shown = view.read(connection, brand=brand, limit=limit)
    now = system_clock()
    if as_json:
        print_json(view.rows(shown))
    else:
        put(lambda width: view.screen(shown, now, width), lambda: view.plain(shown, now))


def show(
    context: typer.Context,
    alert: AlertArgument,
    as_json: JsonOption = False,
) -> None:
    """Show one alert whole: the text, both clocks, reasons, log, notices, and what to type next.

    Example: uproar show 12
    """
    from monitor.clock import system_clock
    from monitor.console import alert as view
    from monitor.console import sheet, story
    from monitor.console.output import put

    with opened(load_config(context)) as store, store.reading() as connection:
        found = story.of_alert(connection, alert)
    if found is None:
        fail(f"there is no alert {alert}: `uproar queue` lists the open ones")
    if as_json:
        print_json([view.row(found)])
        return
    sections = list(view.sections(found, system_clock()))
    put(lambda width: sheet.screen(sections, width), lambda: sheet.plain(sections))


def why(
    context: typer.Context,
    mention: Annotated[
        str, typer.Argument(metavar="MENTION", help="Its number, PLATFORM:ID, or its address (URL).")
    ],
    as_json: JsonOption = False,
) -> None:
    """Tell the whole chain for one mention: seen, judged, what came of it, and why it did or did not page.

    Example: uproar why https://x.com/maria/status/1859
    """
    from monitor.clock import system_clock
    from monitor.console import chain, sheet, story
    from monitor.console.output import put
    from monitor.store import search

    now = system_clock()
    with opened(load_config(context)) as store, store.reading() as connection:
        found = [story.of_mention(connection, each) for each in search.named(connection, mention)]
    if not found:
        fail(
            f"no mention '{mention}' is stored: no source saw it, or the filter of the brand (names, must, "
            "must_not, languages) dropped it; `uproar sources` counts what was filtered"
        )
    if as_json:
        print_json(row for each in found for row in chain.rows(each, now))
        return
    sections = [section for each in found for section in chain.sections(each, now)]
    put(lambda width: sheet.screen(sections, width), lambda: sheet.plain(sections))


def mentions(
    context: typer.Context,
    brand: BrandOption = None,
    platform: Annotated[str | None, typer.Option("--platform", help="Only of this platform.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Published since: 2026-11-21, 2026-11-21T08:00 (UTC), or 2d."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Published before; as --since.")] = None,
    complaint: Annotated[
        bool | None, typer.Option("--complaint/--no-complaint", help="Only complaints, or only others.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="WORDS", help="These words occur, in whatever case.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="Show at most so many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Search the mentions, newest first.

    Example: uproar mentions --since 2d --complaint --text "refund"
    """
    from monitor.clock import system_clock
    from monitor.console import found as view
    from monitor.console.output import put
    from monitor.store.search import Wanted, search

    now = system_clock()
    wanted = Wanted(
        brand=brand,
        platform=platform,
        since=instant(since, now),
        until=instant(until, now),
        complaint=complaint,
        text=text,
        limit=limit,
    )
    with opened(load_config(context, brand)) as store, store.reading() as connection:
        found = search(connection, wanted)
    if as_json:
        print_json(view.rows(found))
    else:
        put(lambda width: view.screen(found, now, width), lambda: view.plain(found, now))
