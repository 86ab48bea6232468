from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from monitor.store import Store
from monitor.store.columns import PlatformText, UTCDateTime, escaped, to_text, unescaped
from tests.store.builders import NOON

table = Table(
    "probe",
    MetaData(),
    Column("at", UTCDateTime()),
    Column("said", PlatformText()),
    prefixes=["TEMPORARY"],
)

instants = st.datetimes(
    min_value=NOON.replace(year=2, tzinfo=None),
    max_value=NOON.replace(year=9998, tzinfo=None),
    timezones=st.just(UTC),
)
texts = st.text(
    st.characters(codec=None) | st.sampled_from("\x00\ud800\udfff\uf8f0\u202e\x1b0f"), max_size=30
)  # lone surrogates and the escape included


@contextmanager
def _dropped(connection: Connection) -> Iterator[None]:
    """Make the table for as long as the test needs it."""
    table.create(connection)
    yield
    table.drop(connection)


def test_an_instant_comes_back_to_the_microsecond(store: Store) -> None:
    """An instant in any zone comes back as the same one in UTC."""
    given = datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with store.transaction() as connection, _dropped(connection):
        connection.execute(insert(table).values(at=given))
        found = connection.execute(select(table.c.at)).scalar_one()
    assert found == given
    assert found.tzinfo is UTC


def test_a_naive_datetime_is_refused(store: Store) -> None:
    """A datetime without a zone would be a guess."""
    naive = datetime(2026, 11, 21, 12)  # noqa: DTZ001 - the point
    with (
        store.transaction() as connection,
        _dropped(connection),
        pytest.raises((StatementError, ValueError), match="aware"),
    ):
        connection.execute(insert(table).values(at=naive))


@pytest.mark.parametrize("at", [None, NOON])
def test_nothing_stays_nothing(store: Store, at: datetime | None) -> None:
    """A null stays null in both types."""
    with store.transaction() as connection, _dropped(connection):
        connection.execute(insert(table).values(at=at, said=None))
        assert connection.execute(select(table)).one() == (at, None)


def test_the_order_of_rows_is_the_order_of_time(store: Store) -> None:
    """Sorting by the column sorts by time, whole seconds and early years included."""
    times = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(999, 1, 1, tzinfo=UTC),
        NOON - timedelta(microseconds=1),
        NOON,
        NOON + timedelta(microseconds=1),
        NOON + timedelta(microseconds=10),
        NOON + timedelta(seconds=1),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    with store.transaction() as connection, _dropped(connection):
        connection.execute(insert(table), [{"at": at} for at in reversed(times)])
        assert list(connection.execute(select(table.c.at).order_by(table.c.at)).scalars()) == times


@given(instants, instants)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """As SQLite compares text, the texts of two instants stand in the order of the instants."""
    assert (to_text(one) < to_text(other)) == (one < other)


@given(texts)
@example("\uf8f00000")
@example("\ud83d\ude00")
def test_any_text_comes_back_from_its_escape(said: str) -> None:
    """Whatever a platform sends is stored as valid text without NUL, and read as it was."""
    stored = escaped(said)
    assert stored is not None
    assert "\x00" not in stored
    stored.encode()
    assert unescaped(stored) == said


@pytest.mark.parametrize(
    "said",
    ["", "a\x00b", "\ud800", "\udfff\ud800", "\uf8f0", "\uf8f00041", "\x1b[31m[/x]\u202e", "😀" * 100_000],
)
def test_any_text_comes_back_from_the_database(store: Store, said: str) -> None:
    """Text that a database refuses comes back whole, by whichever way it goes in."""
    with store.transaction() as connection, _dropped(connection):
        connection.execute(insert(table).values(said=said))
        assert connection.execute(select(table.c.said)).scalar_one() == said
        assert connection.execute(select(table.c.said).where(table.c.said == said)).scalar_one() == said
