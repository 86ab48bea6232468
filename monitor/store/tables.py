"""The tables. Rows never leave this package: what goes out are values of the core and narrow read models."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from monitor.store import fields, learned  # noqa: F401 - whoever knows the tables knows those of `learned`
from monitor.store.columns import UTCDateTime


class MentionRow(fields.Row, table=True):
    """A mention of a brand, with its latest counts. A post that names two brands is a mention of each."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("id", "platform", "brand"),  # in this order it finds a post by its id alone, too
        Index("mention_created_at", "created_at"),
        Index("mention_url", "url"),
        # finds the brand's public answer to a complaint that is seen only after it
        Index(
            "mention_own_conversation",
            "platform",
            "conversation_id",
            sqlite_where=text("own = 1"),
            postgresql_where=text("own"),
        ),
    )

    number: int | None = fields.number()
    brand: str
    platform: str = fields.text()
    id: str = fields.text()
    source: str
    kind: str
    url: str | None = fields.text(nullable=True)
    author_id: str | None = fields.text(nullable=True)
    author_handle: str | None = fields.text(nullable=True)
    author_name: str | None = fields.text(nullable=True)
    author_url: str | None = fields.text(nullable=True)
    followers: int | None = fields.count()
    title: str | None = fields.text(nullable=True)
    text: str = fields.text()
    lang: str | None = fields.text(nullable=True)
    conversation_id: str | None = fields.text(nullable=True)
    in_reply_to_id: str | None = fields.text(nullable=True)
    created_at: datetime = fields.instant()
    edited_at: datetime | None = fields.instant(nullable=True)
    observed_at: datetime = fields.instant()
    likes: int | None = fields.count()
    replies: int | None = fields.count()
    reposts: int | None = fields.count()
    quotes: int | None = fields.count()
    views: int | None = fields.count()
    own: bool = False  # one of the brand's own accounts wrote it
    history: bool = False  # published before its source was first pulled: learned, never paged for
    deleted_at: datetime | None = fields.instant(nullable=True)


class EngagementRow(fields.Row, table=True):
    """Counts of a mention at one instant: the append-only series behind spread."""

    __tablename__ = "engagement"
    __table_args__ = ({"sqlite_with_rowid": False},)

    mention: int = fields.mention_key(primary_key=True)
    observed_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    likes: int | None = fields.count()
    replies: int | None = fields.count()
    reposts: int | None = fields.count()
    quotes: int | None = fields.count()
    views: int | None = fields.count()


class InboxRow(fields.Row, table=True):
    """A mention that a step still has to look at: `stage` is assess, then escalate."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_stage", "stage", "mention"),)

    mention: int = fields.mention_key(primary_key=True)
    stage: str


class AssessmentRow(fields.Row, table=True):
    """The present verdict on a mention. `outcome` says what came of it: why it paged, or why not."""

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_complaint", "complaint", "mention"),)

    mention: int = fields.mention_key(primary_key=True)
    assessed_at: datetime = fields.instant()
    model: str
    complaint: bool | None
    probability: float | None  # calibrated, and held against the threshold
    raw: float | None  # what the model said
    threshold: float | None
    tuning: int | None = fields.count()  # the number of the tuning that made the probability of the raw one
    lang: str | None = fields.text(nullable=True)  # what the text was found to be in
    severity: str
    score: float
    expected: float
    low: float
    high: float
    to_come: float
    passing: Any = fields.json()
    topics: Any = fields.json()
    reasons: Any = fields.json()
    outcome: str | None = fields.text(nullable=True)


class AnswerRow(fields.Row, table=True):
    """The brand's first public reply to a complaint: `reply` is the mention that is the answer."""

    __tablename__ = "answer"

    mention: int = fields.mention_key(primary_key=True)
    reply: int | None = Field(default=None, foreign_key="mention.number", sa_type=fields.NUMBER)
    answered_at: datetime = fields.instant()
    by: str = fields.text()


class PolicyRow(fields.Row, table=True):
    """A version of a policy: an open alert runs on under the one that it began with."""

    __tablename__ = "policy"

    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    body: Any = fields.json()
    created_at: datetime = fields.instant()


class AlertRow(fields.Row, table=True):
    """The state of an alert (core.alert.Alert) and what it is about."""

    __tablename__ = "alert"
    __table_args__ = (
        # one open alert a conversation, whoever sees it first
        Index(
            "alert_open_conversation",
            "brand",
            "dedup_key",
            unique=True,
            sqlite_where=text("status <> 'resolved'"),
            postgresql_where=text("status <> 'resolved'"),
        ),
        Index(
            "alert_queue",
            text("status DESC"),
            text("rank DESC"),
            "created_at",
            sqlite_where=text("status <> 'resolved'"),
            postgresql_where=text("status <> 'resolved'"),
        ),
        Index(
            "alert_visible_at",
            "visible_at",
            sqlite_where=text("visible_at IS NOT NULL"),
            postgresql_where=text("visible_at IS NOT NULL"),
        ),
        Index(
            "alert_follow_at",
            "follow_at",
            sqlite_where=text("follow_at IS NOT NULL"),
            postgresql_where=text("follow_at IS NOT NULL"),
        ),
        Index("alert_dedup_key", "brand", "dedup_key"),
        Index("alert_created_at", "created_at"),
        Index("alert_first_mention", "mention"),
    )

    number: int | None = fields.number()
    brand: str
    dedup_key: str = fields.text()
    mention: int = fields.mention_key()
    status: str
    severity: str
    rank: int  # of the severity, for the queue's order
    step: int
    round: int
    passed: int
    spread: float
    policy: str
    policy_version: int
    assignee: str | None = fields.text(nullable=True)
    created_at: datetime = fields.instant()
    acknowledged_at: datetime | None = fields.instant(nullable=True)
    first_acknowledged_at: datetime | None = fields.instant(nullable=True)
    answered_at: datetime | None = fields.instant(nullable=True)
    resolved_at: datetime | None = fields.instant(nullable=True)
    resolution: str | None
    due_at: datetime | None = fields.instant(nullable=True)
    unless: Any = fields.json()
    version: int
    visible_at: datetime | None = fields.instant(
        nullable=True
    )  # when a claim may take it: due_at, or a lease
    token: int = 0  # the fencing token: grows with each claim
    follow_at: datetime | None = fields.instant(nullable=True)  # when to read its conversation again
    followed_at: datetime | None = fields.instant(nullable=True)  # up to when its conversation was read whole
    returned_at: datetime | None = fields.instant(nullable=True)


