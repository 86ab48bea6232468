"""What the distinct pieces bring to a text, remembered: most of the words of a post have been met before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.models.network import (
    EMBEDDED,
    FEATURES,
    ORDERS,
    WIDTH,
    Array,
    Batch,
    Parameters,
    Projected,
    laid,
    lay,
    project,
)


@dataclass(frozen=True, slots=True)
class Table:
    """The embeddings of all pieces, a byte a number: `rows` V x 512, each with its own `scale` and `low`."""

    rows: NDArray[np.uint8]
    scale: Array
    low: Array

    def of(self, pieces: NDArray[np.int64]) -> Array:
        """Return the embeddings of some pieces, U x 512."""
        return self.rows[pieces] * self.scale[pieces, None] + self.low[pieces, None]


# The remembered projections are whole numbers of 16 bits, of these units. They reach as far as no piece does,
# and five of the parts of n-grams add up without overflow.
_MOST = 32_767
_MOST_OF_PART = _MOST // max(size for size, _ in ORDERS)
_UNITS = (48 / _MOST, 96 / _MOST_OF_PART)


class Memory:
    """Projections of the pieces met last, at most `places` of them; some 9 kB each."""

    def __init__(self, parameters: Parameters, table: Table, places: int) -> None:
        self._parameters, self._table, self._places = parameters, table, places
        self._kernels = laid(parameters)
        self._place_of = np.full(len(table.rows), -1, np.int64)
        self._piece_at = np.full(places, -1, np.int64)
        self._met_at = np.zeros(places, np.int64)
        self._now = 0
        self._seen = Projected(
            np.empty((places, EMBEDDED), np.float32),
            np.empty((places, FEATURES - EMBEDDED), np.int16),
            tuple(np.zeros((places + 1, size, WIDTH), np.int16) for size, _ in ORDERS),
            _UNITS,
        )

    def recall(self, texts: Sequence[Sequence[int]]) -> tuple[Projected, Batch]:
        """Return the projections, and the texts laid out upon them.

        The texts must have at most `places` distinct pieces together. Raises `ValueError` otherwise.
        """
        flat = np.fromiter((piece for text in texts for piece in text), np.int64)
        distinct = np.unique(flat)
        if len(distinct) > self._places:
            raise ValueError(f"{len(distinct)} pieces at once, but room for {self._places}")
        self._now += 1
        known = self._place_of[distinct]
        self._met_at[known[known >= 0]] = self._now
        self._learn(distinct[known < 0])
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        return self._seen, lay(self._place_of[flat], lengths, nowhere=self._places)

    def _learn(self, new: NDArray[np.int64]) -> None:
        """Put new pieces where those stand that were not met for longest."""
        if not len(new):
            return
        places = np.argpartition(self._met_at, len(new) - 1)[: len(new)]
        forgotten = self._piece_at[places]
        self._place_of[forgotten[forgotten >= 0]] = -1
        fresh = project(self._parameters, self._kernels, self._table.of(new))
        self._seen.embedded[places] = fresh.embedded
        self._seen.projected[places] = _whole(fresh.projected, _UNITS[0], _MOST)
        for remembered, part in zip(self._seen.parts, fresh.parts, strict=True):
            remembered[places] = _whole(part[:-1], _UNITS[1], _MOST_OF_PART)
        self._place_of[new], self._piece_at[places], self._met_at[places] = places, new, self._now


def _whole(numbers: Array, unit: float, most: int) -> NDArray[np.int16]:
    """Return numbers in whole units, at most so many."""
    units = numbers * np.float32(1 / unit)
    np.rint(units, out=units)
    return np.clip(units, -most, most, out=units).astype(np.int16)
