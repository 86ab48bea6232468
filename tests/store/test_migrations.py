from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from monitor.store import HEAD, Store, labels, migrate, open_store, tables
from tests.store.new_migration import VERSIONS

# A mention and its verdict, as the first version wrote them.
MENTION = """
INSERT INTO mention
(brand, platform, id, source, kind, text, created_at, observed_at, own, history) VALUES
('acme', 'twitter', '1', 'x', 'post', 'acme', '2026-11-21T12:00:00.000000+00:00',
'2026-11-21T12:00:00.000000+00:00', false, false)
"""
VERDICT = """
INSERT INTO assessment
(mention, assessed_at, model, complaint, probability, severity, score, expected, low, high, to_come,
passing, topics, reasons) VALUES
(1, '2026-11-21T12:00:00.000000+00:00', 'cues-1', true, 0.75, 'low', 0, 0, 0, 0, 0, '[]', '[]', '[]')
"""


def test_the_migrations_make_the_tables_that_the_program_uses(empty_store_url: str) -> None:
    """A new store, made by migrations alone, differs in nothing from what the row classes say."""
    store = open_store(empty_store_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _can_be_compared})
        differences = compare_metadata(context, SQLModel.metadata)
    store.close()
    assert tables.MentionRow.metadata is SQLModel.metadata
    assert differences == []


def test_the_migrations_make_the_indexes_that_the_program_uses(empty_store_url: str) -> None:
    """Each index as the row classes say, partial ones with their condition."""
    store = open_store(empty_store_url)
    made = _indexes(store)
    store.close()
    wanted = {index.name for table in SQLModel.metadata.tables.values() for index in table.indexes}
    assert wanted <= made.keys()
    partial = {name for name, definition in made.items() if " WHERE " in definition.upper()}
    assert {"alert_open_conversation", "alert_queue", "alert_visible_at", "notice_visible_at"} <= partial


def _can_be_compared(_: Any, name: str | None, *__: Any) -> bool:
    """Leave out the index on expressions, which alembic reads back otherwise; the test below has it."""
    return name != "alert_queue"


def _indexes(store: Store) -> dict[str, str]:
    statement = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    if not store.is_sqlite:
        statement = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    with store.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.exec_driver_sql(statement)}


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    """`HEAD`, which is compared before alembic is imported, is the number of the last file."""
    numbers = sorted(path.name.partition("_")[0] for path in VERSIONS.glob("0*.py"))
    assert numbers[-1] == HEAD
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_a_store_of_the_first_version_keeps_what_it_has(empty_store_url: str) -> None:
    """Brought up from the first migration, its verdicts are there, without what was not kept then."""
    old = Store(empty_store_url)
    migrate(old, to="0001")
    with old.transaction() as connection:
        connection.exec_driver_sql(MENTION)
        connection.exec_driver_sql(VERDICT)
    old.close()
    store = open_store(empty_store_url)
    with store.reading() as connection:
        [(stored, verdict)] = labels.to_ask(connection)
    store.close()
    assert (stored.number, verdict.complaint, verdict.probability) == (1, True, 0.75)
    assert (verdict.raw, verdict.threshold, verdict.tuning, verdict.lang) == (None, None, None, None)
