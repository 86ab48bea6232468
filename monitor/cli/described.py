"""What a connector can be told, read from its class."""

import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.connector import ConnectorClass


def described(name: str) -> dict[str, Any]:
    """Return a connector as JSON data; `error` says why one cannot be imported."""
    from monitor.plugins import BrokenConnector, available, load

    point = available()[name]
    package = point.dist.name if point.dist else ""
    found: dict[str, Any] = {"name": name, "about": "", "package": package, "error": None}
    found |= {"options": [], "credentials": [], "limits": []}
    try:
        cls = load(name)
    except BrokenConnector as error:
        return found | {"error": str(error)}
    about = (typing.cast("Any", cls).__doc__ or "").strip().partition("\n")[0]
    options, credentials = keys_of(cls.Options), keys_of(cls.Credentials)
    return found | {
        "about": about,
        "options": options,
        "credentials": credentials,
        "limits": _limits(name, cls),
    }


def keys_of(cls: type[Any] | None) -> list[dict[str, Any]]:
    """Return the keys of a dataclass of options: their names, types in words and defaults."""
    from monitor.connector import expected_of

    if cls is None:
        return []
    hints = typing.get_type_hints(cls)
    return [
        {
            "key": each.name,
            "type": expected_of(hints[each.name]),
            "required": is_required(each),
            "default": None if each.default is MISSING else each.default,
        }
        for each in fields(cls)
    ]


def is_required(field: "Field[Any]") -> bool:
    """Tell whether an option has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _limits(name: str, cls: "ConnectorClass") -> list[dict[str, Any]]:
    """Return the limits that a connector documents, asked of one made for a brand that does not exist."""
    from monitor.clock import system_clock
    from monitor.connector import ConnectorError, Query, Source
    from monitor.pull import Ledger

    query = Query(names=("example",), accounts={name: ("example",)})
    source = Source(name=name, brand="example", connector=name, query=query, options=_sample(cls.Options))
    try:
        made = cls(source, _sample(cls.Credentials), Ledger("example", system_clock))
    except ConnectorError:
        return []  # it asks for more than a sample can give: its documents say
    return [{"bucket": each.bucket, "units": each.units, "per": each.per.value} for each in made.limits]


def _sample(cls: type[Any] | None) -> Mapping[str, Any]:
    """Return something for each key that must be given."""
    samples: dict[Any, Any] = {str: "example", int: 1, float: 1.0, bool: False}
    hints = typing.get_type_hints(cls) if cls else {}
    required = [each.name for each in fields(cls) if is_required(each)] if cls else []
    return {key: samples.get(hints[key], ["https://feed.example/"]) for key in required}
