"""An alert's change as rows: its new state, its log and its notices, written together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.core.alert import TOLD_SO_FAR, Decision, Event, Notify, Record, Withdraw
from monitor.store import alerts, notices, policies
from monitor.store.alerts import ChangedMeanwhile, Entry, Kept
from monitor.store.notices import Outgoing

Routes = Mapping[str, tuple[tuple[str, str | None], ...]]  # target -> destinations, each with its person


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What `decide` made of an alert: `before` it, the event, and the decision."""

    before: Kept
    event: Event
    decision: Decision


def write(
    connection: Connection, routes: Routes, changes: Sequence[Change], actor: str | None, now: datetime
) -> None:
    """Write the new states by compare-and-swap, and with them their log and notices.

    Raises `ChangedMeanwhile` when somebody else changed one of the alerts since it was read: nothing of this
    transaction may then be kept.
    """
    changed = [
        (change.before, change.decision.alert)
        for change in changes
        if change.decision.alert != change.before.state
    ]
    written = alerts.save(connection, changed)
    if len(written) != len(changed):
        raise ChangedMeanwhile("an alert was changed by somebody else meanwhile")
    tell(connection, routes, changes, actor, now)


def tell(
    connection: Connection, routes: Routes, changes: Sequence[Change], actor: str | None, now: datetime
) -> None:
    """Write the log and the notices of changes whose states are written, and withdraw what is void."""
    entries: list[Entry] = []
    outgoing: list[Outgoing] = []
    for change in changes:
        for action in change.decision.actions:
            if isinstance(action, Withdraw):
                notices.withdraw(connection, change.before.number, now)
            else:
                entries.append(_logged(change, action, actor, now))
            if isinstance(action, Notify):
                outgoing += _addressed(connection, routes, change, action)
    alerts.write_log(connection, entries)
    notices.write(connection, outgoing, now)


def entry(alert: Kept, event: str, actor: str | None, reason: str, now: datetime) -> Entry:
    """Return a line for the log of an alert, as it stands."""
    state = alert.state
    return Entry(
        alert=alert.number,
        version=state.version,
        at=now,
        event=event,
        actor=actor,
        status=state.status.value,
        step=state.step,
        round=state.round,
        reason=reason,
    )


def _logged(change: Change, action: Notify | Record, actor: str | None, now: datetime) -> Entry:
    reason = action.reason
    if isinstance(action, Notify):
        told = "all told so far" if action.to == (TOLD_SO_FAR,) else ", ".join(action.to)
        reason = f"{action.why}: {reason} → {told}"
    after = replace(change.before, state=change.decision.alert)
    return entry(after, type(change.event).__name__, actor, reason, now)


def _addressed(connection: Connection, routes: Routes, change: Change, action: Notify) -> list[Outgoing]:
    """Return one notice for each destination behind the action's targets."""
    targets: list[tuple[str, str | None]] = []
    for target in action.to:
        if target == TOLD_SO_FAR:
            targets += notices.told_so_far(connection, change.before.number)
        else:
            targets += routes.get(target) or _step_routes(connection, routes, change, target)
    after = change.decision.alert
    return [
        Outgoing(
            alert=change.before.number,
            version=after.version,
            destination=destination,
            recipient=recipient,
            why=action.why.value,
            reason=action.reason,
            step=after.step,
            round=after.round,
        )
        for destination, recipient in dict.fromkeys(targets)
    ]


def _step_routes(
    connection: Connection, routes: Routes, change: Change, person: str
) -> list[tuple[str, str | None]]:
    """Reach a person who has no route of their own where the alert's step goes."""
    state = change.decision.alert
    policy = policies.get(connection, state.policy, state.policy_version)
    step = policy.steps[min(state.step, len(policy.steps) - 1)]
    reached = [route for name in step.notify for route in routes.get(name, ((name, None),))]
    return [(destination, person) for destination, _ in reached]
