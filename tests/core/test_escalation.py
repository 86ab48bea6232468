from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitor.core.alert import (
    Acknowledge,
    Alert,
    Answered,
    Assign,
    AuthorReturned,
    Decision,
    Event,
    Notify,
    Policy,
    Reassess,
    Record,
    Resolution,
    Resolve,
    Snooze,
    Status,
    Step,
    Tick,
    Trigger,
    Unless,
    Why,
)
from monitor.core.escalation import NotOpenError, decide, delay
from monitor.core.severity import Severity
from tests.core.builders import HOUR, MINUTE, NOON, opened, policy

BY_PEOPLE = (Acknowledge, Assign, Snooze, Resolve)
severities = st.sampled_from(Severity)
minutes = st.integers(-90, 3000).map(lambda count: count * MINUTE)
policies = st.builds(
    policy,
    st.integers(1, 120),
    repeat=st.integers(0, 3),
    ack_timeout=st.sampled_from([HOUR, 4 * HOUR]),
    quiet_period=st.sampled_from([2 * HOUR, 24 * HOUR]),
    fallback=st.sampled_from([None, "the boss"]),
) | st.builds(policy, st.integers(1, 120), st.integers(1, 120), st.integers(1, 120), repeat=st.integers(0, 3))
reassessments = st.builds(
    Reassess,
    severity=severities,
    reason=st.just("counted again"),
    passed=st.integers(0, 4),
    spread=st.floats(0, 1),
    engagement=st.integers(0, 300),
)
unlesses = st.builds(Unless, engagement_above=st.none() | st.integers(0, 300), author_replies=st.booleans())


def events(now: timedelta = timedelta()) -> st.SearchStrategy[Event]:
    """Return a strategy for any event, dated about `now` after noon."""
    about = minutes.map(lambda span: NOON + now + span)
    return st.one_of(
        st.just(Tick()),
        st.builds(Trigger, severity=severities, reason=st.just("found")),
        st.just(Acknowledge(by="ann")),
        st.just(Assign(to="bob", by="ann")),
        st.builds(Snooze, until=about, by=st.just("ann"), unless=unlesses),
        st.builds(Answered, by=st.just("acme"), at=about),
        st.builds(AuthorReturned, at=about, severity=severities, reason=st.just("again")),
        st.builds(Resolve, by=st.just("ann"), resolution=st.sampled_from(Resolution)),
        reassessments,
    )


class Life(RuleBasedStateMachine):
    """An alert lives through any events at any instants; the clock may go back."""

    policy: Policy
    alert: Alert

    @initialize(rules=policies, severity=severities, passed=st.integers(0, 3), spread=st.floats(0, 1))
    def open(self, rules: Policy, severity: Severity, passed: int, spread: float) -> None:
        """Open the alert."""
        self.policy, self.passed = rules, timedelta()
        self.alert = opened(rules, severity=severity, passed=passed, spread=spread)

    @rule(span=minutes)
    def wait(self, span: timedelta) -> None:
        """Let time go by, or back."""
        self.passed += span

    @rule()
    def wait_until_due(self) -> None:
        """Let time go by until the alert is due."""
        if self.alert.due_at:
            self.passed = self.alert.due_at - NOON

    @rule()
    def tick_twice(self) -> None:
        """Tick twice at one instant: the second is silent."""
        self.happens(Tick())
        assert decide(self.alert, Tick(), self.policy, NOON + self.passed) == Decision(alert=self.alert)

    @rule(data=st.data())
    def anything(self, data: st.DataObject) -> None:
        """Let any event happen."""
        self.happens(data.draw(events(self.passed)))

    def happens(self, event: Event) -> None:
        """Decide, and hold the decision against what must be true of each."""
        before, now = self.alert, NOON + self.passed
        if not before.is_open and isinstance(event, BY_PEOPLE):
            with pytest.raises(NotOpenError, match="it is resolved"):
                decide(before, event, self.policy, now)
            return
        decision = decide(before, event, self.policy, now)
        after = self.alert = decision.alert
        assert after.version == before.version + (after != before)
        assert replace(after, version=0) != replace(before, version=0) or after == before
        assert after.severity >= before.severity
        assert after.passed >= before.passed
        assert (after.created_at, after.policy) == (before.created_at, before.policy)
        assert all(action.to and action.reason for action in decision.actions if isinstance(action, Notify))
        if before.answered_at and not after.answered_at:
            assert isinstance(event, AuthorReturned)
        if after.is_open and not before.is_open:
            assert isinstance(event, AuthorReturned)
        if after.status is Status.TRIGGERED and before.status is not Status.TRIGGERED:
            assert any(isinstance(action, Notify) for action in decision.actions)
        if before.is_open and not after.is_open:
            assert isinstance(event, Resolve) or before.answered_at is not None

    @invariant()
    def the_state_is_sound(self) -> None:
        """Each status has its marks, and whatever is open moves by itself unless it was given up."""
        alert = self.alert
        assert 0 <= alert.step < len(self.policy.steps)
        assert 0 <= alert.round <= self.policy.repeat
        assert (alert.resolved_at is None) == (alert.resolution is None) == alert.is_open
        if not alert.is_open:
            assert alert.due_at is None
        if alert.status is Status.ACKNOWLEDGED:
            assert alert.due_at is not None
            assert alert.acknowledged_at is not None
        if alert.status is Status.TRIGGERED:
            assert alert.unless is None
            last = (len(self.policy.steps) - 1, self.policy.repeat)
            assert alert.due_at is not None or (alert.step, alert.round) == last


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


