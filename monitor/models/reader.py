"""Reads texts by the network, in a fraction of the time that its definition in `network` would take.

The same numbers come out, to three hundredths of a logit. What is spared:

* what a piece brings is remembered, in whole numbers, so that n-grams are sums of rows;
* texts are laid out with gaps between them, so that these are sums of slices, wherever a text ends;
* a block of texts is read at a time, in the same room, so that it stays in a core's own cache;
* embeddings are not laid out beside what n-grams tell: what they speak for is remembered, and their sum over
  a text is taken of the table's bytes;
* the last normalisation is never written down. It is linear once mean and variance of a row are known, so it
  is applied to what is made of the rows, which is less than they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.models.memory import FROM, UNIT, WIDE, Memory, Table, Whole
from monitor.models.network import (
    BEFORE,
    EMBEDDED,
    EPSILON,
    FEATURES,
    ORDERS,
    Array,
    Parameters,
    Places,
    branch,
    dense,
    pool,
)

_GAP = BEFORE  # rows of no piece around each text: no n-gram reaches across them
_ROWS = 512  # read at once; a row of them has 8 kB


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of B texts: `told` B x 7, `spoken` B x K pooled, `scores` T x K by piece."""

    told: Array
    spoken: Array
    scores: Array
    starts: Places
    lengths: Places

    def scores_of(self, text: int) -> Array:
        """Return the scores of the pieces of one text."""
        start = self.starts[text]
        return self.scores[start : start + self.lengths[text]]


