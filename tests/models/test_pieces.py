import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import FOLDER, pieces
from monitor.models.pieces import Pieces

CUT = Pieces(FOLDER / "pieces.model")


def test_each_piece_has_an_owner() -> None:
    """The owners are the indices of the words, between the marks at both ends."""
    cut, owners = CUT.of(["unacceptable", "Verspätung", "again"])
    assert (cut[0], cut[-1]) == (1, 2)
    assert (owners[0], owners[-1]) == (-1, -1)
    assert sorted(set(owners[1:-1])) == [0, 1, 2]
    assert owners[1:-1] == sorted(owners[1:-1])
    assert len(cut) == len(owners)


def test_of_a_long_text_the_ends_are_read() -> None:
    """The first 72 pieces and the last 24, each with the index of its word."""
    words = ["word"] * 250 + ["again"] * 250
    each = len(CUT.of(["word"])[0]) - 2
    assert each == len(CUT.of(["again"])[0]) - 2 == 1
    cut, owners = CUT.of(words)
    assert owners == [-1, *range(71), *range(500 - 23, 500), -1]
    word, again = CUT.of(["word", "again"])[0][1:-1]
    assert cut == [1, *[word] * 71, *[again] * 23, 2]


def test_nothing_is_the_two_marks() -> None:
    """A text without words has no pieces but those at its ends."""
    assert CUT.of([]) == ([1, 2], [-1, -1])


@given(st.lists(st.text(min_size=1, max_size=12), max_size=7))  # too short to be read in part
def test_words_are_cut_one_by_one(words: list[str]) -> None:
    """A word is cut the same wherever it stands, remembered or not."""
    fresh = Pieces.__new__(Pieces)
    fresh._model, fresh._known = CUT._model, {}
    whole = fresh.of(words)
    assert whole == fresh.of(words)
    assert whole[0][1:-1] == [piece for word in words for piece in CUT.of([word])[0][1:-1]]


def test_the_words_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of new words does not fill the memory."""
    monkeypatch.setattr(pieces, "_REMEMBERED", 10)
    cut = Pieces(FOLDER / "pieces.model")
    for number in range(100):
        cut.of([f"word{number}"])
        assert len(cut._known) <= 10
