"""Stories of power cuts: whatever the statement at which it ends, the next start makes everything good."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import event, select, text

from monitor import deliver as delivery
from monitor.connector import Query, Source
from monitor.core.alert import Policy, Resolution, Resolve, Step
from monitor.escalate import Plan, Rules, act, hear, tick
from monitor.follow import Followed, follow
from monitor.pull import LEASE, Feed, Ledger, pull
from monitor.store import Store, policies, sources
from monitor.store.batches import table_of
from monitor.store.tables import AlertRow, AnswerRow, AssessmentRow, JoinRow, LogRow, MentionRow, NoticeRow
from monitor.triage import triage
from tests.scenarios.conftest import opened
from tests.scenarios.world import NOON, Ear, Square, SquareConnector, World

POLICY = Policy(name="p", steps=(Step(notify=("terminal",), delay=timedelta(hours=9)),))
QUERY = Query(names=("acme",), accounts={"square": ("acmehelp",)})


class Killed(BaseException):
    """Stands for kill -9: nothing in the program may catch it."""


@dataclass(slots=True)
class Fuse:
    """Blows at the n-th write, commit or message (what only reads changes nothing); never when it is None."""

    left: int | None = None
    seen: int = 0

    def burn(self, *_: Any, **__: Any) -> None:
        """Come one closer."""
        self.seen += 1
        if self.left is not None and self.seen >= self.left:
            self.left = None
            raise Killed


@dataclass(slots=True)
class Life:
    """One daemon's life, from its start until it ends or is killed."""

    store: Store
    square: Square
    ear: Ear
    fuse: Fuse
    now: Any = NOON

    def run(self) -> None:
        """Do everything there is to do, as the daemon does."""
        clock = lambda: self.now  # noqa: E731 - the clock of this life
        ledger = Ledger("x", clock)
        source = Source(name="square", brand="acme", connector="square", query=QUERY)
        feed = Feed(
            source=source,
            connector=SquareConnector(square=self.square, meter=ledger),
            ledger=ledger,
            every=timedelta(minutes=1),
            warm_up=False,
        )
        with self.store.transaction() as connection:
            sources.release(connection)
            sources.configure(connection, [("square", "acme", "square")], self.now)
            saved = policies.save(connection, [POLICY], self.now)
        plan = Plan(rules={"acme": Rules(policy=saved["p"])})
        with self.store.transaction() as connection:
            claimed = sources.claim_due(connection, self.now, LEASE, 1)
        for each in claimed:
            pull(self.store, feed, each, clock, Event())
        self._advance(plan)
        gone = follow(self.store, {"square": Followed(source=source, connector=feed.connector)}, clock)
        for lost in gone:
            if lost.alert is not None:
                resolve = Resolve(by="uproar", resolution=Resolution.GONE)
                act(self.store, lost.alert, resolve, by="uproar", routes={}, now=self.now)
        self._advance(plan)

    def _advance(self, plan: Plan) -> None:
        notifiers = {"terminal": _Fused(self.ear, self.fuse)}
        while (
            triage(self.store, {}, self.now)
            + hear(self.store, plan, self.now)
            + tick(self.store, plan, self.now)
            + delivery.deliver(self.store, notifiers, lambda: self.now)
        ):
            pass


@dataclass(slots=True)
class _Fused:
    """A destination that may die right before or after it took a notice."""

    ear: Ear
    fuse: Fuse

    def send(self, notice: Any) -> None:
        self.fuse.burn()
        self.ear.send(notice)
        self.fuse.burn()


@contextmanager
def lit(store: Store, fuse: Fuse) -> Iterator[None]:
    """Let the fuse burn with each write and commit of the store."""

    def burn_if_it_writes(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("SELECT", "BEGIN")):
            fuse.burn()

    hooks = [("before_cursor_execute", burn_if_it_writes), ("commit", fuse.burn)]
    for name, hook in hooks:
        event.listen(store.engine, name, hook)
    yield
    for name, hook in hooks:
        event.remove(store.engine, name, hook)


