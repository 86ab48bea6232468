"""How work is handed out: a claim pushes `visible_at` on and gives a fencing token.

Whoever has a stale token (its lease ran out, another took over) touches no row when it finishes. On
PostgreSQL claimers skip each other's locked rows; on SQLite the write lock lets one in at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select, update


def claim(
    connection: Connection, table: Table, *, now: datetime, lease: timedelta, limit: int, **values: Any
) -> Sequence[Row[Any]]:
    """Claim up to `limit` rows that are visible at `now`, longest waiting first, for as long as `lease`.

    `values` are other columns that the claim sets.
    Returns the rows with their new token. `visible_at` is checked again in the UPDATE, since between the
    choice and the update another claimer may have had the row.
    """
    (key,) = table.primary_key.columns
    due = (
        select(key)
        .where(table.c.visible_at <= now)
        .order_by(table.c.visible_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    chosen: ColumnElement[bool] = key.in_(due)
    if connection.dialect.name == "postgresql":
        # an array is fetched once; IN would let a generic plan turn it into a sequential scan
        chosen = key == func.any(func.array(due.scalar_subquery()))
    statement = (
        update(table)
        .where(chosen, table.c.visible_at <= now)
        .values(visible_at=now + lease, token=table.c.token + 1, **values)
        .returning(*table.c)
    )
    return connection.execute(statement).all()
