"""What finished posts teach about spread, as the store keeps and collects it; on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from monitor.core.mention import Author, Engagement, Kind
from monitor.core.spread import SHIPPED
from monitor.store import Store, erasure, spreads
from tests.store.builders import HOUR, NOON, find, post, save

DAY = timedelta(days=1)
LATER = NOON + 8 * DAY
FASTER = replace(SHIPPED, onset=replace(SHIPPED.onset, half=60.0))


def test_the_newest_parameters_of_a_platform_count(store: Store) -> None:
    """What is saved comes back by platform, the newest; undone, the one before counts again."""
    with store.transaction() as connection:
        assert spreads.live(connection) == {}
        first, second = (
            spreads.save(connection, "reddit", each, posts=300, measured=[], by="maria", now=NOON)
            for each in (SHIPPED, FASTER)
        )
        assert spreads.live(connection) == {"reddit": FASTER}
        undone = spreads.undo(connection, second, "eve", LATER)
        assert (undone.undone_by, undone.undone_at, undone.posts) == ("eve", LATER, 300)
        assert spreads.live(connection) == {"reddit": SHIPPED}
        assert [each.number for each in spreads.listed(connection)] == [second, first]


def test_a_tuning_is_undone_once(store: Store) -> None:
    """What does not count cannot be undone."""
    with store.transaction() as connection:
        number = spreads.save(connection, "x", SHIPPED, posts=1, measured=None, by="maria", now=NOON)
        spreads.undo(connection, number, "eve", LATER)
        for gone in (number, 99):
            with pytest.raises(LookupError, match=f"spread {gone}"):
                spreads.undo(connection, gone, "eve", LATER)


def test_parameters_of_another_form_do_not_count(store: Store) -> None:
    """Parameters that another version of the model wrote are left alone, and the shipped ones hold."""
    with store.transaction() as connection:
        spreads.save(connection, "x", SHIPPED, posts=1, measured=None, by="maria", now=NOON)
        connection.execute(update(spreads.tuning).values(parameters={"version": 0}))
        assert spreads.live(connection) == {}


def test_a_finished_post_has_its_series_and_its_end(store: Store) -> None:
    """Readings are pairs of age and acts, views apart; the last is the end, a week later at least."""
    with store.transaction() as connection:
        author = Author(id="7", followers=70)
        for hours, likes in ((1, 3), (5, 9)):
            counts = Engagement(likes=likes, reposts=1, views=1000)
            save(connection, post(engagement=counts, author=author), at=NOON + hours * HOUR)
        [found] = spreads.finished(connection, "twitter", LATER)
    assert found.followers == 70
    assert list(found.readings) == [(3600.0, 4), (18_000.0, 10), (604_800.0, 10)]


@pytest.mark.parametrize(
    ("fields", "ages", "now"),
    [
        ({}, (HOUR, 2 * HOUR), NOON + 6 * DAY),  # not over yet
        ({}, (HOUR,), LATER),  # seen once, when it was new
        ({"platform": "reddit"}, (HOUR, 2 * HOUR), LATER),
        ({"kind": Kind.REPOST}, (HOUR, 2 * HOUR), LATER),
    ],
)
def test_what_teaches_nothing(
    store: Store, fields: dict[str, Any], ages: tuple[timedelta, ...], now: datetime
) -> None:
    """A post that is young, was seen only when it was new, is elsewhere or a repost is no finished post."""
    with store.transaction() as connection:
        for count, age in enumerate(ages):
            save(connection, post(engagement=Engagement(likes=count), **fields), at=NOON + age)
        assert spreads.finished(connection, "twitter", now) == []


def test_a_post_that_was_read_late_is_finished(store: Store) -> None:
    """One reading two days after the post tells its end; what was deleted teaches nothing."""
    with store.transaction() as connection:
        save(connection, post(), at=NOON + 2 * DAY)
        assert [each.final for each in spreads.finished(connection, "twitter", LATER)] == [1]
        erasure.erase(connection, [find(connection).number], LATER)
        assert spreads.finished(connection, "twitter", LATER) == []


def test_the_platforms_there_are(store: Store) -> None:
    """Each platform once."""
    with store.transaction() as connection:
        save(connection, post("1"), post("2"), post("3", platform="reddit"))
        assert spreads.platforms(connection) == ["reddit", "twitter"]
