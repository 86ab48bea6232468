from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from monitor.core.alert import Alert, Resolution, Status, Unless
from monitor.core.severity import Severity
from monitor.store import Store, alerts, overview, queue
from monitor.store.alerts import Entry
from tests.store.builders import HOUR, MINUTE, NOON, SECOND, kept, open_alert, saved, state

FULL = state(
    status=Status.ACKNOWLEDGED,
    severity=Severity.CRITICAL,
    step=1,
    round=2,
    assignee="maria\x00\udcff",
    acknowledged_at=NOON + SECOND,
    answered_at=NOON + MINUTE,
    returned_at=NOON + HOUR,
    unless=Unless(engagement_above=500, author_replies=False),
    passed=2,
    spread=0.25,
    version=7,
)
RESOLVED = state(
    status=Status.RESOLVED, due_at=None, resolved_at=NOON, resolution=Resolution.DUPLICATE, version=2
)


@pytest.mark.parametrize("after", [FULL, RESOLVED, state(due_at=None, version=2)])
def test_a_state_comes_back_as_it_was(store: Store, after: Alert) -> None:
    """All that a transition may set is stored and read."""
    with store.transaction() as connection:
        number = open_alert(connection)
        assert alerts.save(connection, [(kept(connection, number), after)]) == {number}
        found = kept(connection, number)
    assert found.state == after
    assert (found.brand, found.dedup_key, found.number) == ("acme", "twitter:1", number)


def test_a_stale_version_writes_nothing(store: Store) -> None:
    """Who read the alert before somebody else changed it does not overwrite the change."""
    with store.transaction() as connection:
        numbers = [open_alert(connection, each) for each in "12"]
        before = [kept(connection, number) for number in numbers]
        theirs = replace(before[0].state, assignee="maria", version=2)
        alerts.save(connection, [(before[0], theirs)])
        mine = [(each, replace(each.state, assignee="tom", version=2)) for each in before]
        assert alerts.save(connection, mine) == {numbers[1]}
        assert [kept(connection, number).state.assignee for number in numbers] == ["maria", "tom"]


def test_a_conversation_has_one_open_alert(store: Store) -> None:
    """A second open alert about a conversation is refused, whoever tries."""
    with store.transaction() as connection:
        open_alert(connection)
    with pytest.raises(IntegrityError), store.transaction() as connection:
        open_alert(connection)


def test_a_resolved_alert_makes_room_for_another(store: Store) -> None:
    """A conversation may have an alert again after the last one was resolved; the newest counts."""
    with store.transaction() as connection:
        first = open_alert(connection)
        alerts.save(connection, [(kept(connection, first), RESOLVED)])
        second = open_alert(connection)
        key = ("acme", "twitter:1")
        assert alerts.latest_of(connection, [key, ("acme", "twitter:2")])[key].number == second
        assert alerts.count_open(connection) == 1


def test_the_first_acknowledgement_is_kept(store: Store) -> None:
    """When it was first acknowledged is not forgotten when the alert comes back."""
    with store.transaction() as connection:
        number = open_alert(connection)
        for version, at in ((2, NOON + MINUTE), (3, None), (4, NOON + HOUR)):
            after = state(acknowledged_at=at, version=version)
            alerts.save(connection, [(kept(connection, number), after)])
        first = select(alerts.alert.c.first_acknowledged_at)
        assert connection.execute(first).scalar_one() == NOON + MINUTE


def test_an_alert_is_claimed_when_it_is_due(store: Store) -> None:
    """It is claimed at its due time, by one claimer; one that nothing will move is never claimed."""
    with store.transaction() as connection:
        number = open_alert(connection)
        open_alert(connection, "2", due_at=None)
        assert alerts.claim_due(connection, NOON + 15 * MINUTE - SECOND, MINUTE, 9) == []
        (claimed,) = alerts.claim_due(connection, NOON + 15 * MINUTE, MINUTE, 9)
        assert (claimed.number, claimed.state) == (number, state())
        assert alerts.claim_due(connection, NOON + 15 * MINUTE, MINUTE, 9) == []


