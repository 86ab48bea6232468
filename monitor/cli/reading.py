"""Commands by which a person sees how things stand: queue, show, why, mentions."""

from typing import Annotated

import typer

from monitor.cli.session import JsonOption, load_config, opened, print_json

BrandOption = Annotated[str | None, typer.Option("--brand", metavar="BRAND", help="Only of this brand.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (queue,):
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

    with opened(load_config(context)) as store, store.reading() as connection:
        shown = view.read(connection, brand=brand, limit=limit)
    now = system_clock()
    if as_json:
        print_json(view.rows(shown))
    else:
        put(lambda width: view.screen(shown, now, width), lambda: view.plain(shown, now))
