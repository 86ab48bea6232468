"""The network that reads a text: n-grams of word pieces, what each tells, and what they tell together.

It is Google's multilingual Universal Sentence Encoder (Yang et al. 2019, the convolutional one, Apache-2.0;
here with narrow second convolutions), fitted to the project's own corpus:

* a piece has an embedding of 512 numbers, projected to three times 256: one for each order of n-gram;
* of each n-gram around a piece, a convolution makes 256 numbers, to which those of the piece are added; a
  second convolution does so again with what the first made;
* `scores` are linear in these: what the n-grams around a piece speak for. They are pooled over the text by
  the logarithm of the sum of exponentials, so that one telling phrase is enough;
* the mean over the text goes through a few dense layers: what the phrases tell together.

Arrays are float32; T pieces, U different ones, B texts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # of float32; in tests also of float64
Places = NDArray[np.int64]
Parameters = Mapping[str, Array]

# Of n-grams: how many pieces, and how many of them before the one looked at.
ORDERS = ((2, 0), (3, 1), (5, 2))
BEFORE = AFTER = 2
EMBEDDED, WIDTH = 512, 256
FEATURES = EMBEDDED + len(ORDERS) * WIDTH
EPSILON = np.float32(1e-6)
SHARPNESS = 8.0  # length of the vector that the last layer sees

Drop = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts laid end to end: where the projection of each piece stands (`place`, T), and of its n-grams.

    `starts` and `lengths` are B; `window` is T x 5: the places around, that of nothing beyond a text's ends;
    `before` and `after`, T, count the pieces of the same text on either side.
    """

    place: Places
    starts: Places
    lengths: Places
    window: Places
    before: Places
    after: Places


def lay(place: Places, lengths: Places, nowhere: int) -> Batch:
    """Lay out texts of so many pieces, whose projections stand at `place`; `nowhere` is the zero row."""
    starts = np.cumsum(lengths) - lengths
    at = np.arange(len(place))
    before = at - np.repeat(starts, lengths)
    after = np.repeat(lengths, lengths) - before - 1
    step = np.arange(-BEFORE, AFTER + 1)
    inside = (-step <= before[:, None]) & (step <= after[:, None])
    window = np.where(inside, place[np.clip(at[:, None] + step, 0, len(place) - 1)], nowhere)
    return Batch(place, starts, lengths, window, before, after)


@dataclass(frozen=True, slots=True)
class Projected:
    """What the distinct pieces bring, wherever they stand.

    `embedded` U x 512; `projected` U x 768; `parts` for each order (U + 1) x n x 256: what a piece adds to an
    n-gram at each place in it. The last row, for no piece, is zero.
    """

    embedded: Array
    projected: Array
    parts: tuple[Array, ...]


def project(parameters: Parameters, kernels: Sequence[Array], embedded: Array) -> Projected:
    """Project embeddings, U x 512. `kernels` are those that `laid` returns."""
    bare = embedded @ parameters["projection"] + parameters["projection_bias"]
    projected = normalise(bare) * parameters["inner_gain"] + parameters["inner_bias"]
    parts = []
    for order, (size, _) in enumerate(ORDERS):
        part = np.zeros((len(embedded) + 1, size, WIDTH), np.float32)
        np.matmul(branch(projected, order), kernels[order], out=part[:-1].reshape(-1, size * WIDTH))
        parts.append(part)
    return Projected(embedded, projected, tuple(parts))


def laid(parameters: Parameters) -> tuple[Array, ...]:
    """Return the kernels of the first convolutions as `by_place` lays them, which is a copy of each."""
    return tuple(by_place(parameters[f"gram{size}"]) for size, _ in ORDERS)


def branch(wide: Array, order: int) -> Array:
    """Return the columns of one order of n-gram."""
    return wide[:, order * WIDTH : (order + 1) * WIDTH]


def by_place(kernel: Array) -> Array:
    """Return a convolution's kernel, (n * 256) x 256, as 256 x (n * 256): all places in an n-gram at once."""
    return kernel.reshape(-1, WIDTH, WIDTH).transpose(1, 0, 2).reshape(WIDTH, -1)


