"""What alembic runs: on the connection that the store passes in."""

from alembic import context
from sqlmodel import SQLModel

from monitor.store import tables

assert tables  # noqa: S101 - its import is what fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
