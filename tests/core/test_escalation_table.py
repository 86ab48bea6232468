"""Each row of the transition table, walked: what its words say is what `decide()` does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from monitor.core.alert import (
    TOLD_SO_FAR,
    Acknowledge,
    Action,
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
    Tick,
    Trigger,
    Unless,
    Why,
    Withdraw,
)
from monitor.core.escalation import TABLE, NotOpenError, decide, trigger
from monitor.core.severity import Severity
from tests.core.builders import HOUR, MINUTE, NOON, opened, policy

POLICY = policy(10, 20)
LATER = NOON + 5 * HOUR
OPENING = Trigger(severity=Severity.LOW, reason="broken")
ANSWER = Answered(by="acme", at=NOON + HOUR)
RETURN = AuthorReturned(at=NOON + 4 * HOUR, severity=Severity.LOW, reason="again")
EARLIER_POST = replace(RETURN, at=NOON + 30 * MINUTE)
WORSE_RETURN = replace(RETURN, severity=Severity.HIGH)
SAME = Reassess(severity=Severity.LOW, reason="the same", spread=0.25)
WORSE = Reassess(severity=Severity.HIGH, reason="worse")
WIDER = Reassess(severity=Severity.LOW, reason="wider", passed=1)
ACKNOWLEDGE = Acknowledge(by="ann")
ASSIGN = Assign(to="bob", by="ann")
SNOOZE = Snooze(until=NOON + 9 * HOUR, by="ann", unless=Unless(engagement_above=100, author_replies=False))
LONG_SNOOZE = replace(SNOOZE, until=NOON + 90 * HOUR)
LIGHT_SNOOZE = replace(SNOOZE, unless=Unless(author_replies=True))
CLOSE = Resolve(by="ann", resolution=Resolution.NOT_A_COMPLAINT)


def after(alert: Alert, *events: Event, at: datetime = NOON + HOUR) -> Alert:
    """Return the alert after these events."""
    for event in events:
        alert = decide(alert, event, POLICY, at).alert
    return alert


NEW = opened(POLICY)
SECOND = after(NEW, Tick())
SECOND_ROUND = after(SECOND, Tick(), at=NOON + 2 * HOUR)
LAST = after(SECOND_ROUND, Tick(), at=NOON + 3 * HOUR)
GIVEN_UP = after(LAST, Tick(), at=NOON + 4 * HOUR)
OWNED = after(NEW, ACKNOWLEDGE)
OWNED_LATE = after(SECOND, ACKNOWLEDGE)
SNOOZED = after(OWNED_LATE, SNOOZE)
QUIET = after(OWNED, ANSWER)
QUIET_AND_RAISED = after(QUIET, WORSE)
QUIET_AND_SNOOZED = after(QUIET, SNOOZE)
CLOSED = after(OWNED, CLOSE)
CLOSED_ANSWERED = after(QUIET, CLOSE)


@dataclass(frozen=True)
class Walk:
    """Alerts to which the row applies, and the events that it speaks of; every pair is walked at `at`."""

    alerts: tuple[Alert | None, ...]
    events: tuple[Event, ...]
    at: datetime = LATER


OPEN = (NEW, SECOND, GIVEN_UP, OWNED, OWNED_LATE, SNOOZED)
ANSWERED = (QUIET_AND_RAISED, QUIET_AND_SNOOZED)
WALKS = {
    ("-", "Trigger", ""): Walk((None,), (OPENING,)),
    ("triggered", "Tick", "before due_at"): Walk((NEW, SECOND, GIVEN_UP), (Tick(),), NOON),
    ("triggered", "Tick", "another step"): Walk((NEW, SECOND_ROUND), (Tick(),)),
    ("triggered", "Tick", "last step, round < repeat"): Walk((SECOND,), (Tick(),)),
    ("triggered", "Tick", "exhausted"): Walk((LAST,), (Tick(),)),
    ("open", "Reassess", "severity up, or the next spread threshold likely passed"): Walk(
        (*OPEN, QUIET, QUIET_AND_SNOOZED), (WORSE, WIDER, replace(WORSE, engagement=101))
    ),
    ("open", "Reassess", "no worse, snoozed, engagement above the snooze's limit"): Walk(
        (SNOOZED, QUIET_AND_SNOOZED), (replace(SAME, spread=0.0, engagement=101),)
    ),
    ("open", "Reassess", "no worse"): Walk((*OPEN, QUIET), (SAME, replace(SAME, engagement=100))),
    ("open", "Acknowledge", "not answered"): Walk(OPEN, (ACKNOWLEDGE,)),
    ("open", "Acknowledge", "answered, raised or snoozed since"): Walk(ANSWERED, (ACKNOWLEDGE,)),
    ("acknowledged", "Acknowledge", "answered, waiting out the quiet period"): Walk(
        (QUIET,), (Acknowledge(by="zoe"),)
    ),
    ("open", "Assign", ""): Walk((*OPEN, *ANSWERED, QUIET), (ASSIGN,)),
    ("open", "Snooze", "not answered"): Walk(OPEN, (SNOOZE,)),
    ("open", "Snooze", "answered"): Walk((QUIET, *ANSWERED), (SNOOZE, LONG_SNOOZE)),
    ("acknowledged", "Tick", "before due_at"): Walk((OWNED, SNOOZED, QUIET), (Tick(),), NOON + 2 * HOUR),
    ("acknowledged", "Tick", "due, not answered"): Walk(
        (OWNED, OWNED_LATE, SNOOZED), (Tick(),), NOON + 9 * HOUR
    ),
    ("acknowledged", "Tick", "due, answered: the quiet period is over"): Walk(
        (QUIET, QUIET_AND_SNOOZED), (Tick(),), NOON + 25 * HOUR
    ),
    ("open", "Answered", "not answered before"): Walk(OPEN, (ANSWER,)),
    ("triggered", "Answered", "answered before, raised since, and this answer is later"): Walk(
        (QUIET_AND_RAISED,), (replace(ANSWER, at=NOON + 3 * HOUR),)
    ),
    ("any", "Answered", "resolved, or known already"): Walk(
        (CLOSED, CLOSED_ANSWERED, QUIET, QUIET_AND_SNOOZED, QUIET_AND_RAISED), (ANSWER,)
    ),
    ("open", "AuthorReturned", "after an answer"): Walk((QUIET, *ANSWERED), (RETURN, WORSE_RETURN)),
    ("resolved", "AuthorReturned", "after the answer or the resolve"): Walk(
        (CLOSED, CLOSED_ANSWERED), (RETURN, WORSE_RETURN)
    ),
    ("any", "AuthorReturned", "written before the answer, or before the resolve"): Walk(
        (QUIET, *ANSWERED, CLOSED, CLOSED_ANSWERED), (EARLIER_POST, replace(RETURN, at=NOON + HOUR))
    ),
    ("triggered", "AuthorReturned", "exhausted"): Walk((GIVEN_UP,), (RETURN, WORSE_RETURN)),
    ("open", "AuthorReturned", "not answered yet, severity up"): Walk(
        (NEW, SECOND, OWNED, SNOOZED), (WORSE_RETURN,)
    ),
    ("open", "AuthorReturned", "snoozed, and the snooze ends when the author writes"): Walk(
        (after(OWNED_LATE, LIGHT_SNOOZE),), (RETURN,)
    ),
    ("open", "AuthorReturned", "not answered yet"): Walk((NEW, SECOND, OWNED, SNOOZED), (RETURN,)),
    ("open", "Resolve", ""): Walk(
        (*OPEN, QUIET, *ANSWERED), tuple(Resolve(by="ann", resolution=each) for each in Resolution)
    ),
    ("resolved", "Tick, Reassess", ""): Walk((CLOSED, CLOSED_ANSWERED), (Tick(), WORSE)),
    ("resolved", "Acknowledge, Assign, Snooze, Resolve", ""): Walk(
        (CLOSED, CLOSED_ANSWERED), (ACKNOWLEDGE, ASSIGN, SNOOZE, CLOSE)
    ),
}

STATUS = {each.value: each for each in Status}


def check_status(word: str, before: Alert | None, event: Event, now: Alert) -> bool:
    """Tell whether one part of the column "status after" holds."""
    was = before or now
    parts = {
        "same": now.status is was.status,
        "same step": (now.step, now.round) == (was.step, was.round),
        "step 0": now.step == 0,
        "step + 1": (now.step, now.round) == (was.step + 1, was.round),
        "round + 1": now.round == was.round + 1,
        "round 0": now.round == 0,
        "assignee": now.assignee == getattr(event, "to", getattr(event, "by", None)),
        "answered_at": now.answered_at == getattr(event, "at", None),
        "spread": now.spread == getattr(event, "spread", None),
        "resolved (answered)": now.resolution is Resolution.ANSWERED and not now.is_open,
        "resolved (the reason given)": now.resolution is getattr(event, "resolution", None)
        and not now.is_open,
    }
    return parts[word] if word in parts else now.status is STATUS[word]


def due(word: str, before: Alert | None, event: Event, now: Alert, at: datetime) -> datetime | None:
    """Return the instant that the column "due_at" means."""
    until: datetime = getattr(event, "until", at)
    after_answer = now.answered_at + POLICY.quiet_period if now.answered_at else until
    meant = {
        "same": before.due_at if before else None,
        "none": None,
        "now + step.delay": at + POLICY.steps[now.step].delay / (1 << now.passed),
        "now + raised_delay": at + POLICY.raised_delay / (1 << now.passed),
        "now + ack_timeout": at + POLICY.ack_timeout,
        "now + quiet_period": at + POLICY.quiet_period,
        "until": until,
        "until, not before answered_at + quiet_period": max(until, after_answer),
    }
    return meant[word]


def told(action: Action) -> str:
    """Return an action as the table's words name its kind."""
    match action:
        case Notify():
            return f"{action.why}"
        case Withdraw():
            return "Withdraw"
        case Record():
            return "Record"


