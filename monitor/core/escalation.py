"""How an alert changes: `decide()` is pure, and the only way.

An alert has two clocks: acknowledged (one of us owns it) and answered (the customer has a public reply).
Ownership alone never closes it. The transition table stands in docs/escalation.md, rendered from `TABLE`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

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
    Why,
    Withdraw,
)
from monitor.core.severity import Severity


class NotOpenError(Exception):
    """The alert is resolved: the event does not apply to it."""


def trigger(event: Trigger, policy: Policy, now: datetime) -> Decision:
    """Open an alert: triggered, at step 0, its first notice due at once."""
    alert = Alert(
        status=Status.TRIGGERED,
        severity=event.severity,
        created_at=now,
        policy=policy.name,
        policy_version=policy.version,
        passed=event.passed,
        spread=event.spread,
        version=1,
    )
    alert = replace(alert, due_at=now + delay(alert, policy))
    return Decision(alert=alert, actions=(_notify_step(alert, policy, Why.OPENED, event.reason),))


def decide(  # noqa: C901 - one case an event
    alert: Alert, event: Event, policy: Policy, now: datetime
) -> Decision:
    """Return what becomes of `alert` at `now`, and what to do about it.

    Raises `NotOpenError` when a person acts on a resolved alert. The version grows by one with each change.
    """
    match event:
        case Tick():
            decision = _tick(alert, policy, now)
        case Acknowledge():
            decision = _acknowledge(alert, event, policy, now)
        case Assign():
            decision = _assign(alert, event)
        case Snooze():
            decision = _snooze(alert, event, policy, now)
        case Answered():
            decision = _answered(alert, event, policy, now)
        case AuthorReturned():
            decision = _author_returned(alert, event, policy, now)
        case Resolve():
            decision = _resolve(alert, event, now)
        case Reassess():
            decision = _reassess(alert, event, policy, now)
        case Trigger():
            decision = Decision(alert=alert)
    if decision.alert == alert:
        return decision
    return replace(decision, alert=replace(decision.alert, version=alert.version + 1))


def delay(alert: Alert, policy: Policy, *, wait: timedelta | None = None) -> timedelta:
    """Return how long to wait at the alert's step, or `wait`, shortened by spread.

    By up to three quarters as the chance of passing the next spread threshold nears 1, and halved for each
    threshold already likely to be passed; never below the policy's floor, nor above the step's own delay.
    """
    own = policy.steps[min(alert.step, len(policy.steps) - 1)].delay
    full = own if wait is None else min(wait, own)
    shortened = full * (1 - 0.75 * min(max(alert.spread, 0.0), 1.0)) / (1 << min(alert.passed, 8))
    return min(full, max(shortened, policy.floor))


# --------------------------------------------------------------------------------------------- transitions
def _tick(alert: Alert, policy: Policy, now: datetime) -> Decision:
    if not alert.is_open or alert.due_at is None or now < alert.due_at:
        return Decision(alert=alert)
    if alert.status is Status.TRIGGERED:
        return _escalate(alert, policy, now)
    if alert.answered_at is not None:
        return _close(alert, Resolution.ANSWERED, now, Record(reason="answered, and quiet since"))
    reason = "snooze ended" if alert.unless else "acknowledged, but not answered in time"
    return _again(alert, policy, now, Why.LAPSED, reason)


def _escalate(alert: Alert, policy: Policy, now: datetime) -> Decision:
    waited = f"nobody acknowledged step {alert.step + 1} of round {alert.round + 1}"
    if alert.step + 1 < len(policy.steps):
        moved = replace(alert, step=alert.step + 1)
    elif alert.round < policy.repeat:
        moved = replace(alert, step=0, round=alert.round + 1)
    else:
        return _exhausted(alert, policy)
    moved = replace(moved, due_at=now + delay(moved, policy))
    return Decision(alert=moved, actions=(_notify_step(moved, policy, Why.ESCALATED, waited),))


def _exhausted(alert: Alert, policy: Policy) -> Decision:
    reason = f"nobody acknowledged: round {alert.round + 1} was the last"
    actions: tuple[Action, ...] = (Record(reason=reason),)
    if policy.fallback:
        actions += (Notify(to=(policy.fallback,), why=Why.EXHAUSTED, reason=reason),)
    return Decision(alert=replace(alert, due_at=None), actions=actions)


def _acknowledge(alert: Alert, event: Acknowledge, policy: Policy, now: datetime) -> Decision:
    _require_open(alert)
    if _is_quiet(alert):
        due_at = alert.due_at
    else:
        due_at = now + (policy.ack_timeout if alert.answered_at is None else policy.quiet_period)
    owned = replace(
        alert,
        status=Status.ACKNOWLEDGED,
        assignee=event.by,
        acknowledged_at=alert.acknowledged_at or now,
        due_at=due_at,
        unless=None,
    )
    reason = f"acknowledged by {event.by}"
    return Decision(alert=owned, actions=(Withdraw(reason=reason), Record(reason=reason)))


def _is_quiet(alert: Alert) -> bool:
    """Tell whether it is answered and waiting out the quiet period."""
    return alert.status is Status.ACKNOWLEDGED and alert.answered_at is not None and alert.unless is None


def _assign(alert: Alert, event: Assign) -> Decision:
    _require_open(alert)
    reason = f"assigned to {event.to} by {event.by}"
    actions = (Record(reason=reason), Notify(to=(event.to,), why=Why.ASSIGNED, reason=reason))
    return Decision(alert=replace(alert, assignee=event.to), actions=actions)


def _snooze(alert: Alert, event: Snooze, policy: Policy, now: datetime) -> Decision:
    """Put it out of sight; an answered alert also waits out the quiet period, since its end closes it."""
    _require_open(alert)
    quiet_until = event.until if alert.answered_at is None else alert.answered_at + policy.quiet_period
    reason = f"snoozed by {event.by} until {event.until:%Y-%m-%d %H:%M} UTC"
    snoozed = replace(
        alert,
        status=Status.ACKNOWLEDGED,
        assignee=alert.assignee or event.by,
        acknowledged_at=alert.acknowledged_at or now,
        due_at=max(event.until, quiet_until),
        unless=event.unless,
    )
    return Decision(alert=snoozed, actions=(Withdraw(reason=reason), Record(reason=reason)))


def _answered(alert: Alert, event: Answered, policy: Policy, now: datetime) -> Decision:
    if not alert.is_open or not _is_news(alert, event):
        return Decision(alert=alert)
    reason = f"answered in public by {event.by}"
    answered = replace(
        alert,
        status=Status.ACKNOWLEDGED,
        acknowledged_at=alert.acknowledged_at or now,
        answered_at=event.at,
        due_at=now + policy.quiet_period,
        unless=None,
    )
    return Decision(alert=answered, actions=(Withdraw(reason=reason), Record(reason=reason)))


def _is_news(alert: Alert, event: Answered) -> bool:
    """Tell whether the answer is the first, or a later one to an alert that was raised after the first."""
    if alert.answered_at is None:
        return True
    return alert.status is Status.TRIGGERED and event.at > alert.answered_at


def _author_returned(alert: Alert, event: AuthorReturned, policy: Policy, now: datetime) -> Decision:
    settled = alert.answered_at or alert.resolved_at
    if settled is None:
        return _wrote_again(alert, event, policy, now)
    if event.at <= settled:
        return Decision(alert=alert)
    anew = replace(alert, answered_at=None, resolved_at=None, resolution=None, acknowledged_at=None)
    back = _come_back(replace(anew, returned_at=event.at), event, policy, now)
    if alert.is_open:
        return back
    void = Withdraw(reason="the author came back: that it is resolved is not so any more")
    return replace(back, actions=(void, *back.actions))


def _wrote_again(alert: Alert, event: AuthorReturned, policy: Policy, now: datetime) -> Decision:
    """Hear the author of an alert that nobody answered yet: it moves if it is worse, asleep or given up."""
    graded = replace(alert, severity=_worst(alert, event))
    if alert.due_at is None:
        return _come_back(alert, event, policy, now)
    if graded != alert:
        return _raise(graded, policy, now, event.reason)
    reason = f"the author wrote again: {event.reason}"
    if alert.unless and alert.unless.author_replies:
        return _again(alert, policy, now, Why.CAME_BACK, reason)
    return Decision(alert=alert, actions=(Record(reason=reason),))


def _come_back(alert: Alert, event: AuthorReturned, policy: Policy, now: datetime) -> Decision:
    """Begin anew: from step 0 of the first round."""
    back = replace(alert, step=0, round=0, severity=_worst(alert, event))
    return _again(back, policy, now, Why.CAME_BACK, f"the author came back: {event.reason}")


def _reassess(alert: Alert, event: Reassess, policy: Policy, now: datetime) -> Decision:
    if not alert.is_open:
        return Decision(alert=alert)
    worse = event.severity > alert.severity or event.passed > alert.passed
    judged = replace(
        alert,
        severity=_worst(alert, event),
        passed=max(alert.passed, event.passed),
        spread=event.spread,
    )
    if worse:
        return _raise(judged, policy, now, event.reason)
    limit = alert.unless.engagement_above if alert.unless else None
    if limit is not None and event.engagement > limit:
        return _again(judged, policy, now, Why.LAPSED, f"snooze ended: engagement passed {limit:,}")
    return Decision(alert=judged)


def _resolve(alert: Alert, event: Resolve, now: datetime) -> Decision:
    _require_open(alert)
    reason = f"resolved by {event.by}: {event.resolution}"
    if event.resolution is Resolution.ANSWERED and alert.answered_at is None:
        alert = replace(alert, answered_at=now)
        reason += " (by their word: no public answer was seen)"
    return _close(
        alert,
        event.resolution,
        now,
        Record(reason=reason),
        Notify(to=(TOLD_SO_FAR,), why=Why.RESOLVED, reason=reason),
    )


# ------------------------------------------------------------------------------------------------- pieces
def _again(alert: Alert, policy: Policy, now: datetime, why: Why, reason: str) -> Decision:
    """Trigger again at the alert's step."""
    back = replace(alert, status=Status.TRIGGERED, unless=None)
    back = replace(back, due_at=now + delay(back, policy))
    return Decision(alert=back, actions=(_notify_step(back, policy, why, reason),))


