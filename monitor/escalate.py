"""The step that lets alerts happen: judged mentions open, join and move them; time and people do the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.core.alert import (
    Answered,
    AuthorReturned,
    Event,
    Policy,
    Reassess,
    Resolution,
    Resolve,
    Tick,
    Trigger,
)
from monitor.core.escalation import decide, trigger
from monitor.core.mention import Author
from monitor.core.severity import Severity
from monitor.core.spread import chance_of_next, likely_passed
from monitor.store import Store, alerts, labels, mentions, policies, transitions
from monitor.store.alerts import ChangedMeanwhile, Kept, Opening
from monitor.store.labels import Label
from monitor.store.mentions import ESCALATE, Stored, Verdict
from monitor.store.transitions import Change, Routes

_LEASE = timedelta(minutes=1)
_TRIES = 5  # of a person's act, when others change the alert at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a brand's complaints become alerts: under which policy, and from which severity on."""

    policy: Policy
    alert_from: Severity = Severity.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What escalation goes by: the rules of each brand, and where each target's notices go."""

    rules: Mapping[str, Rules]
    routes: Routes = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ the steps
def hear(store: Store, plan: Plan, now: datetime, limit: int = 200) -> int:
    """Let up to `limit` judged mentions open, join or move alerts; return how many were looked at."""
    with store.transaction() as connection:
        taken = mentions.take_from_inbox(connection, ESCALATE, limit)
        heard = sorted(taken, key=lambda each: (each.mention.created_at, each.number))
        verdicts = mentions.verdicts(connection, [each.number for each in heard])
        outcomes = _open_newcomers(connection, plan, heard, verdicts, now)
        for each in heard:
            rules = plan.rules.get(each.brand)
            if rules is None:
                outcomes[each.number] = f"brand '{each.brand}' is not configured any more"
            elif each.number not in outcomes:
                hearing = _Hearing(connection, plan, rules, now)
                outcomes[each.number] = _hear(hearing, each, verdicts.get(each.number))
        mentions.set_outcomes(connection, outcomes)
    return len(heard)


def tick(store: Store, plan: Plan, now: datetime, limit: int = 500) -> int:
    """Move up to `limit` alerts whose time has come; return how many were claimed."""
    with store.transaction() as connection:
        due = alerts.claim_due(connection, now, _LEASE, limit)
        known = _policies(connection, due)
        changes = [
            Change(
                before=each, event=Tick(), decision=decide(each.state, Tick(), known[_policy_of(each)], now)
            )
            for each in due
        ]
        transitions.write(connection, plan.routes, changes, None, now)
    return len(due)


def act(store: Store, number: int, event: Event, *, by: str, routes: Routes, now: datetime) -> Kept:
    """Let a person act on alert `number`, and return it as it is then.

    Raises `LookupError` when there is none, and `NotOpenError` when it is resolved.
    """
    for _ in range(_TRIES - 1):
        with suppress(ChangedMeanwhile):  # on PostgreSQL: read what it is now, and decide anew
            return _act(store, number, event, by, routes, now)
    return _act(store, number, event, by, routes, now)


def annotate(store: Store, number: int, text: str, *, by: str, now: datetime) -> None:
    """Add a person's note to an alert's log. Raises `LookupError`."""
    with store.transaction() as connection:
        alerts.write_log(
            connection, [transitions.entry(_get(connection, number), alerts.NOTE, by, text, now)]
        )


# ---------------------------------------------------------------------------------------------- one mention
@dataclass(frozen=True, slots=True)
class _Hearing:
    connection: Connection
    plan: Plan
    rules: Rules
    now: datetime

    def move(self, alert: Kept, event: Event) -> None:
        _move(self.connection, self.plan.routes, alert, event, None, self.now)


def _hear(  # noqa: PLR0911 - one outcome a return
    hearing: _Hearing, heard: Stored, verdict: Verdict | None
) -> str:
    """Let one mention have its effect, and return what came of it."""
    if heard.own:
        return _hear_own(hearing, heard)
    if verdict is None or heard.deleted_at is not None:
        return "deleted on its platform"
    mine = alerts.open_with(hearing.connection, heard.number)
    if mine is not None:
        return _hear_again(hearing, heard, verdict, mine)
    if not verdict.complaint:
        return "not a complaint" if verdict.complaint is False else "could not be judged"
    if heard.history:
        return _remember(hearing, heard)
    present = alerts.latest_of(hearing.connection, [_key(heard)]).get(_key(heard))
    if present is None:
        return _open(hearing, heard, verdict)
    same_author = heard.mention.author.is_same(_author_of(hearing.connection, present))
    if present.state.is_open or (same_author and heard.number != present.mention):
        return _join(hearing, heard, verdict, present, same_author=same_author)
    if present.number in alerts.alerts_of(hearing.connection, heard.number):  # another like opens nothing
        return f"belongs to alert {present.number}, which is resolved ({present.state.resolution})"
    return _open(hearing, heard, verdict)


