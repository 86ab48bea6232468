"""From a file of posts to alerts, against raw inserts of the rows that come of it."""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from connectors.replay import ReplayConnector
from monitor.clock import system_clock
from monitor.connector import Query, Source
from monitor.core.alert import Policy, Step
from monitor.escalate import Plan, Rules, hear
from monitor.pull import Feed, Ledger, pull
from monitor.store import Store, open_store, policies, sources
from monitor.triage import triage
from tests.benchmarks.posts import write
from tests.postgres import running_server

TABLES = ("mention", "engagement", "assessment", "alert", "alert_mention", "alert_log", "notice")
KEYS = dict.fromkeys(("mention", "alert", "alert_log", "notice"), "number") | {"alert_mention": "rowid"}
ALERTS = {"alert", "alert_mention", "alert_log", "notice"}
BATCH = 1_000
RAW = "executemany of all rows, a commit for each 1000 of a table"
TOGETHER = "the same with one commit for all tables"
ALONE = "executemany of the mention rows alone"
AGAIN = "again"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")


@dataclass(slots=True)
class Stopwatch:
    """Seconds that were spent inside `with` blocks, by name."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, since: float) -> float:
        """Add the time since `since` to `name`, and return the present one."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - since
        return now


def ingest(store: Store, path: Path, after_batch: Callable[[Stopwatch], None] = lambda _: None) -> Stopwatch:
    """Read, judge and escalate the posts in `path`; return the seconds that each step took.

    `after_batch` runs after each batch, on nobody's time.
    """
    watch = Stopwatch()
    source = Source(
        name="file",
        brand="acme",
        connector="replay",
        query=Query(names=("acme",)),
        options={"path": str(path)},
    )
    ledger = Ledger("replay", system_clock)
    started = 0.0

    def work() -> None:
        nonlocal started
        now = watch.add("pull", started)
        while triage(store, {}, system_clock()):
            pass
        now = watch.add("triage", now)
        while hear(store, plan, system_clock()):
            pass
        watch.add("hear", now)
        after_batch(watch)
        started = time.perf_counter()

    feed = Feed(
        source=source,
        connector=ReplayConnector(source, {}, ledger),
        ledger=ledger,
        every=timedelta(minutes=1),
        warm_up=False,
        on_batch=work,
    )
    with store.transaction() as connection:
        sources.configure(connection, [("file", "acme", "replay")], system_clock())
        sources.pull_now(connection, ["file"], system_clock())
        (claimed,) = sources.claim_due(connection, system_clock(), timedelta(minutes=5), 1)
        policy = Policy(name="default", steps=(Step(notify=("terminal",), delay=timedelta(minutes=15)),))
        plan = Plan(
            rules={"acme": Rules(policy=policies.save(connection, [policy], system_clock())["default"])}
        )
    started = time.perf_counter()
    outcome = pull(store, feed, claimed, system_clock, Event())
    watch.add("pull", started)
    if outcome.error:
        raise RuntimeError(outcome.error)
    return watch


class Baseline:
    """The same rows through `sqlite3.executemany`, a thousand at a time: same tables, indexes and pragmas.

    `together` commits the rows of all tables that a thousand mentions left behind at once, which is harder to
    keep up with; otherwise each thousand rows of a table are one transaction.
    """

    def __init__(self, store: Store, path: Path, tables: Sequence[str] = TABLES, *, together: bool) -> None:
        self._of = sqlite3.connect(str(store.path))
        self._to = sqlite3.connect(path, isolation_level=None)
        self._marks = dict.fromkeys(tables, 0)
        self._waiting: dict[str, list[Any]] = {table: [] for table in tables}
        self._together = together
        for pragma in PRAGMAS:
            self._to.execute(f"PRAGMA {pragma}")
        for (sql,) in self._of.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            self._to.execute(sql)

    def catch_up(self, *, last: bool = False) -> float:
        """Insert the rows that are new in the store, and return how many seconds that took."""
        for table in self._waiting:
            self._waiting[table] += self._new(table)
        started = time.perf_counter()
        if self._together:
            self._to.execute("BEGIN IMMEDIATE")
        full = {table for table, waiting in self._waiting.items() if len(waiting) >= BATCH}
        if full & ALERTS:
            full |= ALERTS  # what refers to alerts comes with them
        for table, waiting in self._waiting.items():
            while waiting and (last or self._together or table in full):
                self._insert(table, waiting[:BATCH])
                del waiting[:BATCH]
        if self._together:
            self._to.execute("COMMIT")
        return time.perf_counter() - started

    def _insert(self, table: str, rows: Sequence[Any]) -> None:
        marks = ",".join("?" * len(rows[0]))
        statement = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - our names
        if self._together:
            self._to.executemany(statement, rows)
            return
        self._to.execute("BEGIN IMMEDIATE")
        self._to.executemany(statement, rows)
        self._to.execute("COMMIT")

    def _new(self, table: str) -> list[Any]:
        key = KEYS.get(table, "mention")
        statement = f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key}"  # noqa: S608 - our names
        rows = self._of.execute(statement, [self._marks[table]]).fetchall()
        (self._marks[table],) = self._of.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()  # noqa: S608 - our names
        return rows

    def close(self) -> None:
        """Close both databases."""
        self._of.close()
        self._to.close()


