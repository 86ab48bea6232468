from collections.abc import Callable
from dataclasses import replace
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
