"""The first tables."""

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import PlatformText, UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables one step up."""
    op.create_table(
        "aside",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("error", PlatformText(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("aside_source", "aside", ["source"], unique=False)
    op.create_table(
        "budget",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("resets_at", UTCDateTime(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "bucket"),
    )
    op.create_table(
        "coverage",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("start", UTCDateTime(), nullable=False),
        sa.Column("end", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "start"),
    )
    op.create_table(
        "daemon",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "happening",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("cause", PlatformText(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("happening_at", "happening", ["at"], unique=False)
    op.create_table(
        "mention",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("platform", PlatformText(), nullable=False),
        sa.Column("id", PlatformText(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", PlatformText(), nullable=True),
        sa.Column("author_id", PlatformText(), nullable=True),
        sa.Column("author_handle", PlatformText(), nullable=True),
        sa.Column("author_name", PlatformText(), nullable=True),
        sa.Column("author_url", PlatformText(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("title", PlatformText(), nullable=True),
        sa.Column("text", PlatformText(), nullable=False),
        sa.Column("lang", PlatformText(), nullable=True),
        sa.Column("conversation_id", PlatformText(), nullable=True),
        sa.Column("in_reply_to_id", PlatformText(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("observed_at", UTCDateTime(), nullable=False),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("replies", sa.BigInteger(), nullable=True),
        sa.Column("reposts", sa.BigInteger(), nullable=True),
        sa.Column("quotes", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", "platform", "brand"),
    )
    op.create_index("mention_created_at", "mention", ["created_at"], unique=False)
    op.create_index(
        "mention_own_conversation",
        "mention",
        ["platform", "conversation_id"],
        unique=False,
        sqlite_where=sa.text("own = 1"),
        postgresql_where=sa.text("own"),
    )
    op.create_index("mention_url", "mention", ["url"], unique=False)
    op.create_table(
        "policy",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("first_pull_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("visible_at", UTCDateTime(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("last_attempt_at", UTCDateTime(), nullable=True),
        sa.Column("last_success_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", PlatformText(), nullable=True),
        sa.Column("error_at", UTCDateTime(), nullable=True),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("filtered", sa.Integer(), nullable=False),
        sa.Column("malformed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("source_visible_at", "source", ["visible_at"], unique=False)
    op.create_table(
        "alert",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("dedup_key", PlatformText(), nullable=False),
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("spread", sa.Float(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("assignee", PlatformText(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("first_acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("unless", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("visible_at", UTCDateTime(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("follow_at", UTCDateTime(), nullable=True),
        sa.Column("followed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("alert_created_at", "alert", ["created_at"], unique=False)
    op.create_index("alert_dedup_key", "alert", ["brand", "dedup_key"], unique=False)
    op.create_index("alert_first_mention", "alert", ["mention"], unique=False)
    op.create_index(
        "alert_follow_at",
        "alert",
        ["follow_at"],
        unique=False,
        sqlite_where=sa.text("follow_at IS NOT NULL"),
        postgresql_where=sa.text("follow_at IS NOT NULL"),
    )
    op.create_index(
        "alert_open_conversation",
        "alert",
        ["brand", "dedup_key"],
        unique=True,
        sqlite_where=sa.text("status <> 'resolved'"),
        postgresql_where=sa.text("status <> 'resolved'"),
    )
    op.create_index(
        "alert_queue",
        "alert",
        [sa.text("status DESC"), sa.text("rank DESC"), "created_at"],
        unique=False,
        sqlite_where=sa.text("status <> 'resolved'"),
        postgresql_where=sa.text("status <> 'resolved'"),
    )
    op.create_index(
        "alert_visible_at",
        "alert",
        ["visible_at"],
        unique=False,
        sqlite_where=sa.text("visible_at IS NOT NULL"),
        postgresql_where=sa.text("visible_at IS NOT NULL"),
    )
    op.create_table(
        "answer",
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reply", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.Column("by", PlatformText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.ForeignKeyConstraint(
            ["reply"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("mention"),
    )
    op.create_table(
        "assessment",
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assessed_at", UTCDateTime(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=True),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("to_come", sa.Float(), nullable=False),
        sa.Column("passing", sa.JSON(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=True),
        sa.Column("outcome", PlatformText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("mention"),
    )
    op.create_index("assessment_complaint", "assessment", ["complaint", "mention"], unique=False)
    op.create_table(
        "engagement",
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("observed_at", UTCDateTime(), nullable=False),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("replies", sa.BigInteger(), nullable=True),
        sa.Column("reposts", sa.BigInteger(), nullable=True),
        sa.Column("quotes", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("mention", "observed_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox",
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("mention"),
    )
    op.create_index("inbox_stage", "inbox", ["stage", "mention"], unique=False)
    op.create_table(
        "alert_log",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("alert", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor", PlatformText(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", PlatformText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"],
            ["alert.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("alert_log_alert", "alert_log", ["alert"], unique=False)
    op.create_table(
        "alert_mention",
        sa.Column("alert", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", PlatformText(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("parted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert"],
            ["alert.number"],
        ),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("alert", "mention"),
    )
    op.create_index("alert_mention_mention", "alert_mention", ["mention"], unique=False)
    op.create_table(
        "notice",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("alert", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("recipient", PlatformText(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("reason", PlatformText(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("visible_at", UTCDateTime(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("withdrawn_at", UTCDateTime(), nullable=True),
        sa.Column("dead_at", UTCDateTime(), nullable=True),
        sa.Column("error", PlatformText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert"],
            ["alert.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("alert", "version", "destination", "why"),
    )
    op.create_index(
        "notice_visible_at",
        "notice",
        ["visible_at"],
        unique=False,
        sqlite_where=sa.text("visible_at IS NOT NULL"),
        postgresql_where=sa.text("visible_at IS NOT NULL"),
    )
