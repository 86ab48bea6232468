from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.coverage import Interval, merged
from monitor.core.pacing import Budget
from monitor.store import Store, open_store, sources
from monitor.store.sources import DISABLED, KEPT_ASIDE, ClaimedSource, LostClaim, SourceState
from tests.store.builders import HOUR, MINUTE, NOON, SECOND

LEASE = 5 * MINUTE
NOTHING = {"mentions": 0, "filtered": 0, "malformed": 0}


def configure(store: Store, *names: str, connector: str = "toy", at: datetime = NOON) -> None:
    """Let the store know these sources."""
    with store.transaction() as connection:
        sources.configure(connection, [(name, "acme", connector) for name in names], at)


def claim(store: Store, at: datetime = NOON) -> ClaimedSource:
    """Claim the only source that is due."""
    with store.transaction() as connection:
        (claimed,) = sources.claim_due(connection, at, LEASE, 10)
    return claimed


def advance(store: Store, claimed: ClaimedSource, **named: Any) -> None:
    """Move the source on after a batch without mentions."""
    given: dict[str, Any] = {
        "cursor": {},
        "covers": None,
        "counts": NOTHING,
        "now": NOON,
        "lease": LEASE,
    } | named
    with store.transaction() as connection:
        sources.advance(connection, claimed, **given)


def finish(store: Store, claimed: ClaimedSource, **named: Any) -> None:
    """End the pull well, the next one being due in an hour."""
    given: dict[str, Any] = {"state": "ok", "due_at": NOON + HOUR, "now": NOON} | named
    with store.transaction() as connection:
        sources.finish(connection, claimed, **given)


def state(store: Store) -> SourceState:
    """Return what is known of the only source."""
    with store.reading() as connection:
        (only,) = sources.states(connection)
    return only


# -------------------------------------------------------------------------------------------- configuration
def test_a_new_source_is_due_at_once(store: Store) -> None:
    """A source that is configured for the first time is due, with an empty cursor and no first pull."""
    configure(store, "x")
    claimed = claim(store)
    assert (claimed.cursor, claimed.first_pull_at, claimed.failures) == ({}, None, 0)
    assert state(store).state == "new"


def test_a_known_source_goes_on_where_it_was(store: Store) -> None:
    """Configured again, a source keeps its cursor, its due time and its first pull."""
    configure(store, "x")
    claimed = claim(store)
    advance(store, claimed, cursor={"after": "\ud800\x00"})
    finish(store, claimed)
    configure(store, "x", at=NOON + MINUTE)
    again = claim(store, NOON + HOUR)
    assert (again.cursor, again.first_pull_at) == ({"after": "\ud800\x00"}, NOON)
    assert state(store).due_at == NOON + HOUR


def test_a_source_that_is_no_longer_configured_rests(store: Store) -> None:
    """It is disabled, never due, keeps what it knows, and goes on from there when it is back."""
    configure(store, "x")
    claimed = claim(store)
    advance(store, claimed, cursor={"after": 1})
    configure(store)
    with pytest.raises(LostClaim):
        finish(store, claimed)
    assert (state(store).enabled, state(store).state, state(store).due_at) == (False, DISABLED, None)
    configure(store, "x", at=NOON + HOUR)
    assert claim(store, NOON + HOUR).cursor == {"after": 1}


def test_a_source_with_another_connector_starts_anew(store: Store) -> None:
    """The cursor of one connector means nothing to another; a pull that is under way does not save it."""
    configure(store, "x")
    claimed = claim(store)
    advance(store, claimed, cursor={"after": 1})
    configure(store, "x", connector="other", at=NOON + MINUTE)
    with pytest.raises(LostClaim):
        advance(store, claimed, cursor={"after": 2})
    again = claim(store, NOON + MINUTE)
    assert (again.cursor, again.first_pull_at) == ({}, None)


def test_a_paused_source_is_tried_again_after_a_restart(store: Store) -> None:
    """A source that waits for the operator is due again when it is configured: it may have been mended."""
    configure(store, "x")
    finish(store, claim(store), state="unauthorized", due_at=None, error="token refused")
    with store.transaction() as connection:
        assert sources.claim_due(connection, NOON + 100 * HOUR, LEASE, 9) == []
    configure(store, "x", at=NOON + HOUR)
    assert claim(store, NOON + HOUR).failures == 1