ACTIONS = {
    "-": [],
    "Record": ["Record"],
    "Withdraw, Record": ["Withdraw", "Record"],
    "Record; notify the assignee (assigned)": ["Record", "assigned"],
    "Record; notify the fallback once (exhausted)": ["Record", "exhausted"],
    "Withdraw, Record; notify all told so far (resolved)": ["Withdraw", "Record", "resolved"],
    "Withdraw; notify (came-back)": ["Withdraw", "came-back"],
} | {f"Notify ({why})": [why.value] for why in Why}
ACTIONS["Notify step 0 (opened)"] = ["opened"]


def recipients(action: Notify, rules: Policy, now: Alert) -> tuple[str, ...]:
    """Return whom such a notice is for."""
    step = rules.steps[now.step].notify
    special = {Why.ASSIGNED: ("bob",), Why.EXHAUSTED: ("the boss",), Why.RESOLVED: (TOLD_SO_FAR,)}
    return special.get(action.why, step)


def steps_of(walk: Walk) -> Iterator[tuple[Alert | None, Event, Decision | None]]:
    """Yield each alert before, the event, and the decision: None when it was refused."""
    for before in walk.alerts:
        for event in walk.events:
            if before is None:
                assert isinstance(event, Trigger)
                yield before, event, trigger(event, POLICY, walk.at)
                continue
            try:
                yield before, event, decide(before, event, POLICY, walk.at)
            except NotOpenError:
                yield before, event, None


