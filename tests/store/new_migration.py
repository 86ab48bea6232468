"""Write the migration that brings the newest one to what monitor/store/tables.py says.

Run it as `uv run python -m tests.store.new_migration 0002 "Remember who was told"`, read what it wrote, add
indexes on expressions, which it passes over, and set `HEAD` in monitor/store/__init__.py.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from monitor.store import Store, migrate, tables
from monitor.store.columns import PlatformText, UTCDateTime

VERSIONS = Path(tables.__file__).parent / "migrations" / "versions"
_TEMPLATE = '''\
"""{message}."""

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import PlatformText, UTCDateTime

revision = "{number}"
down_revision = {before!r}


def upgrade() -> None:
    """Bring the tables one step up."""
    {steps}
'''


def rendered(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Return how a column type of ours is written in a migration; False for alembic's own way."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime | PlatformText):
        return f"{type(item).__name__}()"
    return "sa.String()" if type(item).__name__ == "AutoString" else False


def main(number: str, message: str) -> None:
    """Compare the tables with the newest migration, and write the difference."""
    before = None if number == "0001" else f"{int(number) - 1:04}"
    if before is None:
        engine = create_engine("sqlite://")
    else:
        store = Store("sqlite:///:memory:")
        migrate(store)
        engine = store.engine
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": before is not None})
        found = produce_migrations(context, SQLModel.metadata)
        assert found.upgrade_ops is not None
        steps = render_python_code(found.upgrade_ops, render_item=rendered, migration_context=context)
    steps = "\n".join(line for line in steps.splitlines() if not line.strip().startswith("#"))
    path = VERSIONS / f"{number}_{message.lower().replace(' ', '_')}.py"
    path.write_text(_TEMPLATE.format(message=message, number=number, before=before, steps=steps.strip()))
    for command in (("format", "--quiet"), ("check", "--fix", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