def _raise(alert: Alert, policy: Policy, now: datetime, reason: str) -> Decision:
    """Trigger again from step 0 of this round, with a shorter delay: it is worse than it was."""
    raised = replace(alert, step=0, status=Status.TRIGGERED, unless=None)
    raised = replace(raised, due_at=now + delay(raised, policy, wait=policy.raised_delay))
    return Decision(alert=raised, actions=(_notify_step(raised, policy, Why.RAISED, reason),))


def _close(alert: Alert, resolution: Resolution, now: datetime, *actions: Action) -> Decision:
    closed = replace(
        alert,
        status=Status.RESOLVED,
        resolution=resolution,
        resolved_at=now,
        due_at=None,
        unless=None,
    )
    return Decision(alert=closed, actions=(Withdraw(reason=f"resolved: {resolution}"), *actions))


def _notify_step(alert: Alert, policy: Policy, why: Why, reason: str) -> Notify:
    """Notify the alert's step, which is the last one if the policy has become shorter since."""
    return Notify(to=policy.steps[min(alert.step, len(policy.steps) - 1)].notify, why=why, reason=reason)


def _worst(alert: Alert, event: Reassess | AuthorReturned) -> Severity:
    """Return the worse of the two: severity never falls."""
    return max(alert.severity, event.severity)


