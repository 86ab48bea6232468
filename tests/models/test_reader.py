from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models import load, memory
from monitor.models.fitting.backprop import Dropout, forward
from monitor.models.reader import Reader, Reading

random = np.random.default_rng(7)
TEXTS = [random.integers(3, 30_000, size).tolist() for size in (2, 9, 1, 30, 5)]
texts_of_pieces = st.lists(st.lists(st.integers(3, 400), min_size=1, max_size=98), min_size=1, max_size=40)


def reader(places: int) -> Reader:
    """Return a reader by the shipped network, with an empty memory."""
    shipped = load()._reader
    return Reader(shipped._parameters, shipped._table, places)


def as_defined(texts: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits and scores that the pass makes whose gradient is taken."""
    shipped = load()._reader
    made = forward(shipped._parameters, shipped._table, texts, Dropout(0, None))
    return made.logits, made.scores


def logits(reading: Reading) -> np.ndarray:
    """Return all that is told of texts, B x 27."""
    return np.concatenate([reading.told, reading.spoken], axis=1)


@settings(max_examples=20)
@given(texts_of_pieces)
def test_texts_are_read_as_the_network_defines(texts: list[list[int]]) -> None:
    """What is folded together, laid out otherwise and rounded for speed tells the same, or nearly so."""
    told, scores = as_defined(texts)
    reading = reader(400).read(texts)
    assert np.allclose(logits(reading), told, atol=3e-2)
    assert np.allclose(reading.scores, scores, atol=3e-2)


def test_a_text_is_read_the_same_in_any_batch() -> None:
    """Its neighbours do not change what is told, nor what each of its pieces speaks for."""
    together = reader(100).read(TEXTS)
    for row, text in enumerate(TEXTS):
        alone = reader(100).read([text])
        assert np.allclose(logits(alone)[0], logits(together)[row], atol=1e-3)
        assert np.allclose(alone.scores, together.scores_of(row), atol=1e-3)


def test_a_full_memory_forgets_what_was_not_met_for_longest() -> None:
    """A text is read the same when met first, met again, and met after it was forgotten for others."""
    small = reader(35)
    first = small.read(TEXTS[:2])
    again = small.read(TEXTS[:2])
    small.read([TEXTS[1]])
    small.read([TEXTS[3]])  # the pieces of these do not all fit beside those
    kept = small._memory
    assert {*kept.piece[:-1].tolist()} >= {*TEXTS[3]}
    assert set(TEXTS[0]).isdisjoint(kept.piece[:-1].tolist())
    assert (kept._place_of >= 0).sum() <= 35
    forgotten = small.read(TEXTS[:2])
    for later in (again, forgotten):
        assert np.allclose(logits(first), logits(later), atol=1e-4)


def test_what_is_read_does_not_depend_on_what_was_read_before() -> None:
    """However often pieces make room for others, those of the texts at hand are remembered, 0 among them."""
    small = reader(40)
    draw = np.random.default_rng(3)
    for _ in range(100):
        texts = draw.integers(0, 90, (3, 12)).tolist()
        assert np.allclose(logits(small.read(texts)), logits(reader(40).read(texts)), atol=1e-3)


def test_the_rarest_pieces_do_not_overflow() -> None:
    """Those that bring most are read as defined, in a row and beside one another."""
    table = load()._reader._table
    parameters = load()._reader._parameters
    spread = np.abs(table.of(np.arange(3, 30_000)) @ parameters["projection"]).max(axis=1)
    loudest = (3 + np.argsort(spread)[-24:]).tolist()
    texts = [[piece] * 6 for piece in loudest] + [loudest]
    reading = reader(100).read(texts)
    assert np.allclose(logits(reading), as_defined(texts)[0], atol=5e-2)
    together = 5 * memory._PART + memory._BIAS + memory._OWN
    assert together < np.iinfo(np.int16).max


def test_more_pieces_than_are_remembered_are_refused() -> None:
    """What does not fit is an error, and no wrong reading."""
    with pytest.raises(ValueError, match="30 pieces at once, but room for 20"):
        reader(20).read([TEXTS[3]])


def test_order_matters() -> None:
    """The same words in another order are another text."""
    there, back = (reader(100).read([text]).told for text in (TEXTS[3], TEXTS[3][::-1]))
    assert np.abs(there - back).max() > 1e-3
