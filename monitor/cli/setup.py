"""Commands by which a monitor is set up: init, check, connectors."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.session import FAILED, WRONG, JsonOption, fail, print_json

if TYPE_CHECKING:
    from monitor.cli.checking import Finding

EXAMPLE = Path(__file__).with_name("config.example.toml")
_MARKS = {"ok": ("✓", "green"), "note": ("·", "cyan"), "failed": ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (init, check, connectors):
        app.command()(command)


def init(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Option("--path", help="Where to write it. Default: where `uproar` looks for it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a configuration to start from: commented, and working at once with public feeds.

    Example: uproar init --path config.toml
    """
    from monitor.cli.exporting import replaced
    from monitor.core.sanitise import line
    from monitor.paths import default_path

    given: Path | None = path or context.find_root().obj
    target = given or default_path()
    if target.exists() and not force:
        fail(f"{target} exists: --force replaces it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replaced(target) as file:
            file.write(EXAMPLE.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"{target}: {error.strerror or error}")
    found = target.resolve() == default_path().resolve()
    command = "uproar" if found else f"uproar --config {target}"
    typer.echo(line(f"wrote {target}; put your brand in, then try: {command} check, {command} run"))


def check(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Call no platform; otherwise each source makes its first call.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the configuration, credentials, sources, destinations and database; change nothing.

    Exits with 1 when a check failed, and with 2 when the configuration cannot be used.

    Example: uproar check --offline
    """
    from dataclasses import replace

    from monitor import logs
    from monitor.cli.checking import check_all, mistakes
    from monitor.config import ConfigError, load
    from monitor.masking import mask_of
    from monitor.paths import default_path

    path: Path = context.find_root().obj or default_path()
    try:
        config = load(path)
    except ConfigError as error:
        _print_findings(mistakes(error), as_json=as_json)
        raise SystemExit(WRONG) from None
    mask = mask_of(config)
    logs.configure(config.monitor.log, mask)  # else what connectors log reaches the terminal as it is
    checked = check_all(config, str(path), offline=offline)
    findings = _print_findings(
        (replace(each, message=mask(each.message)) for each in checked), as_json=as_json
    )
    failed = sum(each.state == "failed" for each in findings)
    if not as_json:
        typer.echo(f"\n{failed} of {len(findings)} checks failed" if failed else "\nall is well")
    if failed:
        raise SystemExit(FAILED)


def connectors(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the installed connectors: their options, credentials and limits.

    Example: uproar connectors reddit
    """
    from monitor.cli.described import described
    from monitor.plugins import available

    if name is not None and name not in available():
        fail(f"no connector '{name}'; installed are: {', '.join(available())}", WRONG)
    found = [described(each) for each in ([name] if name else available())]
    if as_json:
        print_json(found)
        return
    for number, each in enumerate(found):
        _print_connector(each, leading=number > 0)


def _print_connector(found: dict[str, Any], *, leading: bool) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from monitor.core.sanitise import line

    console = Console(highlight=False, emoji=False, markup=False)
    title = Text.assemble(*([("\n")] if leading else []), (line(found["name"]), "bold cyan"))
    console.print(title.append(f"  {line(found['about'])}", "default"), soft_wrap=False)
    if found["error"]:
        console.print(Text(f"  {line(found['error'])}", "red"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "key", "expects", "default"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "key")
    for row in _rows(found):
        table.add_row(*(Text(line(cell)) for cell in row))
    if table.row_count:
        console.print(Padding(table, (0, 0, 0, 2)))


def _rows(found: dict[str, Any]) -> Iterable[Sequence[str]]:
    for kind in ("options", "credentials"):
        for number, each in enumerate(found[kind]):
            default = "required" if each["required"] else _plain(each["default"])
            yield ("" if number else kind, each["key"], each["type"], default)
    for number, limit in enumerate(found["limits"]):
        yield ("" if number else "limits", limit["bucket"], f"{limit['units']:,} a {limit['per']}", "")


def _plain(value: Any) -> str:
    import json

    return "none" if value is None or value == () else json.dumps(value, ensure_ascii=False)


def _print_findings(findings: "Iterable[Finding]", *, as_json: bool) -> "list[Finding]":
    """Print each finding as soon as it is there, and return them all."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from monitor.core.sanitise import line

    console = Console(highlight=False, emoji=False, markup=False)
    found = []
    for each in findings:
        found.append(each)
        if as_json:
            print_json([each.row()])
            continue
        mark, colour = _MARKS[each.state]
        where = [each.key or each.file] if each.state == "ok" else [each.file, each.key]
        text = Text.assemble((line(": ".join(filter(None, where))), "bold"), f"  {line(each.message)}")
        if each.remedy:
            text.append(f"\n→ {line(each.remedy)}", "dim")
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_row(Text(mark, colour), text)
        console.print(grid)
    return found
