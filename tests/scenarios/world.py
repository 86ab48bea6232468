"""A town square, the daemon that listens to it, and the people who are told: what the stories are about.

Everything is real but the platform (a list of posts), the clock (moved by hand) and the destinations (lists
of what they were told). The daemon's steps are taken as its scheduler would wake them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import select

from monitor import plugins
from monitor.config import Config
from monitor.connector import Batch, Cursor, Interval, Malformed, Meter, Payload, RateLimit, Source
from monitor.core.alert import Acknowledge, Alert, Assign, Event, Resolution, Resolve, Snooze, Unless
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.record import from_record, to_record
from monitor.daemon import Daemon
from monitor.escalate import act
from monitor.notify import NotDelivered, Notice
from monitor.store import Store, alerts, mentions, notices, overview, sources
from monitor.store.alerts import Kept
from monitor.store.sources import SourceState

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Square:
    """The platform: posts in the order in which they were published or last changed."""

    posts: dict[str, tuple[int, Mention]] = field(default_factory=dict)
    odd: list[tuple[int, Payload]] = field(default_factory=list)
    threads: dict[str, Mention] = field(default_factory=dict)  # replies that a search does not show
    vanished: set[str] = field(default_factory=set)  # deleted, though a search still shows them
    troubles: list[Exception] = field(default_factory=list)  # one a call, until none is left
    follow_troubles: list[Exception] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)  # the ids of each call for posts seen before
    batch: int = 100
    pulls: int = 0
    at_batch: Callable[[], None] = lambda: None
    changes: int = 0

    def put(self, post: Mention) -> None:
        """Publish a post, or change it."""
        self.changes += 1
        self.posts[post.id] = (self.changes, post)

    def news(self, after: int) -> list[tuple[int, Payload]]:
        """Return what changed after change number `after`, oldest first."""
        changed = [(number, to_record(post)) for number, post in self.posts.values()]
        return sorted(each for each in [*changed, *self.odd] if each[0] > after)


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareConnector:
    """The connector: pulls what changed since, refreshes, and reads threads."""

    square: Square
    meter: Meter
    platform: str = "square"
    limits: Sequence[RateLimit] = ()

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield what changed since the cursor."""
        self.square.pulls += 1
        news = self.square.news(cursor.get("after", 0))
        batches = [news[at : at + self.square.batch] for at in range(0, len(news), self.square.batch)]
        for number, batch in enumerate(batches or [[]]):
            if number or not self.square.troubles:
                after = batch[-1][0] if batch else cursor.get("after", 0)
                covers = Interval(start=NOON - timedelta(days=1), end=self.meter.now()) if not news else None
                yield Batch(
                    payloads=[payload for _, payload in batch], cursor={"after": after}, covers=covers
                )
                self.square.at_batch()
            if self.square.troubles:
                raise self.square.troubles.pop(0)

    def normalise(self, payload: Payload) -> Mention:
        """Return the mention of a record."""
        try:
            return from_record(payload)
        except ValueError as error:
            raise Malformed(str(error)) from error

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield what is still there."""
        self.square.asked.append(list(ids))
        if self.square.follow_troubles:
            raise self.square.follow_troubles.pop(0)
        there = {identity: post for identity, (_, post) in self.square.posts.items()} | self.square.threads
        yield from (
            to_record(there[identity]) for identity in ids if identity in there.keys() - self.square.vanished
        )

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Yield the replies in a conversation."""
        for post in self.square.threads.values():
            if post.conversation_id == mention.conversation and post.created_at >= since:
                yield to_record(post)


@dataclass(slots=True)
class Ear:
    """A destination: remembers what it was told, and may be broken."""

    told: list[Notice] = field(default_factory=list)
    broken: bool | type[Exception] = False
    tried: int = 0

    def send(self, notice: Notice) -> None:
        """Take a notice, or do not."""
        self.tried += 1
        if isinstance(self.broken, type):
            raise self.broken("token=hunter2")
        if self.broken:
            raise NotDelivered("nobody is in")
        self.told.append(notice)

    @property
    def heard(self) -> list[str]:
        """What it was told, in words: why, and of which alert."""
        return [f"{notice.why} {notice.card.alert.number}" for notice in self.told]

    def showed(self, why: str) -> bool:
        """Tell whether it was told such a thing."""
        return any(notice.why == why for notice in self.told)


