"""Labels of people and what they taught."""

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import PlatformText, UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables one step up."""
    op.create_table(
        "tuning",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("slope", sa.Float(), nullable=False),
        sa.Column("intercept", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", PlatformText(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", PlatformText(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        "tuning_live",
        "tuning",
        ["number"],
        unique=False,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "label",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("mention", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("by", PlatformText(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("replaced_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention"],
            ["mention.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("label_mention", "label", ["mention"], unique=False)
    op.create_index(
        "label_present",
        "label",
        ["mention"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.add_column("assessment", sa.Column("raw", sa.Float(), nullable=True))
    op.add_column("assessment", sa.Column("threshold", sa.Float(), nullable=True))
    op.add_column("assessment", sa.Column("tuning", sa.BigInteger(), nullable=True))
    op.add_column("assessment", sa.Column("lang", PlatformText(), nullable=True))
