"""Labels of people, as the store keeps them, and what it would ask next; on both databases."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update

from monitor.core.assessment import Rubric, assess
from monitor.core.complaint import Judgement
from monitor.core.mention import Kind
from monitor.store import Store, erasure, labels, mentions
from monitor.store.labels import ANSWERED, LABEL, RESOLVE, Label
from monitor.store.learned import LabelRow
from tests.store.builders import HOUR, NOON, count, find, post, save, saved


def said(number: int, complaint: bool = True, how: str = LABEL, by: str = "maria") -> Label:
    """Return a label."""
    return Label(mention=number, complaint=complaint, by=by, at=NOON, how=how)


def test_a_label_comes_back(store: Store) -> None:
    """What was said, by whom, when and how."""
    with store.transaction() as connection:
        number = saved(connection)
        assert labels.save(connection, [said(number, by="m\x00")]) == 1
        assert labels.present(connection, [number, 99]) == {number: said(number, by="m\x00")}


def test_what_was_said_before_is_kept(store: Store) -> None:
    """The newest label counts, of mentions and among all labelled; those before it stay in the history."""
    with store.transaction() as connection:
        number = saved(connection)
        labels.save(connection, [said(number)])
        second = replace(said(number, False, by="eve"), at=NOON + HOUR)
        assert labels.save(connection, [second]) == 1
        assert labels.present(connection, [number]) == {number: second}
        assert labels.history(connection, number) == [said(number), second]
        assert [given for _, given in labels.labelled(connection)] == [second]


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ((True, LABEL), (False, RESOLVE), False),
        ((True, LABEL), (False, ANSWERED), False),
        ((False, RESOLVE), (True, ANSWERED), False),
        ((True, ANSWERED), (False, RESOLVE), True),
        ((True, ANSWERED), (True, LABEL), True),
        ((False, RESOLVE), (True, LABEL), True),
        ((True, LABEL), (False, LABEL), True),
        ((True, LABEL), (True, LABEL), False),
    ],
)
def test_the_stronger_label_counts(
    store: Store, before: tuple[bool, str], after: tuple[bool, str], counts: bool
) -> None:
    """What is said of the text outranks what closing an alert says; the same said again changes nothing."""
    with store.transaction() as connection:
        number = saved(connection)
        labels.save(connection, [said(number, *before)])
        assert labels.save(connection, [said(number, *after)]) == counts
        assert labels.present(connection, [number])[number] == said(number, *(after if counts else before))


def test_of_several_labels_in_one_call_the_last_counts(store: Store) -> None:
    """A file that names a mention twice labels it once."""
    with store.transaction() as connection:
        number = saved(connection)
        assert labels.save(connection, [said(number), said(number, False)]) == 1
        assert labels.present(connection, [number])[number].complaint is False
        assert count(connection, LabelRow) == 1


def test_labels_are_of_a_brand_and_a_source(store: Store) -> None:
    """Labelled mentions are found by brand, and by source."""
    with store.transaction() as connection:
        save(connection, post("1"), source="x")
        save(connection, post("2"), source="forum")
        save(connection, post("1"), brand="other")
        numbers = [
            find(connection, identity, brand).number
            for identity, brand in (("1", "acme"), ("2", "acme"), ("1", "other"))
        ]
        labels.save(connection, [said(each) for each in numbers])

        def found(*wanted: str) -> list[int]:
            return [each.number for each, _ in labels.labelled(connection, *wanted)]

        assert (found(), found("acme"), found("acme", "forum")) == (numbers, numbers[:2], numbers[1:2])


def test_what_is_erased_keeps_its_label_and_teaches_nothing(store: Store) -> None:
    """The figures of a past week hold, as its verdict does; there is no text left to learn from."""
    with store.transaction() as connection:
        gone, there = saved(connection, "1"), saved(connection, "2")
        labels.save(connection, [said(gone), said(there)])
        labels.save(connection, [said(gone, False)])
        erasure.erase(connection, [gone], NOON + HOUR)
        assert labels.present(connection, [gone, there]) == {gone: said(gone, False), there: said(there)}
        assert [stored.number for stored, _ in labels.labelled(connection)] == [there]


# ------------------------------------------------------------------------------------------ what to ask next
def judged(
    connection: Connection, *probabilities: float | None, source: str = "x", own: bool = False, **fields: Any
) -> list[int]:
    """Save posts of a source, let them be judged to have these probabilities, and return their numbers."""
    numbers = []
    for place, probability in enumerate(probabilities):
        seen = post(f"{source}{place}", **fields)
        save(connection, seen, source=source, own=own)
        numbers.append(find(connection, seen.id).number)
        verdict = assess(seen, Judgement(probability=probability), (), Rubric())
        mentions.save_assessments(connection, [(numbers[-1], verdict, None)], NOON)
    return numbers


def asked(connection: Connection, **wanted: Any) -> list[int]:
    """Return the numbers of what would be asked next, in order."""
    return [each.number for each, _ in labels.to_ask(connection, **wanted)]


def test_the_most_uncertain_is_asked_first(store: Store) -> None:
    """In order of the distance to the threshold; what could not be judged is not asked."""
    with store.transaction() as connection:
        sure, near, nearest, far, _ = judged(connection, 0.97, 0.6, 0.45, 0.1, None)
        assert asked(connection) == [nearest, near, far, sure]
        assert asked(connection, limit=1) == [nearest]


def test_uncertain_is_what_is_near_the_threshold_of_its_own(store: Store) -> None:
    """A verdict is held against the threshold that it was made with; one from before that was kept, .5."""
    with store.transaction() as connection:
        half, low = judged(connection, 0.5, 0.2)
        table = mentions.assessment
        connection.execute(update(table).where(table.c.mention == low).values(threshold=0.21))
        connection.execute(update(table).where(table.c.mention == half).values(threshold=None))
        assert asked(connection) == [half, low]
        connection.execute(update(table).where(table.c.mention == half).values(threshold=0.9))
        assert asked(connection) == [low, half]


def test_sources_take_turns(store: Store) -> None:
    """A source with many uncertain mentions does not crowd out the others; brand and source can be chosen."""
    with store.transaction() as connection:
        first, second, third = judged(connection, 0.50, 0.51, 0.52)
        (other,) = judged(connection, 0.9, source="forum")
        assert asked(connection) == [first, other, second, third]
        assert asked(connection, source="forum") == [other]
        assert asked(connection, brand="nobody") == []


def test_what_teaches_nothing_is_not_asked(store: Store) -> None:
    """Own posts, reposts, what is deleted, and what has a label."""
    with store.transaction() as connection:
        judged(connection, 0.5, source="own", own=True)
        judged(connection, 0.5, source="repost", kind=Kind.REPOST)
        (gone,) = judged(connection, 0.5, source="gone")
        (known,) = judged(connection, 0.5, source="known")
        erasure.erase(connection, [gone], NOON)
        labels.save(connection, [said(known)])
        assert asked(connection) == []
