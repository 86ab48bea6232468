"""How `uproar export` writes: row by row, and a file either whole or not at all."""

import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from monitor.cli.progress import progress
from monitor.cli.session import fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.report.export import Export
    from monitor.store import Store
    from monitor.store.exports import Selection


def write_out(
    store: "Store",
    what: str,
    chosen: "Selection",
    *,
    as_csv: bool,
    ids_only: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Write what was chosen to `output`, or to standard output, in constant memory."""
    from monitor.report.export import EXPORTS
    from monitor.store.exports import bounds, tables

    export = EXPORTS[what]
    columns = export.ids if ids_only else export.columns
    with store.reading() as connection, _opened(output, force=force) as file:
        low, high = bounds(connection, tables[what], chosen) if what in tables else (1, 0)
        with progress(f"exporting {what}", high - low + 1, quiet=output is None and file.isatty()) as tell:
            records = _told(export.records(connection, chosen), low, tell)
            if as_csv:
                _write_csv(export, columns, records, file)
            else:
                _write_json(records, columns if ids_only else None, file)


def _told(
    records: Iterable[Mapping[str, Any]], first: int, tell: "Callable[[int], None]"
) -> Iterator[Mapping[str, Any]]:
    """Pass the records on, and tell now and then how far they got."""
    for count, record in enumerate(records):
        if count % 500 == 0 and "number" in record:
            tell(record["number"] - first)
        yield record


def _write_csv(
    export: "Export", columns: Sequence[str], records: Iterable[Mapping[str, Any]], file: TextIO
) -> None:
    from monitor.core.sanitise import cells
    from monitor.report.export import row

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        writer.writerow(cells(row(export.flat(record), columns)))


def _write_json(records: Iterable[Mapping[str, Any]], columns: Sequence[str] | None, file: TextIO) -> None:
    """Write JSON Lines in ASCII: text comes back as it was, and none of it reaches a terminal as such."""
    from monitor.core.record import to_json

    for record in records:
        chosen = record if columns is None else {name: record[name] for name in columns}
        file.write(json.dumps(chosen, default=to_json) + "\n")


@contextmanager
def _opened(output: Path | None, *, force: bool) -> Iterator[TextIO]:
    """Yield where to write; a file appears under its name only when it is whole, for its owner alone."""
    if output is None:
        yield typer.get_text_stream("stdout", encoding="utf-8")
        sys.stdout.flush()
        return
    if output.exists() and not force:
        fail(f"{output} exists: --force replaces it")
    try:
        with replaced(output) as file:
            yield file
    except OSError as error:
        fail(f"{output}: {error.strerror or error}")


@contextmanager
def replaced(path: Path) -> Iterator[TextIO]:
    """Yield a temporary file beside `path`, which takes its place at the end unless something went wrong."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")  # mode 600
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - it is open already
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
