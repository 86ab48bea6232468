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


class Memory:
    """Projections of the pieces met last, at most `places` of them; some 15 kB each."""

    def __init__(self, parameters: Parameters, table: Table, places: int) -> None:
        self._parameters, self._table, self._places = parameters, table, places
        self._place_of = np.full(len(table.rows), -1, np.int64)
        self._met = 0
        self._seen = Projected(
            np.empty((places, EMBEDDED), np.float32),
            np.empty((places, FEATURES - EMBEDDED), np.float32),
            tuple(np.zeros((places + 1, size, WIDTH), np.float32) for size, _ in ORDERS),
        )

    def recall(self, texts: Sequence[Sequence[int]]) -> tuple[Projected, Batch]:
        """Return the projections, and the texts laid out upon them.

        The texts must have at most `places` distinct pieces together.
        """
        flat = np.fromiter((piece for text in texts for piece in text), np.int64)
        new = np.unique(flat[self._place_of[flat] < 0])
        if self._met + len(new) > self._places:
            self._place_of[:] = -1
            self._met, new = 0, np.unique(flat)
        self._learn(new)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        return self._seen, lay(self._place_of[flat], lengths, nowhere=self._places)

    def _learn(self, new: NDArray[np.int64]) -> None:
        places = slice(self._met, self._met + len(new))
        fresh = project(self._parameters, self._table.of(new))
        self._seen.embedded[places] = fresh.embedded
        self._seen.projected[places] = fresh.projected
        for remembered, part in zip(self._seen.parts, fresh.parts, strict=True):
            remembered[places] = part[:-1]
        self._place_of[new] = np.arange(places.start, places.stop)
        self._met = places.stop
