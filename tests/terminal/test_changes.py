from typing import Any

import pytest

from monitor.console.changes import Look, changes
from monitor.core.alert import Status, Unless
from monitor.core.severity import Severity
from tests.terminal.builders import NOON, card


def look(*cards: Any, newest: int = 20, whole: bool = True) -> Look:
    """Return a look at these cards."""
    return Look(cards=cards, newest=newest, whole=whole)


def happened(before: Look, after: Look) -> list[tuple[int, str, bool]]:
    """Return number, what happened and whether it is loud."""
    return [(each.card.alert.number, each.what, each.loud) for each in changes(before, after)]


def test_nothing_happens_between_equal_looks() -> None:
    """The bell is silent as long as nothing changes."""
    assert happened(look(card()), look(card())) == []


def test_a_new_alert_is_loud() -> None:
    """It has a number above all that were there."""
    assert happened(look(card(12)), look(card(12), card(21), newest=21)) == [(21, "opened", True)]


def test_an_alert_that_moves_into_sight_is_not_new() -> None:
    """With more alerts than are read, one that was hidden is not announced, nor one that was pushed out."""
    assert happened(look(card(12), whole=False), look(card(13), whole=False)) == []


def test_an_alert_that_was_resolved_and_is_open_again_is_loud() -> None:
    """All that were open were in sight, and it was not among them."""
    assert happened(look(card(12)), look(card(12), card(5))) == [(5, "came back", True)]


def test_an_alert_that_is_gone_is_resolved() -> None:
    """It is told, and quietly."""
    assert happened(look(card(12)), look()) == [(12, "resolved", False)]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, {"step": 1}, "escalated to step 2, round 1"),
        ({"step": 1}, {"round": 1}, "escalated to step 1, round 2"),
        ({}, {"severity": Severity.CRITICAL}, "raised from high"),
        ({"step": 1}, {"passed": 1}, "raised"),
        ({}, {"due_at": None}, "went unheard by everyone"),
        ({"status": Status.ACKNOWLEDGED, "acknowledged_at": NOON}, {}, "needs somebody again"),
    ],
)
def test_what_needs_somebody_is_loud(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    """Each way in which an alert calls again."""
    assert happened(look(card(**before)), look(card(version=2, **after))) == [(12, what, True)]


OWNED = {"status": Status.ACKNOWLEDGED, "acknowledged_at": NOON, "assignee": "maria"}


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, OWNED, "acknowledged by maria"),
        (OWNED, OWNED | {"answered_at": NOON}, "answered in public"),
        (OWNED, OWNED | {"unless": Unless()}, "snoozed by maria"),
        ({}, {"assignee": "tom"}, "given to tom"),
        ({}, {"mentions": 3}, "grew to 3 mentions"),
    ],
)
def test_what_somebody_did_is_told_quietly(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    """No bell for what needs nobody."""
    assert happened(look(card(**before)), look(card(version=2, **after))) == [(12, what, False)]
