"""What posts taught about spread."""

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import PlatformText, UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables one step up."""
    op.create_table(
        "spread_tuning",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("platform", PlatformText(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=True),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", PlatformText(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", PlatformText(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
