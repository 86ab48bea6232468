"""What every test gets: a home of its own, no network, and a database of each kind."""

import ipaddress
import itertools
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.postgres import Server, running_server

# No deadline: a test is not failed for the machine's being busy. In CI the examples are the same each time,
# so that a red run speaks of the change that it ran on.
settings.register_profile("local", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# What a terminal, a shell or a CI service sets, and what then changes what the program prints or reads.
AMBIENT = (
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "NOTIFY_SOCKET",
    "NO_COLOR",
    "PY_COLORS",
    "TERMINAL_WIDTH",
    "TERM_PROGRAM",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
)
AMBIENT_PREFIXES = ("UPROAR_", "PRAW_", "PG", "_TYPER_", "_UPROAR_")
# The odd zone finds code that takes local time for UTC.
SET = {"TERM": "xterm-256color", "COLUMNS": "88", "LINES": "40", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield new folders without end, one for each test."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> Iterator[None]:
    """Give the test an empty home and the same environment on every machine."""
    home = next(homes)
    home.mkdir()
    for name in os.environ:
        if name in AMBIENT or name.startswith(AMBIENT_PREFIXES) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in {**SET, "HOME": str(home)}.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _own_log_levels() -> None:
    """Forget at which levels a command that another test ran in this process made the loggers log."""
    logging.root.setLevel(logging.WARNING)
    for name in ("apprise", "apscheduler", "connectors", "monitor"):
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).disabled = False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Fail a test that reaches beyond this machine, even where the code under test expects network errors."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo(socket.getaddrinfo))
        yield


def _guarded_connect(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            pytest.fail(f"a test connects to {address[0]!r}; only this machine is allowed", pytrace=True)
        return connect(self, address)

    return guarded


def _guarded_getaddrinfo(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.endswith(".invalid"):  # by RFC 2606 it never resolves: no need to ask
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name is not None and name != "localhost" and not _is_address(name):
            pytest.fail(f"a test looks up the name {name!r}; only this machine is allowed", pytrace=True)
        return getaddrinfo(host, *rest, **named)

    return guarded


def _is_local(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def prepare_template(url: str) -> None:
    """Bring the empty database at `url` to the present schema, for the tests to copy."""
    from monitor.store import open_store

    open_store(url).close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Start this process's own PostgreSQL, once it is asked for (about a second)."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """Return the name of a migrated database that nobody is connected to."""
    name = postgres_server.create()
    prepare_template(postgres_server.url(name))
    return name


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """Yield the URL of a migrated PostgreSQL database without rows, for this test alone."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def empty_postgres_url(postgres_server: Server) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database without tables, for this test alone."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that nobody is connected to."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    prepare_template(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a migrated SQLite file without rows, for this test alone."""
    path = tmp_path / "uproar.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a migrated database without rows: every store test runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_store_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database without tables, of both kinds: for the tests of migrations."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url
