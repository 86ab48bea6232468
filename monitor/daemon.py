"""The daemon: the order of the steps, what wakes them, and what keeps one failure from stopping another.

    pull ─▶ triage ─▶ escalate ─▶ deliver        follow ─▶ (inbox) ─▶ triage …

Nothing durable lives here: due times are columns of the store. APScheduler only wakes the steps.
"""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from monitor.clock import Clock, system_clock
from monitor.config import Config
from monitor.core.alert import Resolution, Resolve
from monitor.core.escalation import NotOpenError
from monitor.deliver import deliver
from monitor.escalate import act, hear, tick
from monitor.follow import Followed, follow
from monitor.notify import Notifier
from monitor.plugins import prepare
from monitor.pull import LEASE, failed, note_lateness, pull
from monitor.store import Store, daemons, notices, shift, sources
from monitor.store.sources import ClaimedSource, LostClaim
from monitor.triage import triage
from monitor.wiring import Wiring, wire

PULLS_AT_ONCE = 4
_PATIENCE = 60.0  # seconds, after which a pull no longer keeps others waiting
_BEAT = 10.0  # seconds between signs of life
_SILENT = timedelta(minutes=1)  # without a sign of life, after which a daemon has lost its claims
_JUMP = timedelta(seconds=5)  # by which the clock must be off before it counts as set

_log = structlog.get_logger(__name__)


class AlreadyRunning(Exception):
    """Another daemon has this SQLite store."""


