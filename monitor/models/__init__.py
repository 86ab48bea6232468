"""The shipped complaint model, and the code that runs it. docs/assessment.md tells what it is worth."""

import functools
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.assessment import Rubric
from monitor.core.complaint import Judgement, Passage

if TYPE_CHECKING:
    from monitor.models.model import Model

FOLDER = Path(__file__).parent / "shipped"
_PLACES = 24_576  # pieces remembered: nearly all that posts are made of, in 165 MB
_one_at_a_time = threading.Lock()


def rubric() -> Rubric:
    """Return the rubric that judges by the shipped model. Nothing heavy is imported until it judges."""
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    name = f"{card['model']} ({card['corpus']})"  # a model fitted to another corpus is another model
    return Rubric(judge=judge, model=name, threshold=card["threshold"])


def judge(passages: Sequence[Passage]) -> list[Judgement]:
    """Judge by the shipped model. A `monitor.core.complaint.Judge`, for any thread."""
    with _one_at_a_time:
        return load()(passages)


@functools.cache
def load() -> "Model":
    """Return the model, read from disk on the first call. Not for several threads at once."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more only get into one another's way
    import numpy as np

    from monitor.models.memory import Table
    from monitor.models.model import Model
    from monitor.models.pieces import Pieces
    from monitor.models.reader import Reader

    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    with np.load(FOLDER / "encoder.npz") as stored:
        table = Table(stored["rows"], stored["scale"], stored["low"])
    with np.load(FOLDER / "network.npz") as stored:
        parameters = {name: stored[name].astype(np.float32) for name in stored.files}
    reader = Reader(parameters, table, _PLACES)
    return Model(reader, Pieces(FOLDER / "pieces.model"), tuple(card["calibration"]))
