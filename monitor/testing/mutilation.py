"""Payloads as no platform should send them, and a strict look at what became of them."""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from monitor.connector import JSON, Author, Batch, Engagement, Kind, Mention, Payload


def is_utc(moment: datetime) -> bool:
    """Tell whether `moment` is an aware datetime in UTC."""
    return moment.tzinfo is UTC or (moment.tzinfo is not None and not moment.utcoffset())


_TEXT = (str,)
_TEXT_OR_NONE = (str, type(None))
_COUNT = (int, type(None))
_TYPES: Mapping[str, tuple[type, ...]] = {
    "platform": _TEXT,
    "id": _TEXT,
    "kind": (Kind,),
    "created_at": (datetime,),
    "edited_at": (datetime, type(None)),
    "author": (Author,),
    "engagement": (Engagement,),
    "text": _TEXT,
    "followers": _COUNT,
} | {f.name: _COUNT for f in fields(Engagement)}


def odd_fields(noun: Mention | Author | Engagement) -> list[str]:
    """Return the names of the fields whose value is not of the declared type, at any depth."""
    odd = []
    for name in (f.name for f in fields(noun)):
        value = getattr(noun, name)
        allowed = _TYPES.get(name, _TEXT_OR_NONE)
        if isinstance(noun, Author) and name == "id":
            allowed = _TEXT_OR_NONE
        if isinstance(value, bool) or not isinstance(value, allowed):
            odd.append(name)
        elif isinstance(value, Author | Engagement):
            odd += [f"{name}.{inner}" for inner in odd_fields(value)]
    return odd


_ODDITIES: tuple[JSON, ...] = (
    *(None, "", "x", "\ud800", "2026-13-45T99:99:99Z", "9" * 40, True, 0, -1, 10**30, 1e308, float("nan")),
    *([], {}, [None], [[]], {"x": None}),
)


def mutilations(payload: Payload) -> Iterator[tuple[str, Payload]]:
    """Yield copies of `payload` with one place dropped or replaced, each with a word on what was done."""
    for path in _paths(payload):
        yield f"without {path}", _changed(payload, path, None, drop=True)
        for oddity in _ODDITIES:
            yield f"with {path} = {oddity!r}", _changed(payload, path, oddity, drop=False)


def _paths(value: JSON) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each place in `value`; of a list, the first item stands for all."""
    places: Iterable[tuple[str | int, JSON]] = ()
    if isinstance(value, Mapping):
        places = value.items()
    elif isinstance(value, list):
        places = [*enumerate(value)][:1]
    for key, inner in places:
        yield (key,)
        yield from ((key, *rest) for rest in _paths(inner))


def _changed(payload: Payload, path: Sequence[str | int], value: JSON, *, drop: bool) -> Payload:
    changed: Any = copy.deepcopy(dict(payload))
    place = changed
    for key in path[:-1]:
        place = place[key]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    result: Payload = changed
    return result


def one_of_each_shape(batches: Iterable[Batch]) -> list[Payload]:
    """Return one payload for each set of paths that occurs, so that no shape is tried twice."""
    shapes = {frozenset(_paths(payload)): payload for batch in batches for payload in batch.payloads}
    return list(shapes.values())