def test_the_queue_puts_the_most_urgent_first(store: Store) -> None:
    """Unacknowledged before acknowledged, then the worse, then the older; resolved ones are not in it."""
    owned: dict[str, Any] = {"status": Status.ACKNOWLEDGED}
    given: dict[str, dict[str, Any]] = {
        "owned, critical": owned | {"severity": Severity.CRITICAL},
        "owned, low": owned,
        "low, new": {"created_at": NOON + HOUR},
        "low, old": {},
        "critical": {"severity": Severity.CRITICAL, "created_at": NOON + HOUR},
        "resolved": {"status": Status.RESOLVED, "due_at": None},
    }
    with store.transaction() as connection:
        for identity, fields in given.items():
            open_alert(connection, identity, **fields)
        cards = queue.queue(connection)
        assert [card.first.mention.id for card in cards] == [
            "critical",
            "low, old",
            "low, new",
            "owned, critical",
            "owned, low",
        ]
        assert len(queue.queue(connection, limit=2)) == 2
        assert queue.queue(connection, brand="zenith") == []
        assert {card.mentions for card in cards} == {1}


def test_joining_twice_is_joining_once(store: Store) -> None:
    """A mention that belongs to an alert already joins it no second time, and keeps the first reason."""
    with store.transaction() as connection:
        number = open_alert(connection)
        other = saved(connection, "2")
        for minutes, reason in ((1, "same conversation"), (2, "again")):
            alerts.join(connection, number, other, reason, NOON + minutes * MINUTE)
        assert len(alerts.mentions_of(connection, number)) == 2
        assert alerts.mentions_of(connection, number)[1] == other
        assert queue.cards(connection, [number])[number].mentions == 2


def test_what_belongs_to_an_alert_is_found_from_the_mention(store: Store) -> None:
    """The open alert of a mention is found; of a resolved one only that it belonged to it."""
    with store.transaction() as connection:
        number = open_alert(connection)
        (mention,) = alerts.mentions_of(connection, number)
        stranger = saved(connection, "2")
        assert alerts.belonging(connection, [mention, stranger]) == {mention}
        found = alerts.open_with(connection, mention)
        assert found == kept(connection, number)
        assert alerts.open_with(connection, stranger) is None
        alerts.save(connection, [(kept(connection, number), RESOLVED)])
        assert alerts.open_with(connection, mention) is None
        assert alerts.alerts_of(connection, mention) == [number]


def test_the_log_is_read_in_the_order_in_which_it_was_written(store: Store) -> None:
    """Entries come back whole, oldest first, those of one alert or all after a line."""
    with store.transaction() as connection:
        numbers = [open_alert(connection, each) for each in "12"]
        entries = [
            Entry(
                alert=number,
                version=1,
                at=NOON,
                event="Note",
                actor="maria\udcff",
                status="triggered",
                step=0,
                round=0,
                reason=f"{number}\x00",
            )
            for number in (*numbers, numbers[0])
        ]
        alerts.write_log(connection, [])
        alerts.write_log(connection, entries)
        assert alerts.read_log(connection, numbers[0]) == [entries[0], entries[2]]
        lines = alerts.log_since(connection, 0)
        assert [entry for _, entry in lines] == entries
        assert [entry for _, entry in alerts.log_since(connection, lines[1][0])] == entries[2:]


def test_open_alerts_are_followed_until_they_are_resolved(store: Store) -> None:
    """A new alert is followed at once and then from time to time; a resolved one no more."""
    with store.transaction() as connection:
        number = open_alert(connection)
        again = NOON + 10 * MINUTE
        assert [each.number for each in alerts.due_to_follow(connection, NOON, again, 9)] == [number]
        assert alerts.due_to_follow(connection, again - SECOND, again, 9) == []
        alerts.follow_again(connection, [number], NOON + HOUR)
        assert alerts.due_to_follow(connection, again, again, 9) == []
        alerts.save(connection, [(kept(connection, number), RESOLVED)])
        assert alerts.due_to_follow(connection, NOON + 9 * HOUR, again, 9) == []


def test_who_came_back_waits_from_then(store: Store) -> None:
    """Of customers without an answer the one who has waited longest is found, by the present wait."""
    with store.transaction() as connection:
        number = open_alert(connection)
        first = overview.longest_waiting(connection)
        alerts.save(connection, [(kept(connection, number), state(returned_at=NOON + HOUR, version=2))])
        again = overview.longest_waiting(connection)
    assert first is not None
    assert again is not None
    assert (first.alert, again.alert, again.since) == (number, number, NOON + HOUR)
    assert first.since < again.since