class Reader:
    """Reads texts; remembers at most `places` pieces. Not for several threads at once."""

    def __init__(self, parameters: Parameters, table: Table, places: int) -> None:
        self._parameters, self._table = parameters, table
        gain, spoken = parameters["outer_gain"][:, None], parameters["spoken"]
        speaks = np.column_stack([gain * spoken, np.full(FEATURES, 1 / FEATURES, np.float32)])
        self._speaks = speaks[EMBEDDED:] * np.float32(UNIT)
        self._of_mean = speaks[:, :-1].sum(axis=0)
        self._of_bias = parameters["outer_bias"] @ spoken + parameters["spoken_bias"]
        self._memory = Memory(parameters, table, np.ascontiguousarray(speaks[:EMBEDDED]), places)
        self._wider = [_Wider(parameters, order) for order in range(len(ORDERS))]
        self._room = _Room(_ROWS)

    def read(self, texts: Sequence[Sequence[int]]) -> Reading:
        """Read texts, at least one, each of 1 to 512 pieces. Raises `ValueError` as `Memory.recall` does."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        begins = np.cumsum(lengths + _GAP) - lengths
        ends = begins + lengths
        rows = np.arange(lengths.sum()) + np.repeat(_GAP * np.arange(1, len(texts) + 1), lengths)
        place = np.full(ends[-1] + _GAP, self._memory.nowhere)
        place[rows] = self._memory.recall(texts)
        scores = np.empty((len(place), len(self._of_bias)), np.float32)
        summed = np.empty((len(texts), FEATURES), np.float32)
        for some in _blocks(begins, ends):
            self._read(place, begins[some], ends[some], scores, summed[some])
        summed *= self._parameters["outer_gain"]
        summed += lengths[:, None].astype(np.float32) * self._parameters["outer_bias"]
        told = dense(self._parameters, summed, lengths).told
        starts = np.cumsum(lengths) - lengths
        by_piece = scores[rows] + self._of_bias
        return Reading(told, pool(by_piece, starts, lengths), by_piece, starts, lengths)

    def _read(self, place: Places, begins: Places, ends: Places, scores: Array, summed: Array) -> None:
        """Write what is made of some texts: the scores of their rows, without the bias, and the features."""
        first, end = begins[0], ends[-1]
        near = self._n_grams(place[first - _GAP : end + _GAP])
        here = place[first:end]
        gaps = np.flatnonzero(here == self._memory.nowhere)
        more = self._room.more[: len(here)]
        for order, wider in enumerate(self._wider):
            wider.write(branch(near, order), gaps, onto=branch(more, order))
        np.maximum(more, self._room.zero[: len(here)], out=more)
        near += more
        known = self._memory.spoken[here]
        made = near @ self._speaks
        made += known[:, :-1]
        mean = made[:, -1]
        square = np.einsum("ij,ij->i", near, near) * np.float32(UNIT * UNIT) + known[:, -1]
        scale = 1 / np.sqrt(square / FEATURES - mean * mean + EPSILON)
        scale[gaps] = 0
        scores[first:end] = (made[:, :-1] - mean[:, None] * self._of_mean) * scale[:, None]
        self._sum(near, here, scale, begins - first, ends - first, summed)
        summed -= np.add.reduceat(scale * mean, begins - first)[:, None]

    def _n_grams(self, place: Places) -> Array:
        """Return what the first convolutions tell, M x 768 in `UNIT`, without the gaps at both ends."""
        count = len(place) - 2 * _GAP
        room, memory = self._room, self._memory
        around = np.take(memory.own, place[_GAP:-_GAP], axis=0, out=room.own[:count], mode="clip")
        grams, own = around[:, :WIDE], around[:, WIDE:]
        for step, parts in memory.beside.items():
            part = np.take(
                parts, place[_GAP + step :][:count], axis=0, out=room.part(step, count), mode="clip"
            )
            some = grams[:, FROM[step] :]
            some += part
        np.maximum(grams, room.none[:count], out=grams)
        grams += own
        near = room.near[:count]
        near[:] = grams
        return near

    def _sum(
        self, near: Array, place: Places, scale: Array, begins: Places, ends: Places, summed: Array
    ) -> None:
        """Write the sum of the rows of each text, each times its scale: embeddings, then n-grams."""
        piece = self._memory.piece[place]
        rows = np.take(self._table.rows, piece, axis=0, out=self._room.rows[: len(place)], mode="clip")
        embedded = self._room.embedded[: len(place)]
        embedded[:] = rows
        by, unit = scale * self._table.scale[piece], scale * np.float32(UNIT)
        for text, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            np.dot(by[begin:end], embedded[begin:end], out=summed[text, :EMBEDDED])
            np.dot(unit[begin:end], near[begin:end], out=summed[text, EMBEDDED:])
        summed[:, :EMBEDDED] += np.add.reduceat(scale * self._table.low[piece], begins)[:, None]


class _Wider:
    """The second convolution of one order, over what the first made, both in `UNIT`."""

    def __init__(self, parameters: Parameters, order: int) -> None:
        self._size, self._before = ORDERS[order]
        self._into = parameters[f"wider{self._size}_in"]
        bias = parameters[f"wider{self._size}_bias"] / np.float32(UNIT)
        self._out = np.vstack([parameters[f"wider{self._size}_out"], bias])
        self._waist = np.ones((_ROWS, len(self._out)), np.float32)  # the last column, for the bias, stays

    def write(self, near: Array, gaps: Places, onto: Array) -> None:
        """Write what it makes of the rows before it is cut at zero."""
        count = len(near)
        parts = near @ self._into
        parts[gaps] = 0
        parts = parts.reshape(count, self._size, -1)
        waist = self._waist[:count]
        sums = waist[:, :-1]
        sums[:] = parts[:, self._before]
        for at in range(self._size):
            step = at - self._before
            if step < 0:
                sums[-step:] += parts[:step, at]
            elif step > 0:
                sums[:-step] += parts[step:, at]
        np.matmul(waist, self._out, out=onto)


class _Room:
    """Where a block of rows is read: taken anew for each, it would be cleared by the system each time."""

    def __init__(self, rows: int) -> None:
        self.own = np.empty((rows, 2 * WIDE), np.int16)
        self.none = np.zeros((rows, WIDE), np.int16)  # to be compared with: a bare 0 is not vectorised
        self.near, self.more = np.empty((rows, WIDE), np.float32), np.empty((rows, WIDE), np.float32)
        self.zero = np.zeros((rows, WIDE), np.float32)
        self.rows = np.empty((rows, EMBEDDED), np.uint8)
        self.embedded = np.empty((rows, EMBEDDED), np.float32)
        self._part = {begin: np.empty((rows, WIDE - begin), np.int16) for begin in set(FROM.values())}

    def part(self, step: int, count: int) -> Whole:
        """Return room for what pieces so many steps away bring."""
        return self._part[FROM[step]][:count]


def _blocks(begins: Places, ends: Places) -> Iterator[slice]:
    """Yield slices of the texts, as many as are read at once."""
    first = 0
    while first < len(ends):
        last = int(np.searchsorted(ends, begins[first] + _ROWS, side="right"))
        last = max(last, first + 1)
        yield slice(first, last)
        first = last
