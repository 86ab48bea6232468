"""The contract tests pass a sound connector and catch each way of breaking the contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from monitor.connector import (
    Author,
    Batch,
    Cursor,
    Interval,
    Kind,
    Malformed,
    Mention,
    Meter,
    Payload,
    Per,
    RateLimit,
    Unavailable,
)
from monitor.testing import ContractTests, HandClock, LedgerMeter, Rig

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = 2


@dataclass
class Board:
    """A platform in memory: posts numbered from 1, listed newest first, two a page."""

    clock: HandClock
    posts: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    fails_at: int = 0

    def publish(self, reply_to: int | None = None) -> None:
        """Publish one post, dated now."""
        self.posts.append(
            {
                "n": len(self.posts) + 1,
                "at": self.clock().isoformat(),
                "by": {"name": "ann"},
                "text": "hello",
                "reply_to": reply_to,
            }
        )
        self.clock.advance(minutes=1)

    def page(self, before: int | None) -> list[dict[str, Any]]:
        """Return the newest posts below `before`."""
        self._count()
        return [post for post in reversed(self.posts) if before is None or post["n"] < before][:PAGE]

    def read(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Return the posts with these numbers."""
        self._count()
        return [post for post in self.posts if post["n"] in numbers]

    def fail(self, n: int) -> None:
        """Let the nth request from now fail."""
        self.fails_at = self.asked + n

    def _count(self) -> None:
        self.asked += 1
        if self.asked == self.fails_at:
            raise ConnectionResetError("the board hung up")


