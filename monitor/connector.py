"""The contract between uproar and a platform: all that the author of a connector reads.

A connector is a class registered under the entry-point group `monitor.connectors`. It is made with a
`Source`, the credentials that the operator configured, and a `Meter`:

    class AcmeConnector:
        Options = AcmeOptions          # a frozen dataclass: the keys of the source's `options`
        Credentials = AcmeCredentials  # a frozen dataclass of strings; None where none are needed
        sdk = ("acme.client",)         # modules that it imports on first use, if any

        def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None: ...

Making one does no I/O and imports no SDK. It raises `Misconfigured` when an option or a credential is
missing, unknown or of the wrong type; `read_options` does that for you.
"""

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from monitor.core.coverage import Interval
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.pacing import Per, RateLimit
from monitor.core.query import Query, is_own, why_not
from monitor.core.record import from_record, to_record

__all__ = [
    "JSON",
    "Author",
    "Batch",
    "Connector",
    "ConnectorError",
    "Cursor",
    "Engagement",
    "Gone",
    "Interval",
    "Kind",
    "Malformed",
    "Mention",
    "Meter",
    "Misconfigured",
    "Notes",
    "Payload",
    "Per",
    "Query",
    "QuotaExhausted",
    "RateLimit",
    "RateLimited",
    "Refreshes",
    "Source",
    "Threads",
    "Unauthorized",
    "Unavailable",
    "from_record",
    "is_own",
    "read_options",
    "to_record",
    "why_not",
]

JSON = Any  # what json.loads returns: mypy has no useful recursive spelling of it
Payload = Mapping[str, JSON]  # one item as the platform sent it; JSON only, so that it can be kept aside
Cursor = Mapping[str, JSON]  # opaque to the monitor, survives JSON; {} before the first pull


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One `[[sources]]` table of the configuration: what to pull, for whom."""

    name: str
    brand: str
    connector: str
    query: Query
    options: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some payloads, and the cursor from which a later pull goes on after them.

    `covers` is the interval of publication time that the pull has now proved to have seen whole, or None.
    A pull may be cut after any batch: resumed from its cursor, both halves together must give every payload
    of the uncut pull. Repeats are allowed, losses are not.
    `addressed` says that the payloads were written to the brand, on its own page or to its account, and so
    need not name it: the monitor then does not ask for the brand's names in them.
    """

    payloads: Sequence[Payload]
    cursor: Cursor
    covers: Interval | None = None
    addressed: bool = False


T = TypeVar("T")


class Meter(Protocol):
    """Where a connector says what it spends, so that budgets are kept and shown.

    `bucket` is one of the connector's `limits`. What the platform reports wins over what was counted.
    """

    def now(self) -> datetime:
        """Return the monitor's time: the only clock that a connector may read."""
        ...

    def spend(self, bucket: str, units: int = 1) -> None:
        """Say, before the call, that it costs `units`."""
        ...

    def observe(self, bucket: str, remaining: int, resets_at: datetime | None = None) -> None:
        """Say what the platform's own headers report as left, and when the bucket is full again."""
        ...


@runtime_checkable
class Connector(Protocol):
    """What every connector can do."""

    @property
    def platform(self) -> str:
        """Name of the platform, as it stands in `Mention.platform`."""
        ...

    @property
    def limits(self) -> Sequence[RateLimit]:
        """Return what the platform documents; obeyed until its headers say otherwise."""
        ...

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield what is new since `cursor`, in batches. Raises the errors of this module."""
        ...

    def normalise(self, payload: Payload) -> Mention:
        """Turn one payload into a mention. Pure. Raises `Malformed` when a needed field is absent or odd."""
        ...


@runtime_checkable
class Refreshes(Protocol):
    """A connector that can read engagement again."""

    def refresh(self, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield the present payload of each id; one that is not yielded is deleted on the platform.

        Raises the errors of this module when the platform did not answer for all: then nothing is known to
        be deleted.
        """
        ...


@runtime_checkable
class Threads(Protocol):
    """A connector that can read a conversation: who answered, who came back."""

    def replies(self, mention: Mention, since: datetime) -> Iterator[Payload]:
        """Yield the replies in the mention's conversation that were made at or after `since`."""
        ...


@runtime_checkable
class Notes(Protocol):
    """A connector that can say what it does not see."""

    def notes(self) -> Sequence[str]:
        """Return short sentences on what the platform cannot express or did not show; does no I/O."""
        ...


class ConnectorClass(Protocol):
    """What an entry point of the group `monitor.connectors` must load."""

    @property
    def Options(self) -> type[Any]:
        """The frozen dataclass of the source's options."""
        ...

    @property
    def Credentials(self) -> type[Any] | None:
        """The frozen dataclass of the credentials, or None where none are needed."""
        ...

    def __call__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> Connector:
        """Make the connector. Raises `Misconfigured`; does no I/O."""
        ...


class ConnectorError(Exception):
    """What a connector may raise: each subclass is what the monitor must do. The text carries no secret."""


class Misconfigured(ConnectorError):
    """An option or credential is missing, unknown or wrong: `key` says which, the text what was expected."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class Unauthorized(ConnectorError):
    """The credentials are refused: pause the source and tell the operator once."""


class RateLimited(ConnectorError):
    """The window is used up: sleep until `retry_at`."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class QuotaExhausted(ConnectorError):
    """A cap that waiting a minute does not cure: sleep until `resets_at`, and say so."""

    def __init__(self, message: str, *, resets_at: datetime) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class Unavailable(ConnectorError):
    """The platform did not answer, or not sensibly: back off with jitter and try again."""


class Gone(ConnectorError):
    """What the source watches is no more: disable it."""


class Malformed(ConnectorError):
    """One payload cannot be understood: keep it aside, count it, go on with the rest."""


def read_options(cls: type[T], given: Mapping[str, JSON], *, where: str = "options") -> T:
    """Make the frozen dataclass `cls` from what the operator wrote.

    Supports `str`, `int`, `float`, `bool`, `tuple[str, ...]` and `… | None` fields. Raises `Misconfigured`
    with the key, under the prefix `where`, for a missing, unknown or wrongly typed value.
    """
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            expected = ", ".join(known) or "no keys"
            raise Misconfigured(f"{where}.{key}", f"unknown key; expected one of: {expected}")
    hints = typing.get_type_hints(cls)
    values = {}
    for name, spec in known.items():
        if name in given:
            values[name] = _fit(f"{where}.{name}", given[name], hints[name])
        elif spec.default is MISSING and spec.default_factory is MISSING:
            raise Misconfigured(f"{where}.{name}", f"missing; expected {expected_of(hints[name])}")
    return cls(**values)


def _fit(key: str, value: JSON, hint: Any) -> Any:
    if typing.get_origin(hint) is tuple and isinstance(value, (list, tuple)):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
    elif typing.get_origin(hint) is not tuple:
        accepted = typing.get_args(hint) or (hint,)
        if isinstance(value, bool) == (bool in accepted) and isinstance(value, accepted):
            return value
        if float in accepted and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
    raise Misconfigured(key, f"expected {expected_of(hint)}, not {type(value).__name__}")


_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def expected_of(hint: Any) -> str:
    """Return in words what an option with this type hint takes: `a whole number`, `a list of strings`."""
    if typing.get_origin(hint) is tuple:
        return "a list of strings"
    accepted = [kind for kind in typing.get_args(hint) or (hint,) if kind is not types.NoneType]
    return " or ".join(_WORDS.get(kind, str(kind)) for kind in accepted)