@dataclass(slots=True)
class World:
    """All of it. What is not said in a story is as a brand with one source and one policy would have it."""

    store: Store
    patch: pytest.MonkeyPatch
    now: datetime = NOON
    squares: dict[str, Square] = field(default_factory=lambda: {"square": Square()})
    ears: dict[str, Ear] = field(default_factory=lambda: {"terminal": Ear(), "phone": Ear(), "boss": Ear()})
    brand: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    warm_up: bool = True
    logged: list[Any] = field(default_factory=list)
    daemon: Daemon = field(init=False)

    # -------------------------------------------------------------------------------------------- the daemon
    def begins(self) -> "World":
        """Start the daemon, which looks at the empty square once."""
        self.daemon = self.a_daemon()
        self.daemon.start()
        self.turn()
        return self

    def a_daemon(self) -> Daemon:
        """Return a daemon on the store."""
        self.patch.setattr(plugins, "available", lambda: {"square": _Entry(self)})
        return Daemon(config=self.config(), store=self.store, notifiers=self.ears, clock=lambda: self.now)

    def restarts(self, **changed: Any) -> None:
        """Stop the daemon and start another one, with some of the configuration changed."""
        self.daemon.stop()
        for name, value in changed.items():
            setattr(self, name, value)
        self.begins()

    def config(self) -> Config:
        """Return the configuration of this world."""
        steps = [
            {"notify": ["terminal"], "delay": "15m"},
            {"notify": ["phone"], "delay": "30m"},
        ]
        brand = {"names": ["acme"], "accounts": {"square": ["acmehelp"]}} | self.brand
        policy = {"steps": steps, "repeat": 1, "fallback": "boss"} | self.policy
        source = {"brand": "acme", "connector": "square", "every": "1m", "warm_up": self.warm_up}
        tables: dict[str, Any] = {
            "brands": {"acme": brand},
            "policies": {"default": policy},
            "sources": [source | {"name": name} for name in self.squares],
            "destinations": {name: {"kind": "terminal"} for name in self.ears},
            "people": self.people,
        }
        return Config(**tables)

    def turn(self) -> None:
        """Let the scheduler wake every step once."""
        self.daemon.beat()
        self.daemon.pull_due()
        for thread in list(self.daemon._pulls.values()):
            thread.join()
        self.daemon._job("follow", self.daemon.follow_due)()
        self.daemon.advance()

    def fast_forward(self, minutes: float = 0, hours: float = 0) -> None:
        """Let time go by. The daemon wakes whenever an alert or a notice is due, and at the end."""
        end = self.now + timedelta(minutes=minutes, hours=hours)
        while (at := self._next_due()) is not None and at < end:
            self.now = max(at, self.now + timedelta(seconds=1))
            self.turn()
        self.now = end
        self.turn()

    def _next_due(self) -> datetime | None:
        columns = (alerts.alert.c.visible_at, notices.notice.c.visible_at)
        with self.store.reading() as connection:
            times = [at for column in columns for at in connection.execute(select(column)).scalars() if at]
        return min(times, default=None)

    # -------------------------------------------------------------------------------------------- the square
    def publishes(self, text: str, by: str = "mara", **fields: Any) -> str:
        """Publish a post that nobody has looked at yet, and return its id. `ago` is in minutes."""
        square = self.squares[fields.pop("on", "square")]
        counts = {name: fields.pop(name) for name in asdict(Engagement()) if name in fields}
        author = Author(id=f"id-{by}", handle=by, followers=fields.pop("followers", 50))
        given: dict[str, Any] = {
            "platform": "square",
            "id": str(square.changes + 1),
            "kind": Kind.REPLY if fields.get("to") else Kind.POST,
            "created_at": self.now - timedelta(minutes=fields.pop("ago", 0)),
            "author": author,
            "engagement": Engagement(**({"likes": 0} | counts)),
        }
        unsearched = fields.pop("unsearched", False)
        if to := fields.pop("to", None):
            given |= {"in_reply_to_id": to, "conversation_id": self.conversation_of(to)}
        post = Mention(text=text, **(given | fields))
        if unsearched:
            square.changes += 1
            square.threads[post.id] = post
        else:
            square.put(post)
        return post.id

    def says(self, text: str, by: str = "mara", **fields: Any) -> str:
        """Publish a post, which the next pull a minute later finds; return its id."""
        identity = self.publishes(text, by, **fields)
        self.fast_forward(minutes=1)
        return identity

    def brand_replies(self, to: str, text: str = "So sorry! We are on it.", **fields: Any) -> str:
        """Let the brand reply in public."""
        return self.says(text, by="acmehelp", to=to, **fields)

    def changes(self, identity: str, **fields: Any) -> None:
        """Edit a post, or let it spread; the next pull a minute later finds it."""
        _, before = self.squares["square"].posts[identity]
        self.squares["square"].put(replace(before, **fields))
        self.fast_forward(minutes=1)

    def spreads(self, identity: str, likes: int) -> None:
        """Let a post be liked so often."""
        self.changes(identity, engagement=Engagement(likes=likes))

    def deletes(self, identity: str) -> None:
        """Delete a post; the next look again, ten minutes later, finds it gone."""
        self.squares["square"].posts.pop(identity, None)
        self.fast_forward(minutes=11)

    def conversation_of(self, identity: str) -> str:
        """Return the conversation that a post is in."""
        for square in self.squares.values():
            if identity in square.posts:
                return square.posts[identity][1].conversation
        return identity

    # -------------------------------------------------------------------------------------------- the people
    def acts(self, alert: int, event: Event, by: str = "maria") -> Alert:
        """Let a person act on an alert."""
        return act(self.store, alert, event, by=by, routes=self.daemon.config.routes(), now=self.now).state

    def acks(self, alert: int = 1, by: str = "maria") -> Alert:
        """Let a person acknowledge an alert."""
        return self.acts(alert, Acknowledge(by=by), by)

    def assigns(self, alert: int, to: str, by: str = "maria") -> Alert:
        """Let a person hand an alert to another."""
        return self.acts(alert, Assign(to=to, by=by), by)

    def snoozes(self, alert: int = 1, minutes: int = 60, by: str = "maria", **unless: Any) -> Alert:
        """Let a person snooze an alert."""
        until = self.now + timedelta(minutes=minutes)
        return self.acts(alert, Snooze(until=until, by=by, unless=Unless(**unless)), by)

    def resolves(self, alert: int = 1, resolution: str = "answered-in-private", by: str = "maria") -> Alert:
        """Let a person resolve an alert."""
        return self.acts(alert, Resolve(by=by, resolution=Resolution(resolution)), by)

    # ------------------------------------------------------------------------------------ what became of it
    @property
    def terminal(self) -> Ear:
        """The destination of the first step."""
        return self.ears["terminal"]

    @property
    def phone(self) -> Ear:
        """The destination of the second step."""
        return self.ears["phone"]

    @property
    def boss(self) -> Ear:
        """The fallback."""
        return self.ears["boss"]

    @property
    def alerts(self) -> list[Kept]:
        """All alerts, in order."""
        with self.store.reading() as connection:
            numbers = list(connection.execute(select(alerts.alert.c.number)).scalars())
            return list(alerts.get(connection, numbers))

    def alert(self, number: int = 1) -> Alert:
        """Return the state of an alert."""
        return self.alerts[number - 1].state

    def log(self, number: int = 1) -> list[str]:
        """Return the reasons in an alert's log, oldest first."""
        with self.store.reading() as connection:
            return [entry.reason for entry in alerts.read_log(connection, number)]

    def outcome(self, identity: str) -> str | None:
        """Return what came of a post."""
        with self.store.reading() as connection:
            found = self.mention(identity)
            return mentions.verdicts(connection, [found.number])[found.number].outcome

    def mention(self, identity: str) -> mentions.Stored:
        """Return a post as the store has it."""
        with self.store.reading() as connection:
            found = mentions.find(connection, "acme", "square", identity)
        assert found is not None
        return found

    def answer_to(self, identity: str) -> overview.Answer | None:
        """Return the recorded answer to a post."""
        with self.store.reading() as connection:
            return overview.answer(connection, self.mention(identity).number)

    def notice_states(self, number: int = 1) -> list[str]:
        """Return what became of the notices of an alert."""
        with self.store.reading() as connection:
            return [f"{each.outgoing.why} {each.state}" for each in notices.of_alert(connection, number)]

    @property
    def failed_steps(self) -> list[str]:
        """The steps that failed, as the log has them."""
        return [each["step"] for each in self.logged if each["event"] == "step failed"]

    def source(self, name: str = "square") -> SourceState:
        """Return what is known of a source."""
        with self.store.reading() as connection:
            return next(state for state in sources.states(connection) if state.name == name)

    def happenings(self, what: str | None = None) -> list[str]:
        """Return the causes of what happened, oldest first."""
        with self.store.reading() as connection:
            found = reversed(sources.happenings(connection, 1_000))
        return [each.cause for each in found if what in (None, each.what)]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Stands for an installed entry point of the connector."""

    world: World

    def load(self) -> Any:
        """Return what makes the connector."""
        squares = self.world.squares

        class _Class:
            Options: ClassVar[Any] = None
            Credentials: ClassVar[Any] = None

            def __new__(cls, source: Source, credentials: Mapping[str, str], meter: Meter) -> Any:
                return SquareConnector(square=squares[source.name], meter=meter)

        return _Class
