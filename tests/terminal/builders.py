"""A desk in front of a store: complaints come in, people act, and commands are typed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyte
from rich.text import Text
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.alert import Alert, Event, Policy, Status, Step
from monitor.core.assessment import Assessment, Rubric, assess, passage
from monitor.core.complaint import by_cues
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.severity import Severity
from monitor.escalate import Plan, Rules, act, hear, tick
from monitor.notify import Notice
from monitor.store import Store, mentions, open_store, policies
from monitor.store.alerts import Kept
from monitor.store.mentions import ASSESS, ESCALATE, Sighting, Stored
from monitor.store.queue import Card

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(
    name="default",
    steps=(
        Step(notify=("terminal",), delay=10 * MINUTE),
        Step(notify=("maria",), delay=10 * MINUTE),
    ),
    repeat=1,
)
ROUTES = {"terminal": (("terminal", None),), "maria": (("chat", "maria"),)}
WIDTHS = (60, 80, 120, 200)

# what an attacker would write: markup, a title, colours, a bell, a link, reversed text, NUL, a script
HOSTILE = (
    "broken [/x][bold red] \x1b]0;PWNED\x07\x1b[31;7mred\x9b5m \x1b]8;;http://evil\x1b\\ \x07\x08\r"
    "\u202eoof\u2066 \x00 =1+1 <script>alert(1)</script> \x1bP1$r\x1b\\ \u200b refund"
)


def mention(text: str = "acme broke my order", **fields: Any) -> Mention:
    """Return a post about acme, published at noon."""
    given: dict[str, Any] = {
        "platform": "twitter",
        "id": "1",
        "kind": Kind.POST,
        "created_at": NOON,
        "author": Author(id="7", handle="jo", display_name="Jo", followers=1_234),
        "url": "https://x.com/jo/status/1",
        "engagement": Engagement(likes=3, replies=1),
    }
    return Mention(**(given | {"text": text} | fields))


def card(number: int = 12, text: str = "acme broke my order", **fields: Any) -> Card:
    """Return a card of an alert that was triggered at noon; `fields` go to its state or its mention."""
    of_mention = {name: fields.pop(name) for name in ("platform", "author", "title", "url") if name in fields}
    of_card = {name: fields.pop(name) for name in ("reasons", "mentions", "again") if name in fields}
    state: dict[str, Any] = {
        "status": Status.TRIGGERED,
        "severity": Severity.HIGH,
        "created_at": NOON,
        "policy": "default",
        "policy_version": 1,
        "due_at": NOON + 10 * MINUTE,
        "version": 1,
    }
    first = Stored(
        number=number + 1000,
        brand="acme",
        source="acme-x",
        mention=mention(text, id=str(number), **of_mention),
        observed_at=NOON,
        own=False,
        history=False,
    )
    alert = Kept(
        number=number,
        brand="acme",
        dedup_key=f"twitter:{number}",
        mention=first.number,
        state=Alert(**(state | fields)),
    )
    shown: dict[str, Any] = {"reasons": ("something fails: “broke”",), "mentions": 1}
    return Card(alert=alert, first=first, topics=(), expected=12.0, **(shown | of_card))


def notice(shown: Card, why: str = "opened", **fields: Any) -> Notice:
    """Return a notice about a card, sent two minutes past noon."""
    given: dict[str, Any] = {
        "number": 1,
        "why": why,
        "reason": "something fails: “broke”",
        "step": 0,
        "round": 0,
        "recipient": None,
        "created_at": NOON,
        "now": NOON + 2 * MINUTE,
        "card": shown,
    }
    return Notice(**(given | fields))


@dataclass
class Desk:
    """A store with a policy, and how things get into it."""

    store: Store
    config: Path
    now: datetime = NOON
    plan: Plan = field(init=False)
    _ids: int = 0

    def __post_init__(self) -> None:
        with self.store.transaction() as connection:
            policy = policies.save(connection, [POLICY], NOON)["default"]
        self.plan = Plan(rules={"acme": Rules(policy=policy), "other": Rules(policy=policy)}, routes=ROUTES)

    def hears(self, text: str = "acme broke my order, refund", **fields: Any) -> int:
        """Let a mention come in and have its effect; return its number."""
        self._ids += 1
        brand = fields.pop("brand", "acme")
        known = {name: fields.pop(name, False) for name in ("own", "history")}
        seen = mention(text, **({"id": str(self._ids), "url": f"https://x.com/jo/{self._ids}"} | fields))
        with self.store.transaction() as connection:
            mentions.save(
                connection,
                brand=brand,
                source=f"{brand}-x",
                sightings=[Sighting(mention=seen, **known)],
                observed_at=self.now,
            )
            [stored] = mentions.take_from_inbox(connection, ASSESS, 1)
            mentions.save_assessments(
                connection, [(stored.number, self._judged(connection, stored), None)], self.now
            )
            mentions.put_in_inbox(connection, [stored.number], ESCALATE)
        hear(self.store, self.plan, self.now)
        return stored.number

    def _judged(self, connection: Any, stored: Stored) -> Assessment:
        series = mentions.series(connection, [stored.number])[stored.number]
        (judgement,) = by_cues([passage(stored.mention)])
        return assess(stored.mention, judgement, series, Rubric())

    def waits(self, minutes: int) -> None:
        """Let time go by, and the alerts move."""
        self.now += minutes * MINUTE
        tick(self.store, self.plan, self.now)

    def acts(self, number: int, event: Event, by: str = "maria") -> None:
        """Let a person act on an alert."""
        act(self.store, number, event, by=by, routes=ROUTES, now=self.now)

    def types(self, *words: str) -> Result:
        """Type a command whose output is no terminal."""
        return CliRunner().invoke(app, ["--config", str(self.config), *words])


@contextmanager
def desk_at(url: str, folder: Path) -> Iterator[Desk]:
    """Yield a desk on the store at `url`, with a configuration that names it."""
    config = folder / "config.toml"
    config.write_text(
        f'[monitor]\nstore = "{url}"\n[brands.acme]\nnames = ["acme"]\n'
        '[[sources]]\nname = "acme-x"\nbrand = "acme"\nconnector = "twitter"\ncredentials = "corporate"\n'
    )
    store = open_store(url)
    try:
        yield Desk(store, config)
    finally:
        store.close()


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and a screen that shows what it was sent."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        super().__init__(newline="")
        self.width, self.height = width, height

    def isatty(self) -> bool:
        """Say that it is one."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return what a terminal speaks."""
        return "utf-8"

    @property
    def screen(self) -> pyte.Screen:
        """Return what a terminal of this size shows after all that was sent."""
        return emulated(self.getvalue(), self.width, self.height)


def emulated(sent: str, width: int, height: int) -> pyte.Screen:
    """Return the screen of a terminal that was sent this."""
    screen = pyte.Screen(width, height)
    screen.set_mode(pyte.modes.LNM)  # a line feed also returns, as the terminal driver makes it
    pyte.Stream(screen).feed(sent)
    return screen


def plain(lines: Any) -> list[str]:
    """Return lines without their colours."""
    return [each.plain if isinstance(each, Text) else each for each in lines]


def controls(text: str) -> list[str]:
    """Return the characters of `text` by which it could steer a terminal, line feeds apart."""
    bidi = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return [
        each for each in text if (ord(each) < 32 and each != "\n") or 0x7F <= ord(each) < 0xA0 or each in bidi
    ]