class JoinRow(fields.Row, table=True):
    """A mention that belongs to an alert, and why; `parted_at` when that was undone."""

    __tablename__ = "alert_mention"
    __table_args__ = (Index("alert_mention_mention", "mention"),)

    alert: int = Field(foreign_key="alert.number", primary_key=True, sa_type=fields.NUMBER)
    mention: int = fields.mention_key(primary_key=True)
    reason: str = fields.text()
    joined_at: datetime = fields.instant()
    parted_at: datetime | None = fields.instant(nullable=True)


class LogRow(fields.Row, table=True):
    """One line of an alert's log: append only."""

    __tablename__ = "alert_log"
    __table_args__ = (Index("alert_log_alert", "alert"),)

    number: int | None = fields.number()
    alert: int = Field(foreign_key="alert.number", sa_type=fields.NUMBER)
    version: int
    at: datetime = fields.instant()
    event: str
    actor: str | None = fields.text(nullable=True)
    status: str
    step: int
    round: int
    reason: str = fields.text()


class NoticeRow(fields.Row, table=True):
    """A notice is a row before it is a message: the fact and the outbox in one."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("alert", "version", "destination", "why"),
        Index(
            "notice_visible_at",
            "visible_at",
            sqlite_where=text("visible_at IS NOT NULL"),
            postgresql_where=text("visible_at IS NOT NULL"),
        ),
    )

    number: int | None = fields.number()
    alert: int = Field(foreign_key="alert.number", sa_type=fields.NUMBER)
    version: int  # of the alert, whose transition wrote it
    destination: str
    recipient: str | None = fields.text(nullable=True)  # the person whom the destination reaches
    why: str
    reason: str = fields.text()
    step: int
    round: int
    created_at: datetime = fields.instant()
    visible_at: datetime | None = fields.instant(
        nullable=True
    )  # when to send it; None once sent, withdrawn or dead
    token: int = 0
    attempts: int = 0
    sent_at: datetime | None = fields.instant(nullable=True)
    withdrawn_at: datetime | None = fields.instant(nullable=True)
    dead_at: datetime | None = fields.instant(nullable=True)
    error: str | None = fields.text(nullable=True)


class SourceRow(fields.Row, table=True):
    """What is known of a configured source. `state` is a connector error's name in words, or ok or new."""

    __tablename__ = "source"
    __table_args__ = (Index("source_visible_at", "visible_at"),)

    name: str = Field(primary_key=True)
    brand: str
    connector: str
    enabled: bool = True
    state: str = "new"
    cursor: Any = fields.json()
    first_pull_at: datetime | None = fields.instant(nullable=True)
    due_at: datetime | None = fields.instant(nullable=True)
    visible_at: datetime | None = fields.instant(nullable=True)
    token: int = 0
    holder: str | None = None  # the daemon that claimed it last, while it is at it
    last_attempt_at: datetime | None = fields.instant(nullable=True)
    last_success_at: datetime | None = fields.instant(nullable=True)
    failures: int = 0
    error: str | None = fields.text(nullable=True)
    error_at: datetime | None = fields.instant(nullable=True)
    mentions: int = 0
    filtered: int = 0
    malformed: int = 0


class CoverageRow(fields.Row, table=True):
    """An interval of time that a source is proved to have seen whole."""

    __tablename__ = "coverage"

    source: str = Field(primary_key=True)
    start: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    end: datetime = fields.instant()


class AsideRow(fields.Row, table=True):
    """A payload that could not be understood: kept aside, to be looked at."""

    __tablename__ = "aside"
    __table_args__ = (Index("aside_source", "source"),)

    number: int | None = fields.number()
    source: str
    at: datetime = fields.instant()
    error: str = fields.text()
    payload: Any = fields.json()


class BudgetRow(fields.Row, table=True):
    """What is left in a platform's bucket, for one set of credentials."""

    __tablename__ = "budget"

    account: str = Field(primary_key=True)  # the name of the credentials
    bucket: str = Field(primary_key=True)
    remaining: int = Field(sa_type=BigInteger)
    resets_at: datetime = fields.instant()
    spent: int = Field(default=0, sa_type=BigInteger)  # since the bucket was last full


class HappeningRow(fields.Row, table=True):
    """Something that an operator may ask about: a pull skipped or late, a source paused, a clock set back."""

    __tablename__ = "happening"
    __table_args__ = (Index("happening_at", "at"),)

    number: int | None = fields.number()
    at: datetime = fields.instant()
    what: str
    source: str | None
    cause: str = fields.text()


class DaemonRow(fields.Row, table=True):
    """A daemon that runs, or ran, on this store."""

    __tablename__ = "daemon"

    id: str = Field(primary_key=True)  # host, process and start in one
    host: str
    pid: int
    version: str
    started_at: datetime = fields.instant()
    seen_at: datetime = fields.instant()
    stopped_at: datetime | None = fields.instant(nullable=True)
