"""Narrow reads behind the screens: how much is open, what waits, what belongs together."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from monitor.core.alert import Status
from monitor.core.pacing import Budget
from monitor.core.severity import Severity
from monitor.store import alerts, mentions, sources
from monitor.store.mentions import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many alerts are open: in all, by severity, not yet owned, not yet answered."""

    open: int = 0
    unacknowledged: int = 0
    unanswered: int = 0
    by_severity: dict[Severity, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The alert whose customer has waited longest: since they wrote, or wrote again after an answer."""

    alert: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A mention that belongs, or belonged until `parted_at`, to an alert, and why."""

    alert: int
    mention: int
    reason: str
    joined_at: datetime
    parted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The brand's first public answer to a mention; `reply` is the number of the mention that it is."""

    mention: int
    reply: int | None
    answered_at: datetime
    by: str


def tally(connection: Connection, *, brand: str | None = None) -> Tally:
    """Return how many alerts are open."""
    alert = alerts.alert
    unanswered = alert.c.answered_at.is_(None).label("unanswered")
    statement = (
        select(alert.c.severity, alert.c.status, unanswered, func.count().label("alerts"))
        .where(alert.c.status != Status.RESOLVED.value)
        .group_by(alert.c.severity, alert.c.status, unanswered)
    )
    if brand is not None:
        statement = statement.where(alert.c.brand == brand)
    rows = connection.execute(statement).all()
    by_severity = {
        severity: sum(row.alerts for row in rows if row.severity == severity.value)
        for severity in reversed(Severity)
    }
    return Tally(
        open=sum(by_severity.values()),
        unacknowledged=sum(row.alerts for row in rows if row.status == Status.TRIGGERED.value),
        unanswered=sum(row.alerts for row in rows if row.unanswered),
        by_severity={severity: count for severity, count in by_severity.items() if count},
    )


def longest_waiting(connection: Connection) -> Waiting | None:
    """Return the open alert that has been unanswered for longest."""
    alert, mention = alerts.alert, mentions.mention
    since = func.coalesce(alert.c.returned_at, mention.c.created_at)
    row = connection.execute(
        select(alert.c.number, since.label("since"))
        .join(mention, mention.c.number == alert.c.mention)
        .where(alert.c.status != Status.RESOLVED.value, alert.c.answered_at.is_(None))
        .order_by(since)
        .limit(1)
    ).first()
    return Waiting(alert=row.number, since=row.since) if row else None


def newest(connection: Connection) -> int:
    """Return the highest number that an alert has; 0 when there is none."""
    return connection.execute(select(func.max(alerts.alert.c.number))).scalar() or 0


def backlog(connection: Connection) -> dict[str, int]:
    """Return how many mentions wait for the step of each stage."""
    inbox = mentions.inbox
    rows = connection.execute(select(inbox.c.stage, func.count()).group_by(inbox.c.stage))
    return {stage: count for stage, count in rows}  # noqa: C416 - rows are not pairs to a dict()


def stages(connection: Connection, mention: int) -> list[str]:
    """Return the stages for which a mention waits."""
    inbox = mentions.inbox
    return list(connection.execute(select(inbox.c.stage).where(inbox.c.mention == mention)).scalars())


def joins(connection: Connection, *, alert: int | None = None, mention: int | None = None) -> list[Joined]:
    """Return what belongs, or once belonged, to an alert, or where a mention does; oldest first."""
    joined = alerts.joined
    statement = select(joined).order_by(joined.c.joined_at, joined.c.alert, joined.c.mention)
    if alert is not None:
        statement = statement.where(joined.c.alert == alert)
    if mention is not None:
        statement = statement.where(joined.c.mention == mention)
    return [Joined(**row._asdict()) for row in connection.execute(statement)]


def answer(connection: Connection, mention: int) -> Answer | None:
    """Return the brand's first public answer to a mention."""
    answers = mentions.answer
    row = connection.execute(select(answers).where(answers.c.mention == mention)).first()
    return Answer(**row._asdict()) if row else None


def one(connection: Connection, mention: int) -> Stored | None:
    """Return the mention with this number."""
    return next(mentions.get(connection, [mention]), None)


def budgets(connection: Connection) -> dict[str, list[Budget]]:
    """Return what is left in the buckets of each set of credentials, by its name."""
    budget = sources.budget
    found: dict[str, list[Budget]] = {}
    for row in connection.execute(select(budget).order_by(budget.c.account, budget.c.bucket)):
        left = Budget(bucket=row.bucket, remaining=row.remaining, resets_at=row.resets_at)
        found.setdefault(row.account, []).append(left)
    return found
