"""Stories of destinations that are deaf, broken or slow to mark."""

from datetime import timedelta

import pytest

from monitor import deliver as delivery
from monitor.store import notices
from tests.scenarios.conftest import Build
from tests.scenarios.world import World

TWO = [{"notify": ["terminal", "phone"], "delay": "10h"}]


@pytest.mark.parametrize("broken", [True, KeyError], ids=["refuses", "fails"])
def test_one_deaf_destination_silences_no_other(build: Build, broken: bool | type[Exception]) -> None:
    """A destination that does not take a notice, or has a bug, leaves the others told."""
    world = build(policy={"steps": TWO})
    world.terminal.broken = broken
    world.says("acme broke my order")
    assert world.phone.heard == ["opened 1"]
    assert world.notice_states() == ["opened pending", "opened sent"]


def test_a_deaf_destination_is_tried_again_until_it_hears(world: World) -> None:
    """A notice that failed is sent again with growing waits, and once only when it went through."""
    world.terminal.broken = True
    world.says("acme broke my order")
    world.fast_forward(minutes=2)
    assert 3 <= world.terminal.tried <= 6
    world.terminal.broken = False
    world.fast_forward(minutes=10)
    assert world.terminal.heard == ["opened 1"]


def test_a_destination_that_never_hears_is_an_event(build: Build) -> None:
    """After the last attempt the notice is dead, and an event says of which alert, to whom, and why."""
    world = build(policy={"steps": [{"notify": ["terminal"], "delay": "99h"}]})
    world.terminal.broken = True
    world.says("acme broke my order")
    world.fast_forward(hours=2)
    assert world.notice_states() == ["opened dead"]
    assert world.happenings("undelivered") == ["notice 1 of alert 1 to 'terminal': nobody is in"]
    assert world.terminal.tried == delivery.ATTEMPTS


def test_the_text_of_a_bug_may_hold_a_secret_and_is_kept_out(world: World) -> None:
    """Of an unexpected failure of a notifier only its kind is stored."""
    world.terminal.broken = KeyError
    world.says("acme broke my order")
    with world.store.reading() as connection:
        (told,) = notices.of_alert(connection, 1)
    assert told.error == "KeyError in the notifier of 'terminal'"


def test_a_destination_that_is_not_configured_is_told_of(world: World) -> None:
    """A notice to a destination that was taken away fails with its name, and the others go out."""
    world.says("acme broke my order")
    del world.ears["phone"]
    world.restarts(policy={"steps": [{"notify": ["terminal"], "delay": "15m"}], "fallback": None})
    world.fast_forward(hours=2)
    assert any("no destination 'phone' is configured" in each for each in world.happenings("undelivered"))
    assert world.terminal.heard == ["opened 1", "escalated 1"]


def test_what_was_sent_but_not_marked_is_sent_twice_at_most(world: World) -> None:
    """When the mark fails after the sending, the notice goes out again after its lease, and no more."""
    real = notices.mark_sent
    failures = iter([OSError("disk full")])

    def fail_once(*given: object) -> bool:
        for error in failures:
            raise error
        return real(*given)  # type: ignore[arg-type]

    world.patch.setattr(notices, "mark_sent", fail_once)
    world.says("acme broke my order")
    assert world.failed_steps == ["deliver"]
    world.fast_forward(minutes=5)
    assert world.terminal.heard == ["opened 1", "opened 1"]
    assert world.notice_states() == ["opened sent"]


def test_told_while_it_was_withdrawn_is_told_of_the_end(world: World) -> None:
    """Somebody acknowledges while the notice is on its way: its destination still learns of the resolve."""
    send = world.terminal.send
    acknowledged: list[int] = []

    def send_and_ack(notice: object) -> None:
        send(notice)  # type: ignore[arg-type]
        if not acknowledged:
            acknowledged.append(1)
            world.acks(1)

    world.patch.setattr(type(world.terminal), "send", lambda _, notice: send_and_ack(notice))
    world.says("acme broke my order")
    world.resolves(1)
    world.fast_forward(minutes=1)
    assert world.terminal.heard == ["opened 1", "resolved 1"]


def test_the_end_is_not_told_any_more_when_the_author_is_back(world: World) -> None:
    """A notice of the end that waited, as the daemon was away, would contradict the alert that it names."""
    post = world.says("acme broke my order")
    world.resolves(1)
    world.now += timedelta(minutes=1)
    world.says("no, acme, it is still broken", to=post)
    assert world.terminal.heard == ["opened 1", "came-back 1"]
    assert world.notice_states() == ["opened sent", "resolved withdrawn", "came-back sent"]


def test_notices_of_many_alerts_go_out_in_their_order(world: World) -> None:
    """More complaints than one step takes are all told, in the order in which they were opened."""
    for number in range(230):
        world.publishes(f"acme broke my order {number}", by=f"p{number}")
    world.fast_forward(minutes=1)
    assert world.terminal.heard == [f"opened {number + 1}" for number in range(230)]
    world.now += timedelta(seconds=1)
    world.turn()
    assert len(world.terminal.told) == 230
