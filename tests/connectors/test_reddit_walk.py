"""A walk through a listing loses nothing that stands, whatever is published, deleted or cut meanwhile."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reddit.walk import Walk
from monitor.connector import Payload

OVERLAP = 3.0
PAGE = 4


class Listing:
    """Items by the second of their making, newest first, as Reddit pages through them."""

    def __init__(self) -> None:
        self.made: list[int] = []
        self.deleted: set[int] = set()

    def page(self, after: str | None) -> tuple[list[Payload], str | None]:
        """Return at most four items that follow `after`: none if that one is gone."""
        names = [f"t3_{at}" for at in reversed(self.made) if at not in self.deleted]
        first = 0
        if after is not None:
            first = names.index(after) + 1 if after in names else len(names)
        shown = names[first : first + PAGE]
        return [thing(name) for name in shown], shown[-1] if names[first + PAGE :] else None


def thing(name: str, **more: Any) -> Payload:
    """Return a submission that was made at the second in its name."""
    return {"kind": "t3", "data": {"name": name, "created_utc": float(name[3:]), "edited": False, **more}}


def through_json(walk: Walk) -> Walk:
    """Return the walk as a later pull finds it in the cursor."""
    return Walk(**json.loads(json.dumps(asdict(walk))))


HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 9)),
        st.tuples(st.just("delete"), st.integers(0, 40)),
        st.tuples(st.just("read"), st.integers(1, 6)),
        st.tuples(st.just("give up"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(HAPPENINGS)
def test_everything_that_stands_is_given(happenings: list[tuple[str, int]]) -> None:
    """However publishing, deleting and reading interleave, a last whole walk leaves nothing out."""
    listing, walk, seen, now = Listing(), Walk(since=0, mark=0), set[str](), 0
    for what, number in happenings:
        if what == "publish":
            listing.made += range(now + 1, now + number + 1)
            now += number
        elif what == "delete":
            listing.deleted.add(number)
        elif what == "give up":
            walk.give_up()
        else:
            walk = read(listing, walk, seen, pages=number)
    while not walk.done:
        walk = read(listing, walk, seen, pages=1)
    walk.done = False
    while not walk.done:
        walk = read(listing, walk, seen, pages=1)
    assert {f"t3_{at}" for at in listing.made if at not in listing.deleted} <= seen
    assert walk.since == 0, "a listing this short was never cut"


def read(listing: Listing, walk: Walk, seen: set[str], pages: int) -> Walk:
    """Read some pages, each time from the cursor, until the walk is done."""
    for _ in range(pages):
        walk = through_json(walk)
        things, after = listing.page(walk.after)
        seen |= {item["data"]["name"] for item in walk.take(things, after, OVERLAP)}
        if walk.done:
            return Walk(since=walk.since, mark=walk.mark, seen=walk.seen, done=pages == 1)
    return walk


def test_nothing_is_given_twice_within_the_overlap() -> None:
    """An item near the mark is given once, though each later walk meets it again."""
    walk = Walk(since=0, mark=0)
    assert len(walk.take([thing("t3_9"), thing("t3_8")], None, OVERLAP)) == 2
    walk.done = False
    assert walk.take([thing("t3_9"), thing("t3_8")], None, OVERLAP) == []
    assert walk.mark == 9


def test_an_item_without_a_time_does_not_end_a_walk() -> None:
    """A page whose last item says no sensible time is kept whole, and the walk goes on after it."""
    odd = thing("t3_5", created_utc="yesterday")
    walk = Walk(since=100, mark=100)
    assert walk.take([thing("t3_104"), odd], "t3_5", OVERLAP) == [thing("t3_104"), odd]
    assert (walk.done, walk.after) == (False, "t3_5")


@pytest.mark.parametrize(("step", "expected"), [(0, 2), (1, 20)])
def test_a_walk_that_never_ends_is_ended(step: int, expected: int) -> None:
    """If Reddit gives one page for ever, by one name or by many, the walk ends, and claims what it saw."""
    walk, pages = Walk(since=0, mark=0), 0
    while not walk.done:
        walk.take([thing(f"t3_{1000 - n}") for n in range(100)], f"t3_{901 + step * pages}", OVERLAP)
        pages += 1
    assert pages == expected
    assert walk.since == 901
