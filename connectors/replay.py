"""Mentions from a JSON Lines file, one record a line: an archive, an export, or a feed of your own making."""

import hashlib
import json
import math
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

from monitor.connector import (
    JSON,
    Batch,
    Cursor,
    Malformed,
    Mention,
    Meter,
    Payload,
    RateLimit,
    Source,
    Unavailable,
    from_record,
    read_options,
)

BATCH_LINES = 1000
BATCH_BYTES = 8 * 2**20  # so that a thousand long lines do not fill the memory
LINE_BYTES = 2**20  # of JSON: a hundred kilobytes of text fit however they are escaped
_PRINT_BYTES = 256
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """`path` of the file; `addressed`: its mentions were written to the brand and need not name it."""

    path: str
    addressed: bool = False


class ReplayConnector:
    """Reads on from where it stopped while the file grows; a file that was replaced is read anew."""

    Options = ReplayOptions
    Credentials = None
    platform = "replay"  # each mention keeps the platform of its record
    limits: Sequence[RateLimit] = ()

    def __init__(self, source: Source, credentials: Mapping[str, str], meter: Meter) -> None:  # noqa: ARG002
        self._options = read_options(ReplayOptions, source.options)

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield the records after `cursor`. Raises `Unavailable` when the file cannot be read."""
        try:
            path = Path(self._options.path).expanduser()
            if not stat.S_ISREG(path.stat().st_mode):
                raise Unavailable(f"{self._options.path} is not a regular file")
            with path.open("rb") as file:
                yield from self._batches(file, cursor)
        except OSError as error:
            raise Unavailable(f"cannot read {self._options.path}: {error.strerror}") from error

    def normalise(self, payload: Payload) -> Mention:
        """Return the mention of one record. Raises `Malformed` naming its line or the odd field."""
        try:
            return from_record(payload)
        except ValueError as error:
            if "why" in payload and "line" in payload:
                raise Malformed(f"line {payload['line']}: {payload['why']}") from error
            raise Malformed(str(error)) from error

    def _batches(self, file: BinaryIO, cursor: Cursor) -> Iterator[Batch]:
        place = _resume(file, cursor)
        while (read := _read_batch(file, place)) is not None:
            payloads, place = read
            after = {"print": _fingerprint(file, place.offset), **asdict(place)}
            yield Batch(payloads=payloads, cursor=after, addressed=self._options.addressed)


@dataclass(frozen=True, slots=True)
class _Place:
    """Before the byte `offset`, after `line` lines; `told`: size of an unfinished line that was given."""

    offset: int = 0
    line: int = 0
    told: int = 0


def _resume(file: BinaryIO, cursor: Cursor) -> _Place:
    """Return where to go on, and go there: the beginning when the file is no longer the one that was read."""
    place = _Place(*(cursor.get(field.name, 0) for field in fields(_Place)))
    if cursor.get("print") == _fingerprint(file, place.offset):
        return place
    file.seek(0)
    return _Place()


def _fingerprint(file: BinaryIO, offset: int) -> str:
    """Return a digest of the bytes at the beginning and of those before `offset`, and leave `file` there."""
    digest = hashlib.sha256(b"%d " % offset)
    for start in (0, max(0, offset - _PRINT_BYTES)):
        file.seek(start)
        digest.update(file.read(min(_PRINT_BYTES, offset)))
    file.seek(offset)
    return digest.hexdigest()[:16]


def _read_batch(file: BinaryIO, place: _Place) -> tuple[list[Payload], _Place] | None:
    """Return the next payloads and the place after them; None at the end of the file."""
    payloads: list[Payload] = []
    offset, number, told = place.offset, place.line, 0
    while len(payloads) < BATCH_LINES and offset - place.offset < BATCH_BYTES:
        raw, size, ended = _read_line(file)
        if not size:
            break
        found = _parse(raw)
        if isinstance(found, str):
            found = {"line": number + 1, "why": found, "text": _shown(raw)}
            if not ended:  # perhaps it is still being written: tell of it once, and read it again later
                told = size
                payloads += [found] if size != place.told else []
                break
        offset, number = offset + size, number + 1
        payloads += [] if found is None else [found]
    if not payloads and offset == place.offset:
        return None
    return payloads, _Place(offset, number, told)


def _read_line(file: BinaryIO) -> tuple[bytes, int, bool]:
    """Return a line up to a little above the limit, its whole size, and whether a newline ends it."""
    raw = last = file.readline(LINE_BYTES + 1)
    size = len(raw)
    while len(last) > LINE_BYTES and not last.endswith(b"\n"):
        last = file.readline(LINE_BYTES + 1)
        size += len(last)
    return raw, size, last.endswith(b"\n")


def _parse(raw: bytes) -> dict[str, JSON] | str | None:
    """Return the record in a line, None for a blank line, or what is wrong with it."""
    if len(raw) > LINE_BYTES:
        return f"it is longer than {LINE_BYTES} bytes"
    if not raw.strip():
        return None
    try:
        found = _DECODER.decode(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "it is not JSON"
    return found if isinstance(found, dict) else "it is not a JSON object"


def _shown(raw: bytes) -> str:
    return raw[: 4 * _SHOWN_CHARACTERS].decode(errors="replace").strip()[:_SHOWN_CHARACTERS]


def _finite(text: str) -> float:
    """Return the number in `text`. Raises `ValueError` for NaN and what is too large: neither is JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)
