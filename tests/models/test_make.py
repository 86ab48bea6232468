import numpy as np
import pytest

from monitor.models import load
from monitor.models.fitting.corpus import parse
from monitor.models.fitting.encoder import narrow, whole
from monitor.models.fitting.make import PRETRAINED, WAISTS, blended, card, slimmed
from monitor.models.network import ORDERS, Array

random = np.random.default_rng(5)


def numbers(*shape: int) -> Array:
    """Return random numbers."""
    return random.normal(size=shape).astype(np.float32)


def test_what_ships_is_the_mean_of_the_fits_mixed_with_what_they_began_with() -> None:
    """What is new to a fit has no beginning: it is the mean alone."""
    pretrained = {"mean": numbers(3, 2)}
    fits = [{"mean": numbers(3, 2), "told": numbers(2)} for _ in range(2)]
    mixed = blended(fits, pretrained)
    assert np.allclose(mixed["told"], (fits[0]["told"] + fits[1]["told"]) / 2)
    fitted = (fits[0]["mean"] + fits[1]["mean"]) / 2
    assert np.allclose(mixed["mean"], (1 - PRETRAINED) * fitted + PRETRAINED * pretrained["mean"])


def test_a_kernel_is_the_product_of_its_halves() -> None:
    """To the last digit where the waist is as wide as the kernel has strength in it."""
    kernel = numbers(3 * 256, 8) @ numbers(8, 256)
    assert np.allclose(whole(*narrow(kernel, 3, waist=8), 3), kernel, atol=1e-3)


def test_a_narrower_waist_is_the_nearest() -> None:
    """What it leaves out is the weakest part: no more than the singular values that are cut off."""
    kernel = numbers(2 * 256, 256)
    left_out = np.linalg.svd(kernel, compute_uv=False)[40:]
    away = whole(*narrow(kernel, 2, waist=40), 2) - kernel
    assert np.linalg.norm(away) == pytest.approx(np.linalg.norm(left_out), rel=1e-3)


def test_the_second_convolutions_ship_with_a_narrow_waist() -> None:
    """Less than what they are fitted with, and a network that is slim already stays what it is."""
    shipped = load()._reader._parameters
    again = slimmed(shipped)
    for size, _ in ORDERS:
        assert shipped[f"wider{size}_out"].shape == (WAISTS[size], 256)
        before, after = (
            whole(each[f"wider{size}_in"], each[f"wider{size}_out"], size) for each in (shipped, again)
        )
        assert np.allclose(before, after, atol=1e-4)
    assert again["told"] is shipped["told"]


@pytest.mark.parametrize("other", ["1/2 plain x - money", "1/2 plain x billing -", "1/3 plain x - -"])
def test_another_label_is_another_corpus(other: str) -> None:
    """Whatever the model is fitted to is in the digest that names it: levels, topics and cues."""
    one, two = (
        parse(f"{label} :: text", place="en-a.txt:1", lang="en") for label in ("1/2 plain x - -", other)
    )
    assert card([one])["corpus"] != card([two])["corpus"]
