"""Commands that run: the daemon, and the demo."""

import signal
import sys
from typing import Annotated

import typer

from monitor.cli.session import FAILED, fail, load_config, opened, settle


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (run, demo):
        app.command()(command)


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Pull every source once, take all steps, and end.")
    ] = False,
) -> None:
    """Run the daemon: pull, judge, escalate and tell, until it is stopped. Alerts are printed as they come.

    SIGTERM or Ctrl-C finishes what is in hand and ends. With --once the exit code is 1 when a source failed.

    Example: uproar run
    """
    from monitor import logs
    from monitor.clock import system_clock
    from monitor.daemon import AlreadyRunning, Daemon
    from monitor.masking import mask_of
    from monitor.notify.destinations import notifiers

    config = load_config(context)
    logs.configure(config.monitor.log, mask_of(config))
    with opened(config, create=True) as store:
        daemon = Daemon(
            config=config, store=store, notifiers=notifiers(config, sys.stdout), clock=system_clock
        )
        for each in ending_signals():
            signal.signal(each, lambda *_: daemon.stopping.set())
        try:
            if not once:
                daemon.run()
            elif not daemon.run_once():
                raise SystemExit(FAILED)
        except AlreadyRunning as error:
            fail(str(error))


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end the daemon: the end of its terminal, too, unless nohup is to outlive it."""
    outlives = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [signal.SIGTERM, signal.SIGINT, *([] if outlives else [signal.SIGHUP])]


def demo(
    seconds: Annotated[
        int, typer.Option("--seconds", min=5, help="How long the story takes; a slow machine needs longer.")
    ] = 60,
    seed: Annotated[int, typer.Option("--seed", help="Another seed tells it with other people.")] = 1,
) -> None:
    """See it work: stand-in platforms on this machine tell a story, and the real daemon follows it.

    Example: uproar demo
    """
    from monitor.demo.show import show

    settle()
    raise SystemExit(show(seconds=seconds, seed=seed))
