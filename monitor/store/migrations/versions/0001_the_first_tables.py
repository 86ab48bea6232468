"""The first tables."""

from alembic import op
from sqlmodel import SQLModel

from monitor.store import tables

revision = "0001"
down_revision = None

assert tables  # noqa: S101 - its import is what fills the metadata


def upgrade() -> None:
    """Make the tables."""
    SQLModel.metadata.create_all(op.get_bind())