class Sound:
    """A connector that keeps the contract; what follows breaks one thing each."""

    platform = "board"
    limits: Sequence[RateLimit] = (RateLimit(bucket="pages", units=100, per=Per.HOUR),)

    def __init__(self, board: Board, meter: Meter) -> None:
        self.board, self.meter = board, meter

    def page(self, before: int | None) -> list[dict[str, Any]]:
        """Ask for one page."""
        self.meter.spend("pages")
        try:
            return self.board.page(before)
        except ConnectionResetError as error:
            raise Unavailable("the board hung up") from error

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Walk back to the mark, and move the mark when the walk is done."""
        mark, before, top = cursor.get("mark", 0), cursor.get("before"), cursor.get("top")
        while True:
            page = self.page(before)
            top = top or (page[0]["n"] if page else mark)
            fresh = [post for post in page if post["n"] > mark]
            if len(fresh) < PAGE:
                yield self.last(fresh, top)
                return
            before = page[-1]["n"]
            yield Batch(payloads=fresh, cursor={"mark": mark, "before": before, "top": top})

    def last(self, fresh: Sequence[Payload], top: int) -> Batch:
        """Return the batch that ends a walk."""
        covers = Interval(start=NOON - timedelta(days=1), end=self.meter.now())
        return Batch(payloads=fresh, cursor={"mark": top}, covers=covers)

    def normalise(self, payload: Payload) -> Mention:
        """Read each field with suspicion."""
        try:
            return self.read(payload)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Malformed(f"odd payload: {error!r}") from error

    def read(self, payload: Payload) -> Mention:
        """Read the fields."""
        n, text, name = payload["n"], payload["text"], payload["by"]["name"]
        if isinstance(n, bool) or not isinstance(n, int) or not isinstance(text, str):
            raise TypeError("n is a number, text is a string")
        return Mention(
            platform=self.platform,
            id=str(n),
            kind=Kind.POST,
            text=text,
            author=Author(handle=name if isinstance(name, str) else None),
            created_at=datetime.fromisoformat(payload["at"]).astimezone(UTC),
        )

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Read the posts again."""
        try:
            yield from self.board.read([int(post_id) for post_id in ids])
        except ConnectionResetError as error:
            raise Unavailable("the board hung up") from error

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Give the replies that are on the first page."""
        for post in self.page(None):
            if str(post["reply_to"]) == mention.id and datetime.fromisoformat(post["at"]) >= since:
                yield post


def rig_of(make: Callable[[Board, Meter], Any]) -> Rig:
    """Return a rig with five posts on the board."""
    clock = HandClock(NOON)
    board = Board(clock)
    for _ in range(5):
        board.publish(reply_to=5)
    return Rig(
        clock=clock,
        connect=lambda meter: make(board, meter),
        arrive=board.publish,
        fail_request=board.fail,
        requests_made=lambda: board.asked,
    )


class TestSound(ContractTests):
    """The sound connector passes all of it."""

    @pytest.fixture
    def rig(self) -> Rig:
        """Return the rig of the sound connector."""
        return rig_of(Sound)


class Shouting(Sound):  # noqa: D101 - the table below says what each breaks
    platform = "Board"


class TwinLimits(Sound):  # noqa: D101
    limits = (*Sound.limits, *Sound.limits)


class Eager(Sound):  # noqa: D101
    def __init__(self, board: Board, meter: Meter) -> None:
        super().__init__(board, meter)
        board.page(None)


class TupleCursor(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        for batch in super().pull(cursor):
            yield Batch(payloads=batch.payloads, cursor={**batch.cursor, "ids": (1, 2)})


class MovesTheMarkEarly(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        for batch in super().pull(cursor):
            top = batch.cursor.get("top") or batch.cursor["mark"]
            yield Batch(payloads=batch.payloads, cursor={"mark": top})


class SkipsAPageOnResuming(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        skipped = {**cursor, "before": cursor["before"] - PAGE} if "before" in cursor else cursor
        yield from super().pull(skipped)


class BeginsAnewEachTime(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        yield from super().pull({"mark": cursor.get("mark", 0)})


class TakesTheTopWhenItEnds(Sound):  # noqa: D101
    def last(self, fresh: Sequence[Payload], top: int) -> Batch:  # noqa: D102
        return Batch(payloads=fresh, cursor={"mark": len(self.board.posts)})


class StopsAtTheFirstPage(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        batches = list(super().pull(cursor))
        yield from batches if not cursor else [Batch(payloads=[], cursor=cursor)]


class SwallowsErrors(Sound):  # noqa: D101
    def page(self, before: int | None) -> list[dict[str, Any]]:  # noqa: D102
        try:
            return super().page(before)
        except Unavailable:
            return []


class LetsTheSdkErrorOut(Sound):  # noqa: D101
    def page(self, before: int | None) -> list[dict[str, Any]]:  # noqa: D102
        return self.board.page(before)


class RepeatsItself(Sound):  # noqa: D101
    def last(self, fresh: Sequence[Payload], top: int) -> Batch:  # noqa: D102
        return Batch(payloads=fresh, cursor={"mark": top - 1})


class NeverEnds(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        for _ in count():
            yield Batch(payloads=[], cursor=cursor)


class CoversTheFuture(Sound):  # noqa: D101
    def last(self, fresh: Sequence[Payload], top: int) -> Batch:  # noqa: D102
        covers = Interval(start=NOON, end=self.meter.now() + timedelta(seconds=1))
        return Batch(payloads=fresh, cursor={"mark": top}, covers=covers)


class CoversTooSoon(Sound):  # noqa: D101
    def pull(self, cursor: Cursor) -> Iterator[Batch]:  # noqa: D102
        for batch in super().pull(cursor):
            covers = Interval(start=NOON, end=self.meter.now())
            yield Batch(payloads=batch.payloads, cursor=batch.cursor, covers=covers)


class SpendsElsewhere(Sound):  # noqa: D101
    limits = ()


class ReadsTheClock(Sound):  # noqa: D101
    def read(self, payload: Payload) -> Mention:  # noqa: D102
        mention = super().read(payload)
        return Mention(
            platform="board",
            id=mention.id,
            kind=Kind.POST,
            created_at=mention.created_at,
            edited_at=self.now(),
        )

    def now(self) -> datetime:  # noqa: D102
        return self.meter.now()


class LocalTime(Sound):  # noqa: D101
    def normalise(self, payload: Payload) -> Mention:  # noqa: D102
        at = datetime.fromisoformat(payload["at"]).replace(tzinfo=None)
        return Mention(platform="board", id="1", kind=Kind.POST, created_at=at)


class NumbersAsIds(Sound):  # noqa: D101
    def read(self, payload: Payload) -> Mention:  # noqa: D102
        mention = super().read(payload)
        at = mention.created_at
        return Mention(platform="board", id=int(mention.id), kind=Kind.POST, created_at=at)  # type: ignore[arg-type]


class ChangesThePayload(Sound):  # noqa: D101
    def normalise(self, payload: Payload) -> Mention:  # noqa: D102
        mention = super().normalise(payload)
        payload.clear()  # type: ignore[attr-defined]
        return mention


class KeyErrors(Sound):  # noqa: D101
    def normalise(self, payload: Payload) -> Mention:  # noqa: D102
        return self.read(payload)


class TrustsTheName(Sound):  # noqa: D101
    def read(self, payload: Payload) -> Mention:  # noqa: D102
        at, name = super().read(payload).created_at, payload["by"]["name"]
        mention_id = str(payload["n"])
        return Mention(
            platform="board", id=mention_id, kind=Kind.POST, created_at=at, author=Author(handle=name)
        )


class RefreshForgets(Sound):  # noqa: D101
    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:  # noqa: D102
        yield from super().refresh(ids[:1])


class RefreshGivesAll(Sound):  # noqa: D101
    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:  # noqa: D102
        yield from self.board.posts


class RefreshIsSilent(Sound):  # noqa: D101
    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:  # noqa: D102
        try:
            yield from super().refresh(ids)
        except Unavailable:
            return


class OldReplies(Sound):  # noqa: D101
    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:  # noqa: D102
        yield self.board.posts[0]


BREACHES: Mapping[type[Sound], tuple[str, str]] = {
    Shouting: ("test_has_the_shape_of_a_connector", "lower case"),
    TwinLimits: ("test_has_the_shape_of_a_connector", "share a bucket"),
    Eager: ("test_making_one_does_no_io", "called by __init__"),
    TupleCursor: ("test_payloads_and_cursors_survive_json", "JSON changes it"),
    MovesTheMarkEarly: ("test_a_pull_cut_after_any_batch_loses_nothing", "cut after batch 1 of 3: lost"),
    SkipsAPageOnResuming: ("test_a_pull_cut_after_any_batch_loses_nothing", "cut after batch 1 of 3: lost"),
    BeginsAnewEachTime: ("test_one_batch_at_a_time_comes_to_the_end", "never reaches"),
    TakesTheTopWhenItEnds: ("test_arrivals_between_the_halves_are_not_lost", "arrival after batch 1: lost"),
    StopsAtTheFirstPage: ("test_an_arrival_after_the_end_is_given_by_the_next_pull", "lacks the arrival"),
    SwallowsErrors: ("test_a_failed_request_loses_nothing", "request 1 failed, nothing was raised"),
    LetsTheSdkErrorOut: ("test_a_failed_request_loses_nothing", "ConnectionResetError.* is not Unavailable"),
    RepeatsItself: ("test_an_unchanged_pull_gives_nothing_new", "repeated"),
    NeverEnds: ("test_a_pull_gives_two_batches_of_its_platform", "does not end"),
    CoversTheFuture: ("test_what_is_covered_was_seen", "and it is"),
    CoversTooSoon: ("test_what_is_covered_was_seen", "batch 1 claims"),
    SpendsElsewhere: ("test_spends_only_from_declared_buckets", "not in limits"),
    ReadsTheClock: ("test_normalise_is_pure_and_well_typed", "second time it differs"),
    LocalTime: ("test_normalise_is_pure_and_well_typed", "aware datetime in UTC"),
    NumbersAsIds: ("test_normalise_is_pure_and_well_typed", "'id'"),
    ChangesThePayload: ("test_normalise_is_pure_and_well_typed", "changed the payload"),
    KeyErrors: (
        "test_normalise_of_a_mutilated_payload_raises_malformed_alone",
        r"without \('n',\).*KeyError",
    ),
    TrustsTheName: ("test_normalise_of_a_mutilated_payload_raises_malformed_alone", "author.handle"),
    RefreshForgets: ("test_refresh_gives_what_exists_and_nothing_else", "lacks"),
    RefreshGivesAll: ("test_refresh_gives_what_exists_and_nothing_else", "has {'1'}"),
    RefreshIsSilent: ("test_a_failed_refresh_does_not_look_like_deletion", "ids are missing"),
    OldReplies: ("test_replies_are_not_older_than_asked", "is older than"),
}


@pytest.mark.parametrize("broken", BREACHES, ids=lambda broken: broken.__name__)
def test_a_breach_is_caught(broken: type[Sound]) -> None:
    """A connector that breaks the contract fails the test that is for it, with a message that says how."""
    name, message = BREACHES[broken]
    with pytest.raises((AssertionError, ValueError), match=message):
        getattr(ContractTests(), name)(rig_of(broken))


def test_every_contract_test_has_a_breach() -> None:
    """No test of the kit is without a connector that fails it."""
    tests = {name for name in vars(ContractTests) if name.startswith("test_")}
    assert {name for name, _ in BREACHES.values()} == tests


def test_the_meter_keeps_a_ledger() -> None:
    """Spends and observations are kept in order, summed by bucket, at the time of its clock."""
    clock = HandClock(NOON)
    meter = LedgerMeter(clock)
    meter.spend("a", 2)
    meter.spend("b")
    meter.spend("a")
    meter.observe("a", 7, NOON)
    clock.advance(minutes=5)
    assert (meter.total("a"), meter.total("b"), meter.spent[0]) == (3, 1, ("a", 2))
    assert meter.observed == [("a", 7, NOON)]
    assert meter.now() == NOON + timedelta(minutes=5)
