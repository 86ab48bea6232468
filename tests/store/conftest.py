"""What the store's tests share: an open store of each kind, without rows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text
from sqlmodel import SQLModel

from monitor.store import Store, open_store
from tests.postgres import Server


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: Server, postgres_template: str) -> Iterator[Store]:
    """Yield a PostgreSQL store that the tests use one after the other: to make one takes a quarter second."""
    name = postgres_server.create(postgres_template)
    opened = open_store(postgres_server.url(name))
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(shared_postgres: Store) -> Store:
    """Return an open PostgreSQL store without rows."""
    names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    with shared_postgres.transaction() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return shared_postgres


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """Yield an open SQLite store without rows."""
    opened = open_store(sqlite_url)
    # nothing here outlives the test, so nothing needs to reach the disk
    event.listen(opened.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    opened.engine.dispose()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """Return an open store without rows: every test of it runs on both kinds."""
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened
