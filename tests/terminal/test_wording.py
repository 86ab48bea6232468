from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Policy, Resolution, Status, Step, Unless
from monitor.core.mention import Author
from monitor.notify import wording
from tests.terminal.builders import HOSTILE, MINUTE, NOON, POLICY, card, controls


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (3 * 3600 + 20 * 60, "3h20m"),
        (10 * 3600 + 59 * 60, "10h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (20 * 86400, "20d"),
    ],
)
def test_an_age_has_the_precision_that_its_length_needs(seconds: int, shown: str) -> None:
    """Seconds, minutes, hours with minutes, hours, days; a clock that was set back gives zero."""
    assert wording.age(timedelta(seconds=seconds)) == shown


def test_the_clock_of_a_new_alert_runs_from_its_opening() -> None:
    """Nobody owns it since it was opened."""
    assert wording.acknowledged(card().alert.state, NOON + 12 * MINUTE) == "unacknowledged for 12m"


def test_an_acknowledged_alert_names_who_took_it_and_when() -> None:
    """The first clock stops, and says who stopped it."""
    state = card(status=Status.ACKNOWLEDGED, acknowledged_at=NOON, assignee="maria").alert.state
    assert wording.acknowledged(state, NOON + 5 * MINUTE) == "acknowledged 5m ago by maria"


def test_a_lapsed_acknowledgement_still_tells_who_had_it() -> None:
    """The next person should know whom to ask."""
    state = card(acknowledged_at=NOON, assignee="maria").alert.state
    shown = wording.acknowledged(state, NOON + 240 * MINUTE)
    assert shown == "unacknowledged again; acknowledged 4h ago by maria"


def test_an_assigned_alert_that_nobody_took_names_the_person() -> None:
    """To be given an alert is not to have taken it."""
    state = card(assignee="tom").alert.state
    assert wording.acknowledged(state, NOON + MINUTE) == "unacknowledged for 1m, assigned to tom"


def test_the_customers_clock_runs_from_the_publication_not_from_the_alert() -> None:
    """A customer waits from when they wrote, however late it was seen."""
    shown = card(created_at=NOON + 60 * MINUTE)
    assert wording.answered(shown.alert.state, shown.first, NOON + 180 * MINUTE) == "unanswered for 3h"


def test_both_clocks_begin_anew_when_the_author_comes_back() -> None:
    """From when they wrote again; what was before it was answered."""
    back = card(returned_at=NOON + 60 * MINUTE)
    state, now = back.alert.state, NOON + 70 * MINUTE
    assert wording.acknowledged(state, now) == "unacknowledged for 10m"
    assert wording.answered(state, back.first, now) == "unanswered for 10m"
    assert (wording.owned(state, now), wording.replied(state, back.first, now)) == ("no, 10m", "no, 10m")


def test_the_answer_stops_the_customers_clock() -> None:
    """It says how long ago the answer was."""
    shown = card(answered_at=NOON)
    assert wording.answered(shown.alert.state, shown.first, NOON + 10 * MINUTE) == "answered 10m ago"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "next escalation in 7m"),
        ({"due_at": NOON}, "escalation overdue 3m"),
        ({"due_at": None}, "told everyone: no escalation is left"),
        ({"status": Status.ACKNOWLEDGED}, "acknowledgement lapses in 7m"),
        ({"status": Status.ACKNOWLEDGED, "unless": Unless()}, "snooze ends in 7m"),
        ({"status": Status.ACKNOWLEDGED, "answered_at": NOON}, "closes itself in 7m"),
        ({"status": Status.RESOLVED, "resolution": Resolution.GONE, "due_at": None}, "resolved: gone"),
    ],
)
def test_what_time_will_do_next_is_said_for_every_state(fields: dict[str, Any], shown: str) -> None:
    """An alert is never shown without what becomes of it."""
    assert wording.due(card(**fields).alert.state, NOON + 3 * MINUTE) == shown


def test_steps_and_rounds_are_counted_from_one() -> None:
    """A person counts from one; the store from zero."""
    state = card(step=1, round=0).alert.state
    assert wording.progress(state, POLICY) == "policy default, step 2/2, round 1/2"
    assert wording.progress(state) == "policy default, step 2, round 1"


@pytest.mark.parametrize(
    ("platform", "author", "shown"),
    [
        ("twitter", Author(handle="jo"), "@jo"),
        ("youtube", Author(handle="@jo"), "@jo"),
        ("reddit", Author(handle="jo"), "u/jo"),
        ("blogs", Author(display_name="Jo Doe"), "Jo Doe"),
        ("twitter", Author(id="7"), "unknown author"),
    ],
)
def test_an_author_is_named_as_their_platform_does(platform: str, author: Author, shown: str) -> None:
    """By handle where there is one."""
    assert wording.author(card(platform=platform, author=author).first.mention) == shown


def test_unknown_reach_is_not_no_reach() -> None:
    """Zero followers and an unknown number of followers are different things."""
    assert wording.reach(Author()) == "reach unknown"
    assert wording.reach(Author(followers=0)) == "0 followers"
    assert wording.reach(Author(followers=12_400)) == "12,400 followers"


def test_what_to_type_follows_the_state() -> None:
    """Own it, then close it; what closes itself can be looked at."""
    assert wording.to_type(card().alert) == "uproar ack 12"
    assert wording.to_type(card(status=Status.ACKNOWLEDGED).alert) == "uproar resolve 12 --answered"
    assert wording.to_type(card(status=Status.ACKNOWLEDGED, answered_at=NOON).alert) == "uproar show 12"


@given(st.text())
def test_no_wording_lets_a_control_character_through(text: str) -> None:
    """Whatever a platform, a person or a policy is called, it is harmless in words."""
    policy = Policy(name=text, steps=(Step(notify=("x",), delay=MINUTE),))
    shown = card(
        text=HOSTILE + text,
        title=text,
        assignee=text,
        policy=policy.name,
        author=Author(handle=text, display_name=text),
        url=text,
        reasons=(text,),
    )
    state = shown.alert.state
    words = [
        wording.acknowledged(state, NOON),
        wording.owned(state, NOON),
        wording.progress(state, policy),
        wording.by_whom(shown.first),
        wording.said(shown.first),
        wording.address(shown.first),
        *wording.phrases(shown.reasons),
    ]
    assert not controls("".join(words))
    assert "\n" not in "".join(words)
