"""How `uproar import` reads: through the replay connector, batch by batch, and then judges."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.progress import progress
from monitor.cli.session import fail

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.connector import Connector, Mention, Payload
    from monitor.core.query import Query
    from monitor.store import Store
    from monitor.store.mentions import Sighting

_NAMED = 20  # malformed lines that are named one by one
_LONGEST_LINE = 2**20


@dataclass(slots=True)
class _Import:
    """Where mentions go, and what became of the lines so far."""

    store: "Store"
    query: "Query"
    brand: str
    source: str
    alert: bool
    now: datetime
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("new", "changed", "same", "erased", "malformed"), 0)
    )


def read_in(
    store: "Store", config: "Config", file: Path, *, brand: str, source: str, alert: bool
) -> Mapping[str, int]:
    """Store the mentions of a file and judge them; return what became of its lines.

    All of them are the brand's, because the operator says so. What the store has erased, or an export says is
    deleted, stays erased; a record that is older than what the store has changes nothing.
    """
    from monitor.clock import system_clock
    from monitor.connector import Unavailable

    query = config.brands[brand].query()
    this = _Import(store, query, brand, source, alert, now=system_clock())
    size = file.stat().st_size
    with progress(f"reading {file.name}", size) as tell:
        try:
            for batch in _batches(file, query, brand):
                _keep(this, batch)
                tell(batch.after)
        except Unavailable as error:
            fail(str(error))
    _judge(this, config)
    return this.counts


@dataclass(frozen=True, slots=True)
class _Batch:
    """Payloads of the lines from `first` on, which begin at the byte `start` and end before `after`."""

    connector: "Connector"
    path: Path
    payloads: "Sequence[Payload]"
    first: int
    start: int
    after: int


def _batches(file: Path, query: "Query", brand: str) -> Iterator[_Batch]:
    from monitor.clock import system_clock
    from monitor.connector import Source
    from monitor.plugins import load
    from monitor.pull import Ledger

    source = Source(
        name="import",
        brand=brand,
        connector="replay",
        query=query,
        options={"path": os.fspath(file.absolute()), "addressed": True},
    )
    connector = load("replay")(source, {}, Ledger("import", system_clock))
    line = start = 0
    for batch in connector.pull({}):
        after = batch.cursor["offset"]
        yield _Batch(connector, file, batch.payloads, line, start, after)
        line, start = batch.cursor["line"], after


def _keep(this: _Import, batch: _Batch) -> None:
    from monitor.store.mentions import save

    given = list(_understood(this, batch))
    with this.store.transaction() as connection:
        chosen = _worth_saving(this, connection, given)
        saved = save(connection, brand=this.brand, source=this.source, sightings=chosen, observed_at=this.now)
    for name in ("new", "changed", "same"):
        this.counts[name] += getattr(saved, name)
    this.counts["same"] += len(chosen) - saved.new - saved.changed - saved.same  # twice in one batch


def _understood(this: _Import, batch: _Batch) -> "Iterator[tuple[Mention, Payload]]":
    """Yield the mentions with their records; name the lines that cannot be understood."""
    from monitor.connector import Malformed

    for index, payload in enumerate(batch.payloads):
        try:
            yield batch.connector.normalise(payload), payload
        except Malformed as error:
            this.counts["malformed"] += 1
            _name(this.counts["malformed"], batch, index, str(error))


def _name(count: int, batch: _Batch, index: int, why: str) -> None:
    """Tell which line is malformed, for the first of them."""
    from monitor.core.sanitise import line

    if count <= _NAMED:
        number = batch.payloads[index].get("line") if why.startswith("line ") else None
        number = number or _line_number(batch, index)
        typer.echo(line(f"{batch.path}: line {number}: {why.removeprefix(f'line {number}: ')}"), err=True)
    elif count == _NAMED + 1:
        typer.echo(f"{batch.path}: more malformed lines follow; they are counted only", err=True)


def _line_number(batch: _Batch, index: int) -> int:
    """Return the number of the line that a payload came from: blank lines give none."""
    number, found = batch.first, -1
    with batch.path.open("rb") as file:
        file.seek(batch.start)
        while found < index:
            raw = last = file.readline(_LONGEST_LINE)
            while last and not last.endswith(b"\n"):
                last = file.readline(_LONGEST_LINE)
            if not raw:
                break
            number += 1
            found += bool(raw.strip())
    return number


def _worth_saving(
    this: _Import, connection: Any, given: "Iterable[tuple[Mention, Payload]]"
) -> "list[Sighting]":
    """Leave out what is erased, and what the store knows from a later time than the file."""
    from monitor.core.query import is_own
    from monitor.store.exports import known
    from monitor.store.mentions import Sighting

    pairs = list(given)
    have = known(connection, this.brand, [mention for mention, _ in pairs])
    chosen = []
    for mention, record in pairs:
        stored = have.get((mention.platform, mention.id))
        observed_at = _observed_at(record)
        if record.get("deleted_at") or (stored and stored.deleted):
            this.counts["erased"] += 1
        elif stored and observed_at and observed_at <= stored.observed_at:
            this.counts["same"] += 1
        else:
            own = is_own(mention, this.query)
            chosen.append(Sighting(mention=mention, own=own, history=not this.alert))
    return chosen


def _observed_at(record: "Payload") -> datetime | None:
    """Return when the mention was observed, if the record says so: exports do."""
    from datetime import UTC

    try:
        moment = datetime.fromisoformat(record["observed_at"])
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _judge(this: _Import, config: "Config") -> None:
    """Do what the daemon would do next: assess what is new, and let it answer and open alerts."""
    from monitor.escalate import hear
    from monitor.triage import triage
    from monitor.wiring import make_plan, rubrics

    judged = 0
    with progress("judging", this.counts["new"] + this.counts["changed"]) as tell:
        while done := triage(this.store, rubrics(config), this.now):
            judged += done
            tell(judged)
    with this.store.transaction() as connection:
        plan = make_plan(config, connection, this.now)
    while hear(this.store, plan, this.now):
        pass
