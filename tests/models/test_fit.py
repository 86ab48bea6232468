from dataclasses import replace

import numpy as np
import pytest

from monitor.models import FOLDER, load
from monitor.models.fitting import corpus
from monitor.models.fitting.backprop import Dropout, forward
from monitor.models.fitting.fit import Example, Settings, _loss, examples, fit
from monitor.models.model import SPOKEN
from monitor.models.network import Array

SETTINGS = Settings(epochs=3, at_once=20)


@pytest.fixture(scope="module")
def given() -> list[Example]:
    """Return sixty items of the corpus."""
    lines = (corpus.FOLDER / "en-retail-01.txt").read_text(encoding="utf-8").splitlines()
    labelled = [line for line in lines if line and not line.startswith("#")][:60]
    return examples([corpus.parse(line, place="here:1", lang="en") for line in labelled], load()._pieces)


def weights() -> dict[str, Array]:
    """Return the parameters to begin with."""
    with np.load(FOLDER / "network.npz") as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def fitted(given: list[Example], settings: Settings) -> dict[str, Array]:
    """Return the parameters fitted to the examples."""
    return fit(given, load()._reader._table, weights(), settings)


def loss(parameters: dict[str, Array], given: list[Example]) -> float:
    """Return the cross-entropy of the complaint."""
    made = forward(parameters, load()._reader._table, [each.pieces for each in given], Dropout(0, None))
    return _loss(made.logits, given, SETTINGS)[1]


def test_two_fits_are_the_same_and_lower_the_loss(given: list[Example]) -> None:
    """To the last bit the same, and better than the beginning."""
    once, again = fitted(given, SETTINGS), fitted(given, SETTINGS)
    assert once.keys() == again.keys()
    assert all(np.array_equal(once[name], again[name]) for name in once)
    beginning = fitted(given, replace(SETTINGS, rate=0.0, rate_pretrained=0.0))
    assert loss(once, given) < 0.8 * loss(beginning, given)


def test_a_fit_leaves_what_it_begins_with(given: list[Example]) -> None:
    """It is mixed with what was fitted later on."""
    beginning = weights()
    fit(given, load()._reader._table, beginning, replace(SETTINGS, epochs=1))
    assert all(np.array_equal(beginning[name], value) for name, value in weights().items())


@pytest.mark.parametrize("seeds", [{"seed": 1}, {"order": 5}])
def test_another_seed_is_another_fit(given: list[Example], seeds: dict[str, int]) -> None:
    """The seeds decide with which numbers it begins and what is drawn."""
    shorter = replace(SETTINGS, epochs=1)
    once, other = fitted(given, shorter), fitted(given, replace(shorter, **seeds))
    assert not np.array_equal(once["told"], other["told"])


def test_the_loss_has_the_gradient_it_tells(given: list[Example]) -> None:
    """Of the logit of the complaint, by small differences."""
    logits = np.random.default_rng(2).normal(0, 1, (60, 7 + len(SPOKEN)))
    wrong, _ = _loss(logits, given, SETTINGS)
    for row in range(5):
        above, below = logits.copy(), logits.copy()
        above[row, 0] += 1e-4
        below[row, 0] -= 1e-4
        slope = (_loss(above, given, SETTINGS)[1] - _loss(below, given, SETTINGS)[1]) / 2e-4
        assert wrong[row, 0] == pytest.approx(slope, rel=1e-3)


def test_levels_are_learned_from_complaints_alone(given: list[Example]) -> None:
    """What does not complain says nothing of severity and reproach."""
    wrong, _ = _loss(np.zeros((60, 7 + len(SPOKEN)), np.float32), given, SETTINGS)
    complaints = np.array([each.complaint for each in given])
    assert complaints.any()
    assert (wrong[~complaints, 1:7] == 0).all()
    assert (wrong[complaints, 1:7] != 0).all()
