import stat
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from monitor.store import HEAD, Store, StoreError, open_store, revision
from tests.store.builders import find, saved


def test_an_empty_database_gets_its_tables(empty_store_url: str) -> None:
    """A database without tables is brought to the newest migration, and is then usable."""
    store = open_store(empty_store_url)
    assert revision(store) == HEAD
    with store.transaction() as connection:
        assert saved(connection) == 1
    store.close()


def test_opening_again_keeps_what_is_there(empty_store_url: str) -> None:
    """A store that is up to date is opened as it is."""
    store = open_store(empty_store_url)
    with store.transaction() as connection:
        saved(connection)
    store.close()
    again = open_store(empty_store_url)
    with again.reading() as connection:
        assert find(connection).mention.text == "acme broke my order"
    again.close()


def test_a_newer_store_is_refused(store_url: str) -> None:
    """A store that a newer program migrated is not touched: the message says to upgrade."""
    store = open_store(store_url)
    with store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=r"9999.*upgrade uproar"):
        open_store(store_url)


def test_a_command_that_may_not_migrate_says_what_does(empty_store_url: str) -> None:
    """Without leave to migrate, an empty store is refused with the command that migrates it."""
    with pytest.raises(StoreError, match="uproar run --once"):
        open_store(empty_store_url, migrate=False)


def test_two_daemons_may_start_at_once_on_an_empty_database(empty_postgres_url: str) -> None:
    """On PostgreSQL migrations take turns, so that neither of two first starts fails."""
    failures: list[Exception] = []

    def start() -> None:
        try:
            open_store(empty_postgres_url).close()
        except StoreError as error:
            failures.append(error)

    starts = [Thread(target=start) for _ in range(3)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    assert failures == []


@pytest.mark.parametrize(
    "url",
    [
        "sekrit",
        "postgres//u:sekrit@host",
        "postgresql+psycopg://u:sekrit@host:port/db",
        "postgresql+psycopg://u:sekrit@[::1/db",
        "nosuch://u:sekrit@host/db",
        "postgresql+psycopg2://u:sekrit@host/db",
        "postgresql+psycopg://u:sekrit@/db?nosuchoption=sekrit",
        "sqlite:////tmp/a\0b",
        "",
    ],
)
def test_a_wrong_url_is_a_store_error_without_the_password(url: str) -> None:
    """Whatever is wrong with the URL, the error is one that the program expects, and keeps the secret."""
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "sekrit" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:sekrit@127.0.0.1:1/db",
        "postgresql+psycopg://u@127.0.0.1:1/db?password=sekrit",
    ],
)
def test_a_server_that_does_not_answer_is_named_without_the_password(url: str) -> None:
    """A server that refuses is told by its address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        open_store(url)
    assert "sekrit" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    """A file of another kind at the store's place is left alone, and named."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database" * 100)
    with pytest.raises(StoreError, match=r"notes\.txt.*not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("not a database")


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    """The store below something that is no folder is refused."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'uproar.db'}")


def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    """What people wrote is nobody else's: the new folder is 0700, the file and what SQLite adds 0600."""
    path = tmp_path / "new" / "uproar.db"
    store = open_store(f"sqlite:///{path}")
    with store.transaction() as connection:
        saved(connection)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    store.close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "uproar.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_a_transaction_that_fails_leaves_nothing(store_url: str) -> None:
    """An exception rolls the whole transaction back."""
    store = open_store(store_url)
    with pytest.raises(RuntimeError, match="power cut"):
        _save_and_fail(store)
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM mention")).scalar() == 0
    store.close()


def test_a_reader_sees_one_state_throughout(store_url: str) -> None:
    """What another connection commits while one reads is seen by the next reading, not in the midst."""
    store = open_store(store_url)
    query = text("SELECT count(*) FROM mention")
    with store.reading() as connection:
        before = connection.execute(query).scalar()
        writer = Thread(target=_save_one, args=(store_url,))
        writer.start()
        writer.join()
        assert connection.execute(query).scalar() == before == 0
    with store.reading() as connection:
        assert connection.execute(query).scalar() == 1
    store.close()


def _save_and_fail(store: Store) -> None:
    with store.transaction() as connection:
        saved(connection)
        raise RuntimeError("power cut")


def _save_one(url: str) -> None:
    store = open_store(url)
    with store.transaction() as connection:
        saved(connection)
    store.close()
