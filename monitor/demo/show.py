"""What `uproar demo` shows: the story's platforms on loopback, the real daemon, and what people do."""

import logging
import os
import shlex
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console
from sqlalchemy import Connection

from monitor import logs
from monitor.clock import system_clock
from monitor.config import load
from monitor.core.alert import Acknowledge, Assign, Event, Resolution, Resolve, Status
from monitor.core.escalation import NotOpenError
from monitor.core.sanitise import line
from monitor.core.weekly import Week
from monitor.daemon import Daemon
from monitor.demo import story, twitter, youtube_refusals
from monitor.demo.stage import (
    Stage,
    StageClock,
    clear,
    config_path,
    platforms,
    write_config,
    write_last_week,
)
from monitor.demo.story import Deed, Does, Mishap
from monitor.demo.world import Post
from monitor.escalate import act, annotate
from monitor.notify.destinations import notifiers
from monitor.plugins import prepare
from monitor.report import make_report
from monitor.report.terminal import show as show_report
from monitor.store import alerts, open_store, sources
from monitor.store.alerts import Entry
from monitor.store.queue import queue
from monitor.store.search import Wanted, search

_TURN = timedelta(minutes=3)  # of the story, for each turn of the daemon
_PATIENCE = 600.0  # seconds more than the story should take, after which it is broken off
_PLATFORMS = {"x": "twitter", "reddit": "reddit", "youtube": "youtube", "blogs": "blogs"}  # by source
_NAMES = {"x": "X", "reddit": "Reddit", "youtube": "YouTube", "blogs": "the blog"}
_EACH = 1_000  # requests: more than there will be until a pull has met what went wrong
_MET = ("rate-limited", "quota-exhausted", "unavailable")  # what a pull met; a mishap ends with it
# events of alerts; of the others the daemon tells, or a person
_TOLD = ("Join", "Answered", "AuthorReturned")
_WIDTH = 88  # of what is told, where the terminal is not narrower
_LONG = 32  # a command that is longer stands on a line of its own


def show(*, seconds: int, seed: int, deadline: float | None = None) -> int:
    """Tell the story of `seed` in `seconds`, or as many as the machine needs, and return the exit code.

    It is broken off after `deadline` seconds, by default ten minutes more than `seconds`.
    """
    deadline = seconds + _PATIENCE if deadline is None else deadline
    _forget_surroundings()
    if not clear():
        typer.echo(f"uproar: {config_path()} is not the demo's: move it away first", err=True)
        return 1
    logs.configure("error")
    logging.getLogger("connectors").setLevel(logging.ERROR)  # their warnings are told as the story
    prepare(("twitter", "reddit", "youtube", "blogs"))
    told = story.tell(seed, story.beginning(system_clock()))
    clock = StageClock(told.start)
    _introduce(seconds)
    with platforms(told, clock) as served:
        write_last_week(told)
        config = load(write_config(served))
        store = open_store(config.store_url())
        stage = Stage(told, clock, served, config, store)
        is_whole = _follow(stage, seconds, deadline)
    if is_whole:
        _conclude(stage)
    else:
        stuck = f"the daemon does not get past {clock():%H:%M}: broken off after {deadline:.0f} s"
        typer.echo(f"uproar: {stuck}", err=True)
    store.close()
    return 0 if is_whole else 1


def _forget_surroundings() -> None:
    """Let no variable meant for a real monitor, such as the URL of its store, reach the demo."""
    for name in [name for name in os.environ if name.startswith("UPROAR_")]:
        del os.environ[name]


def _daemon(stage: Stage) -> Daemon:
    return Daemon(
        config=stage.config,
        store=stage.store,
        notifiers=notifiers(stage.config),
        clock=stage.clock,
        follow_every=timedelta(minutes=9),
    )


