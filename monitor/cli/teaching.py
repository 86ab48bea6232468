"""Commands by which people say what is a complaint, and see what that changes: label, reassess."""

from datetime import datetime
from pathlib import Path
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
    instant,
    load_config,
    opened,
    print_json,
)

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store

SourceOption = Annotated[
    str | None, typer.Option("--source", metavar="SOURCE", help="Only what this source saw first.")
]
_WORDS = {"complaint": True, "not": False}
_SAID = 100  # characters of a text, by which a wrong number is noticed


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (label, reassess):
        app.command()(command)


def label(
    context: typer.Context,
    mention: Annotated[
        str | None, typer.Argument(metavar="MENTION", help="Its number, PLATFORM:ID, or its address (URL).")
    ] = None,
    word: Annotated[
        str | None, typer.Argument(metavar="complaint|not", help="What it is.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="JSON Lines with `mention` and `complaint`."),
    ] = None,
    brand: BrandOption = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Ask of at most so many.")] = 50,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of mentions whether they are complaints: `uproar tune` learns from it.

    Without a mention it shows one after the other, the most uncertain first, the sources in turn, and takes a
    key: c for a complaint, n for none, s to skip, q to quit. With --json it prints them instead, for --from.

    Example: uproar label 12 not
    """
    from monitor.clock import system_clock

    config, person = load_config(context, brand), acting_person(by)
    if mention is not None and (word not in _WORDS or file):
        fail("say what it is: uproar label MENTION complaint, or: uproar label MENTION not", WRONG)
    if file and not file.is_file():
        fail(f"{file}: no such file")
    with opened(config) as store:
        if mention is not None:
            _label_one(store, mention, brand, person, complaint=_WORDS[word or ""], as_json=as_json)
        elif file:
            _label_file(store, file, brand, person, system_clock(), as_json=as_json)
        else:
            _label_in_turn(store, config, brand, source, limit, person, as_json=as_json)


def _label_one(
    store: "Store", name: str, brand: str | None, person: str, *, complaint: bool, as_json: bool
) -> None:
    from monitor.cli.labelling import one, save
    from monitor.clock import system_clock
    from monitor.console import asking
    from monitor.core.sanitise import line
    from monitor.notify import wording
    from monitor.store.labels import Label

    stored = one(store, name, brand)
    if stored.deleted_at is not None:
        fail(f"mention {stored.number} is erased: nothing can be learned from it")
    given = Label(mention=stored.number, complaint=complaint, by=person, at=system_clock())
    changed = bool(save(store, [given]))
    if as_json:
        print_json([asking.label_row(given, changed=changed)])
        return
    word = "a complaint" if complaint else "not a complaint"
    said = wording.said(stored, _SAID)
    how = "is labelled" if changed else "was labelled before:"
    typer.echo(line(f"mention {stored.number} {how} {word}: “{said}”", 500))


def _label_file(
    store: "Store", file: Path, brand: str | None, person: str, now: datetime, *, as_json: bool
) -> None:
    from monitor.cli.labelling import read

    counts = read(store, file, brand, person, now)
    if as_json:
        print_json([counts])
    else:
        typer.echo(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if counts["malformed"]:
        fail(f"{file}: {counts['malformed']:,} lines could not be read, the others are kept")


def _label_in_turn(
    store: "Store",
    config: "Config",
    brand: str | None,
    source: str | None,
    limit: int,
    person: str,
    *,
    as_json: bool,
) -> None:
    from monitor.cli.labelling import ask
    from monitor.clock import system_clock
    from monitor.console import asking
    from monitor.store import labels

    with store.reading() as connection:
        asked = labels.to_ask(connection, brand, source, limit)
    if not asked:
        _require_source(config, store, source)
    if as_json:
        print_json(asking.row(*each) for each in asked)
        return
    done = ask(store, asked, person, system_clock) if asked else 0
    rest = "" if asked else ": nothing is left to ask"
    typer.echo(f"{done:,} labelled{rest}")


def _require_source(config: "Config", store: "Store", source: str | None) -> None:
    """Fail where nothing was found of a source that is not known either: it is misspelled."""
    from monitor.store import mentions

    if source is None:
        return
    with store.reading() as connection:
        known = mentions.sources_of(connection) | {table.name for table in config.sources}
    if source not in known:
        fail(
            f"no source '{source}' is configured, nor did it see any; known: {', '.join(sorted(known))}",
            WRONG,
        )


# ----------------------------------------------------------------------------------------------- reassess
def reassess(
    context: typer.Context,
    brand: BrandOption = None,
    source: SourceOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Published since: 2026-11-21, 2026-11-21T08:00 (UTC), or 30d."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=LARGEST, help="Only the newest so many.", show_default=False)
    ] = LARGEST,
    apply: Annotated[bool, typer.Option("--apply", help="Write the new verdicts.")] = False,
    escalate: Annotated[
        bool, typer.Option("--escalate", help="With --apply: let young new complaints open alerts.")
    ] = False,
    within: Annotated[
        str, typer.Option("--within", metavar="LENGTH", help="How young, for --escalate.")
    ] = "24h",
    as_json: JsonOption = False,
) -> None:
    """Judge again what was judged before, by the present model and tunings, and show what changes.

    Nothing is written without --apply. It pages nobody for history, and leaves alerts as they are: an open
    one is weighed again when one of its mentions changes, as always.

    Example: uproar reassess --since 30d
    """
    from monitor.cli.progress import progress
    from monitor.clock import system_clock
    from monitor.console import differences as view
    from monitor.console import sheet
    from monitor.console.output import put
    from monitor.reassess import Application
    from monitor.reassess import reassess as look_again
    from monitor.store import judged
    from monitor.wiring import rubrics

    config, now = load_config(context, brand), system_clock()
    young = instant(within, now) if escalate else None
    span = judged.Span(brand=brand, source=source, since=instant(since, now))
    how = Application(now=now, write=apply, escalate_since=young)
    with opened(config) as store:
        with store.reading() as connection:
            total = min(limit, judged.count(connection, span))
        if not total:
            _require_source(config, store, source)
        with progress("judging", total) as tell:
            found = look_again(store, rubrics(config), span, how, limit=limit, tell=tell)
    if as_json:
        print_json(view.rows(found, written=apply))
    else:
        shown = list(view.sections(found, written=apply, escalating=escalate))
        put(lambda width: sheet.screen(shown, width), lambda: sheet.plain(shown))