@given(policies, st.integers(0, 4), st.floats(0, 1))
def test_an_alert_that_nobody_heeds_reaches_everybody(rules: Policy, passed: int, spread: float) -> None:
    """Every step of every round is told in turn, each once; then the fallback once; then it rests."""
    alert, told = opened(rules, passed=passed, spread=spread), [rules.steps[0].notify]
    while alert.due_at:
        decision = decide(alert, Tick(), rules, alert.due_at)
        told += [action.to for action in decision.actions if isinstance(action, Notify)]
        alert = decision.alert
    fallback = [(rules.fallback,)] if rules.fallback else []
    assert told == [step.notify for step in rules.steps] * (rules.repeat + 1) + fallback
    assert decide(alert, Tick(), rules, NOON + 999 * HOUR) == Decision(alert=alert)


def test_giving_up_is_recorded() -> None:
    """An exhausted alert stays triggered, and its log says so even where nobody is left to be told."""
    rules = policy(10, repeat=0, fallback=None)
    decision = decide(opened(rules), Tick(), rules, NOON + HOUR)
    assert decision.alert.status is Status.TRIGGERED
    assert decision.actions == (Record(reason="nobody acknowledged: round 1 was the last"),)


def test_a_late_tick_moves_one_step() -> None:
    """After the daemon was down for a day, one step is told at a time, each with its whole delay from now."""
    rules, late = policy(10, 20), NOON + 24 * HOUR
    alert = decide(opened(rules), Tick(), rules, late).alert
    assert (alert.step, alert.round, alert.due_at) == (1, 0, late + 20 * MINUTE)


@given(policies, st.integers(0, 20), st.floats(0, 1), st.none() | st.integers(1, 100))
def test_a_delay_is_between_the_floor_and_the_step(
    rules: Policy, passed: int, spread: float, wait: int | None
) -> None:
    """A delay is at most the step's own and the one asked for, and never below the floor but for that."""
    alert = opened(rules, passed=passed, spread=spread)
    asked = None if wait is None else wait * MINUTE
    longest = rules.steps[0].delay if asked is None else min(asked, rules.steps[0].delay)
    assert min(rules.floor, longest) <= delay(alert, rules, wait=asked) <= longest


@given(policies, st.floats(0, 1), st.floats(0, 1), st.integers(0, 20), st.integers(0, 20))
def test_a_delay_shrinks_as_spread_grows(
    rules: Policy, one: float, other: float, few: int, many: int
) -> None:
    """More spread, or more thresholds passed, never makes a delay longer."""
    less, more = sorted((one, other))
    few, many = sorted((few, many))
    longer = delay(opened(rules, passed=few, spread=less), rules)
    assert delay(opened(rules, passed=few, spread=more), rules) <= longer
    assert delay(opened(rules, passed=many, spread=less), rules) <= longer


def test_a_floor_above_the_step_does_not_lengthen_it() -> None:
    """A floor that is longer than the step's own delay leaves that delay as it is."""
    rules = policy(2, floor=HOUR)
    assert delay(opened(rules), rules) == 2 * MINUTE


def test_delays_by_spread() -> None:
    """A certain spread leaves a quarter of the delay, each passed threshold halves it, the floor holds."""
    rules = policy(40)
    cases = {(0, 0.0): 40, (0, 1.0): 10, (1, 0.0): 20, (2, 1.0): 2.5, (8, 1.0): 1}
    assert {key: delay(opened(rules, passed=key[0], spread=key[1]), rules) / MINUTE for key in cases} == cases


@given(policies, policies, st.lists(events(), max_size=12))
def test_a_policy_that_became_shorter_does_not_break_an_alert(
    before: Policy, after: Policy, happened: list[Event]
) -> None:
    """An alert far on in a longer policy goes on under any other one, and still comes to an end."""
    alert = replace(opened(before), step=len(before.steps) + 2, round=before.repeat + 2)
    for event in happened:
        if alert.is_open or not isinstance(event, BY_PEOPLE):
            alert = decide(alert, event, after, alert.due_at or NOON).alert
    for _ in range(1 + len(after.steps) * (after.repeat + 2)):
        if alert.due_at:
            alert = decide(alert, Tick(), after, alert.due_at).alert
    assert alert.due_at is None or alert.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize(
    "make",
    [
        lambda: Policy(name="p", steps=()),
        lambda: Step(notify=(), delay=MINUTE),
        lambda: Step(notify=("ann",), delay=timedelta()),
    ],
)
def test_a_policy_that_tells_nobody_is_refused(make: Callable[[], object]) -> None:
    """A policy without steps, and a step without people or without a delay, cannot be made."""
    with pytest.raises(ValueError, match="step"):
        make()


# -------------------------------------------------------------------------------------------- as on-call sees
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