def _require_open(alert: Alert) -> None:
    if not alert.is_open:
        raise NotOpenError(
            f"it is resolved ({alert.resolution}) since {alert.resolved_at:%Y-%m-%d %H:%M} UTC"
        )


# --------------------------------------------------------------------------------------------------- table
# status, event, if, status after, due_at, actions: what docs/escalation.md shows, and the tests go through
# ruff: noqa: E501 - one row a line
TABLE: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("-", "Trigger", "", "triggered, step 0", "now + step.delay", "Notify step 0 (opened)"),
    ("triggered", "Tick", "before due_at", "same", "same", "-"),
    ("triggered", "Tick", "another step", "triggered, step + 1", "now + step.delay", "Notify (escalated)"),
    ("triggered", "Tick", "last step, round < repeat", "triggered, step 0, round + 1", "now + step.delay", "Notify (escalated)"),
    ("triggered", "Tick", "exhausted", "triggered", "none", "Record; notify the fallback once (exhausted)"),
    ("open", "Reassess", "severity up, or the next spread threshold likely passed", "triggered, step 0", "now + raised_delay", "Notify (raised)"),
    ("open", "Reassess", "no worse, snoozed, engagement above the snooze's limit", "triggered, same step", "now + step.delay", "Notify (lapsed)"),
    ("open", "Reassess", "no worse", "same, spread", "same", "-"),
    ("open", "Acknowledge", "not answered", "acknowledged, assignee", "now + ack_timeout", "Withdraw, Record"),
    ("open", "Acknowledge", "answered, raised or snoozed since", "acknowledged, assignee", "now + quiet_period", "Withdraw, Record"),
    ("acknowledged", "Acknowledge", "answered, waiting out the quiet period", "acknowledged, assignee", "same", "Withdraw, Record"),
    ("open", "Assign", "", "same, assignee", "same", "Record; notify the assignee (assigned)"),
    ("open", "Snooze", "not answered", "acknowledged", "until", "Withdraw, Record"),
    ("open", "Snooze", "answered", "acknowledged", "until, not before answered_at + quiet_period", "Withdraw, Record"),
    ("acknowledged", "Tick", "before due_at", "same", "same", "-"),
    ("acknowledged", "Tick", "due, not answered", "triggered, same step", "now + step.delay", "Notify (lapsed)"),
    ("acknowledged", "Tick", "due, answered: the quiet period is over", "resolved (answered)", "none", "Withdraw, Record"),
    ("open", "Answered", "not answered before", "acknowledged, answered_at", "now + quiet_period", "Withdraw, Record"),
    ("triggered", "Answered", "answered before, raised since, and this answer is later", "acknowledged, answered_at", "now + quiet_period", "Withdraw, Record"),
    ("any", "Answered", "resolved, or known already", "same", "same", "-"),
    ("open", "AuthorReturned", "after an answer", "triggered, step 0, round 0", "now + step.delay", "Notify (came-back)"),
    ("resolved", "AuthorReturned", "after the answer or the resolve", "triggered, step 0, round 0", "now + step.delay", "Withdraw; notify (came-back)"),
    ("any", "AuthorReturned", "written before the answer, or before the resolve", "same", "same", "-"),
    ("triggered", "AuthorReturned", "exhausted", "triggered, step 0, round 0", "now + step.delay", "Notify (came-back)"),
    ("open", "AuthorReturned", "not answered yet, severity up", "triggered, step 0", "now + raised_delay", "Notify (raised)"),
    ("open", "AuthorReturned", "snoozed, and the snooze ends when the author writes", "triggered, same step", "now + step.delay", "Notify (came-back)"),
    ("open", "AuthorReturned", "not answered yet", "same", "same", "Record"),
    ("open", "Resolve", "", "resolved (the reason given)", "none", "Withdraw, Record; notify all told so far (resolved)"),
    ("resolved", "Tick, Reassess", "", "same", "none", "-"),
    ("resolved", "Acknowledge, Assign, Snooze, Resolve", "", "refused", "", "-"),
)  # fmt: skip
