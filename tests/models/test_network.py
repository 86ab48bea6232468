from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.network import Batch, lay, normalise, pool, shift

random = np.random.default_rng(7)
lengths_of_texts = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def laid(lengths: Sequence[int]) -> Batch:
    """Return texts of so many pieces, each piece its own."""
    return lay(np.arange(sum(lengths)), np.array(lengths), nowhere=sum(lengths))


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
    batch = laid(lengths)
    pooled = pool(scores, batch.starts, batch.lengths)[:, 0]
    for value, part in zip(pooled, np.split(scores[:, 0], np.cumsum(lengths)[:-1]), strict=True):
        assert value == pytest.approx(np.logaddexp.reduce(part))


def test_rows_are_normalised() -> None:
    """To a mean of 0 and a variance of 1, each on its own."""
    rows = normalise(random.normal(3, 5, (4, 64)))
    assert np.allclose(rows.mean(axis=1), 0)
    assert np.allclose(rows.var(axis=1), 1, atol=1e-4)
