"""The steps from the corpus to the files of the model."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from monitor.models.fitting import corpus
from monitor.models.fitting.encoder import narrow, take_over, whole
from monitor.models.fitting.fit import Settings, examples, fit
from monitor.models.network import ORDERS, Array
from monitor.models.pieces import Pieces

MADE = ("pieces.model", "encoder.npz", "network.npz", "card.json")
# From the network's logit to the shipped probability, and from where on it is called a complaint: chosen on
# texts of other makers (docs/assessment.md).
CALIBRATION = (0.8, 1.311)
THRESHOLD = 0.38
ORDERS_OF_EXAMPLES = (1, 2)  # of the fits whose mean ships
PRETRAINED = 0.3  # what the pretrained weights count in it: chosen on texts of other makers
# Of the second convolutions as they ship, by order of n-gram; they are fitted with 64. Five pieces tell most.
WAISTS = {2: 16, 3: 32, 5: 48}


def make(folder: Path, tell: Callable[[str], None]) -> None:
    """Write the model's files to `folder`: vocabulary, embeddings, network, and a card that names them."""
    items = corpus.read()
    kept, held_back = corpus.parts(items)
    tell(f"{len(kept)} items to fit to, {len(held_back)} held back")
    table, weights = take_over(folder)
    given = examples(kept, Pieces(folder / "pieces.model"))
    one = partial(fit, given, table, weights, tell=tell)
    with ProcessPoolExecutor(len(ORDERS_OF_EXAMPLES)) as pool:
        fits = list(pool.map(one, [replace(Settings(), order=order) for order in ORDERS_OF_EXAMPLES]))
    np.savez_compressed(folder / "network.npz", **_stored(slimmed(blended(fits, weights))))
    (folder / "card.json").write_text(json.dumps(card(items), indent=1) + "\n", encoding="utf-8")


def blended(fits: Sequence[Mapping[str, Array]], pretrained: Mapping[str, Array]) -> dict[str, Array]:
    """Return the mean of some fits, mixed with what they began with.

    The mean of fits that began alike is better than each of them (Wortsman et al. 2022, "Model soups"), and
    what was learned of a language before the fit holds for strangers' texts (Wortsman et al. 2022, WiSE-FT).
    """
    mean: dict[str, Array] = {
        name: np.add.reduce([each[name] for each in fits]) / np.float32(len(fits)) for name in sorted(fits[0])
    }
    kept = np.float32(PRETRAINED)
    return mean | {name: (1 - kept) * mean[name] + kept * before for name, before in pretrained.items()}


def slimmed(parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters with second convolutions of a narrower waist: less work to read."""
    slim = dict(parameters)
    for size, _ in ORDERS:
        kernel = whole(parameters[f"wider{size}_in"], parameters[f"wider{size}_out"], size)
        slim[f"wider{size}_in"], slim[f"wider{size}_out"] = narrow(kernel, size, WAISTS[size])
    return slim


def _stored(parameters: Mapping[str, Array]) -> dict[str, Any]:
    """Return the parameters as they are stored: half the bytes, for a thousandth of a logit."""
    return {name: parameters[name].astype(np.float16) for name in sorted(parameters)}


def card(items: Sequence[corpus.Item]) -> dict[str, object]:
    """Return what the model is: its name with the digest of the corpus it is fitted to, how to read it."""
    digest = hashlib.sha256()
    for item in items:
        lists = f"{','.join(sorted(item.topics))} {','.join(sorted(item.cues))}"
        digest.update(f"{item.place} {item.severity}/{item.reproach} {lists} {item.text}\n".encode())
    return {
        "model": "uproar-2",
        "corpus": digest.hexdigest()[:8],
        "items": len(items),
        "calibration": list(CALIBRATION),
        "threshold": THRESHOLD,
    }
