"""From the configured destinations to notifiers."""

import sys
from typing import TextIO

from monitor.config import Config, Destination
from monitor.notify import Notifier
from monitor.notify.apprise import AppriseNotifier
from monitor.notify.terminal import TerminalNotifier


def notifiers(config: Config, stream: TextIO | None = None) -> dict[str, Notifier]:
    """Return the notifier of each destination, by name; terminals print to `stream`, by default to stdout."""
    return {
        name: _notifier(name, destination, stream or sys.stdout)
        for name, destination in config.destinations.items()
    }


def _notifier(name: str, destination: Destination, stream: TextIO) -> Notifier:
    if destination.kind == "apprise" and destination.url is not None:
        return AppriseNotifier(name, destination.url.get_secret_value())
    return TerminalNotifier(stream, bell=destination.bell, desktop=destination.desktop)