def _follow(stage: Stage, seconds: int, deadline: float) -> bool:
    """Let the daemon follow the story to its end; return whether it got so far before the deadline.

    Time stands while the daemon takes a turn and people do what they do, and then moves on to the next turn:
    how fast this machine is decides how long the story takes, and nothing that happens in it.
    """
    daemon = _daemon(stage)
    given_up = threading.Timer(deadline, daemon.stopping.set)
    given_up.daemon = True
    given_up.start()
    deeds = sorted(stage.story.deeds, key=lambda deed: deed.at)
    mishaps = sorted(stage.story.mishaps, key=lambda mishap: mishap.at)
    try:
        daemon.start()
        daemon.turn(stage.clock())  # what is there already is history
        begun = time.monotonic()
        while (now := stage.clock()) < stage.story.end and not daemon.stopping.is_set():
            while mishaps and mishaps[0].at <= now:
                _go_wrong(stage, mishaps.pop(0))
            daemon.turn(now)
            deeds = [deed for deed in deeds if deed.at > now or not _do(stage, deed)]
            _narrate(stage)
            stage.clock.move_on(_TURN)
            due = begun + seconds * ((stage.clock() - stage.story.start) / story.LENGTH)
            daemon.stopping.wait(max(0.0, due - time.monotonic()))
        return not daemon.stopping.is_set()
    finally:
        given_up.cancel()
        daemon.stopping.set()
        daemon.stop()


def _go_wrong(stage: Stage, mishap: Mishap) -> None:
    """Let a platform fail until a pull has met it, even if a look at an open alert does first."""
    refusal = {
        "429": twitter.window_exhausted(stage.clock() + timedelta(minutes=6)),
        "quota": youtube_refusals.quota_exceeded(),
    }
    stage.platforms[mishap.platform].fail(refusal.get(mishap.what), times=_EACH)


# ------------------------------------------------------------------------------------------ what people do
def _do(stage: Stage, deed: Deed) -> bool:
    """Let somebody act; False when there is nothing to act on yet, so that they look again."""
    number = _alert_about(stage, deed.post, deed.platform)
    if number is None or not _is_needed(stage, deed, number):
        return stage.clock() > deed.at + timedelta(hours=1)
    _say_line(
        stage,
        f"$ uproar {deed.does} {number} {_shown(deed)}".rstrip() + f"   (typed by {deed.by})",
        bold=True,
    )
    now = stage.clock()
    if deed.does is Does.NOTE:
        annotate(stage.store, number, deed.more, by=deed.by, now=now)
        return True
    events: Mapping[Does, Callable[[], Event]] = {
        Does.ACKNOWLEDGE: lambda: Acknowledge(by=deed.by),
        Does.ASSIGN: lambda: Assign(to=deed.more, by=deed.by),
        Does.RESOLVE: lambda: Resolve(by=deed.by, resolution=Resolution(deed.more)),
    }
    try:
        act(stage.store, number, events[deed.does](), by=deed.by, routes=stage.config.routes(), now=now)
    except NotOpenError as error:
        _say_line(stage, f"alert {number}: {error}")
    return True


def _is_needed(stage: Stage, deed: Deed, number: int) -> bool:
    """Tell whether it makes sense to do it now: an alert that somebody owns is not acknowledged again."""
    if deed.does is not Does.ACKNOWLEDGE:
        return True
    with stage.store.reading() as connection:
        (found,) = alerts.get(connection, [number])
    return found.state.status is Status.TRIGGERED


def _shown(deed: Deed) -> str:
    return {Does.NOTE: f'"{deed.more}"', Does.RESOLVE: f"--{deed.more}"}.get(deed.does, deed.more)


def _alert_about(stage: Stage, post: Post, platform: str) -> int | None:
    """Return the newest alert that a post belongs to."""
    with stage.store.reading() as connection:
        number = _mention_of(connection, post, platform)
        found = alerts.alerts_of(connection, number) if number else ()
        return next(iter(found), None)


def _mention_of(connection: Connection, post: Post, platform: str) -> int | None:
    """Return the number under which a post is stored."""
    wanted = Wanted(platform=platform, text=post.text[:60], limit=1)
    return next((each.number for each, _ in search(connection, wanted)), None)


