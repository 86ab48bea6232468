"""Tunings, as the store keeps them, on both databases."""

import pytest

from monitor.core.calibration import Calibration
from monitor.store import Store, tunings
from monitor.store.tunings import Draft, Tuning
from tests.store.builders import HOUR, NOON


def draft(source: str | None = None, **fields: object) -> Draft:
    """Return what is to be a tuning of acme's."""
    given: dict[str, object] = {
        "brand": "acme",
        "model": "cues-1",
        "calibration": Calibration(slope=0.5, intercept=-1.25, threshold=0.4),
        "answers": 200,
        "measured": {"after": {"loss": 0.25}},
    }
    return Draft(source=source, **(given | fields))  # type: ignore[arg-type]


def made(store: Store, source: str | None = None, **fields: object) -> Tuning:
    """Save a tuning."""
    with store.transaction() as connection:
        return tunings.save(connection, draft(source, **fields), "maria", NOON)


def found(store: Store, source: str = "x", model: str = "cues-1", brand: str = "acme") -> int | None:
    """Return the number of the tuning that counts, if any."""
    with store.reading() as connection:
        learned = tunings.live(connection).find(brand, source, model)
    return learned.number if learned else None


def test_a_tuning_comes_back(store: Store) -> None:
    """All of it, and its number is the version of its calibration."""
    tuning = made(store, "x")
    assert (tuning.made_by, tuning.made_at, tuning.undone_at) == ("maria", NOON, None)
    assert tuning.draft.calibration == Calibration(
        slope=0.5, intercept=-1.25, threshold=0.4, version=tuning.number
    )
    with store.reading() as connection:
        assert tunings.listed(connection) == [tuning]
        assert tunings.live(connection).find("acme", "x", "cues-1") == tuning


def test_the_source_comes_before_the_brand(store: Store) -> None:
    """What was learned of a source counts there, even if the brand's is newer; elsewhere that one counts."""
    of_source, of_brand = made(store, "x").number, made(store).number
    assert (found(store), found(store, "forum")) == (of_source, of_brand)


def test_the_newest_counts(store: Store) -> None:
    """A tuning replaces the one before it."""
    first, second = made(store, "x").number, made(store, "x").number
    assert (first, found(store)) == (second - 1, second)


def test_what_was_learned_elsewhere_does_not_count(store: Store) -> None:
    """Neither of another model nor of another brand."""
    made(store, "x")
    assert found(store, model="uproar-1") is None
    assert found(store, brand="other") is None


def test_an_undone_tuning_makes_way_for_the_one_before(store: Store) -> None:
    """Undone one by one, back to what ships; who undid it is kept, and nothing is undone twice."""
    first, second = made(store, "x").number, made(store, "x").number
    with store.transaction() as connection:
        undone = tunings.undo(connection, second, "eve", NOON + HOUR)
    assert (undone.undone_at, undone.undone_by) == (NOON + HOUR, "eve")
    assert found(store) == first
    with store.transaction() as connection:
        tunings.undo(connection, first, "eve", NOON + HOUR)
        with pytest.raises(LookupError, match=f"no tuning {second} that could be undone"):
            tunings.undo(connection, second, "eve", NOON)
    assert found(store) is None


def test_tunings_are_listed_by_brand_and_source(store: Store) -> None:
    """Newest first."""
    numbers = [made(store).number, made(store, "x").number, made(store, brand="other").number]
    with store.reading() as connection:
        assert [each.number for each in tunings.listed(connection)] == numbers[::-1]
        assert [each.number for each in tunings.listed(connection, "acme")] == numbers[1::-1]
        assert [each.number for each in tunings.listed(connection, "acme", "x")] == numbers[1:2]
