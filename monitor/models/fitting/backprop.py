"""The gradient of the network: what each parameter did to the logits of a batch, by the chain rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.models.memory import Table
from monitor.models.network import (
    EMBEDDED,
    EPSILON,
    ORDERS,
    SHARPNESS,
    WIDTH,
    Array,
    Batch,
    Dense,
    Parameters,
    Places,
    Projected,
    branch,
    by_place,
    dense,
    grams,
    laid,
    lay,
    normalise,
    pool,
    project,
    shift,
    wider,
)


@dataclass(slots=True)
class Pass:
    """A forward pass, with all that the way back needs. `logits`, B x 27: the seven told, then the spoken."""

    logits: Array
    embedded: Array
    bare: Array
    seen: Projected
    texts: Batch
    near: list[Array]
    waists: list[Array]
    raw_wider: list[Array]
    raw: Array
    features: Array
    dropped: Array
    mask: Array
    scores: Array
    dense: Dense


class Dropout:
    """Drops numbers at random (Srivastava et al. 2014). `masks` remember which, in the order of the calls."""

    def __init__(self, rate: float, random: np.random.Generator | None) -> None:
        self._rate, self._random = rate, random
        self.masks: list[Array] = []

    def __call__(self, rows: Array) -> Array:
        """Return the rows, some of their numbers dropped and the others made up for it."""
        mask = np.ones_like(rows)
        if self._random is not None and self._rate:
            mask = (self._random.random(rows.shape, dtype=np.float32) >= self._rate).astype(rows.dtype)
            mask /= 1 - self._rate
        self.masks.append(mask)
        return rows * mask


def forward(parameters: Parameters, table: Table, texts: Sequence[Sequence[int]], drop: Dropout) -> Pass:
    """Read texts, each a sequence of pieces."""
    flat = np.fromiter((piece for text in texts for piece in text), np.int64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    distinct, place = np.unique(flat, return_inverse=True)
    batch = lay(place, lengths, nowhere=len(distinct))
    embedded = table.of(distinct).astype(parameters["projection"].dtype)
    bare = embedded @ parameters["projection"] + parameters["projection_bias"]
    seen = project(parameters, laid(parameters), embedded)
    near = [grams(parameters, seen, batch, order) for order in range(len(ORDERS))]
    waists, raw_wider = zip(*(wider(parameters, near[k], batch, k) for k in range(len(ORDERS))), strict=True)
    branches = [each + np.maximum(more, 0) for each, more in zip(near, raw_wider, strict=True)]
    raw = np.concatenate([embedded[place], *branches], axis=1)
    features = normalise(raw) * parameters["outer_gain"] + parameters["outer_bias"]
    dropped = drop(features)
    mask = drop.masks[-1]
    scores = dropped @ parameters["spoken"] + parameters["spoken_bias"]
    above = dense(parameters, np.add.reduceat(features, batch.starts, axis=0), lengths, drop)
    logits = np.concatenate([above.told, pool(scores, batch.starts, lengths)], axis=1)
    return Pass(
        logits,
        embedded,
        bare,
        seen,
        batch,
        near,
        list(waists),
        list(raw_wider),
        raw,
        features,
        dropped,
        mask,
        scores,
        above,
    )


def backward(parameters: Parameters, made: Pass, drop: Dropout, wrong: Array) -> dict[str, Array]:
    """Return the gradient for each parameter; `wrong` is the gradient for the logits, B x 27."""
    found: dict[str, Array] = {}
    told = made.dense.told.shape[1]
    texts = made.texts
    slope = _through_dense(parameters, made, drop, wrong[:, :told], found)
    slope += _through_scores(parameters, made, wrong[:, told:], found)
    slope = _through_normal(slope, made.raw, parameters["outer_gain"], "outer", found)
    projected = np.zeros_like(made.seen.projected)
    order_of = _by_value(texts.place, len(made.embedded))
    for order in range(len(ORDERS)):
        own = slope[:, EMBEDDED + order * WIDTH : EMBEDDED + (order + 1) * WIDTH]
        own = own + _through_wider(parameters, made, order, own, found)
        branch(projected, order)[:] += _summed(own, *order_of)
        branch(projected, order)[:] += _through_grams(parameters, made, order, own, found)
    projected = _through_normal(projected, made.bare, parameters["inner_gain"], "inner", found)
    found["projection"] = made.embedded.T @ projected
    found["projection_bias"] = projected.sum(axis=0)
    return found


def _through_dense(
    parameters: Parameters, made: Pass, drop: Dropout, wrong: Array, found: dict[str, Array]
) -> Array:
    """Return the gradient for the features, T x 1280."""
    above, texts = made.dense, made.texts
    first_mask, second_mask, seen_mask = drop.masks[-3:]
    found["told"], found["told_bias"] = above.seen.T @ wrong, wrong.sum(axis=0)
    slope = (wrong @ parameters["told"].T) * seen_mask
    length = np.sqrt((above.last * above.last).sum(axis=1, keepdims=True))
    unit = above.last / length
    slope = SHARPNESS * (slope - unit * (slope * unit).sum(axis=1, keepdims=True)) / length
    slope *= 1 - above.last**2
    found["last_second"], found["last"] = above.second.T @ slope, above.third.T @ slope
    third = (slope @ parameters["last"].T) * (above.third > 0)
    second = slope @ parameters["last_second"].T
    found["third"] = (above.second * second_mask).T @ third
    second += (third @ parameters["third"].T) * second_mask
    second *= above.second > 0
    found["second_mean"], found["second"] = above.mean.T @ second, above.first.T @ second
    first = (second @ parameters["second"].T) * first_mask * (above.first > 0)
    found["first"] = above.mean.T @ first
    lengths = texts.lengths[:, None].astype(np.float32)
    mean = (second @ parameters["second_mean"].T + first @ parameters["first"].T) / np.sqrt(lengths)
    found["mean"], found["mean_bias"] = above.summed.T @ mean, (mean * lengths).sum(axis=0)
    return np.repeat(mean @ parameters["mean"].T, texts.lengths, axis=0)


def _through_scores(parameters: Parameters, made: Pass, wrong: Array, found: dict[str, Array]) -> Array:
    """Return the gradient for the features through the pooled scores."""
    texts = made.texts
    highest = np.repeat(np.maximum.reduceat(made.scores, texts.starts, axis=0), texts.lengths, axis=0)
    share = np.exp(made.scores - highest)
    share /= np.repeat(np.add.reduceat(share, texts.starts, axis=0), texts.lengths, axis=0)
    slope: Array = share * np.repeat(wrong, texts.lengths, axis=0)
    found["spoken"], found["spoken_bias"] = made.dropped.T @ slope, slope.sum(axis=0)
    slope = slope @ parameters["spoken"].T
    slope *= made.mask
    return slope


def _through_normal(slope: Array, rows: Array, gain: Array, name: str, found: dict[str, Array]) -> Array:
    """Return the gradient for what was normalised."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + EPSILON)
    normal = centred * scale
    found[f"{name}_gain"], found[f"{name}_bias"] = (slope * normal).sum(axis=0), slope.sum(axis=0)
    slope = slope * gain
    along = (slope * normal).mean(axis=1, keepdims=True)
    slope = slope - slope.mean(axis=1, keepdims=True) - normal * along
    slope *= scale
    return slope