def normalise(rows: Array) -> Array:
    """Return rows with a mean of 0 and a variance of 1 (Ba et al. 2016, layer normalisation)."""
    centred: Array = rows - rows.mean(axis=1, keepdims=True)
    centred *= 1 / np.sqrt(np.einsum("ij,ij->i", centred, centred)[:, None] / rows.shape[1] + EPSILON)
    return centred


def grams(parameters: Parameters, seen: Projected, texts: Batch, order: int) -> Array:
    """Return T x 256: the first convolution over n-grams of one order, added to the pieces' projections."""
    size, before = ORDERS[order]
    parts = seen.parts[order].reshape(-1, WIDTH)
    window = texts.window[:, BEFORE - before : BEFORE - before + size] * size + np.arange(size)
    gram: Array = parts[window[:, 0]]
    part = np.empty_like(gram)
    for place in range(1, size):
        np.take(parts, window[:, place], axis=0, out=part, mode="clip")  # clips nothing: it spares a copy
        gram += part
    gram += parameters[f"gram{size}_bias"]
    np.maximum(gram, 0, out=gram)
    gram += branch(seen.projected, order)[texts.place]
    return gram


def wider(parameters: Parameters, near: Array, texts: Batch, order: int) -> tuple[Array, Array]:
    """Return the second convolution, over n-grams of what the first made: T x r, its waist, and T x 256.

    Its kernel is the product of two narrow ones: a sixth of the work of the whole, and about as good.
    """
    size, before = ORDERS[order]
    parts = (near @ parameters[f"wider{size}_in"]).reshape(len(near), size, -1)
    waist = np.zeros((len(near), parts.shape[2]), np.float32)
    for place in range(size):
        shift(parts[:, place], place - before, texts, onto=waist)
    more = waist @ parameters[f"wider{size}_out"]
    more += parameters[f"wider{size}_bias"]
    return waist, more


def shift(rows: Array, by: int, texts: Batch, onto: Array) -> None:
    """Add to each row of `onto` the one that stands `by` places on in the same text, if there is one."""
    if by >= 0:
        inside = texts.after[: len(rows) - by] >= by
        onto[: len(rows) - by] += rows[by:] * inside[:, None]
    else:
        inside = texts.before[-by:] >= -by
        onto[-by:] += rows[:by] * inside[:, None]


def pool(scores: Array, starts: Places, lengths: Places) -> Array:
    """Return B x K: the logarithm of the sum of exponentials of the scores, T x K, over each text."""
    highest = np.maximum.reduceat(scores, starts, axis=0)
    risen = np.exp(scores - np.repeat(highest, lengths, axis=0))
    return highest + np.log(np.add.reduceat(risen, starts, axis=0))


@dataclass(frozen=True, slots=True)
class Dense:
    """The layers above the mean of a text, B rows each; `seen` is what the last one sees, `told` tells."""

    summed: Array
    mean: Array
    first: Array
    second: Array
    third: Array
    last: Array
    seen: Array
    told: Array


def dense(parameters: Parameters, summed: Array, lengths: Places, drop: Drop = lambda rows: rows) -> Dense:
    """Run the features of the texts, summed over each, B x 1280, through the dense layers."""
    counts = lengths[:, None].astype(np.float32)
    mean = (summed @ parameters["mean"] + counts * parameters["mean_bias"]) / np.sqrt(counts)
    first = drop(np.maximum(mean @ parameters["first"], 0))
    second = np.maximum(mean @ parameters["second_mean"] + first @ parameters["second"], 0)
    third = np.maximum(drop(second) @ parameters["third"], 0)
    last = np.tanh(second @ parameters["last_second"] + third @ parameters["last"])
    seen = drop(last * (SHARPNESS / np.sqrt(np.einsum("ij,ij->i", last, last)))[:, None])
    return Dense(
        summed, mean, first, second, third, last, seen, seen @ parameters["told"] + parameters["told_bias"]
    )


def sigmoid(logits: Any) -> Any:
    """Return probabilities in (0, 1)."""
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
