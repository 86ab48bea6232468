"""The picture of the terminal in the README: what the real steps and screens give for a story."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from monitor.connector import Author, Engagement, Kind, Mention
from monitor.console import queue
from monitor.core.alert import Acknowledge, Policy, Step
from monitor.deliver import deliver
from monitor.escalate import Plan, Rules, act, hear, tick
from monitor.notify import Notice, terminal
from monitor.store import Store, mentions, open_store, policies
from monitor.store.mentions import Sighting
from monitor.triage import triage

WIDTH = 92  # cells
_NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
_BRAND = "kettlewell"


def _at(minute: int) -> datetime:
    return _NINE + timedelta(minutes=minute)


_SAID = (
    Mention(
        platform="twitter",
        id="1",
        kind=Kind.POST,
        url="https://x.com/mara_lindt/status/1",
        author=Author(id="7", handle="mara_lindt", followers=8_200),
        text="My Kettlewell K2 caught fire on the counter this morning. Burnt my hand, three hours in "
        "hospital. Anyone else? @KettlewellHelp do something before somebody is killed",
        conversation_id="1",
        created_at=_at(0),
        engagement=Engagement(likes=240, replies=31, reposts=88, quotes=12, views=None),
    ),
    Mention(
        platform="reddit",
        id="t3_2",
        kind=Kind.POST,
        url="https://www.reddit.com/r/kettles/comments/2/",
        author=Author(handle="tom_okafor"),
        title="Kettlewell still owes me a refund, third time of asking",
        text="No reply to five emails, then the same template twice. Why is it not as important to them as "
        "it is to me?",
        created_at=_at(-95),
        engagement=Engagement(likes=64, replies=19, reposts=None, quotes=None, views=None),
    ),
    Mention(
        platform="twitter",
        id="3",
        kind=Kind.POST,
        url="https://x.com/jo_marsh/status/3",
        author=Author(id="9", handle="jo_marsh", followers=95),
        text="Still waiting for my Kettlewell, been delayed for three weeks and no answer from anybody.",
        conversation_id="3",
        created_at=_at(-130),
        engagement=Engagement(likes=1, replies=1, reposts=0, quotes=0, views=None),
    ),
)
_ANSWER = Mention(
    platform="twitter",
    id="4",
    kind=Kind.REPLY,
    author=Author(id="5", handle="KettlewellHelp", followers=18_400),
    text="So sorry, Jo! It left the depot, you should have it by noon.",
    conversation_id="3",
    in_reply_to_id="3",
    created_at=_at(-60),
)
_POLICY = Policy(
    name="kitchen",
    steps=(
        Step(notify=("terminal",), delay=timedelta(minutes=15)),
        Step(notify=("maria",), delay=timedelta(minutes=30)),
    ),
)
_ROUTES = {"terminal": (("terminal", None),), "maria": (("terminal", "maria"),)}


@dataclass(slots=True)
class _Screen:
    """A destination that keeps the blocks which the terminal would print."""

    blocks: list[list[Text]] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        """Keep the block."""
        self.blocks.append(terminal.block(notice, WIDTH))


def draw() -> str:
    """Return the picture as SVG: an escalation as the daemon prints it, and then the queue."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'uproar.sqlite'}")
        try:
            lines = list(_told(store))
        finally:
            store.close()
    return svg(lines, title="uproar")


def _told(store: Store) -> Iterator[Text]:
    screen = _Screen()
    with store.transaction() as connection:
        saved = policies.save(connection, [_POLICY], _at(-130))
    plan = Plan(rules={_BRAND: Rules(policy=saved["kitchen"])}, routes=_ROUTES)
    _happens(store, plan, _SAID[2], _at(-128))
    _happens(store, plan, _SAID[1], _at(-92))
    act(store, 2, Acknowledge(by="maria"), by="maria", routes=_ROUTES, now=_at(-80))
    _happens(store, plan, _ANSWER, _at(-58), own=True)
    _happens(store, plan, _SAID[0], _at(2))
    deliver(store, {"terminal": _Screen()}, lambda: _at(2))
    tick(store, plan, _at(11))
    deliver(store, {"terminal": screen}, lambda: _at(11))
    yield _typed("uproar run")
    yield from (each for block in screen.blocks[-1:] for each in block)
    yield _typed("uproar queue")
    with store.reading() as connection:
        yield from queue.screen(queue.read(connection, brand=None, limit=3), _at(12), WIDTH)


def _happens(store: Store, plan: Plan, said: Mention, now: datetime, *, own: bool = False) -> None:
    sightings = [Sighting(mention=said, own=own)]
    with store.transaction() as connection:
        mentions.save(connection, brand=_BRAND, source="x", sightings=sightings, observed_at=now)
    triage(store, {}, now)
    hear(store, plan, now)


def _typed(command: str) -> Text:
    return Text.assemble(("$ ", "dim"), (command, "bold"))


# ----------------------------------------------------------------------------------------------------- SVG
_CELL, _LINE, _MARGIN, _BAR = 8.4, 19, 18, 34
_FONT = 'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14"'
_INK, _PAPER, _FAINT = "#d8dee4", "#15191f", "#8b949e"
_COLOURS = {"red": "#ff6b68", "green": "#7ee787", "yellow": "#e3b341", "cyan": "#76d9e6", "white": "#ffffff"}
_BEHIND = {"red": "#b62324"}


def svg(lines: Iterable[Text], *, title: str) -> str:
    """Return lines of a terminal as a picture, whose text can be read aloud, searched and copied."""
    shown = list(lines)
    width, height = WIDTH * _CELL + 2 * _MARGIN, len(shown) * _LINE + _BAR + 2 * _MARGIN
    rows = [row for number, each in enumerate(shown) for row in _row(each, _BAR + _MARGIN + number * _LINE)]
    buttons = [f'<circle cx="{22 + 18 * each}" cy="18" r="5.5" fill="#444c56"/>' for each in range(3)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" role="img" {_FONT}>'
    parts = [head, f"<title>{escape(title)}</title>"]
    parts.append(f'<rect width="100%" height="100%" rx="8" fill="{_PAPER}"/>')
    return "\n".join([*parts, *buttons, *rows, "</svg>\n"])


def _row(line: Text, top: int) -> Iterator[str]:
    """Yield a line: each piece of one style at its place, as long as its cells, whatever the font."""
    cell = 0
    for text, style in _pieces(line):
        left, length = _MARGIN + cell * _CELL, cell_len(text) * _CELL
        cell += cell_len(text)
        if behind := style.bgcolor and _BEHIND.get(style.bgcolor.name):
            yield f'<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="{_LINE}" fill="{behind}"/>'
        if text.strip():
            yield (
                f'<text x="{left:.1f}" y="{top + 14}" textLength="{length:.1f}" xml:space="preserve" '
                f"{_look(style)}>{escape(text)}</text>"
            )


def _look(style: Style) -> str:
    ink = _COLOURS.get(style.color.name, _INK) if style.color else _FAINT if style.dim else _INK
    return f'fill="{ink}"' + (' font-weight="bold"' if style.bold else "")


def _pieces(line: Text) -> Iterator[tuple[str, Style]]:
    console = Console(file=StringIO(), width=WIDTH, color_system="standard", legacy_windows=False)
    for segment in Text().join([line]).render(console):  # joined, the style of the whole is one of its pieces
        if segment.text:
            yield segment.text, segment.style or Style.null()
