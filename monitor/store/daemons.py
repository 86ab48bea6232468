"""Which daemons run on this store."""

import fcntl
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Select, select, update

from monitor import __version__
from monitor.store.batches import table_of, upsert
from monitor.store.tables import DaemonRow

daemon = table_of(DaemonRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A daemon that runs, or ran: `seen_at` is its latest sign of life."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None = None


def introduce(now: datetime) -> Daemon:
    """Return this process as a daemon that starts at `now`, under an id that no other has."""
    host, pid = socket.gethostname(), os.getpid()
    identity = f"{host}-{pid}-{uuid4().hex[:8]}"
    return Daemon(id=identity, host=host, pid=pid, version=__version__, started_at=now, seen_at=now)


def save(connection: Connection, running: Daemon) -> None:
    """Save a sign of life."""
    upsert(connection, daemon, [{name: getattr(running, name) for name in Daemon.__dataclass_fields__}])


def stop(connection: Connection, identity: str, now: datetime) -> None:
    """Say that a daemon stopped in good order."""
    connection.execute(update(daemon).where(daemon.c.id == identity).values(stopped_at=now, seen_at=now))


def bring_back(connection: Connection, now: datetime) -> None:
    """Let no sign of life lie after `now`: the clock was set back, and is not to seem so again."""
    connection.execute(update(daemon).where(daemon.c.seen_at > now).values(seen_at=now))


def latest(connection: Connection, limit: int = 10) -> list[Daemon]:
    """Return the daemons that showed a sign of life last, newest first."""
    rows = connection.execute(select(daemon).order_by(daemon.c.seen_at.desc()).limit(limit))
    return [Daemon(**row._asdict()) for row in rows]


def silent(since: datetime) -> Select[tuple[str]]:
    """Choose the ids of the daemons that have shown no sign of life since `since`, or stopped."""
    return select(daemon.c.id).where((daemon.c.seen_at < since) | daemon.c.stopped_at.is_not(None))


class Lock:
    """What lets one daemon at a time run on a SQLite store; the system frees it when the process dies."""

    def __init__(self, store_path: Path) -> None:
        self.path = store_path.with_name(f"{store_path.name}.lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def take(self) -> int | None:
        """Take it; return None on success, or the process id of the daemon that has it (0 if unknown)."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            return int(holder) if holder.isdigit() else 0
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        return None

    def free(self) -> None:
        """Free it."""
        os.close(self._file)
