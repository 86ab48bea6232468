"""When the author of an alert came back."""

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables one step up."""
    op.add_column("alert", sa.Column("returned_at", UTCDateTime(), nullable=True))