def test_a_source_that_cannot_be_made_is_set_aside(store: Store) -> None:
    """Set aside with the reason, it is not due, but stays enabled."""
    configure(store, "x")
    with store.transaction() as connection:
        sources.set_aside(connection, "x", state="misconfigured", error="options.path: missing", now=NOON)
        assert sources.claim_due(connection, NOON + HOUR, LEASE, 9) == []
    assert (state(store).state, state(store).error) == ("misconfigured", "options.path: missing")
    assert state(store).enabled


# --------------------------------------------------------------------------------------------------- a pull
def test_a_batch_adds_to_the_counts(store: Store) -> None:
    """What was stored, filtered and malformed is counted over all batches."""
    configure(store, "x")
    claimed = claim(store)
    for _ in range(2):
        advance(store, claimed, counts={"mentions": 3, "filtered": 2, "malformed": 1})
    found = state(store)
    assert (found.mentions, found.filtered, found.malformed) == (6, 4, 2)


def test_the_first_pull_is_remembered(store: Store) -> None:
    """When a source was first pulled never changes, whatever comes later."""
    configure(store, "x")
    claimed = claim(store)
    advance(store, claimed, now=NOON)
    advance(store, claimed, now=NOON + MINUTE)
    finish(store, claimed, now=NOON + 2 * MINUTE)
    assert claim(store, NOON + HOUR).first_pull_at == NOON


def test_a_failure_is_counted_until_one_succeeds(store: Store) -> None:
    """Failures in a row grow, and the error stands; a success clears both."""
    configure(store, "x")
    for failures in (1, 2):
        finish(store, claim(store), state="unavailable", due_at=NOON, error="HTTP\x00 503\ud800")
        assert (state(store).failures, state(store).error) == (failures, "HTTP\x00 503\ud800")
    assert state(store).last_success_at is None
    finish(store, claim(store), now=NOON + MINUTE)
    found = state(store)
    assert (found.failures, found.error, found.last_success_at) == (0, None, NOON + MINUTE)


def test_lateness_is_told_by_the_claim(store: Store) -> None:
    """A claim says how long after its due time it comes."""
    configure(store, "x")
    assert claim(store, NOON + 90 * SECOND).late == timedelta(seconds=90)


def test_pull_now_hurries_only_who_is_well_and_idle(store: Store) -> None:
    """A source that is told to wait, is being pulled or is disabled is left alone."""
    configure(store, "idle", "busy", "limited", "gone")
    with store.transaction() as connection:
        everyone = {each.name: each for each in sources.claim_due(connection, NOON, LEASE, 9)}
        for name, how in (("idle", "ok"), ("limited", "rate-limited"), ("gone", "ok")):
            due_at = NOON + HOUR
            sources.finish(connection, everyone[name], state=how, due_at=due_at, now=NOON)
        sources.configure(connection, [(name, "acme", "toy") for name in ("idle", "busy", "limited")], NOON)
        sources.pull_now(connection, ["idle", "busy", "limited", "gone"], NOON + MINUTE)
        assert [each.name for each in sources.claim_due(connection, NOON + MINUTE, LEASE, 9)] == ["idle"]


def test_the_next_due_time_is_the_soonest(store: Store) -> None:
    """With nothing configured there is none."""
    with store.reading() as connection:
        assert sources.next_due(connection) is None
    configure(store, "x")
    with store.reading() as connection:
        assert sources.next_due(connection) == NOON


# ------------------------------------------------------------------------------------------------- coverage
def interval(start: int, end: int) -> Interval:
    """Return an interval in minutes after noon."""
    return Interval(start=NOON + start * MINUTE, end=NOON + end * MINUTE)


@pytest.mark.parametrize(
    ("seen", "whole"),
    [
        ([(0, 10), (20, 30)], [(0, 10), (20, 30)]),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(20, 30), (0, 10), (5, 25)], [(0, 30)]),
        ([(0, 30), (10, 20)], [(0, 30)]),
        ([(10, 20), (0, 30)], [(0, 30)]),
        ([(0, 10), (0, 10)], [(0, 10)]),
        ([(5, 5), (9, 3)], []),
    ],
    ids=["apart", "touching", "bridged", "within", "around", "same", "empty"],
)
def test_coverage_is_kept_as_few_intervals(
    store: Store, seen: list[tuple[int, int]], whole: list[tuple[int, int]]
) -> None:
    """Intervals that overlap or touch become one, in whatever order they come."""
    configure(store, "x")
    claimed = claim(store)
    for pair in seen:
        advance(store, claimed, covers=interval(*pair))
    with store.reading() as connection:
        assert sources.seen(connection, "x") == [interval(*pair) for pair in whole]
    assert state(store).blind_since == (NOON + max(end for _, end in whole) * MINUTE if whole else None)