def test_every_row_has_a_walk() -> None:
    """No row of the table is without a walk, no walk without a row, and no two rows are alike."""
    rows = [row[:3] for row in TABLE]
    assert sorted(rows) == sorted(WALKS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(filter(None, row[:3])))
def test_a_row_says_what_happens(row: tuple[str, str, str, str, str, str]) -> None:
    """From each alert that the row speaks of, each of its events leads where the row says."""
    status, events, _, status_after, due_at, actions = row
    walk = WALKS[row[:3]]
    assert {type(event).__name__ for event in walk.events} == set(events.split(", "))
    for before, event, decision in steps_of(walk):
        assert before is None or status in ("any", before.status, "open" if before.is_open else "")
        if decision is None:
            assert status_after == "refused"
            continue
        now = decision.alert
        assert all(check_status(part, before, event, now) for part in status_after.split(", "))
        assert now.due_at == due(due_at, before, event, now, walk.at)
        assert [told(action) for action in decision.actions] == ACTIONS[actions]
        notices = [action for action in decision.actions if isinstance(action, Notify)]
        assert all(each.to == recipients(each, POLICY, now) for each in notices)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(filter(None, row[:3])))
def test_a_row_that_changes_nothing_keeps_the_alert(row: tuple[str, str, str, str, str, str]) -> None:
    """Where the table says "same" and no action, the very same alert comes back, its version too."""
    for before, _, decision in steps_of(WALKS[row[:3]]):
        if row[3] == "same" and row[5] == "-":
            assert decision == Decision(alert=before or NEW)
        elif decision and before and decision.alert != before:
            assert decision.alert.version == before.version + 1


def test_the_walks_start_where_they_claim() -> None:
    """The alerts that the walks start from are what their names say."""
    assert (SECOND.step, SECOND_ROUND.round, LAST.step, LAST.round) == (1, 1, 1, 1)
    assert GIVEN_UP.due_at is None
    assert OWNED_LATE.step == SNOOZED.step == 1
    assert QUIET.answered_at == NOON + timedelta(hours=1)
    assert QUIET_AND_RAISED.status is Status.TRIGGERED
    assert QUIET_AND_SNOOZED.due_at == NOON + 25 * HOUR
    assert (CLOSED.answered_at, CLOSED_ANSWERED.answered_at) == (None, NOON + HOUR)