def measure(count: int, folder: Path) -> dict[str, float]:
    """Ingest `count` posts, batch by batch beside the raw inserts; return seconds by name."""
    first = write(folder / "first.jsonl", count)
    store = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    baselines = {
        RAW: Baseline(store, folder / "raw.sqlite", together=False),
        TOGETHER: Baseline(store, folder / "together.sqlite", together=True),
        ALONE: Baseline(store, folder / "alone.sqlite", ("mention",), together=True),
    }

    def compare(watch: Stopwatch, *, last: bool = False) -> None:
        for name, baseline in baselines.items():
            watch.seconds[name] = watch.seconds.get(name, 0.0) + baseline.catch_up(last=last)

    with ExitStack() as stack:
        stack.callback(store.close)
        for each in baselines.values():
            stack.callback(each.close)
        watch = ingest(store, first, compare)
        compare(watch, last=True)
        again = ingest(store, write(folder / "again.jsonl", count, changed=0.1))
        return watch.seconds | {AGAIN: sum(again.seconds.values())}


def peak(count: int, folder: Path) -> dict[str, float]:
    """Ingest `count` posts and nothing else; return the most memory that the process ever had, in MiB."""
    path = write(folder / "first.jsonl", count)
    with closing(open_store(f"sqlite:///{folder / 'store.sqlite'}")) as store:
        ingest(store, path)
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def report(folder: Path, *, count: int, million: bool) -> Iterator[str]:
    """Yield the figures, line by line; each measurement in a process of its own."""
    del folder
    seconds = _alone("measure", count)
    steps = {name: seconds[name] for name in ("pull", "triage", "hear")}
    ours = sum(steps.values())
    shares = ", ".join(f"{name} {1e6 * each / count:.0f}" for name, each in steps.items())
    yield f"{count:,} mentions: {count / ours:,.0f}/s (µs a mention: {shares})"
    yield f"{seconds[RAW] / ours:.3f} of the rate of {RAW}: {count / seconds[RAW]:,.0f}/s (bar: 0.25)"
    for name in (TOGETHER, ALONE):
        yield f"{seconds[name] / ours:.3f} of the rate of {name}: {count / seconds[name]:,.0f}/s"
    yield f"the same again, 10 % with other counts: {count / seconds[AGAIN]:,.0f}/s"
    for size in (10_000, count, *([1_000_000] if million else [])):
        yield f"memory at most, {size:,} mentions: {_alone('peak', size)['peak']:.0f} MiB (bar: 200)"


def report_postgres(folder: Path, *, count: int) -> Iterator[str]:
    """Yield the rate on a PostgreSQL of our own, without fsync: for information."""
    path = write(folder / "first.jsonl", count)
    with running_server() as server, closing(open_store(server.url(server.create()))) as store:
        seconds = ingest(store, path).seconds
    ours = sum(seconds.values())
    shares = ", ".join(f"{name} {1e6 * each / count:.0f}" for name, each in seconds.items())
    yield f"{count:,} mentions: {count / ours:,.0f}/s (µs a mention: {shares}; without fsync)"


def _alone(what: str, count: int) -> dict[str, float]:
    """Run `measure` or `peak` in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.ingest", what, str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        chosen = {"measure": measure, "peak": peak}[sys.argv[1]]
        sys.stdout.write(json.dumps(chosen(int(sys.argv[2]), Path(temporary))))