@dataclass(slots=True)
class Daemon:
    """A daemon on an open store. `wake` is how often the steps look for work, in real seconds."""

    config: Config
    store: Store
    notifiers: Mapping[str, Notifier]
    clock: Clock
    wake: float = 1.0
    follow_every: timedelta = timedelta(minutes=10)
    stopping: Event = field(default_factory=Event)
    _wiring: Wiring | None = None
    _pulls: dict[str, Thread] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)  # when each pull began, by the monotonic clock
    _advancing: Lock = field(default_factory=Lock)
    _more: Event = field(default_factory=Event)
    _teller: Thread | None = None  # while it runs: a destination that hangs then holds up nothing but notices
    _to_tell: Event = field(default_factory=Event)
    _follower: Thread | None = None
    _crowded: bool = False  # whether the last wake found no room for another pull
    _last_error: dict[str, str] = field(default_factory=dict)
    _outage: bool = False  # whether the store failed since the last beat
    _self: daemons.Daemon | None = None
    _lock: daemons.Lock | None = None
    _heard: tuple[datetime, float] | None = None  # both clocks at the last beat

    # ------------------------------------------------------------------------------------------- the order
    def advance(self) -> None:
        """Judge, escalate and tell until nothing is left; called again meanwhile, it goes round again."""
        self._more.set()
        while self._more.is_set() and self._advancing.acquire(blocking=False):
            try:
                self._more.clear()
                while self._advance_once() and not self.stopping.is_set():
                    pass
            finally:
                self._advancing.release()

    def pull_due(self, now: datetime | None = None) -> None:
        """Start a pull for each source that is due at `now`, as many at once as there is room for."""
        room = PULLS_AT_ONCE - sum(age < _PATIENCE for age in self._ages().values())
        if room <= 0 or self.stopping.is_set():
            self._crowded = room <= 0
            return
        with self.store.transaction() as connection:
            holder = self._self.id if self._self else None
            claimed = sources.claim_due(connection, now or self.clock(), LEASE, room, holder)
        for each in claimed:
            if self._ages().get(each.name, 0.0) > LEASE.total_seconds():
                self._hangs(each)
                continue
            name = f"pull {each.name}"
            thread = Thread(target=self._pull, args=(each, self._crowded), name=name, daemon=True)
            self._pulls[each.name] = thread
            self._begun[each.name] = time.monotonic()
            thread.start()
        self._crowded = False

    def follow_due(self) -> None:
        """Look again at what has an open alert; what is gone from its platform resolves its alert."""
        feeds = {
            name: Followed(source=feed.source, connector=feed.connector, mask=feed.mask)
            for name, feed in self._wired().feeds.items()
        }
        for each in follow(self.store, feeds, self.clock, every=self.follow_every):
            if each.alert is not None:
                self._resolve_gone(each.alert)
        self.advance()

    def turn(self, now: datetime) -> None:
        """Pull what is due at `now`, and take all steps until nothing is left; only then return."""
        self.pull_due(now)
        while self._pulls and not self.stopping.is_set():
            self._wait_for_pulls()
            self.pull_due(now)
        self.advance()
        self._job("follow", self.follow_due)()

    # -------------------------------------------------------------------------------------------- its life
    def run(self) -> None:
        """Run until `stopping` is set, then finish the transactions in hand within the deadline."""
        from apscheduler.schedulers.background import BackgroundScheduler

        self.start()
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        jobs: tuple[tuple[str, Callable[[], None], float], ...] = (
            ("pull", self.pull_due, self.wake),
            ("advance", self.advance, self.wake),
            ("follow", self._follow_apart, 5 * self.wake),
            ("beat", self.beat, _BEAT),
        )
        woken = [
            scheduler.add_job(self._job(name, step), "interval", seconds=seconds)
            for name, step, seconds in jobs
        ]
        self._teller = Thread(target=self._keep_telling, name="tell", daemon=True)
        self._teller.start()
        scheduler.start()
        try:
            self._keep_awake(woken)
        finally:
            end = time.monotonic() + self.config.monitor.shutdown_deadline.total_seconds()
            self.stopping.set()
            self._to_tell.set()
            scheduler.pause()
            self._wait_for_pulls()
            for thread in (self._teller, self._follower):
                if thread:
                    thread.join(timeout=max(0.0, end - time.monotonic()))
            scheduler.shutdown(wait=False)
            self.stop()

    def run_once(self) -> bool:
        """Pull every source once that is not told to wait, take all steps until nothing is left, and stop.

        Returns whether all sources are well.
        """
        self.start()
        now = self.clock()  # whatever is due again before all were pulled waits for the next time
        try:
            with self.store.transaction() as connection:
                sources.pull_now(connection, list(self._wired().feeds), now)
            self.turn(now)
            with self.store.reading() as connection:
                return all(state.state == sources.OK for state in sources.states(connection) if state.enabled)
        finally:
            self.stop()

    def start(self) -> None:
        """Take the store, tell it what is configured, and make the connectors. Raises `AlreadyRunning`."""
        self._take()
        self._notice_clock_at_start()
        self.beat()
        with self.store.transaction() as connection:
            if self.store.is_sqlite:  # nobody else can be at work: what a killed daemon held is free
                sources.release(connection)
                notices.release(connection, self.clock())
            self._wiring = wire(self.config, connection, self.clock, self.advance)
        prepare(feed.source.connector for feed in self._wiring.feeds.values())
        for name, reason in self._wiring.broken.items():
            _log.error("source misconfigured", source=name, error=reason)
        for name, count in self._wiring.lost.items():
            _log.warning("nobody behind it", name=name, open_alerts=count)
        _log.info("started", store=self.store.engine.dialect.name, sources=len(self._wiring.feeds))

    def stop(self) -> None:
        """Say that it stops in good order, and free the store."""
        if self._self:
            self._job("stop", partial(self._say_stopped, self._self.id))()  # also where the disk is full
        if self._lock:
            self._lock.free()
            self._lock = None
        _log.info("stopped")

    def _say_stopped(self, identity: str) -> None:
        with self.store.transaction() as connection:
            daemons.stop(connection, identity, self.clock())

    def beat(self) -> None:
        """Give a sign of life, and notice when the clock was set back."""
        now, monotonic = self.clock(), time.monotonic()
        self._self = replace(self._self or daemons.introduce(now), seen_at=now)
        before, self._heard = self._heard, (now, monotonic)
        with self.store.transaction() as connection:
            daemons.save(connection, self._self)
            freed = sources.free(connection, daemons.silent(now - _SILENT))
        if freed:
            _log.warning("claims freed", sources=",".join(freed), cause="their daemon is silent")
        if self._outage:
            self._outage = False
            _log.info("store works again")
        if before and now < before[0] - _JUMP:
            self._clock_was_set_back(before[0] + timedelta(seconds=monotonic - before[1]) - now)

    # ------------------------------------------------------------------------------------------- in detail
    def _advance_once(self) -> bool:
        """Take each step once; return whether there may be more to do."""
        wiring = self._wired()
        done = [
            self._supervised("triage", lambda: triage(self.store, wiring.rubrics, self.clock())),
            self._supervised("hear", lambda: hear(self.store, wiring.plan, self.clock())),
            self._supervised("tick", lambda: tick(self.store, wiring.plan, self.clock())),
        ]
        self._to_tell.set()
        return any(done) or (self._teller is None and self._tell_once())

    def _tell_once(self) -> bool:
        """Send what is due; return whether there may be more."""
        return bool(self._supervised("deliver", lambda: deliver(self.store, self.notifiers, self.clock)))

    def _keep_telling(self) -> None:
        while not self.stopping.is_set():
            self._to_tell.wait()
            self._to_tell.clear()
            while not self.stopping.is_set() and self._tell_once():
                pass

    def _supervised(self, step: str, work: Callable[[], int]) -> int:
        """Take a step; a failure is logged when it is new, and leaves the other steps unaffected."""
        try:
            done = work()
        except (OperationalError, InterfaceError) as error:
            self._store_failed(step, error)
            return 0
        except Exception as error:  # noqa: BLE001 - the supervisor of the steps
            text = f"{type(error).__name__}: {error}"
            if self._last_error.get(step) != text:
                _log.exception("step failed", step=step)
            self._last_error[step] = text
            return 0
        self._last_error.pop(step, None)
        return done

    def _store_failed(self, step: str, error: OperationalError | InterfaceError) -> None:
        """Tell of an outage once and on one line: it is no bug, and it stops every step every second."""
        if not self._outage:
            _log.error("store failed", step=step, error=str(error.orig))
        self._outage = True

    def _pull(self, claimed: ClaimedSource, crowded: bool) -> None:
        """Pull one source, in a thread of its own."""
        feed = self._wired().feeds.get(claimed.name)
        if feed is None:
            return
        log = _log.bind(source=claimed.name)
        try:
            if note_lateness(self.store, feed, claimed, self._why_late(claimed, crowded), self.clock()):
                log.warning("pull late", seconds=round(claimed.late.total_seconds()))
            outcome = pull(self.store, feed, claimed, self.clock, self.stopping)
        except LostClaim as error:
            log.warning("claim lost", error=str(error))
        except (OperationalError, InterfaceError) as error:
            self._store_failed("pull", error)
            self._pull_failed(claimed, f"the store failed: {error.orig}")
        except Exception as error:
            log.exception("pull failed")
            self._pull_failed(claimed, f"{type(error).__name__}: a bug, see the log")
        else:
            say = log.warning if outcome.error else log.debug
            say("pulled", state=outcome.state, new=outcome.new, due_at=outcome.due_at, error=outcome.error)
        self.advance()

    def _pull_failed(self, claimed: ClaimedSource, text: str) -> None:
        self._supervised("record", lambda: bool(failed(self.store, claimed, text, self.clock())))

    def _follow_apart(self) -> None:
        """Follow in a thread that can be left behind: the scheduler's own keep the process from ending."""
        if self._follower is None or not self._follower.is_alive():
            follower = Thread(target=self._job("follow", self.follow_due), name="follow", daemon=True)
            follower.start()
            self._follower = follower  # once it has started, as whoever stops the daemon waits for it

    def _ages(self) -> dict[str, float]:
        """Return for how many seconds each pull that is under way has been so."""
        now = time.monotonic()
        alive = [name for name, thread in self._pulls.items() if thread.is_alive()]
        return {name: now - self._begun[name] for name in alive}

    def _hangs(self, claimed: ClaimedSource) -> None:
        """Record that a pull has let its claim run out: beside it another would only hang as well."""
        text = f"the pull before hangs: nothing came for {LEASE.total_seconds():.0f} s"
        _log.warning("pull hangs", source=claimed.name)
        failed(self.store, claimed, text, self.clock())

    def _why_late(self, claimed: ClaimedSource, crowded: bool) -> str:
        if self._self and self.clock() - claimed.late < self._self.started_at:
            return "the daemon was not running"
        if crowded:
            return f"all {PULLS_AT_ONCE} pulls at once were taken"
        return "the daemon was held up, or the machine slept"

    def _resolve_gone(self, number: int) -> None:
        event = Resolve(by="uproar", resolution=Resolution.GONE)
        try:
            act(self.store, number, event, by="uproar", routes=self._wired().plan.routes, now=self.clock())
        except NotOpenError as error:
            _log.debug("already resolved", alert=number, error=str(error))

    def _wait_for_pulls(self) -> None:
        """Wait for the pulls that are under way, giving signs of life; once stopping, up to the deadline."""
        end: float | None = None
        for name, thread in list(self._pulls.items()):
            while thread.is_alive():
                thread.join(timeout=0.1)
                now = time.monotonic()
                if self.stopping.is_set():
                    end = end or now + self.config.monitor.shutdown_deadline.total_seconds()
                elif self._heard and now - self._heard[1] >= _BEAT:
                    self._job("beat", self.beat)()
                if end and now > end:
                    _log.warning("pull abandoned", source=name, cause="the shutdown deadline passed")
                    return
            del self._pulls[name]

    def _take(self) -> None:
        if self.store.path is None:
            return
        self._lock = daemons.Lock(self.store.path)
        if (holder := self._lock.take()) is not None:
            who = f"process {holder}" if holder else "another process"
            raise AlreadyRunning(
                f"a daemon already runs on {self.store.path} ({who}): stop it first, "
                "or give this one a store of its own; several daemons can share a PostgreSQL store"
            )

    def _notice_clock_at_start(self) -> None:
        """Notice that the clock was set back while no daemon ran: the last sign of life is yet to come."""
        with self.store.reading() as connection:
            latest = daemons.latest(connection)
        # other machines that share a PostgreSQL have clocks of their own
        own = (each for each in latest if self.store.is_sqlite or each.host == socket.gethostname())
        last = next(own, None)
        if last and last.seen_at > self.clock() + _JUMP:
            self._clock_was_set_back(last.seen_at - self.clock())

    def _clock_was_set_back(self, by: timedelta) -> None:
        """Bring due times back by as much, so that what was due in a minute is still due in a minute.

        Only where the store is this machine's own: other machines' clocks were not set.
        """
        text = f"the clock was set back by {by.total_seconds():.0f} s"
        _log.warning("clock set back", seconds=round(by.total_seconds()))
        with self.store.transaction() as connection:
            if self.store.is_sqlite:
                shift(connection, -by)
                daemons.bring_back(connection, self.clock())
            sources.bring_back(connection, self.clock())
            sources.happened(connection, "clock", None, text, self.clock())

    def _keep_awake(self, jobs: Sequence[Any]) -> None:
        """Wait until `stopping`. When the clock is set back an hour, APScheduler would wait for an hour."""
        before = self.clock()
        while not self.stopping.wait(self.wake):
            if (now := self.clock()) < before:
                for job in jobs:
                    job.modify(next_run_time=system_clock())
            before = now

    def _job(self, name: str, step: Callable[[], None]) -> Callable[[], None]:
        def job() -> None:
            def work() -> int:
                step()
                return 0

            self._supervised(name, work)

        return job

    def _wired(self) -> Wiring:
        if self._wiring is None:
            raise RuntimeError("the daemon was not started")
        return self._wiring
