"""The stage of the demo: the story's platforms on loopback, the configuration for them, and the clock."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from platformdirs import user_data_path

from monitor.clock import Clock
from monitor.config import Config
from monitor.core.record import to_record
from monitor.demo import blogs, reddit, story, twitter, youtube
from monitor.demo.stand_in import StandIn
from monitor.demo.story import Story
from monitor.store import Store


def config_path() -> Path:
    """Return where the demo's configuration is."""
    return folder() / "config.toml"


def folder() -> Path:
    """Return where the demo keeps its configuration and store; each run begins with an empty one."""
    return user_data_path("uproar") / "demo"


@dataclass(slots=True)
class StageClock:
    """A clock that stands until it is moved on, so that no scene is over before the daemon has seen it."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the present instant of the story."""
        return self.now

    def move_on(self, by: timedelta) -> None:
        """Let so much time go by at once."""
        self.now += by


@dataclass(slots=True)
class Stage:
    """All that is on while the story is told."""

    story: Story
    clock: StageClock
    platforms: Mapping[str, StandIn]
    config: Config
    store: Store
    said: dict[str, int] = field(default_factory=dict)


@contextmanager
def platforms(told: Story, clock: Clock) -> Iterator[dict[str, StandIn]]:
    """Run the stand-ins, by platform."""
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
every = "9m"
options = {{ endpoint = "{twitter}" }}

[[sources]]
name = "reddit"
brand = "kettlewell"
connector = "reddit"
every = "9m"
options = {{ endpoint = "{reddit}", subreddits = ["kettles"] }}

[[sources]]
name = "youtube"
brand = "kettlewell"
connector = "youtube"
every = "12m"
options = {{ endpoint = "{youtube}", search_every_minutes = 30 }}

[[sources]]
name = "blogs"
brand = "kettlewell"
connector = "blogs"
every = "12m"
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
_MARK = _CONFIG.partition(":")[0]  # of a file that the demo wrote


def clear() -> bool:
    """Empty the demo's folder for another run; False, and nothing done, when somebody else wrote to it."""
    if config_path().exists() and not config_path().read_text().startswith(_MARK):
        return False
    shutil.rmtree(folder(), ignore_errors=True)
    folder().mkdir(parents=True, mode=0o700)
    return True


def write_config(served: Mapping[str, StandIn]) -> Path:
    """Write the configuration for the stand-ins that run, and return where."""
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
            **{name: stand_in.endpoint for name, stand_in in served.items()},
        )
    )
    return path


def write_last_week(told: Story) -> None:
    """Write the week before as a file of mentions, so that the report has something to compare with."""
    with (folder() / "last-week.jsonl").open("w") as file:
        for mention in told.last_week:
            file.write(f"{json.dumps(to_record(mention))}\n")
