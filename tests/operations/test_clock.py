"""Stories of a machine's clock that is set while the daemon runs."""

from datetime import datetime, timedelta, tzinfo
from threading import Event, Thread

import pytest
from apscheduler.schedulers import base

from monitor import daemon as daemons
from monitor.clock import system_clock
from tests.scenarios.world import World

LONG_ENOUGH = 30  # seconds until a test gives up: it waits for events alone


class Machine:
    """The machine's clock, which can be set, and stands for `datetime` in APScheduler."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        """Return what it shows."""
        return system_clock() + self.off

    def now(self, zone: tzinfo | None = None) -> datetime:
        """Return what it shows, as APScheduler asks for it."""
        return self().astimezone(zone)


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(hours=1)])
def test_the_steps_wake_on_whatever_the_clock_is_set_to(world: World, by: timedelta) -> None:
    """Set back by an hour, nothing waits for an hour: the steps go on as ever."""
    machine = Machine()
    world.daemon.stop()
    daemon = world.a_daemon()
    daemon.clock, daemon.wake = machine, 0.01
    world.patch.setattr(base, "datetime", machine)
    world.patch.setattr(daemons, "system_clock", machine)
    woken = Event()
    kept = daemon.pull_due

    def pull_due() -> None:
        woken.set()
        kept()

    world.patch.setattr(daemons.Daemon, "pull_due", lambda _: pull_due())
    running = Thread(target=daemon.run)
    running.start()
    try:
        assert woken.wait(LONG_ENOUGH)
        machine.off = by
        for _ in range(3):  # the first may have been on its way
            woken.clear()
            assert woken.wait(LONG_ENOUGH)
    finally:
        daemon.stopping.set()
        running.join(LONG_ENOUGH)
    assert not running.is_alive()