def a_square() -> Square:
    """Return a square with a bit of everything, in batches of three."""
    square = Square(batch=3)
    world = World(store=None, patch=None, squares={"square": square})  # type: ignore[arg-type]
    first = world.publishes("acme broke my order", id="a")
    world.publishes("my acme is broken, too", by="ben", to=first, id="b")
    world.publishes("acme has a nice shop", by="cy", id="c")
    answered = world.publishes("acme lost my parcel", by="dan", id="d", ago=9)
    world.publishes("So sorry!", by="acmehelp", to=answered, id="e", ago=8)
    square.vanished.add(world.publishes("acme: refund, third time of asking", by="eve", id="f"))
    square.changes += 1
    square.odd.append((square.changes, {"id": "odd"}))
    world.publishes("So sorry!", by="acmehelp", to=first, id="g", unsearched=True)
    return square


def what_became(store: Store) -> dict[str, list[Any]]:
    """Return all that lasts, without the times and the counts of attempts."""
    wanted: dict[Any, tuple[str, ...]] = {
        MentionRow: ("id", "text", "own", "source", "likes"),
        AssessmentRow: ("mention", "complaint", "severity", "outcome"),
        AlertRow: ("dedup_key", "mention", "severity", "status", "step", "round", "version", "resolution"),
        JoinRow: ("alert", "mention", "reason"),
        LogRow: ("alert", "event", "status", "reason"),
        AnswerRow: ("mention", "reply", "by"),
        NoticeRow: ("alert", "destination", "why", "sent_at", "withdrawn_at"),
    }
    found: dict[str, list[Any]] = {}
    with store.reading() as connection:
        for row, names in wanted.items():
            table = table_of(row)
            rows = connection.execute(select(*(_timeless(table.c[name]) for name in names)))
            found[table.name] = sorted(map(tuple, rows), key=repr)
        found["inbox"] = list(connection.execute(text("SELECT * FROM inbox")))
        (source,) = sources.states(connection)
        found["source"] = [(source.state, source.mentions, source.filtered, source.malformed)]
        found["aside"] = [row.payload for row in sources.kept_aside(connection, "square")]
    return found


def _timeless(column: Any) -> Any:
    return column.is_not(None) if column.name.endswith("_at") else column


def killed_at(store: Store, statement: int | None) -> tuple[dict[str, list[Any]], list[str], Fuse]:
    """Live until the fuse blows, then live again; return what became of it, who was told, and the fuse."""
    square, ear, fuse = a_square(), Ear(), Fuse(statement)
    life = Life(store, square, ear, fuse)
    with lit(store, fuse):
        try:
            life.run()
        except Killed:
            store.engine.dispose()
    Life(store, square, ear, Fuse(), now=NOON + timedelta(minutes=11)).run()
    return what_became(store), ear.heard, fuse


def test_a_kill_at_any_moment_changes_nothing_in_the_end(sqlite_template: Path, tmp_path: Path) -> None:
    """Killed at each write, commit and message in turn: the end is as without, notices at most twice."""
    path = tmp_path / "uproar.db"
    shutil.copyfile(sqlite_template, path)
    store = opened(f"sqlite:///{path}")
    expected, told, fuse = killed_at(store, None)
    assert told == ["opened 1", "opened 2", "resolved 1"]
    assert [row[3] for row in expected["alert"]] == ["acknowledged", "resolved"]
    assert fuse.seen > 50, "the fuse does not see the statements"
    for statement in range(1, fuse.seen + 1):
        _empty(store, sqlite_template)
        became, heard, blown = killed_at(store, statement)
        assert blown.left is None
        assert became == expected, f"killed at statement {statement}"
        assert set(heard) == set(told), f"killed at statement {statement}"
        assert len(heard) <= len(told) + 1, f"killed at statement {statement}"
    store.close()


def _empty(store: Store, template: Path) -> None:
    """Put an empty file in the store's place; the compiled statements stay, which saves most of the time."""
    assert store.path is not None
    store.engine.dispose()
    for old in store.path.parent.glob(f"{store.path.name}*"):
        old.unlink()
    shutil.copyfile(template, store.path)
