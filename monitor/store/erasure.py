"""Erasure: what a platform no longer has is erased here too, and what was quoted of it with it."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, select, update

from monitor.store import alerts, mentions
from monitor.store.alerts import joined, log
from monitor.store.batches import lots
from monitor.store.notices import notice

_QUOTED = re.compile("“[^”]*”")


def erase(connection: Connection, numbers: Sequence[int], now: datetime) -> None:
    """Erase mentions, and the words that the logs and notices of their alerts quote. Notes of people stay."""
    mentions.erase(connection, numbers, now)
    for lot in lots(numbers):
        concerned = select(joined.c.alert).where(joined.c.mention.in_(lot))
        found = list(connection.execute(concerned).scalars())
        _unquote(connection, log, found)
        _unquote(connection, notice, found)


def _unquote(connection: Connection, table: Table, numbers: Sequence[int]) -> None:
    for lot in lots(numbers):
        quoting = select(table.c.number, table.c.reason).where(table.c.alert.in_(lot))
        if table is log:
            quoting = quoting.where(log.c.event != alerts.NOTE)
        for number, reason in connection.execute(quoting).all():
            if (without := _QUOTED.sub("“…”", reason)) != reason:
                connection.execute(update(table).where(table.c.number == number).values(reason=without))
