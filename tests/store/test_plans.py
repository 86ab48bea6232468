"""No statement that runs all the time reads a whole table, on either database."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from monitor.store import Store, alerts, labels, mentions, notices, overview, queue, search, sources, tunings
from tests.store import builders
from tests.store.builders import NOON

LEASE = timedelta(minutes=1)
ONE = [("acme", "twitter:1")]
ASKED: dict[str, Callable[[Connection], Any]] = {
    "the queue": queue.queue,
    "alerts that are due": lambda connection: alerts.claim_due(connection, NOON, LEASE, 100),
    "notices that are due": lambda connection: notices.claim_due(connection, NOON, LEASE, 100),
    "sources that are due": lambda connection: sources.claim_due(connection, NOON, LEASE, 4),
    "alerts to follow": lambda connection: alerts.due_to_follow(connection, NOON, NOON + LEASE, 100),
    "the inbox": lambda connection: mentions.take_from_inbox(connection, mentions.ASSESS, 1_000),
    "a conversation's alert": lambda connection: alerts.latest_of(connection, ONE),
    "a mention's open alert": lambda connection: alerts.open_with(connection, 1),
    "who belongs to an alert": lambda connection: alerts.belonging(connection, [1]),
    "an alert's mentions": lambda connection: alerts.mentions_of(connection, 1),
    "an alert's log": lambda connection: alerts.read_log(connection, 1),
    "an alert's notices": lambda connection: notices.of_alert(connection, 1),
    "who was told": lambda connection: notices.told_so_far(connection, 1),
    "notices to withdraw": lambda connection: notices.withdraw(connection, 1, NOON),
    "a post by its id": lambda connection: mentions.find(connection, "acme", "twitter", "1"),
    "the brand's own answer": lambda connection: mentions.own_answer(connection, _complaint(connection)),
    "own posts around": lambda connection: mentions.with_own_posts(connection, [_complaint(connection)]),
    "why: by id": lambda connection: search.named(connection, "twitter:1"),
    "why: by address": lambda connection: search.named(connection, "https://example.com/1"),
    "why: alerts": lambda connection: alerts.alerts_of(connection, 1),
    "why: joins": lambda connection: overview.joins(connection, mention=1),
    "why: answer": lambda connection: overview.answer(connection, 1),
    "why: labels": lambda connection: labels.history(connection, 1),
    "what labels taught": tunings.live,
    "payloads kept aside": lambda connection: sources.kept_aside(connection, "blog"),
}


def _complaint(connection: Connection) -> mentions.Stored:
    return next(mentions.get(connection, [1]))


@pytest.mark.parametrize("asked", ASKED)
def test_an_index_finds_it(store: Store, asked: str) -> None:
    """Each look-up goes through an index."""
    with store.transaction() as connection:
        builders.open_alert(connection)
        assert [step for step in _plans(connection, ASKED[asked]) if _reads_all(step)] == []


def test_the_queue_comes_in_order(store: Store) -> None:
    """The index of the queue has its order: nothing is sorted to show the first fifty of many."""
    with store.transaction() as connection:
        number = builders.open_alert(connection)
        plan = _plans(connection, lambda connection: queue.queue(connection, limit=50))
        assert any("alert_queue" in step for step in plan)
        assert [step for step in plan[:3] if "TEMP B-TREE" in step or "Sort" in step] == []
        assert [card.alert.number for card in queue.queue(connection)] == [number]


def test_a_whole_table_is_noticed(store: Store) -> None:
    """What these tests look for is found where a statement does read everything."""
    with store.transaction() as connection:
        builders.open_alert(connection)
        plan = _plans(connection, lambda connection: connection.exec_driver_sql("SELECT text FROM mention"))
        assert any(map(_reads_all, plan))


def _plans(connection: Connection, ask: Callable[[Connection], Any]) -> list[str]:
    """Return the steps of the plans of all statements that `ask` executes."""
    asked: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        asked.append((given[2], given[3]))

    event.listen(connection, "before_cursor_execute", note)
    ask(connection)
    event.remove(connection, "before_cursor_execute", note)
    if connection.dialect.name == "postgresql":
        # so small a table is read whole; forbidden that, the planner does so only where no index helps
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [row[0] for each in asked for row in connection.exec_driver_sql(f"EXPLAIN {each[0]}", each[1])]
    return [
        row[3]
        for each in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each[0]}", each[1])
    ]


def _reads_all(step: str) -> bool:
    return "Seq Scan" in step or bool(re.match(r"SCAN \w+(?! USING| \w* ?USING)$", step))
