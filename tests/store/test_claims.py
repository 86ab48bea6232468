"""Claims, shown on sources: alerts and notices are claimed by the same statement."""

from datetime import datetime
from threading import Barrier, Thread

import pytest

from monitor.core.coverage import Interval
from monitor.store import Store, mentions, open_store, sources
from monitor.store.sources import ClaimedSource, LostClaim
from tests.store.builders import HOUR, MINUTE, NOON, SECOND, post, save

LEASE = 5 * MINUTE


def configure(store: Store, *names: str) -> None:
    """Let the store know these sources, due at noon."""
    with store.transaction() as connection:
        sources.configure(connection, [(name, "acme", "toy") for name in names], NOON)


def claim(store: Store, at: datetime = NOON, limit: int = 10) -> list[ClaimedSource]:
    """Claim what is due."""
    with store.transaction() as connection:
        return sources.claim_due(connection, at, LEASE, limit)


def test_what_is_not_due_is_not_claimed(store: Store) -> None:
    """Before its time nobody gets it; at its time somebody does."""
    configure(store, "x")
    assert claim(store, NOON - SECOND) == []
    assert [each.name for each in claim(store)] == ["x"]


def test_a_claim_holds_until_its_lease_ends(store: Store) -> None:
    """A claimed row is nobody else's until the lease is over; then it is claimed anew, with a new token."""
    configure(store, "x")
    (first,) = claim(store)
    assert claim(store, NOON + LEASE - SECOND) == []
    (second,) = claim(store, NOON + LEASE)
    assert second.token == first.token + 1


def test_no_more_is_claimed_than_wanted_and_the_longest_waiting_first(store: Store) -> None:
    """With more due than wanted, those that have waited longest come first."""
    configure(store, "a", "b", "c")
    with store.transaction() as connection:
        for minutes, name in enumerate("cab"):
            at = NOON + minutes * MINUTE
            connection.execute(
                sources.source.update().where(sources.source.c.name == name).values(due_at=at, visible_at=at)
            )
    assert {each.name for each in claim(store, NOON + HOUR, limit=2)} == {"a", "c"}
    assert [each.name for each in claim(store, NOON + HOUR, limit=2)] == ["b"]


def test_two_claimers_never_get_the_same(postgres_url: str) -> None:
    """Two connections that claim at the same moment, time and again, share what is due."""
    store = open_store(postgres_url)
    names = [f"source-{number:03}" for number in range(60)]
    configure(store, *names)
    got: dict[int, list[str]] = {0: [], 1: [], 2: []}
    together = Barrier(len(got))

    def take(who: int) -> None:
        together.wait()
        while claimed := claim(store, limit=2):
            got[who] += [each.name for each in claimed]

    takers = [Thread(target=take, args=(who,)) for who in got]
    for each in takers:
        each.start()
    for each in takers:
        each.join()
    store.close()
    assert sorted(name for taken in got.values() for name in taken) == names


def test_a_row_that_another_transaction_holds_is_passed_over(postgres_url: str) -> None:
    """While one claim is not yet committed, another neither waits for it nor gets the same row."""
    store = open_store(postgres_url)
    configure(store, "a", "b")
    with store.transaction() as one, store.transaction() as other:
        first = sources.claim_due(one, NOON, LEASE, 1)
        second = sources.claim_due(other, NOON, LEASE, 2)
    store.close()
    assert len(first) == len(second) == 1
    assert first[0].name != second[0].name


def test_a_stale_claim_saves_nothing_of_its_batch(store: Store) -> None:
    """Who lost the claim saves neither mentions nor cursor nor coverage: the batch is rolled back whole."""
    configure(store, "x")
    (stale,) = claim(store)
    (fresh,) = claim(store, NOON + LEASE)
    with pytest.raises(LostClaim, match="'x'"):
        _save_batch(store, stale)
    with store.transaction() as connection:
        assert mentions.find(connection, "acme", "twitter", "1") is None
        assert sources.seen(connection, "x") == []
        assert sources.kept_aside(connection, "x") == []
        assert sources.states(connection)[0].mentions == 0
        sources.finish(connection, fresh, state="ok", due_at=NOON + HOUR, now=NOON)
    assert claim(store, NOON + HOUR)[0].cursor == {}


def _save_batch(store: Store, claimed: ClaimedSource) -> None:
    covers = Interval(start=NOON - HOUR, end=NOON)
    counts = {"mentions": 1, "filtered": 0, "malformed": 0}
    with store.transaction() as connection:
        save(connection, post())
        sources.put_aside(connection, "x", [({"odd": 1}, "odd")], NOON)
        sources.advance(
            connection, claimed, cursor={"after": 1}, covers=covers, counts=counts, now=NOON, lease=LEASE
        )


def test_a_stale_claim_ends_nothing(store: Store) -> None:
    """Who lost the claim does not say how the pull ended either."""
    configure(store, "x")
    (stale,) = claim(store)
    claim(store, NOON + LEASE)
    with pytest.raises(LostClaim), store.transaction() as connection:
        sources.finish(connection, stale, state="failed", due_at=None, now=NOON, error="late")
    with store.reading() as connection:
        assert sources.states(connection)[0].state == "new"


def test_a_batch_renews_the_lease(store: Store) -> None:
    """A pull of many batches keeps its claim, since each batch pushes the lease on."""
    configure(store, "x")
    (claimed,) = claim(store)
    counts = {"mentions": 0, "filtered": 0, "malformed": 0}
    with store.transaction() as connection:
        sources.advance(
            connection,
            claimed,
            cursor={"after": 1},
            covers=None,
            counts=counts,
            now=NOON + 4 * MINUTE,
            lease=LEASE,
        )
    assert claim(store, NOON + LEASE) == []
    assert [each.cursor for each in claim(store, NOON + 9 * MINUTE)] == [{"after": 1}]
