"""What `uproar demo` shows: the story's platforms on loopback, the real daemon, and what people do."""

import json
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from platformdirs import user_data_path
from rich.console import Console

from monitor import logs
from monitor.clock import Clock, ScaledClock, system_clock
from monitor.config import Config, load
from monitor.core.alert import Acknowledge, Assign, Event, Resolution, Resolve
from monitor.core.escalation import NotOpenError
from monitor.core.record import to_record
from monitor.core.sanitise import line
from monitor.core.weekly import Week
from monitor.daemon import Daemon
from monitor.demo import blogs, reddit, story, twitter, youtube, youtube_refusals
from monitor.demo.stand_in import StandIn
from monitor.demo.story import Deed, Does, Mishap, Story
from monitor.escalate import act, annotate
from monitor.notify.destinations import notifiers
from monitor.plugins import prepare
from monitor.report import make_report
from monitor.report.terminal import show as show_report
from monitor.store import Store, alerts, open_store, sources
from monitor.store.alerts import Entry
from monitor.store.search import Wanted, search

_LOOK = 0.05  # seconds between looks at what has happened
_NAMES = {"x": "X", "reddit": "Reddit", "youtube": "YouTube", "blogs": "the blog"}


def config_path() -> Path:
    """Return where the demo's configuration is."""
    return folder() / "config.toml"


def folder() -> Path:
    """Return where the demo keeps its configuration and store; each run begins with an empty one."""
    return user_data_path("uproar") / "demo"


def show(*, seconds: int, seed: int) -> int:
    """Tell the story of `seed` in about `seconds`, and return the exit code."""
    shutil.rmtree(folder(), ignore_errors=True)
    folder().mkdir(parents=True, mode=0o700)
    logs.configure("error")
    prepare(("twitter", "reddit", "youtube", "blogs"))
    told = story.tell(seed, system_clock() - story.LENGTH)
    clock = ScaledClock(told.start, story.LENGTH.total_seconds() / seconds)
    _introduce(seconds)
    with _platforms(told, clock) as platforms:
        _write_last_week(told)
        config = load(_write_config(platforms))
        store = open_store(config.store_url())
        _follow(Stage(told, clock, platforms, config, store))
    _conclude(told, store)
    store.close()
    return 0


@dataclass(slots=True)
class Stage:
    """All that is on while the story is told."""

    story: Story
    clock: Clock
    platforms: Mapping[str, StandIn]
    config: Config
    store: Store
    said: dict[str, int] = field(default_factory=dict)


def _follow(stage: Stage) -> None:
    """Run the daemon until the story is over, doing what people do and telling what happens."""
    daemon = Daemon(
        config=stage.config,
        store=stage.store,
        notifiers=notifiers(stage.config),
        clock=stage.clock,
        wake=0.1,
        follow_every=timedelta(minutes=6),
    )
    running = threading.Thread(target=daemon.run, name="daemon")
    running.start()
    deeds = sorted(stage.story.deeds, key=lambda deed: deed.at)
    mishaps = sorted(stage.story.mishaps, key=lambda mishap: mishap.at)
    try:
        while running.is_alive() and (now := stage.clock()) < stage.story.end:
            deeds = [deed for deed in deeds if deed.at > now or not _do(stage, deed)]
            while mishaps and mishaps[0].at <= now:
                _go_wrong(stage, mishaps.pop(0))
            _narrate(stage)
            time.sleep(_LOOK)
    finally:
        daemon.stopping.set()
        running.join()


# ----------------------------------------------------------------------------------------------- the stage
@contextmanager
def _platforms(told: Story, clock: Clock) -> Iterator[dict[str, StandIn]]:
    worlds = told.worlds
    with ExitStack() as stack:
        x = twitter.TwitterStandIn(worlds["twitter"], clock, people=[story.HELP_X])
        served: dict[str, StandIn] = {
            "twitter": x,
            "reddit": reddit.RedditStandIn(worlds["reddit"], clock),
            "youtube": youtube.YouTubeStandIn(worlds["youtube"], clock),
            "blogs": blogs.BlogsStandIn(worlds["blogs"], clock),
        }
        for stand_in in served.values():
            stack.enter_context(stand_in)
        yield served


_CONFIG = """\
# Written by `uproar demo`: the platforms were stand-ins on this machine, which are gone now.
[monitor]
store = "sqlite:///{store}"
log = "error"

[brands.kettlewell]
names = ["Kettlewell"]
policy = "kitchen"
alert_from = "medium"

[brands.kettlewell.accounts]
twitter = ["KettlewellHelp"]
reddit = ["kettlewell_help"]
youtube = ["{channel}"]

[policies.kitchen]
repeat = 1
ack_timeout = "2h"
fallback = "terminal"
steps = [
    {{ notify = ["terminal"], delay = "25m" }},
    {{ notify = ["maria"], delay = "40m" }},
]

[people.maria]
notify = ["terminal"]

[people.tom]
notify = ["terminal"]

[[sources]]
name = "x"
brand = "kettlewell"
connector = "twitter"
every = "4m"
options = {{ endpoint = "{twitter}" }}

[[sources]]
name = "reddit"
brand = "kettlewell"
connector = "reddit"
every = "4m"
options = {{ endpoint = "{reddit}", subreddits = ["kettles"] }}

[[sources]]
name = "youtube"
brand = "kettlewell"
connector = "youtube"
every = "6m"
options = {{ endpoint = "{youtube}", search_every_minutes = 30 }}

[[sources]]
name = "blogs"
brand = "kettlewell"
connector = "blogs"
every = "8m"
options = {{ feeds = ["{blogs}/tea-notes.xml"] }}

[[sources]]
name = "last-week"
brand = "kettlewell"
connector = "replay"
every = "1d"
options = {{ path = "{last_week}" }}

[credentials]
twitter = {{ bearer_token = "{x_token}" }}
reddit = {{ client_id = "{reddit_id}", client_secret = "{reddit_secret}" }}
youtube = {{ api_key = "{youtube_key}" }}
"""


