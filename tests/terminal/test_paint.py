import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from monitor.core.severity import Severity
from monitor.notify import paint

WORDS = st.lists(st.text(st.characters(categories=["L", "Nd", "Lo"]), min_size=1), max_size=30).map(" ".join)


@given(WORDS, st.integers(10, 100), st.integers(0, 5))
def test_wrapped_lines_hold_everything_and_keep_to_the_width(text: str, width: int, indent: int) -> None:
    """Wide characters count as two cells; lines after the first are indented within the width."""
    lines = [each.plain for each in paint.wrapped(text, width, indent=indent)]
    assert all(cell_len(line) <= width for line in lines)
    assert all(line.startswith(" " * indent) for line in lines[1:])
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(WORDS, st.integers(10, 100), st.integers(1, 4))
def test_what_is_cut_off_leaves_an_ellipsis(text: str, width: int, most: int) -> None:
    """At most so many lines; the reader sees that there is more."""
    whole, cut = paint.wrapped(text, width), paint.wrapped(text, width, most)
    assert len(cut) == min(len(whole), most)
    assert cut[-1].plain.endswith("…") == (len(whole) > most)
    assert all(cell_len(each.plain) <= width for each in cut)


def test_columns_stand_side_by_side() -> None:
    """The shorter one is filled up, the longer line is cut."""
    lines = paint.beside([([Text("ab")], 4), ([Text("cdefghij"), Text("k")], 5)])
    assert [each.plain for each in lines] == ["ab    cdef…", "      k"]


@pytest.mark.parametrize("grade", list(Severity))
def test_a_severity_is_a_word_not_a_colour_alone(grade: Severity) -> None:
    """Who sees no colours sees the word."""
    assert paint.severity(grade).plain.strip() == grade.value.upper()