# --------------------------------------------------------------------------------------------- the telling
def _introduce(seconds: int) -> None:
    hours = story.LENGTH.total_seconds() / 3600
    typer.secho(f"uproar demo: {hours:.0f} hours at Kettlewell, who make kettles", bold=True)
    about = (
        f"Stand-ins for X, Reddit, YouTube and a blog run on this machine and tell a story in {seconds} s; "
        "the real daemon follows it with the real connectors. Nothing leaves this machine."
    )
    typer.echo(f"{_wrapped(about)}\n")


def _wrapped(text: str, indent: str = "") -> str:
    """Break a text into lines for a terminal; a pipe gets it as it is."""
    if not sys.stdout.isatty():
        return text
    width = min(shutil.get_terminal_size().columns, _WIDTH)
    return textwrap.fill(text, width, subsequent_indent=indent)


def _narrate(stage: Stage) -> None:
    """Tell what happened since the last look, besides the notices that the daemon prints itself."""
    with stage.store.reading() as connection:
        happened = sources.happenings(connection, 10_000)
        entries = alerts.log_since(connection, stage.said.get("log", 0))
    fresh = happened[: len(happened) - stage.said.get("happenings", 0)]
    stage.said["happenings"] = len(happened)
    for each in reversed(fresh):
        where = _NAMES.get(each.source or "", each.source or "uproar")
        what = "" if each.what in each.cause else f"{each.what}: "
        _say_line(stage, f"{where}: {what}{each.cause}", at=each.at)
        if each.what in _MET and each.source in _PLATFORMS:
            stage.platforms[_PLATFORMS[each.source]].faults.clear()
    for number, entry in entries:
        stage.said["log"] = number
        if text := _told(entry):
            _say_line(stage, f"alert {entry.alert}: {text}", at=entry.at)


def _told(entry: Entry) -> str | None:
    """Return what the story says of a log entry; what pages is printed by the daemon, so not again here."""
    return entry.reason if entry.event in _TOLD and " → " not in entry.reason else None


def _say_line(stage: Stage, text: str, *, at: datetime | None = None, bold: bool = False) -> None:
    moment = (at or stage.clock()).astimezone(UTC)
    typer.secho(_wrapped(f"{moment:%H:%M}  {line(text, 300)}", " " * 7), dim=not bold, bold=bold)


def _conclude(stage: Stage) -> None:
    """Show the week in figures, and what to type next."""
    typer.echo()
    end = stage.story.end
    week = make_report(stage.store, "kettlewell", Week.of(end), UTC, end)
    show_report(week, Console(highlight=False, emoji=False, markup=False))
    typer.secho("\nWhat to type next", bold=True)
    for command, what in _next(stage):
        typer.echo(f"  {command}" if len(command) > _LONG else f"  {command:<{_LONG}}  # {what}")


def _next(stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield commands that work on what the demo left behind, each with what it shows."""
    with stage.store.reading() as connection:
        urgent = [each.alert for each in queue(connection, limit=1)]
        waiting = alerts.count_open(connection)
        quiet = _mention_of(connection, stage.story.landmarks["quickly answered"], "youtube")
    if activate := _environment():
        yield f". {shlex.quote(activate)}", "let this shell find `uproar`"
    yield f"export UPROAR_CONFIG={shlex.quote(str(config_path()))}", "use what the demo left behind"
    yield "uproar queue", f"the {waiting} alerts that are still open"
    if fire := _alert_about(stage, stage.story.landmarks["fire"], "twitter"):
        yield f"uproar show {fire}", "the fire, whole"
    if quiet:
        yield f"uproar why {quiet}", "a complaint that paged nobody, and why"
    for alert in urgent:
        yield f"uproar ack {alert.number}", "make the most urgent one yours"
    yield f"uproar report --week {Week.of(stage.story.end)}", "the week in figures, again"
    yield "unset UPROAR_CONFIG; uproar init", "begin with your own brand"


def _environment() -> str | None:
    """Return the script that puts `uproar` on the path, where `uv run` did so for this command alone."""
    folder = os.environ.get("VIRTUAL_ENV")
    if not folder or "UV_RUN_RECURSION_DEPTH" not in os.environ:
        return None
    return os.path.relpath(Path(folder) / "bin" / "activate")
