"""The kit for authors of connectors: contract tests to subclass, and a meter that keeps a ledger.

In a test module of your own:

    class TestAcmeContract(ContractTests):
        @pytest.fixture
        def rig(self) -> Iterator[Rig]:
            clock = HandClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
            with AcmeStandIn(world, clock) as acme:
                yield Rig(
                    clock=clock,
                    connect=lambda meter: AcmeConnector(source(acme.endpoint), {"token": "t"}, meter),
                    arrive=lambda: publish_something_new(),
                    fail_request=lambda n: acme.fail(at=n),
                    requests_made=lambda: len(acme.requests),
                )

The stand-in must hold enough for a pull of at least two batches, and nothing in it may change by itself.
docs/writing-a-connector.md has a complete example.
"""
# ruff: noqa: S101 - these are tests, shipped for others to run

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from monitor.connector import (
    JSON,
    Batch,
    Connector,
    ConnectorError,
    Cursor,
    Malformed,
    Meter,
    Refreshes,
    Threads,
    Unavailable,
)
from monitor.testing.mutilation import is_utc, mutilations, odd_fields, one_of_each_shape

Key = tuple[str, str]  # (platform, id): what is unique about a mention
_ENDLESS = 10_000  # batches


@dataclass(slots=True)
class HandClock:
    """A clock that moves only by hand. Call it for the time; give it to the stand-in and to the meter."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.at

    def advance(self, **by: float) -> None:
        """Move on: `clock.advance(minutes=5)`."""
        self.at += timedelta(**by)


@dataclass(slots=True)
class LedgerMeter:
    """A `Meter` that writes down what a connector tells it, in the order of telling."""

    clock: Callable[[], datetime]
    spent: list[tuple[str, int]] = field(default_factory=list)
    observed: list[tuple[str, int, datetime | None]] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time of the clock that it was given."""
        return self.clock()

    def spend(self, bucket: str, units: int = 1) -> None:
        """Write down `(bucket, units)` in `spent`."""
        self.spent.append((bucket, units))

    def observe(self, bucket: str, remaining: int, resets_at: datetime | None = None) -> None:
        """Write down `(bucket, remaining, resets_at)` in `observed`."""
        self.observed.append((bucket, remaining, resets_at))

    def total(self, bucket: str) -> int:
        """Return the units spent from `bucket` so far."""
        return sum(units for name, units in self.spent if name == bucket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What the contract tests need to know of one connector and the stand-in that it talks to.

    `connect` makes a fresh connector each time. `arrive` publishes one thing more, dated now, and moves
    `clock` on by as much as the platform takes to show it; it is called several times.
    `fail_request(n)` lets the nth request from now fail once as by a server error, replacing what was asked
    before; `requests_made` counts all so far. Both are None for a connector without a network.
    `repeats` says that an unchanged pull may give again what was given (a connector that looks again at the
    last hour); without it such a pull must give nothing. `unknown_id` is well-formed, and nobody's.
    """

    clock: HandClock
    connect: Callable[[Meter], Connector]
    arrive: Callable[[], None]
    fail_request: Callable[[int], None] | None = None
    requests_made: Callable[[], int] | None = None
    repeats: bool = False
    unknown_id: str = "99999999"

    def fresh(self) -> Connector:
        """Return a new connector with a meter of its own, as after a restart."""
        return self.connect(LedgerMeter(self.clock))


class ContractTests:
    """What the monitor relies on, as tests. Subclass it as `Test…` and provide the fixture `rig`."""

    def test_has_the_shape_of_a_connector(self, rig: Rig) -> None:
        """It is a `Connector` whose platform is a lower-case name and whose limits have distinct buckets."""
        connector = rig.fresh()
        assert isinstance(connector, Connector), "it lacks a member of the protocol Connector"
        assert isinstance(connector.platform, str)
        assert connector.platform, "platform is empty"
        assert connector.platform == connector.platform.lower().strip(), "platform is lower case"
        buckets = [limit.bucket for limit in connector.limits]
        assert len(buckets) == len(set(buckets)), f"two limits share a bucket: {buckets}"

    def test_making_one_does_no_io(self, rig: Rig) -> None:
        """A connector that is merely made has not called the platform."""
        made = _requests_made(rig)
        before = made()
        rig.fresh()
        assert made() == before, "the platform was called by __init__"

    def test_payloads_and_cursors_survive_json(self, rig: Rig) -> None:
        """What is kept in the store comes back as it was."""
        for batch in pull_all(rig.fresh(), {}):
            for kept in (batch.cursor, *batch.payloads):
                assert through_json(kept) == kept, f"JSON changes it: {kept!r}"

    def test_normalise_is_pure_and_well_typed(self, rig: Rig) -> None:
        """The same payload gives the same mention twice, each field of its type, datetimes in UTC."""
        first, second = rig.fresh(), rig.fresh()
        for batch in pull_all(first, {}):
            for payload in batch.payloads:
                before = copy.deepcopy(payload)
                mention = first.normalise(payload)
                assert payload == before, "normalise changed the payload"
                rig.clock.advance(seconds=1)
                assert second.normalise(through_json(payload)) == mention, "the second time it differs"
                assert not odd_fields(mention), f"{odd_fields(mention)} of {mention!r}"

    def test_a_pull_gives_two_batches_of_its_platform(self, rig: Rig) -> None:
        """The stand-in holds enough to prove something; the platform is the connector's, bar `replay`."""
        connector = rig.fresh()
        batches = pull_all(connector, {})
        assert len(batches) > 1, "the rig must publish enough for two batches"
        assert found(connector, batches), "the rig must publish something"
        if connector.platform != "replay":
            assert {platform for platform, _ in found(connector, batches)} == {connector.platform}

    def test_a_pull_cut_after_any_batch_loses_nothing(self, rig: Rig) -> None:
        """Both halves together give every payload of the uncut pull."""
        whole = pull_all(rig.fresh(), {})
        wanted = found(rig.fresh(), whole)
        for count in range(1, len(whole) + 1):
            first = pull_some(rig.fresh(), {}, count)
            rest = pull_all(rig.fresh(), last_cursor(first, {}))
            lost = wanted - found(rig.fresh(), [*first, *rest])
            assert not lost, f"cut after batch {count} of {len(whole)}: lost {sorted(lost)}"

    def test_one_batch_at_a_time_comes_to_the_end(self, rig: Rig) -> None:
        """Cut after each single batch, it still gives everything, and goes forward each time."""
        whole = pull_all(rig.fresh(), {})
        got: list[Batch] = []
        for _ in range(3 * len(whole) + 3):
            got += pull_some(rig.fresh(), last_cursor(got, {}), 1)
        lost = found(rig.fresh(), whole) - found(rig.fresh(), got)
        assert not lost, f"one batch at a time never reaches {sorted(lost)}"

    def test_arrivals_between_the_halves_are_not_lost(self, rig: Rig) -> None:
        """What is published during a cut is given at the latest by the next complete pull."""
        for count in range(1, len(pull_all(rig.fresh(), {})) + 1):
            before = found(rig.fresh(), pull_all(rig.fresh(), {}))
            first = pull_some(rig.fresh(), {}, count)
            rig.arrive()
            rest = pull_all(rig.fresh(), last_cursor(first, {}))
            rest += pull_all(rig.fresh(), last_cursor([*first, *rest], {}))
            wanted = found(rig.fresh(), pull_all(rig.fresh(), {}))
            assert wanted - before, "the rig's arrive() published nothing that a pull sees"
            lost = wanted - found(rig.fresh(), [*first, *rest])
            assert not lost, f"arrival after batch {count}: lost {sorted(lost)}"

    def test_an_arrival_after_the_end_is_given_by_the_next_pull(self, rig: Rig) -> None:
        """The cursor of a finished pull leads to what came later, and to nothing unheard of."""
        done = pull_all(rig.fresh(), {})
        rig.arrive()
        later = found(rig.fresh(), pull_all(rig.fresh(), last_cursor(done, {})))
        whole = found(rig.fresh(), pull_all(rig.fresh(), {}))
        assert whole - found(rig.fresh(), done) <= later, "the next pull lacks the arrival"

    def test_a_failed_request_loses_nothing(self, rig: Rig) -> None:
        """Whichever request fails, the error is `Unavailable`, and a resumed pull has the rest."""
        made, fail = _requests_made(rig), _fail_request(rig)
        before = made()
        wanted = found(rig.fresh(), pull_all(rig.fresh(), {}))
        for n in range(1, made() - before + 1):
            fail(n)
            first, error = pull_until_error(rig.fresh(), {})
            if error is None:
                lost = wanted - found(rig.fresh(), first)
                assert not lost, f"request {n} failed, nothing was raised, and lost is {sorted(lost)}"
                continue
            assert isinstance(error, Unavailable), f"request {n} failed: {error!r} is not Unavailable"
            rest, again = pull_until_error(rig.fresh(), last_cursor(first, {}))
            assert again is None, f"request {n} failed once, but resuming raised {again!r}"
            lost = wanted - found(rig.fresh(), [*first, *rest])
            assert not lost, f"request {n} failed: lost {sorted(lost)}"

    def test_an_unchanged_pull_gives_nothing_new(self, rig: Rig) -> None:
        """From the final cursor a pull ends, and repeats only if the rig says that it may."""
        done = pull_all(rig.fresh(), {})
        again = pull_all(rig.fresh(), last_cursor(done, {}))
        assert len(again) <= len(done) + 1, "an unchanged pull takes more batches than the first"
        repeated = found(rig.fresh(), again)
        assert repeated <= found(rig.fresh(), done), "an unchanged pull gave something unheard of"
        if not rig.repeats:
            assert not repeated, f"an unchanged pull repeated {sorted(repeated)}"

    def test_what_is_covered_was_seen(self, rig: Rig) -> None:
        """A claimed interval is well-formed, ends by now, and holds nothing that the pull left out."""
        connector = rig.fresh()
        whole = pull_all(connector, {})
        mentions = [connector.normalise(payload) for batch in whole for payload in batch.payloads]
        for index, batch in enumerate(whole, start=1):
            if batch.covers is None:
                continue
            start, end = batch.covers.start, batch.covers.end
            assert is_utc(start), f"covers starts at {start!r}, which is not aware UTC"
            assert is_utc(end), f"covers ends at {end!r}, which is not aware UTC"
            assert start <= end <= rig.clock(), f"covers {start} to {end}, and it is {rig.clock()}"
            inside = {(m.platform, m.id) for m in mentions if start <= m.created_at < end}
            early = inside - found(connector, whole[:index])
            assert not early, f"batch {index} claims {start} to {end} before giving {sorted(early)}"

    def test_spends_only_from_declared_buckets(self, rig: Rig) -> None:
        """Each bucket that is spent or observed stands in `limits`, and units are not negative."""
        meter = LedgerMeter(rig.clock)
        connector = rig.connect(meter)
        pull_all(connector, {})
        declared = {limit.bucket for limit in connector.limits}
        used = {bucket for bucket, _ in meter.spent} | {bucket for bucket, *_ in meter.observed}
        assert used <= declared, f"not in limits: {sorted(used - declared)}"
        assert all(units >= 0 for _, units in meter.spent), "negative units were spent"

    def test_normalise_of_a_mutilated_payload_raises_malformed_alone(self, rig: Rig) -> None:
        """With any key dropped or retyped at any depth, it gives a sound mention or raises `Malformed`."""
        connector = rig.fresh()
        for payload in one_of_each_shape(pull_all(connector, {})):
            for what, mutilated in mutilations(payload):
                try:
                    mention = connector.normalise(mutilated)
                except Malformed:
                    continue
                except Exception as error:
                    raise AssertionError(f"{what}: raised {error!r}, not Malformed") from error
                assert not odd_fields(mention), f"{what}: {odd_fields(mention)} of {mention!r}"

    def test_refresh_gives_what_exists_and_nothing_else(self, rig: Rig) -> None:
        """Each id that was just pulled is given again, an unknown one is not, nor one unasked for."""
        connector = _refreshing(rig)
        ids = sorted(mention_id for _, mention_id in found(connector, pull_all(connector, {})))
        asked = ids[1:] or ids
        given = [connector.normalise(payload).id for payload in connector.refresh([*asked, rig.unknown_id])]
        assert set(given) == set(asked), f"lacks {set(asked) - set(given)}, has {set(given) - set(asked)}"
        assert list(connector.refresh([])) == [], "nothing was asked for"

    def test_a_failed_refresh_does_not_look_like_deletion(self, rig: Rig) -> None:
        """When a request of a refresh fails, it raises: silence would mean that the posts are deleted."""
        connector, fail = _refreshing(rig), _fail_request(rig)
        ids = sorted(mention_id for _, mention_id in found(connector, pull_all(connector, {})))
        given = set()
        fail(1)
        try:
            for payload in connector.refresh(ids):
                given.add(connector.normalise(payload).id)
        except ConnectorError:
            return
        assert given == set(ids), "a request failed, nothing was raised, and ids are missing"

    def test_replies_are_not_older_than_asked(self, rig: Rig) -> None:
        """Each reply can be normalised and was made at or after `since`."""
        connector: Any = rig.fresh()
        if not isinstance(connector, Threads):
            _skip("it does not read conversations")
        payloads = [payload for batch in pull_all(connector, {}) for payload in batch.payloads]
        for payload in payloads[:3]:
            mention = connector.normalise(payload)
            for reply in connector.replies(mention, mention.created_at):
                assert through_json(reply) == reply, f"JSON changes it: {reply!r}"
                at = connector.normalise(reply).created_at
                assert at >= mention.created_at, f"the reply of {at} is older than {mention.created_at}"


def through_json(value: Mapping[str, JSON]) -> dict[str, Any]:
    """Return `value` as it comes back from the store. Raises `TypeError` or `ValueError` if it cannot."""
    result: dict[str, Any] = json.loads(json.dumps(value, allow_nan=False))
    return result


def pull_all(connector: Connector, cursor: Cursor) -> list[Batch]:
    """Return the batches of an uncut pull from `cursor`; more than 10,000 are taken to be endless."""
    return pull_some(connector, cursor, _ENDLESS)


def pull_some(connector: Connector, cursor: Cursor, count: int) -> list[Batch]:
    """Return the first `count` batches of a pull, which is then cut."""
    pull = connector.pull(through_json(cursor))
    got = list(islice(pull, count))
    getattr(pull, "close", lambda: None)()  # an iterator need not be a generator
    assert len(got) < _ENDLESS, "the pull does not end"
    return got


def pull_until_error(connector: Connector, cursor: Cursor) -> tuple[list[Batch], Exception | None]:
    """Return the batches of a pull, and what it raised in the end, if anything."""
    got: list[Batch] = []
    try:
        got.extend(connector.pull(through_json(cursor)))
    except Exception as error:  # noqa: BLE001 - whatever it raised is judged by the test
        return got, error
    return got, None


def last_cursor(batches: Sequence[Batch], start: Cursor) -> Cursor:
    """Return where to resume after `batches` of a pull that began at `start`."""
    return batches[-1].cursor if batches else start


def found(connector: Connector, batches: Iterable[Batch]) -> set[Key]:
    """Return the (platform, id) of all payloads, without those that `normalise` refuses."""
    keys = set()
    for batch in batches:
        for payload in batch.payloads:
            try:
                mention = connector.normalise(payload)
            except Malformed:
                continue
            keys.add((mention.platform, mention.id))
    return keys


def _requests_made(rig: Rig) -> Callable[[], int]:
    return rig.requests_made or _skip("it has no network")


def _fail_request(rig: Rig) -> Callable[[int], None]:
    return rig.fail_request or _skip("it has no network")


def _refreshing(rig: Rig) -> Any:
    connector = rig.fresh()
    return connector if isinstance(connector, Refreshes) else _skip("it does not read again")


def _skip(reason: str) -> Any:
    import pytest

    pytest.skip(reason)
