"""Fits the network to the corpus, by stochastic gradient descent, the same to the last bit on each run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.models.fitting.backprop import Dropout, backward, forward
from monitor.models.fitting.corpus import CUES, TOPICS, Item
from monitor.models.memory import Table
from monitor.models.model import COMPLAINT, REPROACH, SEVERE, SPOKEN
from monitor.models.network import FEATURES, Array, sigmoid
from monitor.models.pieces import Pieces
from monitor.models.text import plain

TOLD = 7
_SPOKEN = slice(TOLD, TOLD + len(SPOKEN))
_NEW = ("told", "told_bias", "spoken", "spoken_bias")  # what the encoder did not bring


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to fit. The rates are of Adam (Kingma and Ba 2015), for what is new and for what was pretrained.

    Lower ones would leave more of what the encoder knows: the rate was chosen on texts of other makers.
    """

    epochs: int = 3
    at_once: int = 48
    rate: float = 1e-3
    rate_pretrained: float = 2e-4
    decay: float = 0.01
    dropout: float = 0.3
    warm_up: float = 0.1  # share of the steps
    smoothing: float = 0.02  # of the labels: some are wrong
    weight_levels: float = 0.3  # of severity and reproach in the loss, to 1 for the complaint
    weight_spoken: float = 3.0
    weight_spoken_complaint: float = 1.0
    seed: int = 20261121  # of the first numbers of what is new: fits whose mean is taken begin alike
    order: int = 1  # seed of the order of the examples, and of what is dropped


@dataclass(frozen=True, slots=True)
class Example:
    """An item as the network has it: its pieces, and what it should say, 27 numbers in [0, 1]."""

    pieces: list[int]
    target: Array
    complaint: bool


def examples(items: Sequence[Item], pieces: Pieces) -> list[Example]:
    """Return the items as examples."""
    cut = pieces.of([plain(item.text) for item in items])
    return [Example(each, _target(item), item.complaint) for each, item in zip(cut, items, strict=True)]


def _target(item: Item) -> Array:
    levels = [item.severity > level for level in (1, 2, 3)] + [item.reproach > level for level in (1, 2, 3)]
    topics = [topic in item.topics for topic in TOPICS] + [cue in item.cues for cue in CUES]
    return np.array([item.complaint, *levels, item.complaint, *topics], np.float32)


def fit(
    given: Sequence[Example],
    table: Table,
    weights: Mapping[str, Array],
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Array]:
    """Return the fitted parameters, beginning with the pretrained `weights`, which stay as they are."""
    random = np.random.default_rng(settings.seed)
    parameters = {name: value.copy() for name, value in weights.items()} | {
        "told": random.normal(0, 0.02, (512, TOLD)).astype(np.float32),
        "told_bias": np.zeros(TOLD, np.float32),
        "spoken": random.normal(0, 0.01, (FEATURES, len(SPOKEN))).astype(np.float32),
        "spoken_bias": np.full(len(SPOKEN), -4, np.float32),
    }
    random = np.random.default_rng(settings.order)
    descent = _Adam(parameters, settings)
    steps = settings.epochs * -(-len(given) // settings.at_once)
    for step, chosen in enumerate(_batches(given, settings, random), start=1):
        loss = _step(parameters, table, chosen, descent, step / steps, settings, random)
        if step % 100 == 0:
            tell(f"step {step} of {steps}, loss {loss:.3f}")
    return parameters


def _batches(
    given: Sequence[Example], settings: Settings, random: np.random.Generator
) -> Iterator[list[Example]]:
    for _ in range(settings.epochs):
        order = random.permutation(len(given))
        for start in range(0, len(order), settings.at_once):
            yield [given[at] for at in order[start : start + settings.at_once]]


def _step(
    parameters: dict[str, Array],
    table: Table,
    chosen: Sequence[Example],
    descent: "_Adam",
    done: float,
    settings: Settings,
    random: np.random.Generator,
) -> float:
    texts = [_with_gaps(each.pieces, settings.dropout / 2, random) for each in chosen]
    drop = Dropout(settings.dropout, random)
    made = forward(parameters, table, texts, drop)
    wrong, loss = _loss(made.logits, chosen, settings)
    descent.step(backward(parameters, made, drop, wrong), done)
    return loss


def _with_gaps(pieces: Sequence[int], rate: float, random: np.random.Generator) -> list[int]:
    """Return the pieces, some unknown: no single word is to decide."""
    gaps = random.random(len(pieces)) < rate
    return [0 if gap else piece for piece, gap in zip(pieces, gaps, strict=True)]


def _loss(logits: Array, chosen: Sequence[Example], settings: Settings) -> tuple[Array, float]:
    """Return the gradient of the cross-entropy for the logits, and the cross-entropy of the complaint."""
    said = sigmoid(logits)
    target = np.stack([each.target for each in chosen])
    sought = target[:, COMPLAINT] * (1 - 2 * settings.smoothing) + settings.smoothing
    complaints = np.array([each.complaint for each in chosen])
    wrong = (said - target) / len(chosen)
    wrong[:, COMPLAINT] = (said[:, COMPLAINT] - sought) / len(chosen)
    levels = slice(SEVERE.start, REPROACH.stop)
    share = len(chosen) / max(complaints.sum(), 1) / (REPROACH.stop - SEVERE.start) * 2
    wrong[:, levels] *= complaints[:, None] * share * settings.weight_levels
    wrong[:, _SPOKEN.start] = (
        (said[:, _SPOKEN.start] - sought) / len(chosen) * settings.weight_spoken_complaint
    )
    wrong[:, _SPOKEN.start + 1 :] *= settings.weight_spoken / (len(SPOKEN) - 1)
    likely = said[:, COMPLAINT]
    entropy = -(sought * np.log(likely) + (1 - sought) * np.log(1 - likely)).mean()
    return wrong.astype(np.float32), float(entropy)


class _Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), warm-up, cosine decay and clipping."""

    _TINY = np.float32(1e-20)  # keeps the averages out of the denormal numbers, which are slow

    def __init__(self, parameters: dict[str, Array], settings: Settings) -> None:
        self._parameters, self._settings = parameters, settings
        self._mean = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._square = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._taken = 0

    def step(self, gradient: dict[str, Array], done: float) -> None:
        """Take one step; `done` is the share of all steps that it completes."""
        settings = self._settings
        self._taken += 1
        norm = np.sqrt(sum(float((each * each).sum()) for each in gradient.values()))
        clip = np.float32(min(1.0, 1.0 / (norm + 1e-6)))
        fall = max(0.0, (done - settings.warm_up) / (1 - settings.warm_up))
        pace = min(done / settings.warm_up, 1.0) * (0.5 + 0.5 * np.cos(np.pi * fall))
        for name, slope in sorted(gradient.items()):
            rate = pace * (settings.rate if name in _NEW else settings.rate_pretrained)
            self._move(name, slope * clip, np.float32(rate))

    def _move(self, name: str, slope: Array, rate: np.float32) -> None:
        mean, square, value = self._mean[name], self._square[name], self._parameters[name]
        mean *= np.float32(0.9)
        mean += np.float32(0.1) * slope + self._TINY
        square *= np.float32(0.999)
        square += np.float32(0.001) * slope * slope + self._TINY
        step = mean / np.float32(1 - 0.9**self._taken)
        step /= np.sqrt(square / np.float32(1 - 0.999**self._taken)) + np.float32(1e-8)
        if value.ndim > 1:
            step += np.float32(self._settings.decay) * value
        value -= rate * step
