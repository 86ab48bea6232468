"""One alert as on-call staff see it: what each event makes of one that was opened at noon."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from monitor.core.alert import (
    Acknowledge,
    Answered,
    AuthorReturned,
    Decision,
    Event,
    Notify,
    Reassess,
    Record,
    Resolution,
    Resolve,
    Snooze,
    Status,
    Tick,
    Trigger,
    Unless,
    Why,
)
from monitor.core.escalation import NotOpenError, decide, delay
from monitor.core.severity import Severity
from tests.core.builders import HOUR, MINUTE, NOON, opened, policy

RULES = policy(10, 20)
ANSWER = Answered(by="acme", at=NOON + HOUR)
RETURN = AuthorReturned(at=NOON + 2 * HOUR, severity=Severity.LOW, reason="still broken")
WORSE = Reassess(severity=Severity.CRITICAL, reason="it caught fire")


def told(*happened: Event, at: timedelta = HOUR) -> Decision:
    """Return the last decision, after an alert opened at noon lived through these events."""
    decision = Decision(alert=opened(RULES))
    for event in happened:
        decision = decide(decision.alert, event, RULES, NOON + at)
    return decision


def test_owning_an_answered_alert_does_not_put_its_end_off() -> None:
    """Who acknowledges an answered alert becomes its owner; it still closes after the quiet period."""
    alert = told(ANSWER, Acknowledge(by="ann")).alert
    assert (alert.assignee, alert.due_at) == ("ann", NOON + 25 * HOUR)
    assert decide(alert, Tick(), RULES, NOON + 25 * HOUR).alert.resolution is Resolution.ANSWERED


@pytest.mark.parametrize("hours", [-1, 2, 100])
def test_a_snooze_never_closes_an_answered_alert_early(hours: int) -> None:
    """A snoozed answered alert closes after the snooze, but not before it was quiet long enough."""
    snooze = Snooze(until=NOON + hours * HOUR, by="ann")
    alert = told(ANSWER, snooze).alert
    assert alert.due_at == NOON + max(hours, 25) * HOUR
    assert decide(alert, Tick(), RULES, NOON + 24 * HOUR).alert.is_open


def test_a_snooze_owns() -> None:
    """Who snoozes an alert that nobody owns has acknowledged it; an owner stays the owner."""
    snooze = Snooze(until=NOON + 9 * HOUR, by="ann")
    alert = told(snooze).alert
    assert (alert.assignee, alert.acknowledged_at) == ("ann", NOON + HOUR)
    assert told(Acknowledge(by="bob"), snooze).alert.assignee == "bob"


def test_the_end_of_a_snooze_says_so() -> None:
    """A snooze that ran out and an acknowledgement that lapsed are told apart."""
    snoozed = told(Snooze(until=NOON + 2 * HOUR, by="ann")).alert
    owned = told(Acknowledge(by="ann")).alert
    reasons = [
        [action.reason for action in decide(alert, Tick(), RULES, NOON + 9 * HOUR).actions]
        for alert in (snoozed, owned)
    ]
    assert reasons == [["snooze ended"], ["acknowledged, but not answered in time"]]


def test_an_author_who_comes_back_starts_both_clocks() -> None:
    """From when they wrote, after an answer; who wrote again before it waits on."""
    assert told(ANSWER, RETURN, at=3 * HOUR).alert.returned_at == RETURN.at
    assert told(RETURN, at=3 * HOUR).alert.returned_at is None


def test_an_answer_ends_the_wait_of_an_owned_alert() -> None:
    """An answer to an acknowledged alert keeps its owner, and the quiet period replaces the timeout."""
    alert = told(Acknowledge(by="ann"), ANSWER).alert
    assert (alert.assignee, alert.answered_at, alert.due_at) == ("ann", NOON + HOUR, NOON + 25 * HOUR)


def test_a_second_answer_does_not_put_the_end_off() -> None:
    """A brand that answers in several posts does not begin the quiet period anew with each."""
    answered = told(ANSWER)
    later = decide(answered.alert, replace(ANSWER, at=NOON + 2 * HOUR), RULES, NOON + 3 * HOUR)
    assert later == Decision(alert=answered.alert)


def test_without_the_authors_complaint_an_answered_alert_closes() -> None:
    """An author who only says thanks raises no event: after the quiet period the alert is resolved."""
    closed = decide(told(ANSWER).alert, Tick(), RULES, NOON + 25 * HOUR)
    assert (closed.alert.status, closed.alert.resolution) == (Status.RESOLVED, Resolution.ANSWERED)
    assert not any(isinstance(action, Notify) for action in closed.actions)


def test_an_answered_alert_that_gets_worse_pages_again() -> None:
    """A raise after the answer pages and keeps the answer; the same answer seen again does not calm it."""
    raised = told(Acknowledge(by="ann"), ANSWER, WORSE)
    assert [action.why for action in raised.actions if isinstance(action, Notify)] == [Why.RAISED]
    assert raised.alert.answered_at == NOON + HOUR
    assert decide(raised.alert, ANSWER, RULES, NOON + 2 * HOUR) == Decision(alert=raised.alert)


def test_a_worse_post_by_the_author_pages() -> None:
    """An author of an owned, unanswered alert who tells of danger is heard at once, not only recorded."""
    decision = told(Acknowledge(by="ann"), replace(RETURN, severity=Severity.CRITICAL))
    assert decision.alert.severity is Severity.CRITICAL
    assert [action.why for action in decision.actions if isinstance(action, Notify)] == [Why.RAISED]


def test_worse_news_ends_a_snooze_as_worse_news() -> None:
    """When a snoozed alert gets worse and passes its limit at once, it is raised, with the shorter delay."""
    snooze = Snooze(until=NOON + 9 * HOUR, by="ann", unless=Unless(engagement_above=10))
    decision = told(snooze, replace(WORSE, engagement=11))
    assert [action.why for action in decision.actions if isinstance(action, Notify)] == [Why.RAISED]
    assert decision.alert.due_at == NOON + HOUR + RULES.raised_delay


def test_resolved_by_word_is_noted_as_such() -> None:
    """Who resolves as answered, where no answer was seen, stops that clock by their word: the log says so."""
    by_word = told(Resolve(by="ann", resolution=Resolution.ANSWERED))
    assert by_word.alert.answered_at == NOON + HOUR
    assert (
        Record(reason="resolved by ann: answered (by their word: no public answer was seen)")
        in by_word.actions
    )
    seen = told(ANSWER, Resolve(by="ann", resolution=Resolution.ANSWERED))
    assert Record(reason="resolved by ann: answered") in seen.actions


def test_answered_in_private_is_no_public_answer() -> None:
    """The public clock does not stop for an answer in private, and the author may come back."""
    alert = told(Resolve(by="ann", resolution=Resolution.ANSWERED_IN_PRIVATE)).alert
    assert alert.answered_at is None
    back = decide(alert, RETURN, RULES, NOON + 3 * HOUR).alert
    assert (back.status, back.resolution, back.round) == (Status.TRIGGERED, None, 0)


def test_an_old_post_seen_again_does_not_reopen() -> None:
    """A post from before the resolve, counted again after it, leaves the alert resolved."""
    alert = told(Resolve(by="ann", resolution=Resolution.NOT_A_COMPLAINT), at=3 * HOUR).alert
    assert decide(alert, RETURN, RULES, NOON + 4 * HOUR) == Decision(alert=alert)


def test_an_author_who_comes_back_starts_both_clocks_anew() -> None:
    """After a return the alert is neither acknowledged nor answered; its owner is still known."""
    alert = told(Acknowledge(by="ann"), ANSWER, RETURN).alert
    assert (alert.acknowledged_at, alert.answered_at, alert.assignee) == (None, None, "ann")


def test_worse_news_never_waits_longer_than_the_step() -> None:
    """Where the step's own delay is shorter than the delay after a raise, the step's counts."""
    rules = policy(2, raised_delay=HOUR)
    assert decide(opened(rules), WORSE, rules, NOON).alert.due_at == NOON + 2 * MINUTE


def test_the_first_acknowledgement_is_the_one_that_counts() -> None:
    """A second acknowledgement changes the owner and renews the timeout; the clock stopped at the first."""
    first = told(Acknowledge(by="ann")).alert
    second = decide(first, Acknowledge(by="bob"), RULES, NOON + 2 * HOUR).alert
    assert (second.assignee, second.acknowledged_at) == ("bob", NOON + HOUR)
    assert second.due_at == NOON + 2 * HOUR + RULES.ack_timeout


def test_the_clock_set_back_only_delays() -> None:
    """A Tick an hour before the due time, after the clock was set back, does nothing and forgets nothing."""
    alert = opened(RULES)
    assert decide(alert, Tick(), RULES, NOON - HOUR) == Decision(alert=alert)
    assert decide(alert, Tick(), RULES, NOON + 10 * MINUTE).alert.step == 1


def test_a_refusal_says_why_and_since_when() -> None:
    """The error for acting on a resolved alert names how it was resolved and when."""
    closed = told(Resolve(by="ann", resolution=Resolution.DUPLICATE)).alert
    with pytest.raises(NotOpenError, match=r"resolved \(duplicate\) since 2026-11-21 13:00 UTC"):
        decide(closed, Acknowledge(by="ann"), RULES, NOON + 2 * HOUR)


def test_an_alert_is_triggered_once() -> None:
    """A Trigger to an alert that is there changes nothing."""
    alert = opened(RULES)
    assert decide(alert, Trigger(severity=Severity.CRITICAL, reason="again"), RULES, NOON).alert is alert


def test_a_new_alert_carries_what_triggered_it() -> None:
    """A new alert has the trigger's severity and spread, its policy and version, and nobody's marks."""
    alert = opened(replace(RULES, version=7), severity=Severity.HIGH, passed=2, spread=0.5)
    shown = {name.name: getattr(alert, name.name) for name in fields(alert)}
    assert shown["due_at"] == NOON + delay(alert, RULES)
    given_marks = {
        name: value for name, value in shown.items() if value not in (None, 0) and name != "due_at"
    }
    assert given_marks == {
        "status": Status.TRIGGERED,
        "severity": Severity.HIGH,
        "created_at": NOON,
        "policy": "p",
        "policy_version": 7,
        "passed": 2,
        "spread": 0.5,
        "version": 1,
    }
