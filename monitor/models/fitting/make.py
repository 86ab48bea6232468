"""The steps from the corpus to the files of the model."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor.models.fitting import corpus
from monitor.models.fitting.encoder import take_over
from monitor.models.fitting.fit import Settings, examples, fit
from monitor.models.network import Array
from monitor.models.pieces import Pieces

MADE = ("pieces.model", "encoder.npz", "network.npz", "card.json")
# From the network's logit to the shipped probability, and from where on it is called a complaint: chosen on
# texts of other makers (docs/assessment.md).
CALIBRATION = (0.789, 0.861)
THRESHOLD = 0.28


def make(folder: Path, tell: Callable[[str], None]) -> None:
    """Write the model's files to `folder`: vocabulary, embeddings, network, and a card that names them."""
    items = corpus.read()
    kept, held_back = corpus.parts(items)
    tell(f"{len(kept)} items to fit to, {len(held_back)} held back")
    table, weights = take_over(folder)
    fitted = fit(examples(kept, Pieces(folder / "pieces.model")), table, weights, Settings(), tell)
    np.savez_compressed(folder / "network.npz", **_stored(fitted))
    (folder / "card.json").write_text(json.dumps(card(items), indent=1) + "\n", encoding="utf-8")


def _stored(parameters: Mapping[str, Array]) -> dict[str, Any]:
    """Return the parameters as they are stored: half the bytes, for a thousandth of a logit."""
    return {name: parameters[name].astype(np.float16) for name in sorted(parameters)}


def card(items: Sequence[corpus.Item]) -> dict[str, object]:
    """Return what the model is: its name with the digest of the corpus it is fitted to, how to read it."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(f"{item.place} {item.severity}/{item.reproach} {item.text}\n".encode())
    return {
        "model": "uproar-1",
        "corpus": digest.hexdigest()[:8],
        "items": len(items),
        "calibration": list(CALIBRATION),
        "threshold": THRESHOLD,
    }
