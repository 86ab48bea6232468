"""What the distinct pieces bring to a text, remembered: most of the words of a post have been met before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.models.network import (
    AFTER,
    BEFORE,
    ORDERS,
    WIDTH,
    Array,
    Parameters,
    Places,
    Projected,
    laid,
    project,
)

Whole = NDArray[np.int16]
WIDE = len(ORDERS) * WIDTH


@dataclass(frozen=True, slots=True)
class Table:
    """The embeddings of all pieces, a byte a number: `rows` V x 512, each with its own `scale` and `low`."""

    rows: NDArray[np.uint8]
    scale: Array
    low: Array

    def of(self, pieces: NDArray[np.int64]) -> Array:
        """Return the embeddings of some pieces, U x 512."""
        return self.rows[pieces] * self.scale[pieces, None] + self.low[pieces, None]


# What pieces bring to n-grams is remembered in whole numbers of this unit, of 16 bits. Five parts, a bias and
# the piece's own projection add up without overflow: none of them is larger than its most, in units. No
# shipped piece comes near: parts reach 65, projections 19, biases 1.
UNIT = 0.012
_PART, _OWN, _BIAS = 5_600, 2_200, 2_200
# How far a piece may stand from the one that is looked at, and the first column of the orders of n-gram that
# reach so far: the wider orders are the last ones.
STEPS = range(-BEFORE, AFTER + 1)
FROM: Mapping[int, int] = {
    step: WIDTH * next(at for at, (size, before) in enumerate(ORDERS) if -before <= step < size - before)
    for step in STEPS
}


class Memory:
    """The pieces met last, at most `places` of them, and what each brings to the n-grams; some 7 kB each.

    A row for each place, and a last one, `nowhere`, for no piece: it brings nothing.

    * `beside` has for each step what a piece adds to the n-grams around the one that stands so many places
      before it: in `UNIT`, the columns from `FROM[step]` on;
    * `own` is that for step 0, the bias with it, and beside it (768 columns more) the piece's own projection;
    * `spoken` is what `speaks`, 512 x K, makes of the embedding, and the square of its length: K + 1 columns;
    * `piece` is which one it is.
    """

    def __init__(self, parameters: Parameters, table: Table, speaks: Array, places: int) -> None:
        self.nowhere = places
        self.own = np.zeros((places + 1, 2 * WIDE), np.int16)
        self.beside = {step: np.zeros((places + 1, WIDE - FROM[step]), np.int16) for step in STEPS if step}
        self.spoken = np.zeros((places + 1, speaks.shape[1] + 1), np.float32)
        self.piece = np.zeros(places + 1, np.int64)
        self._parameters, self._table, self._speaks = parameters, table, speaks
        self._kernels = laid(parameters)
        self._bias = _whole(np.concatenate([parameters[f"gram{size}_bias"] for size, _ in ORDERS]), _BIAS)
        self._place_of = np.full(len(table.rows), -1, np.int64)  # of each piece; -1 of those not remembered
        self._filled = 0
        self._met_at = np.zeros(places, np.int64)
        self._now = 0

    def recall(self, texts: Sequence[Sequence[int]]) -> Places:
        """Return the places of the pieces of some texts, one after the other.

        The texts must have at most `places` distinct pieces together. Raises `ValueError` otherwise.
        """
        flat = np.fromiter((piece for text in texts for piece in text), np.int64)
        distinct = np.unique(flat)
        if len(distinct) > self.nowhere:
            raise ValueError(f"{len(distinct)} pieces at once, but room for {self.nowhere}")
        self._now += 1
        known = self._place_of[distinct]
        self._met_at[known[known >= 0]] = self._now
        if (known < 0).any():
            self._learn(distinct[known < 0])
        return self._place_of[flat]

    def _learn(self, new: Places) -> None:
        places = self._free(len(new))
        embedded = self._table.of(new)
        brought = project(self._parameters, self._kernels, embedded)
        self.spoken[places, :-1] = embedded @ self._speaks
        self.spoken[places, -1] = np.einsum("ij,ij->i", embedded, embedded)
        self._keep(places, brought)
        self._place_of[new], self.piece[places], self._met_at[places] = places, new, self._now

    def _free(self, count: int) -> Places:
        """Return so many places that are empty, or else those of the pieces that were not met for longest."""
        if self._filled + count <= self.nowhere:
            self._filled += count
            return np.arange(self._filled - count, self._filled)
        places = np.argpartition(self._met_at, count - 1)[:count]
        self._place_of[self.piece[places[places < self._filled]]] = -1
        self._filled = self.nowhere
        return places

    def _keep(self, places: Places, brought: Projected) -> None:
        self.own[places, WIDE:] = _whole(brought.projected, _OWN)
        for order, (size, before) in enumerate(ORDERS):
            parts = _whole(brought.parts[order][:-1], _PART)
            for at in range(size):
                step = at - before
                rows = self.beside.get(step, self.own)
                first = order * WIDTH - FROM[step]
                rows[places, first : first + WIDTH] = parts[:, at]
        self.own[places, :WIDE] += self._bias


def _whole(numbers: Array, most: int) -> Whole:
    """Return numbers in whole units, at most so many."""
    units = numbers * np.float32(1 / UNIT)
    np.rint(units, out=units)
    return np.clip(units, -most, most, out=units).astype(np.int16)
