"""The command that learns from what the store has: tune, from labels or from how posts spread."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import (
    LARGEST,
    WRONG,
    BrandOption,
    ByOption,
    JsonOption,
    acting_person,
    fail,
    load_config,
    opened,
    print_json,
)
from monitor.cli.spreading import tune_spread, undo_spread

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.config import Config
    from monitor.store import Store
    from monitor.store.tunings import Tuning
    from monitor.teach import Lesson


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(tune)


def tune(
    context: typer.Context,
    number: Annotated[
        int | None,
        typer.Argument(metavar="N", min=1, max=LARGEST, help="With --undo: this tuning, not the last."),
    ] = None,
    brand: BrandOption = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="SOURCE", help="Only this source.")
    ] = None,
    spread: Annotated[
        bool, typer.Option("--spread", help="Learn how posts spread, from finished ones of the store.")
    ] = False,
    platform: Annotated[
        str | None, typer.Option("--platform", metavar="PLATFORM", help="With --spread: only this platform.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Withdraw the last tuning, or tuning N.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the tunings, the newest first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, and save nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Save even what held-back labels speak against.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn from labels what is a complaint, or with --spread from finished posts how posts spread.

    A source needs 20 labels, 5 of each kind; one with fewer goes by the labels of the whole brand. What
    changes is measured on held-back labels or posts. A running daemon goes by it from then on; `uproar
    reassess` shows what it makes of the past. The exit code is 1 when nothing was learned from labels.

    Example: uproar tune --brand acme --dry-run
    """
    person = None if dry_run else acting_person(by)
    _check(
        number,
        spread=spread,
        platform=platform,
        undo=undo,
        of_labels=bool(brand or source or listing or force),
    )
    if spread:
        if undo:
            undo_spread(context, number, acting_person(by))
        else:
            tune_spread(context, platform, by=person, as_json=as_json)
        return
    config = load_config(context, brand)
    with opened(config) as store:
        if listing:
            _list(config, store, brand, source, as_json=as_json)
        elif undo:
            _undo(store, number, brand, source, acting_person(by), as_json=as_json)
        else:
            _tune(config, store, brand, source, person, force=force, as_json=as_json)


def _check(number: int | None, *, spread: bool, platform: str | None, undo: bool, of_labels: bool) -> None:
    """Exit with 2 for options that say nothing together."""
    if number is not None and not undo:
        fail(f"tuning {number}: what about it? --undo withdraws it", WRONG)
    if platform is not None and not spread:
        fail("--platform goes with --spread", WRONG)
    if spread and of_labels:
        fail("--brand, --source, --list and --force are for labels, not for --spread", WRONG)


def _tune(
    config: "Config",
    store: "Store",
    brand: str | None,
    source: str | None,
    person: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Learn, and save what was learned in the name of `person`; None is a dry run."""
    from monitor.clock import system_clock
    from monitor.console import lessons as view
    from monitor.console import sheet
    from monitor.console.output import put
    from monitor.teach import lessons, save
    from monitor.wiring import rubrics

    with store.reading() as connection:
        learned = list(lessons(connection, rubrics(config), _sources(config, connection, brand, source)))
    told: list[tuple[Lesson, Tuning | None]] = []
    with store.transaction() as connection:
        for lesson in learned:
            kept = person is not None and lesson.new is not None and (force or not lesson.is_worse)
            told.append((lesson, save(connection, lesson, person or "", system_clock()) if kept else None))
    if as_json:
        print_json(view.rows(told))
    else:
        shown = list(view.sections(told))
        put(lambda width: sheet.screen(shown, width), lambda: sheet.plain(shown))
    if person is not None and not any(saved for _, saved in told):
        fail("nothing was learned: what counted before goes on to count")


def _sources(
    config: "Config", connection: "Connection", brand: str | None, source: str | None
) -> dict[str, set[str]]:
    """Return by brand the sources that are configured, and those that labelled mentions came from."""
    from monitor.store import labels

    found: dict[str, set[str]] = {name: set() for name in config.brands}
    for table in config.sources:
        found[table.brand].add(table.name)
    for stored, _ in labels.labelled(connection, brand):
        found.setdefault(stored.brand, set()).add(stored.source)
    chosen = {
        name: {each for each in names if source in (None, each)}
        for name, names in found.items()
        if brand in (None, name)
    }
    if source is not None and not any(chosen.values()):
        there = ", ".join(sorted(set().union(*found.values()))) or "none"
        fail(f"no source '{source}' is configured, nor has it labels; there are: {there}", WRONG)
    return {name: names for name, names in chosen.items() if names}


def _undo(
    store: "Store", number: int | None, brand: str | None, source: str | None, person: str, *, as_json: bool
) -> None:
    from monitor.clock import system_clock
    from monitor.console import lessons as view
    from monitor.store import tunings

    with store.transaction() as connection:
        if number is None:
            present = (each for each in tunings.listed(connection, brand, source) if not each.undone_at)
            number = next((each.number for each in present), None)
        if number is None:
            fail("there is no tuning to undo: `uproar tune --list`")
        try:
            undone = tunings.undo(connection, number, person, system_clock())
        except LookupError as error:
            fail(str(error))
    if as_json:
        print_json(view.listed_rows([undone], {undone.number: False}))
    else:
        typer.echo(f"tuning {undone.number} is undone: {_instead(store, undone)}")


def _instead(store: "Store", undone: "Tuning") -> str:
    """Return what counts in the place of a tuning that was undone, in words."""
    from monitor.store import tunings

    draft = undone.draft
    with store.reading() as connection:
        now = tunings.live(connection).find(draft.brand, draft.source, draft.model)
    return f"tuning {now.number} counts again" if now else "what ships counts again"


def _list(config: "Config", store: "Store", brand: str | None, source: str | None, *, as_json: bool) -> None:
    from monitor.console import lessons as view
    from monitor.console import sheet
    from monitor.console.output import put
    from monitor.core.assessment import Rubric
    from monitor.store import tunings
    from monitor.wiring import rubrics

    with store.reading() as connection:
        found = tunings.listed(connection, brand, source)
        live = {each.number for each in tunings.live(connection).of.values()}
    models = {name: rubric.model for name, rubric in rubrics(config).items()}
    in_use = {
        each.number: each.number in live and each.draft.model == models.get(each.draft.brand, Rubric().model)
        for each in found
    }
    if as_json:
        print_json(view.listed_rows(found, in_use))
    else:
        shown = list(view.listed(found, in_use))
        put(lambda width: sheet.screen(shown, width), lambda: sheet.plain(shown))
