"""How `uproar label` asks one mention after the other, and how it reads a file of labels."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli import lines
from monitor.cli.session import WRONG, fail

if TYPE_CHECKING:
    from monitor.console.sheet import Section
    from monitor.store import Store
    from monitor.store.labels import Label
    from monitor.store.mentions import Stored, Verdict

_NAMED = 20  # lines that are named one by one
_KEYS = "c complaint · n not a complaint · s skip · q quit"
_ANSWERS = {"c": True, "n": False}


def one(store: "Store", name: str, brand: str | None) -> "Stored":
    """Return the mention that `name` names; exit when there is none, or one of each of several brands."""
    from monitor.store import search

    with store.reading() as connection:
        found = search.named(connection, name)
    chosen = [each for each in found if brand in (None, each.brand)]
    if not chosen:
        fail(f"no mention '{name}' is stored{f' of {brand}' if brand else ''}")
    if len(chosen) > 1:
        fail(f"'{name}' is a mention of {', '.join(each.brand for each in chosen)}: say --brand", WRONG)
    return chosen[0]


def save(store: "Store", labels: "Sequence[Label]") -> int:
    """Save labels; return how many changed what counts."""
    from monitor.store import labels as kept

    with store.transaction() as connection:
        return kept.save(connection, labels)


# --------------------------------------------------------------------------------------------- one by one
def ask(
    store: "Store", asked: "Sequence[tuple[Stored, Verdict]]", by: str, clock: Callable[[], datetime]
) -> int:
    """Show each mention and take a key; each answer is saved at once. Return how many were labelled."""
    from monitor.console import asking
    from monitor.store.labels import Label

    done = 0
    typer.echo(_KEYS)
    for stored, verdict in asked:
        _show(asking.section(stored, verdict, clock()))
        key = _key()
        if key == "q":
            break
        if (complaint := _ANSWERS.get(key)) is not None:
            save(store, [Label(mention=stored.number, complaint=complaint, by=by, at=clock())])
            done += 1
    return done


def _show(section: "Section") -> None:
    from monitor.console import sheet
    from monitor.console.output import put

    put(lambda width: sheet.screen([section], width), lambda: sheet.plain([section]))


def _key() -> str:
    """Return one of the keys c, n, s and q; at the end of a pipe, q."""
    while True:
        typer.echo("[c/n/s/q] ", nl=False)
        key = _typed()
        typer.echo(key if key.isprintable() else "")
        if key in ("c", "n", "s", "q"):
            return key


def _typed() -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip()[:1].lower() if line else "q"
    with suppress(EOFError):  # Ctrl-D
        return typer.getchar().lower()
    return "q"


# --------------------------------------------------------------------------------------------- from a file
@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A line that could be read: what it calls the mention, what was said of it, and by whom."""

    mention: str
    complaint: bool
    brand: str | None
    by: str | None


def read(store: "Store", file: Path, brand: str | None, by: str, now: datetime) -> dict[str, int]:
    """Save the labels of a file; return what became of its lines. Those that cannot be read are named."""
    from monitor.store.labels import Label

    counts = dict.fromkeys(("labelled", "same", "unanswered", "malformed"), 0)
    with file.open("rb") as stream:
        for batch in lines.batches(stream):
            labels = []
            for number, raw in batch:
                try:
                    said = _said(lines.parse(raw))
                    found = None if said is None else _stored(store, said, brand)
                except ValueError as error:
                    counts["malformed"] += 1
                    _name(counts["malformed"], file, number, str(error))
                    continue
                if said is None or found is None:
                    counts["unanswered"] += 1
                else:
                    label = Label(mention=found.number, complaint=said.complaint, by=said.by or by, at=now)
                    labels.append(label)
            changed = save(store, labels)
            counts["labelled"] += changed
            counts["same"] += len(labels) - changed
    return counts


def _said(record: Mapping[str, Any]) -> _Said | None:
    """Return what a line says; None where nobody has filled it in. Raises `ValueError`."""
    name, complaint, brand, by = (record.get(key) for key in ("mention", "complaint", "brand", "by"))
    if complaint is None:
        return None
    if not isinstance(complaint, int) or complaint not in (0, 1):
        raise _wrong("complaint", "true or false, or 1 or 0", complaint)
    if isinstance(name, bool) or not isinstance(name, int | str):
        raise _wrong("mention", "its number, PLATFORM:ID, or its address (URL)", name)
    for key, value in (("brand", brand), ("by", by)):
        if value is not None and not isinstance(value, str):
            raise _wrong(key, "a name", value)
    return _Said(mention=str(name), complaint=bool(complaint), brand=brand, by=by)


def _wrong(key: str, expected: str, value: object) -> ValueError:
    return ValueError(f"{key}: expected {expected}, not {lines.kind(value)}")


def _stored(store: "Store", said: _Said, brand: str | None) -> "Stored":
    """Return the mention that a line names. Raises `ValueError`."""
    from monitor.store import search

    with store.reading() as connection:
        found = search.named(connection, said.mention)
    chosen = [each for each in found if each.brand == (brand or said.brand or each.brand)]
    if not chosen:
        raise ValueError(f"mention: '{said.mention}' is not stored")
    if len(chosen) > 1:
        raise ValueError(
            f"mention: it is one of {', '.join(each.brand for each in chosen)}: say which `brand`"
        )
    if chosen[0].deleted_at is not None:
        raise ValueError(f"mention: {chosen[0].number} is erased, nothing can be learned from it")
    return chosen[0]


def _name(count: int, file: Path, number: int, why: str) -> None:
    from monitor.core.sanitise import line

    if count <= _NAMED:
        typer.echo(line(f"{file}: line {number}: {why}"), err=True)
    elif count == _NAMED + 1:
        typer.echo(line(f"{file}: more malformed lines follow; they are counted only"), err=True)
