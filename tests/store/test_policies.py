from dataclasses import replace
from threading import Barrier, Thread

import pytest

from monitor.core.alert import Policy, Step
from monitor.store import Store, open_store, policies
from tests.store.builders import HOUR, MINUTE, NOON, SECOND

DAY = Policy(
    name="day",
    steps=(Step(notify=("terminal", "maria"), delay=90 * SECOND), Step(notify=("tom",), delay=HOUR)),
    repeat=0,
    ack_timeout=3 * HOUR,
    quiet_period=5 * HOUR,
    raised_delay=2 * MINUTE,
    floor=10 * SECOND,
    fallback="boss",
)


def test_a_policy_comes_back_as_it_was(store: Store) -> None:
    """All of a policy is stored."""
    with store.transaction() as connection:
        assert policies.save(connection, [DAY], NOON) == {"day": DAY}
        assert policies.get(connection, "day", 1) == DAY


def test_an_unchanged_policy_keeps_its_version(store: Store) -> None:
    """Each start saves the configured policies: that alone makes no new version."""
    for _ in range(2):
        with store.transaction() as connection:
            assert policies.save(connection, [DAY], NOON)["day"].version == 1


def test_a_changed_policy_is_a_new_version(store: Store) -> None:
    """The version before stays as it was, for the alerts that run under it; going back is a third."""
    changed = replace(DAY, fallback=None)
    with store.transaction() as connection:
        policies.save(connection, [DAY], NOON)
        assert policies.save(connection, [changed], NOON)["day"] == replace(changed, version=2)
        assert policies.get(connection, "day", 1) == DAY
        assert policies.latest(connection) == {"day": replace(changed, version=2)}
        assert policies.save(connection, [DAY], NOON)["day"].version == 3


def test_a_version_that_never_was_is_an_error(store: Store) -> None:
    """Asked for what was never saved, the store names it."""
    with store.transaction() as connection, pytest.raises(LookupError, match="'day' version 4"):
        policies.get(connection, "day", 4)


def test_daemons_that_start_at_once_agree_on_the_version(postgres_url: str) -> None:
    """Two first starts with the same policy make one version of it, and neither fails."""
    store = open_store(postgres_url)
    together = Barrier(2)
    saved: list[Policy] = []

    def start() -> None:
        with store.transaction() as connection:
            together.wait()
            saved.append(policies.save(connection, [DAY], NOON)["day"])

    starts = [Thread(target=start) for _ in range(2)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    store.close()
    assert saved == [DAY, DAY]