def _through_wider(
    parameters: Parameters, made: Pass, order: int, slope: Array, found: dict[str, Array]
) -> Array:
    """Return the gradient for what the first convolution made, through the second."""
    size, before = ORDERS[order]
    slope = slope * (made.raw_wider[order] > 0)
    found[f"wider{size}_bias"] = slope.sum(axis=0)
    found[f"wider{size}_out"] = made.waists[order].T @ slope
    waist = slope @ parameters[f"wider{size}_out"].T
    parts = np.zeros((len(waist), size, waist.shape[1]), waist.dtype)
    for place in range(size):
        shift(waist, before - place, made.texts, onto=parts[:, place])
    flat = parts.reshape(len(waist), -1)
    found[f"wider{size}_in"] = made.near[order].T @ flat
    return flat @ parameters[f"wider{size}_in"].T


def _through_grams(
    parameters: Parameters, made: Pass, order: int, slope: Array, found: dict[str, Array]
) -> Array:
    """Return the gradient for the projections of the distinct pieces, through the first convolution."""
    size, before = ORDERS[order]
    own = branch(made.seen.projected, order)
    active = made.near[order] - own[made.texts.place] > 0
    slope = slope * active
    found[f"gram{size}_bias"] = slope.sum(axis=0)
    parts = np.zeros((len(own) + 1, size, WIDTH), slope.dtype)
    for place in range(size):
        places, starts, order_of = _groups(made.texts.window[:, 2 - before + place])
        parts[places, place] = np.add.reduceat(slope[order_of], starts, axis=0)
    flat = parts[:-1].reshape(len(own), -1)
    kernel = own.T @ flat
    found[f"gram{size}"] = kernel.reshape(WIDTH, size, WIDTH).transpose(1, 0, 2).reshape(-1, WIDTH)
    return flat @ by_place(parameters[f"gram{size}"]).T


def _groups(values: Places) -> tuple[Places, Places, Places]:
    """Return the distinct values, where each begins in order, and the order."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    return distinct, starts, order


def _by_value(values: Places, count: int) -> tuple[Places, Places]:
    order = np.argsort(values, kind="stable")
    return order, np.searchsorted(values[order], np.arange(count))


def _summed(rows: Array, order: Places, starts: Places) -> Array:
    return np.add.reduceat(rows[order], starts, axis=0)