def test_coverage_belongs_to_its_source(store: Store) -> None:
    """What one source has seen proves nothing of another."""
    configure(store, "x", "y")
    with store.transaction() as connection:
        one, other = sources.claim_due(connection, NOON, LEASE, 2)
    advance(store, one, covers=interval(0, 10))
    advance(store, other, covers=interval(5, 20))
    with store.reading() as connection:
        assert sources.seen(connection, one.name) == [interval(0, 10)]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12))
def test_coverage_is_the_union_of_what_was_seen(seen: list[tuple[int, int]]) -> None:
    """For any intervals in any order the store has the union, as the core would merge it."""
    store = open_store("sqlite://")
    configure(store, "x")
    claimed = claim(store)
    for pair in seen:
        advance(store, claimed, covers=interval(*pair))
    with store.reading() as connection:
        assert tuple(sources.seen(connection, "x")) == merged(interval(*pair) for pair in seen)
    store.close()


# ---------------------------------------------------------------------------- kept aside, budgets, happenings
@pytest.mark.parametrize(
    ("payload", "comes_back"),
    [
        ({"id": "\x00\ud800", "n": 10**30}, {"id": "\x00\ud800", "n": 10**30}),
        ({"rate": float("nan"), "most": float("inf")}, {"rate": "NaN", "most": "Infinity"}),
        ({"at": NOON}, {"at": repr(NOON)}),
    ],
    ids=["hostile text", "no number", "no JSON"],
)
def test_any_payload_can_be_kept_aside(
    store: Store, payload: dict[str, object], comes_back: dict[str, object]
) -> None:
    """What could not be understood is kept, whatever it holds: it must not stop the rest of its batch."""
    with store.transaction() as connection:
        sources.put_aside(connection, "x", [(payload, "odd \x00\ud800")], NOON)
        (row,) = sources.kept_aside(connection, "x")
    assert tuple(row) == (NOON, "odd \x00\ud800", comes_back)


def test_what_is_kept_aside_is_bounded(store: Store) -> None:
    """Of a platform that changed its format a thousand payloads are kept, for each source."""
    many: list[tuple[dict[str, int], str]] = [({"n": number}, "odd") for number in range(KEPT_ASIDE + 5)]
    with store.transaction() as connection:
        sources.put_aside(connection, "x", many[:10], NOON)
        sources.put_aside(connection, "x", many[10:], NOON)
        sources.put_aside(connection, "x", many[:1], NOON)
        sources.put_aside(connection, "y", many[:1], NOON)
        kept = sources.kept_aside(connection, "x", limit=9_999)
        assert len(sources.kept_aside(connection, "y")) == 1
    assert [row.payload["n"] for row in kept] == list(reversed(range(KEPT_ASIDE)))


def test_budgets_are_kept_for_each_account(store: Store) -> None:
    """What is left is saved by account and bucket; the latest word replaces the one before."""
    full = Budget(bucket="search", remaining=2**40, resets_at=NOON)
    with store.transaction() as connection:
        sources.save_budgets(connection, "a", [full, Budget(bucket="other", remaining=-1, resets_at=NOON)])
        sources.save_budgets(connection, "b", [full])
        sources.save_budgets(connection, "a", [full.spend(1)])
        assert sources.budgets(connection, "a")["search"].remaining == 2**40 - 1
        assert sources.budgets(connection, "a")["other"].remaining == -1
        assert sources.budgets(connection, "b") == {"search": full}
        assert sources.budgets(connection, "c") == {}


def test_happenings_are_told_newest_first(store: Store) -> None:
    """Events of the operation come with their cause, the latest first."""
    with store.transaction() as connection:
        for number in range(3):
            sources.happened(connection, "late", "x", f"cause {number}\x00", NOON + number * MINUTE)
        sources.happened(connection, "clock", None, "set back", NOON)
        found = sources.happenings(connection, 2)
    assert [(each.what, each.source, each.cause) for each in found] == [
        ("clock", None, "set back"),
        ("late", "x", "cause 2\x00"),
    ]
