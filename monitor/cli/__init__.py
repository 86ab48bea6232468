"""The command line: `uproar COMMAND`. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.cli import (
    acting,
    judging,
    moving,
    reading,
    running,
    setup,
    spreading,
    teaching,
    tuning,
    watching,
)

app = typer.Typer(
    name="uproar",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Hear the complaint before it becomes an uproar.",
)
for module in (setup, running, reading, watching, acting, teaching, tuning, judging, spreading, moving):
    module.register(app)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"uproar {__version__}")
        raise typer.Exit


@app.callback()
def _uproar(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Configuration file. Default: $UPROAR_CONFIG, ./config.toml, the user's."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    context.obj = config