def _hear_own(hearing: _Hearing, reply: Stored) -> str:
    """Let an own post that replies to a mention answer it, and the alert that it belongs to."""
    seen = reply.mention
    target_id = seen.in_reply_to_id or seen.conversation_id
    target = target_id and mentions.find(hearing.connection, reply.brand, seen.platform, target_id)
    if not target or target.own or target.number == reply.number:
        return "own post"
    by = seen.author.handle or seen.author.id or "the brand"
    at = max(seen.created_at, target.mention.created_at)
    mentions.save_answer(hearing.connection, target.number, reply=reply.number, at=at, by=by)
    alert = alerts.open_with(hearing.connection, target.number)
    if alert is None:
        return f"own reply: answers mention {target.number}"
    if seen.created_at < _last_complaint_at(hearing.connection, alert):
        return f"own reply: older than the last complaint in alert {alert.number}"
    hearing.move(alert, Answered(by=by, at=at))
    return f"own reply: answers alert {alert.number}"


def _hear_again(hearing: _Hearing, heard: Stored, verdict: Verdict, alert: Kept) -> str:
    """Let a mention of an open alert, edited or with other counts, be weighed again."""
    hearing.move(alert, _reassessment(heard, verdict, verdict.severity))
    return f"belongs to alert {alert.number}"


def _join(hearing: _Hearing, heard: Stored, verdict: Verdict, alert: Kept, *, same_author: bool) -> str:
    reason = alerts.SAME_AUTHOR if same_author else "same conversation"
    alerts.join(hearing.connection, alert.number, heard.number, reason, hearing.now)
    if same_author:
        event: Event = AuthorReturned(
            at=heard.mention.created_at, severity=verdict.severity, reason=_because(verdict)
        )
        hearing.move(alert, event)
    else:
        entry = transitions.entry(
            alert, "Join", None, f"mention {heard.number} joined: {reason}", hearing.now
        )
        alerts.write_log(hearing.connection, [entry])
        hearing.move(alert, _reassessment(heard, verdict, verdict.severity))
    return f"joined alert {alert.number}: {reason}"


def _remember(hearing: _Hearing, heard: Stored) -> str:
    """Learn a complaint from before its source's first pull, and whether it was answered: it pages nobody."""
    by = _already_answered(hearing, heard)
    answered = f"; answered in public by {by}" if by else ""
    return f"history: published before its source was first pulled{answered}"


def _already_answered(hearing: _Hearing, heard: Stored) -> str | None:
    """Record the brand's public answer that is stored already, if any, and return who gave it."""
    reply = mentions.own_answer(hearing.connection, heard)
    if reply is None:
        return None
    by = reply.mention.author.handle or "the brand"
    at = reply.mention.created_at
    mentions.save_answer(hearing.connection, heard.number, reply=reply.number, at=at, by=by)
    return by


def _open(hearing: _Hearing, heard: Stored, verdict: Verdict) -> str:
    if by := _already_answered(hearing, heard):
        return f"already answered in public by {by}: opens nothing"
    if verdict.severity < hearing.rules.alert_from:
        return f"severity {verdict.severity} is below the brand's alert_from ({hearing.rules.alert_from})"
    (opened,) = _open_all(hearing.connection, hearing.plan, [(heard, verdict)], hearing.now)
    return f"opened alert {opened.number}"


def _reassessment(heard: Stored, verdict: Verdict, severity: Severity) -> Reassess:
    passed, spread = _spread(verdict)
    return Reassess(
        severity=severity,
        reason=_because(verdict),
        passed=passed,
        spread=spread,
        engagement=heard.mention.engagement.total,
    )


def _spread(verdict: Verdict) -> tuple[int, float]:
    """Return how many thresholds are likely passed, and the chance of passing the next (0 after the last)."""
    return len(likely_passed(verdict.passing)), chance_of_next(verdict.passing)


def _because(verdict: Verdict) -> str:
    return "; ".join(verdict.reasons) or f"judged a complaint by {verdict.model}"


def _last_complaint_at(connection: Connection, alert: Kept) -> datetime:
    """Return when the alert's author last wrote in it: only what comes after that can be an answer."""
    author = _author_of(connection, alert)
    written = mentions.get(connection, alerts.mentions_of(connection, alert.number))
    return max(
        each.mention.created_at
        for each in written
        if each.number == alert.mention or each.mention.author.is_same(author)
    )


def _author_of(connection: Connection, alert: Kept) -> Author:
    return next(mentions.get(connection, [alert.mention])).mention.author


