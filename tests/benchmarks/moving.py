"""A large store: the queue's query, and a hundred thousand alerts that are due at once."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from monitor.clock import system_clock
from monitor.core.alert import Alert, Policy, Status, Step
from monitor.core.record import from_record
from monitor.core.severity import Severity
from monitor.escalate import Plan, Rules, tick
from monitor.store import Store, alerts, mentions, open_store, policies, queue
from monitor.store.alerts import Opening
from monitor.store.batches import lots
from monitor.store.mentions import Sighting
from tests.benchmarks.posts import posts

MINUTE = timedelta(minutes=1)
ROUTES = {"terminal": (("terminal", None),)}


def fill(store: Store, count: int) -> None:
    """Save `count` mentions, unjudged."""
    now = system_clock()
    for lot in lots(posts(count), 10_000):
        sightings = [Sighting(mention=from_record(post)) for post in lot]
        with store.transaction() as connection:
            mentions.save(connection, brand="acme", source="file", sightings=sightings, observed_at=now)
            connection.execute(text("DELETE FROM inbox"))


def open_alerts(store: Store, count: int, due_at: datetime) -> Plan:
    """Open an alert about each of the first `count` mentions, all due at one instant."""
    with store.transaction() as connection:
        policy = Policy(name="default", steps=(Step(notify=("terminal",), delay=15 * MINUTE),) * 2)
        saved = policies.save(connection, [policy], system_clock())["default"]
        for lot in lots(range(1, count + 1), 1_000):
            alerts.open_all(connection, list(_openings(connection, lot, due_at)))
    return Plan(rules={"acme": Rules(policy=saved)}, routes=ROUTES)


def _openings(connection: Connection, numbers: Sequence[int], due_at: datetime) -> Iterator[Opening]:
    for each in mentions.get(connection, numbers):
        state = Alert(
            status=Status.TRIGGERED,
            severity=list(Severity)[each.number % 4],
            created_at=due_at - timedelta(seconds=each.number),
            policy="default",
            policy_version=1,
            due_at=due_at,
            version=1,
        )
        yield Opening(brand="acme", dedup_key=f"twitter:{each.mention.id}", mention=each.number, state=state)


def time_queue(store: Store, rounds: int = 200) -> list[float]:
    """Return the seconds that the query for the top 50 takes, each time in a transaction of its own."""
    taken = []
    for _ in range(rounds):
        with store.reading() as connection:
            started = time.perf_counter()
            shown = queue.queue(connection, limit=50)
            taken.append(time.perf_counter() - started)
        if len(shown) != 50:
            raise RuntimeError("the queue is not full")
    return taken


def time_ticks(store: Store, plan: Plan) -> tuple[int, float]:
    """Move all that is due; return how many were moved, and in how many seconds."""
    started = time.perf_counter()
    moved = 0
    while done := tick(store, plan, system_clock()):
        moved += done
    return moved, time.perf_counter() - started


def report(folder: Path, *, stored: int = 1_000_000, due: int = 100_000) -> Iterator[str]:
    """Yield the figures, line by line."""
    now = system_clock()
    with closing(open_store(f"sqlite:///{folder / 'queue.sqlite'}")) as store:
        fill(store, stored)
        open_alerts(store, 20_000, now + 60 * MINUTE)
        taken = sorted(time_queue(store))
        yield (
            f"queue, top 50 of 20,000 open alerts over {stored:,} mentions: "
            f"median {1000 * statistics.median(taken):.2f} ms, p99 {1000 * taken[-2]:.2f} ms (bar: 5 ms)"
        )
    with closing(open_store(f"sqlite:///{folder / 'ticks.sqlite'}")) as store:
        fill(store, due)
        plan = open_alerts(store, due, now - MINUTE)
        moved, seconds = time_ticks(store, plan)
        yield f"alerts due at once: {moved:,} moved in {seconds:.1f} s (bar: 60 s)"
