"""What every command shares: the configuration, the store, what is printed, and how mistakes are told."""

import gc
import getpass
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config import Config
    from monitor.store import Store

LARGEST = 2**63 - 1  # the largest number that both databases hold

AlertArgument = Annotated[
    int,
    typer.Argument(
        metavar="ALERT", min=1, max=LARGEST, help="The alert's number, as `uproar queue` shows it."
    ),
]
BrandOption = Annotated[str | None, typer.Option("--brand", metavar="BRAND", help="Only this brand.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON Lines, one object a line.")]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who acts. Default: $UPROAR_BY, then the login name.")
]

FAILED, WRONG = 1, 2  # exit codes: it did not work; it was asked wrongly


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Print `message` on standard error, sanitised line by line, and exit with `code`."""
    warn(message)
    raise SystemExit(code)


def warn(message: str) -> None:
    """Print `message` on standard error, sanitised line by line."""
    from monitor.core.sanitise import line

    for each in message.splitlines() or [""]:
        typer.echo(f"uproar: {line(each)}", err=True)


@contextmanager
def reported() -> Iterator[None]:
    """Tell what went wrong in one line, with the remedy, instead of a traceback."""
    _ready_streams()
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone: nothing is wrong
        _drop_output()
        raise SystemExit(0) from None
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        _drop_output()  # as above: typer ends with 1 for it
        raise SystemExit(0) from None
    except OSError as error:  # such as a full disk behind `> FILE`
        _drop_output()
        fail(f"{error.filename or 'standard output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _ready_streams() -> None:
    """Let neither a stream that is closed, nor a locale that lacks a letter, end a command."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for good
        getattr(sys, name).reconfigure(errors="replace")


def _drop_output() -> None:
    """Let what is still to be written go nowhere: Python would try once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def load_config(context: typer.Context, brand: str | None = None) -> "Config":
    """Read the configuration that the user named; exit with 2 when it cannot be used, or lacks `brand`."""
    from monitor.config import ConfigError, load

    try:
        config = load(context.find_root().obj)
    except ConfigError as error:
        fail(str(error), WRONG)
    if brand is not None and brand not in config.brands:
        fail(f"no brand '{brand}' is configured; there are: {', '.join(config.brands) or 'none'}", WRONG)
    return config


def settle() -> None:
    """Take what was imported for permanent, and collect garbage from now on."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


@contextmanager
def opened(config: "Config", *, create: bool = False) -> "Iterator[Store]":
    """Yield the open store; exit with 1 when it cannot be used, or the database fails meanwhile.

    A store that is not there is made only with `create`: else a mistyped path would look like all quiet.
    """
    from sqlalchemy.exc import DBAPIError

    from monitor.store import StoreError, open_store

    try:
        store = open_store(config.store_url(), create=create)
        settle()
        try:
            yield store
        finally:
            store.close()
    except StoreError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"the store failed: {error.orig}; nothing was changed by this command")


def acting_person(given: str | None) -> str:
    """Return who acts: as given, by $UPROAR_BY, or by login name."""
    try:
        return given or os.environ.get("UPROAR_BY") or getpass.getuser()
    except (KeyError, OSError):  # no such user, as in many a container
        return f"uid {os.getuid()}"


def instant(text: str | None, now: "datetime") -> "datetime | None":
    """Read an ISO date or datetime, UTC unless it has an offset, or a length of time before `now`."""
    from datetime import UTC, datetime

    from monitor.core.duration import parse_duration

    if text is None:
        return None
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"'{text}': expected a time such as 2026-11-16, 2026-11-16T09:30Z or 7d", WRONG)


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print JSON Lines in ASCII, so that no control or bidi character reaches a terminal as such."""
    from monitor.core.record import to_json

    for row in rows:
        typer.echo(json.dumps(row, default=to_json))