# ---------------------------------------------------------------------------------------------- many at once
def _open_newcomers(
    connection: Connection,
    plan: Plan,
    heard: Sequence[Stored],
    verdicts: Mapping[int, Verdict],
    now: datetime,
) -> dict[int, str]:
    """Open the alerts of newcomers all at once, and return the outcome of each: most complaints are such.

    A newcomer is a complaint in a conversation that has no alert and where the brand did not write, and of
    which no other mention that is heard with it tells anything.
    """
    rising = [
        (each, verdict)
        for each in _apart(heard)
        if (rules := plan.rules.get(each.brand))
        and (verdict := verdicts.get(each.number))
        and verdict.complaint
        and verdict.severity >= rules.alert_from
        and not (each.own or each.history)
        and each.deleted_at is None
    ]
    firsts = [each for each, _ in rising]
    known = alerts.belonging(connection, [each.number for each in firsts])
    known |= mentions.with_own_posts(connection, firsts)
    present = alerts.latest_of(connection, [_key(each) for each in firsts])
    newcomers = [
        (each, verdict) for each, verdict in rising if each.number not in known and _key(each) not in present
    ]
    opened = _open_all(connection, plan, newcomers, now)
    return {alert.mention: f"opened alert {alert.number}" for alert in opened}


def _apart(heard: Sequence[Stored]) -> list[Stored]:
    """Return those of `heard` that no other of them shares a conversation with or replies to."""
    named = Counter(
        (each.mention.platform, name)
        for each in heard
        for name in {each.mention.id, each.mention.conversation, each.mention.in_reply_to_id}
    )
    return [
        each
        for each in heard
        if named[each.mention.platform, each.mention.id] == 1
        and named[each.mention.platform, each.mention.conversation] == 1
    ]


def _open_all(
    connection: Connection, plan: Plan, complaints: Sequence[tuple[Stored, Verdict]], now: datetime
) -> list[Kept]:
    """Open an alert about each complaint, with its log and notices."""
    events = [_trigger(verdict) for _, verdict in complaints]
    decisions = [
        trigger(event, plan.rules[heard.brand].policy, now)
        for event, (heard, _) in zip(events, complaints, strict=True)
    ]
    openings = [
        Opening(brand=heard.brand, dedup_key=_key(heard)[1], mention=heard.number, state=decision.alert)
        for decision, (heard, _) in zip(decisions, complaints, strict=True)
    ]
    opened = alerts.open_all(connection, openings)
    alerts.join_all(connection, [(each.number, each.mention) for each in opened], "opened it", now)
    changes = [
        Change(before=alert, event=event, decision=decision)
        for alert, event, decision in zip(opened, events, decisions, strict=True)
    ]
    transitions.tell(connection, plan.routes, changes, None, now)
    return opened


def _trigger(verdict: Verdict) -> Trigger:
    passed, spread = _spread(verdict)
    return Trigger(severity=verdict.severity, reason=_because(verdict), passed=passed, spread=spread)


def _key(heard: Stored) -> tuple[str, str]:
    return heard.brand, alerts.key_of(heard.mention.platform, heard.mention.conversation)


# ------------------------------------------------------------------------------------------------ one change
def _act(store: Store, number: int, event: Event, by: str, routes: Routes, now: datetime) -> Kept:
    with store.transaction() as connection:
        before = _get(connection, number)
        _move(connection, routes, before, event, by, now)
        if isinstance(event, Resolve):
            labels.save(connection, _taught(connection, before, event, now))
        return _get(connection, number)


def _taught(connection: Connection, alert: Kept, event: Resolve, now: datetime) -> list[Label]:
    """Return what closing an alert says of its mentions.

    As no complaint: that none is, of what opened it and of all that was taken for one. As answered: that what
    opened it is one. Whoever types that had the other word at hand, and if only mistakes were heard of, all
    that is likely would seem to be one. Nothing follows from any other reason, nor from time.
    """
    numbers, complaint, how = [alert.mention], True, labels.ANSWERED
    if event.resolution is Resolution.NOT_A_COMPLAINT:
        numbers, complaint, how = alerts.mentions_of(connection, alert.number), False, labels.RESOLVE
    elif event.resolution not in (Resolution.ANSWERED, Resolution.ANSWERED_IN_PRIVATE):
        return []
    taken = {number for number, each in mentions.verdicts(connection, numbers).items() if each.complaint}
    return [
        Label(mention=each.number, complaint=complaint, by=event.by, at=now, how=how)
        for each in mentions.get(connection, numbers)
        if not each.own and each.deleted_at is None and each.number in {alert.mention, *taken}
    ]


def _move(
    connection: Connection, routes: Routes, alert: Kept, event: Event, actor: str | None, now: datetime
) -> None:
    policy = policies.get(connection, alert.state.policy, alert.state.policy_version)
    change = Change(before=alert, event=event, decision=decide(alert.state, event, policy, now))
    transitions.write(connection, routes, [change], actor, now)


# -------------------------------------------------------------------------------------------------- look-ups
def _get(connection: Connection, number: int) -> Kept:
    found = next(alerts.get(connection, [number]), None)
    if found is None:
        raise LookupError(f"there is no alert {number}: `uproar queue` lists the open ones")
    return found


def _policy_of(alert: Kept) -> tuple[str, int]:
    return alert.state.policy, alert.state.policy_version


def _policies(connection: Connection, due: Sequence[Kept]) -> dict[tuple[str, int], Policy]:
    return {key: policies.get(connection, *key) for key in {_policy_of(each) for each in due}}
