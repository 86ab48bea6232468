import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import FOLDER, pieces
from monitor.models.pieces import Pieces

CUT = Pieces(FOLDER / "pieces.model")


def test_each_piece_has_an_owner() -> None:
    """The owners are the indices of the words, between the marks at both ends."""
    words = ["unacceptable", "Verspätung", "again"]
    cut, owners = CUT.of([words])[0], CUT.owners(words)
    assert (cut[0], cut[-1]) == (1, 2)
    assert (owners[0], owners[-1]) == (-1, -1)
    assert sorted(set(owners[1:-1])) == [0, 1, 2]
    assert owners[1:-1] == sorted(owners[1:-1])
    assert len(cut) == len(owners)


def test_of_a_long_text_the_ends_are_read() -> None:
    """The first 72 pieces and the last 24, each with the index of its word."""
    words = ["word"] * 250 + ["again"] * 250
    assert [len(cut) for cut in CUT.of([["word"], ["again"]])] == [3, 3]
    (cut,), owners = CUT.of([words]), CUT.owners(words)
    assert owners == [-1, *range(71), *range(500 - 23, 500), -1]
    word, again = CUT.of([["word", "again"]])[0][1:-1]
    assert cut == [1, *[word] * 71, *[again] * 23, 2]


def test_nothing_is_the_two_marks() -> None:
    """A text without words has no pieces but those at its ends."""
    assert CUT.of([[]]) == [[1, 2]]
    assert CUT.owners([]) == [-1, -1]


texts_of_words = st.lists(st.lists(st.text(min_size=1, max_size=12), max_size=7), max_size=4)


@given(texts_of_words)  # too short to be read in part
def test_words_are_cut_one_by_one(texts: list[list[str]]) -> None:
    """A word is cut the same wherever and in whatever text it stands, remembered or not."""
    fresh = Pieces.__new__(Pieces)
    fresh._model, fresh._known = CUT._model, {}
    cut = fresh.of(texts)
    assert cut == fresh.of(texts)
    assert cut == [[1, *(piece for word in text for piece in CUT._model.encode(word)), 2] for text in texts]
    assert [len(fresh.owners(text)) for text in texts] == [len(pieces) for pieces in cut]


def test_the_words_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of new words does not fill the memory."""
    monkeypatch.setattr(pieces, "_REMEMBERED", 10)
    cut = Pieces(FOLDER / "pieces.model")
    for number in range(100):
        cut.of([[f"word{number}"]])
        assert len(cut._known) <= 10


def test_words_that_were_met_are_cut_again_when_room_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of known and new words at the limit is cut as by one that knows none."""
    monkeypatch.setattr(pieces, "_REMEMBERED", 3)
    cut = Pieces(FOLDER / "pieces.model")
    cut.of([["late", "again"]])
    assert cut.of([["again", "never", "late", "worst"]]) == CUT.of([["again", "never", "late", "worst"]])
