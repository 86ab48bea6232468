"""Commands by which a person keeps an eye on the whole: status, sources, watch."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import FAILED, BrandOption, JsonOption, fail, load_config, opened, print_json

if TYPE_CHECKING:
    from monitor.config import Config


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (status, sources, watch):
        app.command()(command)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Tell how things stand: daemon, alerts, inbox, sources, latest events.

    Exits with 0 when all is well, with 1 when no daemon runs, one fell silent, or a source fails.

    Example: uproar status
    """
    from monitor.clock import system_clock
    from monitor.console import sheet
    from monitor.console import status as view
    from monitor.console.output import put

    config, now = load_config(context), system_clock()
    with opened(config) as store, store.reading() as connection:
        shown = view.read(connection, store.url, _accounts(config), now)
    if as_json:
        print_json(view.rows(shown))
    else:
        sections = list(view.sections(shown, now))
        put(lambda width: sheet.screen(sections, width), lambda: sheet.plain(sections))
    if not shown.well:
        raise typer.Exit(FAILED)


def sources(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this one, in detail.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show each source: state, counts, coverage, budgets; with NAME also the payloads kept aside.

    Example: uproar sources acme-reddit
    """
    from monitor.clock import system_clock
    from monitor.console import sheet
    from monitor.console import sources as view
    from monitor.console.output import put

    config, now = load_config(context), system_clock()
    with opened(config) as store, store.reading() as connection:
        found = view.read(connection, _accounts(config), now, aside=20 if name else 0)
    if name is not None:
        known = ", ".join(each.state.name for each in found) or "none; `uproar run` makes them known"
        found = [each for each in found if each.state.name == name]
        if not found:
            fail(f"no source '{name}'; known: {known}")
    if as_json:
        print_json(map(view.row, found))
    elif not found:
        typer.echo("No source is known yet: `uproar run` makes them known.")
    else:
        sections = list(view.sections(found, now))
        put(lambda width: sheet.screen(sections, width), lambda: sheet.plain(sections))


def watch(
    context: typer.Context,
    brand: BrandOption = None,
    bell: Annotated[bool, typer.Option("--bell", help="Ring on a new or escalated alert.")] = False,
    desktop: Annotated[
        bool, typer.Option("--desktop", help="Notify the desktop (OSC 9) of a new or escalated alert.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines instead of a screen: one for each change.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
) -> None:
    """Watch the queue live, in any terminal; Ctrl-C ends it.

    Example: uproar watch --bell
    """
    import sys

    from monitor.clock import system_clock
    from monitor.console import watch as view
    from monitor.notify import paint

    plain = plain or not paint.is_terminal(sys.stdout)
    with opened(load_config(context, brand)) as store:
        this = view.Watch(
            store=store, clock=system_clock, stream=sys.stdout, brand=brand, bell=bell, desktop=desktop
        )
        try:
            if once:
                view.once(this, plain=plain)
            elif plain:
                view.tell(this)
            else:
                view.draw(this)
        except KeyboardInterrupt:
            return


def _accounts(config: "Config") -> dict[str, str]:
    """Return the name of each source's credentials."""
    return {table.name: table.account for table in config.sources}
