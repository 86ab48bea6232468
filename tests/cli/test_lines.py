"""JSON Lines are read and written whole, whatever is in them and however they come."""

import json
import os
import tracemalloc
from io import BytesIO
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import lines
from monitor.core import sanitise

chunks = st.lists(st.lists(st.sampled_from([b"a", b"\n", b" ", b"{}", b"\r\n"]), max_size=9).map(b"".join))
scalars = st.text() | st.integers() | st.booleans() | st.none()


class Chunks:
    """A stream that gives what it was made with, piece by piece, and counts what was asked for."""

    def __init__(self, *pieces: bytes) -> None:
        """Keep the pieces; an empty one would be the end."""
        self.pieces = [each for each in pieces if each]
        self.read = 0

    def read1(self, size: int) -> bytes:
        """Return the next piece."""
        self.read += 1
        return self.pieces.pop(0) if self.pieces else b""

    def fileno(self) -> int:
        """Say that no descriptor is behind it."""
        return BytesIO().fileno()


def stream(*pieces: bytes) -> BinaryIO:
    """Return a stream of pieces."""
    return cast("BinaryIO", Chunks(*pieces))


def read(given_stream: BinaryIO) -> list[lines.Line]:
    """Return all lines."""
    return [line for batch in lines.batches(given_stream) for line in batch]


@given(chunks)
def test_however_a_stream_is_cut_its_lines_are_the_same(pieces: list[bytes]) -> None:
    """Each line that is not blank, with its number among all lines."""
    expected = [
        (number, raw) for number, raw in enumerate(b"".join(pieces).split(b"\n"), start=1) if raw.strip()
    ]
    assert read(stream(*pieces)) == expected


def test_a_line_that_is_too_long_is_named_and_not_kept() -> None:
    """50 MB in one line take no memory, and the next line has its number."""
    pieces = [b"x" * 2**16] * 800 + [b"\n{}\n"]
    tracemalloc.start()
    try:
        found = read(stream(*pieces))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [(1, None), (2, b"{}")]
    assert peak < 8 * 2**20


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_the_longest_line_is_kept(end: bytes) -> None:
    """A line of just the limit is read, one of a byte more is not, also at the end of the file."""
    assert read(stream(b"x" * lines.LONGEST + end)) == [(1, b"x" * lines.LONGEST)]
    assert read(stream(b"x" * lines.LONGEST + b"x" + end)) == [(1, None)]


def test_no_more_is_read_than_is_judged() -> None:
    """A batch is given before the next piece is asked for: a file of any size takes the memory of one."""
    source = Chunks(*[b"{}\n" * 300] * 50)
    first = next(lines.batches(cast("BinaryIO", source)))
    assert (len(first), source.read) == (lines.MOST_LINES, 1)


def test_a_batch_of_long_lines_is_short() -> None:
    """Its bytes are bounded, too: lines of 100 kB are not gathered by the hundred."""
    pieces = [b"x" * 100_000 + b"\n"] * 100
    assert max(len(batch) for batch in lines.batches(stream(*pieces))) <= 11


def test_a_pause_ends_a_batch() -> None:
    """What came is given when nothing more is there, before the other end writes again or closes."""
    reads, writes = os.pipe()
    with open(reads, "rb") as given_stream, open(writes, "wb", buffering=0) as other:  # noqa: PTH123 - pipes
        found = lines.batches(cast("BinaryIO", given_stream))
        other.write(b"{}\n[")
        assert next(found) == [(1, b"{}")]
        other.write(b"]\n1\n")
        assert next(found) == [(2, b"[]"), (3, b"1")]
        other.close()
        assert list(found) == []


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (None, "longer than 1,048,576 bytes"),
        (b"{", "not JSON (Expecting property name enclosed in double quotes at character 2)"),
        (b"[1]", "not a list"),
        (b'"text"', "not a string"),
        (b"7", "not a number"),
        (b"true", "not true or false"),
        (b"null", "not nothing"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'{"a": NaN}', "a number is not finite, or too long"),
        (b'{"a": 1e999}', "a number is not finite, or too long"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "a number is not finite, or too long"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": "\x00"}', "not JSON"),
    ],
)
def test_a_line_that_is_no_object_says_why(raw: bytes | None, told: str) -> None:
    """What is wrong and what to do is told, without a word of the line itself."""
    with pytest.raises(ValueError, match=": ") as caught:
        lines.parse(raw)
    assert told in str(caught.value)


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some editors put one at the beginning."""
    assert lines.parse(b'\xef\xbb\xbf{"a": 1}\r') == {"a": 1}


@given(st.dictionaries(st.text(), scalars | st.lists(scalars)))
def test_a_line_is_harmless_and_comes_back_whole(row: dict[str, Any]) -> None:
    """It prints as one line, nothing in it acts on a terminal, and reading it gives what was written."""
    text = lines.dumps(row)
    assert text.isprintable()
    assert sanitise.block(text, len(text)) == text
    assert json.loads(text) == row


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x202E, 0x2066, 0xFEFF, 0xE0041])
def test_what_acts_on_a_terminal_is_escaped(code: int) -> None:
    """Controls, bidi marks and invisible characters leave as escapes, other letters as they are."""
    text = lines.dumps({"a": f"é充{chr(code)}"})
    assert chr(code) not in text
    assert "é充" in text
    assert json.loads(text) == {"a": f"é充{chr(code)}"}


def test_a_number_that_is_none_is_not_written() -> None:
    """NaN is no JSON."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        lines.dumps({"a": float("nan")})
