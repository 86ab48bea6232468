from datetime import datetime

import pytest

from monitor.store import Store, notices
from monitor.store.notices import Claimed, Told
from tests.store.builders import HOUR, MINUTE, NOON, SECOND, open_alert, outgoing

LEASE = 2 * MINUTE


@pytest.fixture
def alert(store: Store) -> int:
    """Return the number of an open alert."""
    with store.transaction() as connection:
        return open_alert(connection)


def write(store: Store, *each: notices.Outgoing) -> None:
    """Write notices at noon."""
    with store.transaction() as connection:
        notices.write(connection, each, NOON)


def claim(store: Store, at: datetime = NOON) -> list[Claimed]:
    """Claim what is to be sent."""
    with store.transaction() as connection:
        return notices.claim_due(connection, at, LEASE, 10)


def told(store: Store, alert: int) -> list[Told]:
    """Return what became of the alert's notices."""
    with store.reading() as connection:
        return notices.of_alert(connection, alert)


def test_a_notice_is_due_at_once(store: Store, alert: int) -> None:
    """A notice comes back as it was written, in the order of writing."""
    given = [outgoing(alert, "terminal"), outgoing(alert, "phone", recipient="maria", why="raised", step=1)]
    write(store, *given)
    claimed = claim(store)
    assert [each.outgoing for each in claimed] == given
    assert {(each.created_at, each.attempts) for each in claimed} == {(NOON, 0)}


def test_a_notice_is_written_once(store: Store, alert: int) -> None:
    """The same transition tells the same destination the same thing once; another transition may again."""
    write(store, outgoing(alert), outgoing(alert, reason="else"))
    write(store, outgoing(alert), outgoing(alert, version=2), outgoing(alert, why="raised"))
    assert len(claim(store)) == 3


def test_what_was_sent_is_not_sent_again(store: Store, alert: int) -> None:
    """Marked as sent, a notice is never due again."""
    write(store, outgoing(alert))
    (claimed,) = claim(store)
    with store.transaction() as connection:
        assert notices.mark_sent(connection, claimed, NOON + SECOND)
    assert claim(store, NOON + HOUR) == []
    (found,) = told(store, alert)
    assert (found.state, found.sent_at, found.attempts) == ("sent", NOON + SECOND, 1)


def test_a_claim_that_is_not_marked_comes_again(store: Store, alert: int) -> None:
    """When the sender died, the notice is due again after the lease; the first claim counts no more."""
    write(store, outgoing(alert))
    (first,) = claim(store)
    assert claim(store, NOON + LEASE - SECOND) == []
    (second,) = claim(store, NOON + LEASE)
    with store.transaction() as connection:
        assert not notices.mark_sent(connection, first, NOON)
        assert not notices.mark_failed(connection, first, "late", retry_at=None, now=NOON)
        assert notices.mark_sent(connection, second, NOON)


def test_a_failure_is_tried_again_when_told(store: Store, alert: int) -> None:
    """A notice that failed waits for its retry, with the error and the number of attempts."""
    write(store, outgoing(alert))
    (claimed,) = claim(store)
    with store.transaction() as connection:
        notices.mark_failed(connection, claimed, "no answer\x00", retry_at=NOON + MINUTE, now=NOON)
    assert claim(store, NOON + MINUTE - SECOND) == []
    (again,) = claim(store, NOON + MINUTE)
    assert again.attempts == 1
    assert (told(store, alert)[0].state, told(store, alert)[0].error) == ("pending", "no answer\x00")


def test_after_the_last_failure_it_is_dead(store: Store, alert: int) -> None:
    """Without a retry a notice is dead: shown as such, and due no more."""
    write(store, outgoing(alert))
    (claimed,) = claim(store)
    with store.transaction() as connection:
        notices.mark_failed(connection, claimed, "no answer", retry_at=None, now=NOON)
    assert claim(store, NOON + HOUR) == []
    assert told(store, alert)[0].state == "dead"


def test_what_is_withdrawn_is_not_sent(store: Store, alert: int) -> None:
    """Pending notices of the alert are withdrawn; those sent, and those of other alerts, are not."""
    with store.transaction() as connection:
        other = open_alert(connection, "2")
    write(store, outgoing(alert))
    (sent,) = claim(store)
    with store.transaction() as connection:
        notices.mark_sent(connection, sent, NOON)
        notices.write(connection, [outgoing(alert, "phone"), outgoing(other)], NOON)
        notices.withdraw(connection, alert, NOON)
    assert [each.outgoing.alert for each in claim(store)] == [other]
    assert [each.state for each in told(store, alert)] == ["sent", "withdrawn"]


def test_what_was_withdrawn_on_its_way_was_sent_all_the_same(store: Store, alert: int) -> None:
    """Who was told while the notice was being withdrawn counts as told; a failure is not tried again."""
    write(store, outgoing(alert, "terminal"), outgoing(alert, "phone"))
    first, second = claim(store)
    with store.transaction() as connection:
        notices.withdraw(connection, alert, NOON)
        assert notices.mark_sent(connection, first, NOON)
        assert not notices.mark_failed(connection, second, "no answer", retry_at=NOON, now=NOON)
        assert notices.told_so_far(connection, alert) == [("terminal", None)]
    assert claim(store, NOON + HOUR) == []
    assert [each.state for each in told(store, alert)] == ["sent", "withdrawn"]


def test_told_so_far_is_who_got_something(store: Store, alert: int) -> None:
    """Each destination and person that was sent a notice is named once; who only was to be is not."""
    write(
        store,
        outgoing(alert, "terminal"),
        outgoing(alert, "terminal", version=2),
        outgoing(alert, "phone", recipient="maria"),
        outgoing(alert, "phone", recipient="tom", version=2),
        outgoing(alert, "chat"),
    )
    with store.transaction() as connection:
        for claimed in notices.claim_due(connection, NOON, LEASE, 4):
            notices.mark_sent(connection, claimed, NOON)
        assert notices.told_so_far(connection, alert) == [
            ("phone", "maria"),
            ("phone", "tom"),
            ("terminal", None),
        ]
