import csv
import io
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core import sanitise

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
BIDI = [chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
INVISIBLE = ["\u00ad", "\u200b", "\u2028", "\u2029", "\u2060", "\u206a", "\ufeff", "\ufffe", "\uffff"]
TAGS = [chr(code) for code in range(0xE0000, 0xE0080)]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]
HOSTILE = CONTROLS + BIDI + INVISIBLE + TAGS + SURROGATES
STARTERS = [
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    " ",
    "\u3000",
    "\u00a0",
    "\r",
    "\n",
    "\t",
    "'",
]

any_text = st.text(
    st.one_of(st.sampled_from(HOSTILE + STARTERS), st.characters(exclude_categories=())), max_size=60
)


@given(any_text, st.sampled_from([sanitise.line, sanitise.block, sanitise.cell]))
@example("\x1b]0;owned\x07", sanitise.line)
def test_nothing_hostile_is_left_of_any_text(text: str, show: Callable[[str], str]) -> None:
    """Whatever the text, no control, bidi, tag or invisible character nor lone surrogate comes through."""
    kept = set() if show is sanitise.line else {"\n", "\t"}
    shown = show(text)
    assert not set(shown) & (set(HOSTILE) - kept)
    assert all(unicodedata.category(character) != "Cc" for character in set(shown) - kept)
    shown.encode("utf-8")


@pytest.mark.parametrize("character", HOSTILE)
def test_each_hostile_character_is_replaced(character: str) -> None:
    """Each single control, bidi, invisible or tag character and surrogate is gone from a line."""
    assert character not in sanitise.line(f"a{character}b")
    assert character in "\n\t" or character not in sanitise.block(f"a{character}b")


@given(any_text)
@example("a\x85b\u2028c\x1dd\re\n\nf")
def test_a_line_is_one_line(text: str) -> None:
    """A line has no line break of any kind, as Python splits lines, nor white space at its ends."""
    shown = sanitise.line(text)
    assert shown.splitlines() in ([], [shown])
    assert shown == shown.strip()
    assert "  " not in shown


@given(any_text, st.sampled_from([sanitise.line, sanitise.block, sanitise.cell]))
def test_sanitising_twice_changes_nothing(text: str, show: Callable[[str], str]) -> None:
    """What is harmless already stays as it is."""
    assert show(show(text)) == show(text)


@given(any_text, st.integers(0, 30))
def test_no_more_characters_than_asked_for(text: str, limit: int) -> None:
    """A limit holds for lines and blocks, zero included."""
    assert len(sanitise.line(text, limit)) <= limit
    assert len(sanitise.block(text, limit)) <= limit


def test_what_was_cut_says_so() -> None:
    """A text that was cut ends in an ellipsis; one that fits does not."""
    assert sanitise.line("abcdef", 4) == "abc…"
    assert sanitise.block("abcdef", 4) == "abc…"
    assert sanitise.line("abcd", 4) == "abcd"


def test_a_huge_text_is_cut() -> None:
    """A megabyte becomes a line of a thousand characters, and a cell of a hundred thousand."""
    huge = "\x1b " * 500_000
    assert len(sanitise.line(huge)) == 1_000
    assert len(sanitise.cell(huge)) == 100_000


@given(any_text)
@example("\r=1+1")
@example("\n\r=1+1")
@example(" \t@SUM(A1)")
@example("\u00a0-1")
@example("\u3000\uff1d1+1")
@example("+44 20 7946 0000")
def test_no_cell_starts_a_formula(text: str) -> None:
    """No cell begins with what a spreadsheet runs, not after white space nor in its full-width form."""
    shown = sanitise.cell(text)
    bare = unicodedata.normalize("NFKC", shown).lstrip()
    assert not bare.startswith(("=", "+", "-", "@"))
    assert not shown.startswith(("\t", "\n", "\r"))


@given(st.lists(any_text, min_size=1, max_size=4))
def test_cells_survive_a_csv_file(texts: list[str]) -> None:
    """A row of cells reads back from CSV as it was written."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(row := sanitise.cells(texts))
    file.seek(0)
    assert list(csv.reader(file)) == [row]


def test_the_apostrophe_is_the_only_change_to_a_formula() -> None:
    """A formula is shown whole after an apostrophe, and a harmless text without one."""
    assert sanitise.cell("=1+1") == "'=1+1"
    assert sanitise.cell("1+1=2") == "1+1=2"


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula, nothing is an empty cell, and other values are taken as their text."""
    assert sanitise.cells([-1.5, 3, None, ["=1"]]) == ["-1.5", "3", "", "['=1']"]
    assert sanitise.cell(OSError("=1")) == "'=1"


def test_markup_is_left_to_who_writes_it() -> None:
    """Markup of rich and HTML stays as it is: escaping it belongs to the border that knows the format."""
    text = "[/x] [bold]a[/bold] <script>alert(1)</script> &amp;"
    assert sanitise.line(text) == sanitise.block(text) == sanitise.cell(text) == text


def test_escape_is_seen() -> None:
    """ESC and NUL become their pictures, so that a reader sees that there was something."""
    assert sanitise.line("a\x1b[31mb\x00") == "a␛[31mb␀"


def test_writing_that_needs_joiners_keeps_them() -> None:
    """Emoji made of several, Persian with non-joiners and accents come through unharmed."""
    text = "👩‍👩‍👧 می‌خواهم naïve ❤️"
    assert sanitise.line(text) == sanitise.block(text) == text


def test_a_block_keeps_its_layout() -> None:
    """A block keeps line breaks, of Windows too, and tabs."""
    assert sanitise.block("a\r\nb\n\tc") == "a\nb\n\tc"
