"""Connectors by name: entry points of the group `monitor.connectors`, imported on first use."""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from monitor.connector import ConnectorClass

GROUP = "monitor.connectors"


class NoSuchConnector(LookupError):
    """No installed package offers a connector of this name: the text lists those that are."""


class BrokenConnector(Exception):
    """An installed connector cannot be imported: the text says why."""


@lru_cache(maxsize=1)
def available() -> dict[str, EntryPoint]:
    """Return the entry points of all installed connectors, by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def load(name: str) -> ConnectorClass:
    """Import the connector class called `name`. Raises `NoSuchConnector` and `BrokenConnector`."""
    if name not in available():
        raise NoSuchConnector(f"no connector '{name}'; installed are: {', '.join(available())}")
    try:
        found: ConnectorClass = available()[name].load()
    except (ImportError, AttributeError) as error:
        raise BrokenConnector(f"connector '{name}' cannot be imported: {error}") from error
    return found


def prepare(names: Iterable[str]) -> None:
    """Import the SDKs of these connectors, one after the other, before threads do so at once.

    Libraries with circular imports can be seen half made by another thread. A connector names what it
    imports in its class's `sdk`; what cannot be imported is left to its first use, which says so.
    """
    for name in dict.fromkeys(names):
        for module in getattr(load(name), "sdk", ()):
            with suppress(ImportError):
                import_module(module)
