"""JSON Lines as they come: of a pipe as soon as they are there, of any size, in constant memory."""

import json
import math
import select
from collections.abc import Callable, Iterator
from io import UnsupportedOperation
from typing import Any, BinaryIO, cast

LONGEST = 2**20  # bytes of a line; a longer one is not kept
MOST_LINES, MOST_BYTES = 256, 2**20  # of a batch; the last line may go beyond

Line = tuple[int, bytes | None]  # its number, from 1 on, and what it holds: None is too long

_CHUNK = 2**16


def batches(stream: BinaryIO) -> Iterator[list[Line]]:
    """Yield the lines of `stream`, several at a time, without the blank ones.

    What is there is yielded when the stream pauses: a slow trickle does not wait for a batch to be full.
    """
    paused, batch, size = _pauses(stream), [], 0
    for lines in _by_chunk(stream):
        for line in lines:
            batch.append(line)
            size += len(line[1] or b"")
            if len(batch) >= MOST_LINES or size >= MOST_BYTES:
                yield batch
                batch, size = [], 0
        if batch and paused():
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _by_chunk(stream: BinaryIO) -> Iterator[list[Line]]:
    """Yield the lines that end in each chunk of `stream`, and at its end what follows the last line break."""
    number, begun, size = 1, bytearray(), 0
    # read1 of a buffered stream returns what is there, and keeps nothing back that `select` would not see.
    while chunk := cast("Any", stream).read1(_CHUNK):
        lines: list[Line] = []
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            size += len(part)
            raw = bytes(begun + part) if size <= LONGEST else None
            if raw is None or raw.strip():
                lines.append((number, raw))
            number, begun, size = number + 1, bytearray(), 0
        size += len(rest)
        if size <= LONGEST:
            begun += rest
        yield lines
    if size > LONGEST or begun.strip():
        yield [(number, bytes(begun) if size <= LONGEST else None)]


def _pauses(stream: BinaryIO) -> Callable[[], bool]:
    """Return what tells whether nothing more is there at the moment; a file never pauses."""
    try:
        number = stream.fileno()
    except UnsupportedOperation:  # bytes in memory
        return lambda: False
    return lambda: not select.select([number], [], [], 0)[0]


def parse(raw: bytes | None) -> dict[str, Any]:
    """Return the object in a line. Raises `ValueError` saying what is wrong with it, and what to do."""
    if raw is None:
        raise ValueError(
            f"it is longer than {LONGEST:,} bytes: cut the text, or leave out what is not needed"
        )
    try:
        found = _DECODER.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8: convert it, as with iconv") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply: only its own keys are read") from error
    except ValueError as error:
        why = "a number is not finite, or too long"
        if isinstance(error, json.JSONDecodeError):
            why = f"{error.msg} at character {error.pos + 1}"
        raise ValueError(f"it is not JSON ({why}): write one object a line, as `jq -c` does") from error
    if not isinstance(found, dict):
        why = f'it is not a JSON object: write {{"id": …}} with its keys, not {kind(found)}'
        raise ValueError(why)  # noqa: TRY004 - it is the value of the line
    return found


def kind(value: object) -> str:
    """Return in words what sort of JSON a value is."""
    if value is None:
        return "nothing"
    names = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def dumps(row: dict[str, Any]) -> str:
    """Return a line of JSON that is readable in any script, and acts on no terminal.

    What does not print (controls, bidi marks, invisible characters, lone surrogates) is escaped, which leaves
    the value as it is. Numbers are finite.
    """
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _finite(text: str) -> float:
    """Return the number in `text`. Raises `ValueError` for NaN and what is too large: neither is JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)