def _write_config(platforms: Mapping[str, StandIn]) -> Path:
    path = config_path()
    path.write_text(
        _CONFIG.format(
            store=folder() / "uproar.sqlite",
            channel=story.CHANNEL,
            x_token=twitter.GOOD_TOKEN,
            reddit_id=reddit.GOOD_ID,
            reddit_secret=reddit.GOOD_SECRET,
            youtube_key=youtube.GOOD_KEY,
            last_week=folder() / "last-week.jsonl",
            **{name: stand_in.endpoint for name, stand_in in platforms.items()},
        )
    )
    return path


def _write_last_week(told: Story) -> None:
    """Write the week before as a file of mentions, so that the report has something to compare with."""
    with (folder() / "last-week.jsonl").open("w") as file:
        for mention in told.last_week:
            file.write(f"{json.dumps(to_record(mention))}\n")


def _go_wrong(stage: Stage, mishap: Mishap) -> None:
    stand_in = stage.platforms[mishap.platform]
    if mishap.what == "429":
        stand_in.fail(twitter.window_exhausted(stage.clock() + timedelta(minutes=6)))
    elif mishap.what == "quota":
        stand_in.fail(youtube_refusals.quota_exceeded())
    else:
        stand_in.fail()


# ------------------------------------------------------------------------------------------ what people do
def _do(stage: Stage, deed: Deed) -> bool:
    """Let somebody act; False when their alert is not there yet, so that they try again."""
    number = _alert_about(stage, deed)
    if number is None:
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


def _shown(deed: Deed) -> str:
    return {Does.NOTE: f'"{deed.more}"', Does.RESOLVE: f"--{deed.more}"}.get(deed.does, deed.more)


def _alert_about(stage: Stage, deed: Deed) -> int | None:
    """Return the newest alert that the deed's post belongs to."""
    wanted = Wanted(platform=deed.platform, text=deed.post.text[:60])
    with stage.store.reading() as connection:
        found = (alerts.alerts_of(connection, each.number) for each, _ in search(connection, wanted))
        return next((number for numbers in found for number in numbers), None)


# --------------------------------------------------------------------------------------------- the telling
def _introduce(seconds: int) -> None:
    hours = story.LENGTH.total_seconds() / 3600
    typer.secho(
        "uproar demo: six hours at Kettlewell, who make kettles".replace("six", f"{hours:.0f}"), bold=True
    )
    typer.echo(
        f"Stand-ins for X, Reddit, YouTube and a blog run on this machine and tell a story in {seconds} s;\n"
        "the real daemon follows it with the real connectors. Nothing leaves this machine.\n"
    )


def _narrate(stage: Stage) -> None:
    """Tell what happened since the last look, besides the notices that the daemon prints itself."""
    with stage.store.reading() as connection:
        happened = sources.happenings(connection, 200)
        entries = alerts.log_since(connection, stage.said.get("log", 0))
    fresh = happened[: len(happened) - stage.said.get("happenings", 0)]
    stage.said["happenings"] = len(happened)
    for each in reversed(fresh):
        where = f"{_NAMES.get(each.source or '', each.source or 'uproar')}: "
        _say_line(stage, f"{where}{each.what}: {each.cause}", at=each.at)
    for number, entry in entries:
        stage.said["log"] = number
        if text := _told(entry):
            _say_line(stage, f"alert {entry.alert}: {text}", at=entry.at)


def _told(entry: Entry) -> str | None:
    """Return what the story says of a log entry; what pages is printed by the daemon, so not again here."""
    if entry.event in ("Trigger", "Note", "Acknowledge") or " → " in entry.reason:
        return None
    return entry.reason


def _say_line(stage: Stage, text: str, *, at: datetime | None = None, bold: bool = False) -> None:
    moment = (at or stage.clock()).astimezone(UTC)
    typer.secho(f"{moment:%H:%M}  {line(text, 300)}", dim=not bold, bold=bold)


def _conclude(told: Story, store: Store) -> None:
    """Show the week in figures, and what to type next."""
    typer.echo()
    week = make_report(store, "kettlewell", Week.of(told.end), UTC, told.end)
    show_report(week, Console(highlight=False, emoji=False, markup=False))
    with store.reading() as connection:
        waiting = alerts.count_open(connection)
    path = shlex.quote(str(config_path()))
    typer.secho("\nWhat to type next", bold=True)
    for command, what in (
        (f"export UPROAR_CONFIG={path}", "use what the demo left behind in this shell"),
        ("uproar queue", f"the {waiting} alerts that are still open"),
        ("uproar show 1", "the fire, whole"),
        ("uproar why 1", "why a mention paged, or why it did not"),
        ("uproar ack 2", "make one yours"),
        ("uproar report --week this", "the week in figures, again"),
        ("uproar init", "your own brand: a configuration to start from"),
    ):
        typer.echo(f"  {command:<26}  # {what}")
