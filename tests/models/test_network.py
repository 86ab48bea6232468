from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import load
from monitor.models.fitting.backprop import Dropout, forward
from monitor.models.memory import Memory
from monitor.models.network import Batch, Reading, lay, normalise, pool, read, shift

random = np.random.default_rng(7)
TEXTS = [random.integers(3, 30_000, size).tolist() for size in (2, 9, 1, 30, 5)]
lengths_of_texts = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def laid(lengths: Sequence[int]) -> Batch:
    """Return texts of so many pieces, each piece its own."""
    return lay(np.arange(sum(lengths)), np.array(lengths), nowhere=sum(lengths))


def reading(memory: Memory, texts: Sequence[Sequence[int]]) -> Reading:
    """Return what the shipped network makes of texts, by way of a memory."""
    return read(load()._parameters, *memory.recall(texts))


def memory(places: int) -> Memory:
    """Return an empty memory for the shipped network."""
    return Memory(load()._parameters, load()._memory._table, places)


def test_a_text_is_read_the_same_in_any_batch() -> None:
    """Its neighbours do not change what is told, nor what each of its pieces speaks for."""
    together = reading(memory(100), TEXTS)
    ends = np.cumsum([len(text) for text in TEXTS])
    for row, text in enumerate(TEXTS):
        alone = reading(memory(100), [text])
        assert np.allclose(alone.told[0], together.told[row], atol=1e-4)
        assert np.allclose(alone.spoken[0], together.spoken[row], atol=1e-4)
        assert np.allclose(alone.scores, together.scores[ends[row] - len(text) : ends[row]], atol=1e-4)


def test_a_text_is_read_as_the_fit_reads_it() -> None:
    """What is folded together and rounded for speed tells what the pass tells whose gradient is taken."""
    model = load()
    made = forward(model._parameters, model._memory._table, TEXTS, Dropout(0, None))
    told = reading(memory(100), TEXTS)
    assert np.allclose(np.concatenate([told.told, told.spoken], axis=1), made.logits, atol=1e-2)
    assert np.allclose(told.scores, made.scores, atol=1e-2)


def test_a_full_memory_forgets_what_was_not_met_for_longest() -> None:
    """A text is read the same when met first, met again, and met after it was forgotten for others."""
    small = memory(35)
    first = reading(small, TEXTS[:2])
    again = reading(small, TEXTS[:2])
    reading(small, [TEXTS[1]])
    reading(small, [TEXTS[3]])  # the pieces of these do not all fit beside those
    assert {*small._piece_at.tolist()} >= {*TEXTS[3]}
    assert set(TEXTS[0]).isdisjoint(small._piece_at.tolist())
    assert (small._place_of >= 0).sum() <= 35
    forgotten = reading(small, TEXTS[:2])
    for later in (again, forgotten):
        assert np.allclose(first.told, later.told, atol=1e-4)
        assert np.allclose(first.spoken, later.spoken, atol=1e-4)


def test_more_pieces_than_are_remembered_are_refused() -> None:
    """What does not fit is an error, and no wrong reading."""
    with pytest.raises(ValueError, match="30 pieces at once, but room for 20"):
        memory(20).recall([TEXTS[3]])


def test_order_matters() -> None:
    """The same words in another order are another text."""
    there, back = (reading(memory(100), [text]).told for text in (TEXTS[3], TEXTS[3][::-1]))
    assert np.abs(there - back).max() > 1e-3


@given(lengths_of_texts, st.integers(-2, 2))
def test_rows_are_shifted_within_their_text(lengths: list[int], by: int) -> None:
    """Each row receives the one so many places on in the same text, and nothing from another text."""
    rows = np.arange(1.0, sum(lengths) + 1)[:, None]
    onto = np.zeros_like(rows)
    shift(rows, by, laid(lengths), onto=onto)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    for at, row in enumerate(onto[:, 0]):
        there = at + by
        same = 0 <= there < len(rows) and owner[there] == owner[at]
        assert row == (rows[there, 0] if same else 0)


@given(lengths_of_texts)
def test_the_window_stays_within_its_text(lengths: list[int]) -> None:
    """Around each piece stand its neighbours of the same text, and the zero row beyond its ends."""
    batch = laid(lengths)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    for at, window in enumerate(batch.window):
        for step, place in zip(range(-2, 3), window, strict=True):
            there = at + step
            same = 0 <= there < len(owner) and owner[there] == owner[at]
            assert place == (there if same else sum(lengths))


@given(lengths_of_texts, st.floats(-200, 200))
def test_scores_are_pooled_over_each_text(lengths: list[int], height: float) -> None:
    """By the logarithm of the sum of exponentials, however high or low they are."""
    scores = height + np.sin(np.arange(sum(lengths)))[:, None]
    pooled = pool(scores, laid(lengths))[:, 0]
    for value, part in zip(pooled, np.split(scores[:, 0], np.cumsum(lengths)[:-1]), strict=True):
        assert value == pytest.approx(np.logaddexp.reduce(part))


def test_rows_are_normalised() -> None:
    """To a mean of 0 and a variance of 1, each on its own."""
    rows = normalise(random.normal(3, 5, (4, 64)))
    assert np.allclose(rows.mean(axis=1), 0)
    assert np.allclose(rows.var(axis=1), 1, atol=1e-4)
