from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.coverage import Interval, blind_since, holes, merged, share_seen
from tests.core.builders import NOON


def interval(start: int, end: int) -> Interval:
    """Return the interval between two seconds after noon."""
    return Interval(start=NOON + timedelta(seconds=start), end=NOON + timedelta(seconds=end))


intervals = st.builds(interval, st.integers(0, 40), st.integers(0, 40))  # some end before they start
several = st.lists(intervals, max_size=8)


def seconds(*given_intervals: Interval) -> set[int]:
    """Return the seconds after noon that lie in the intervals: the plainest model there is."""
    start = [int((each.start - NOON).total_seconds()) for each in given_intervals]
    end = [int((each.end - NOON).total_seconds()) for each in given_intervals]
    return {second for pair in zip(start, end, strict=True) for second in range(*pair)}


@given(several)
def test_merging_keeps_the_time_covered(given_intervals: list[Interval]) -> None:
    """The merged intervals cover the same seconds as those given."""
    assert seconds(*merged(given_intervals)) == seconds(*given_intervals)


@given(several)
def test_merged_intervals_are_apart_and_in_order(given_intervals: list[Interval]) -> None:
    """Merged intervals are in order, none is empty, and no two touch."""
    result = merged(given_intervals)
    assert all(each.start < each.end for each in result)
    assert all(before.end < after.start for before, after in pairwise(result))
    assert merged(result) == result


@given(several, intervals)
def test_holes_and_what_was_seen_make_up_the_whole(seen: list[Interval], within: Interval) -> None:
    """Holes are the seconds of the interval that were not seen: no more, no less, in order and apart."""
    missing = holes(seen, within)
    assert seconds(*missing) == seconds(within) - seconds(*seen)
    assert merged(missing) == missing


@given(several, intervals)
def test_the_share_seen_is_the_share_of_its_seconds(seen: list[Interval], within: Interval) -> None:
    """The share seen is in [0, 1]: the seen seconds of the interval by all of them, 1 when it has none."""
    share = share_seen(seen, within)
    whole = seconds(within)
    assert 0.0 <= share <= 1.0
    assert abs(share - (len(whole & seconds(*seen)) / len(whole) if whole else 1.0)) < 1e-9


@given(intervals)
def test_an_interval_is_never_negative(each: Interval) -> None:
    """One that ends before it starts has no length."""
    assert each.length == timedelta(seconds=len(seconds(each)))


@given(several, st.integers(0, 40))
def test_blind_since_the_last_second_seen(seen: list[Interval], now: int) -> None:
    """One is blind since the end of the last second seen before now; None when none was."""
    past = [second for second in seconds(*seen) if second < now]
    since = blind_since(seen, NOON + timedelta(seconds=now))
    assert since == (NOON + timedelta(seconds=max(past) + 1) if past else None)


def test_a_future_interval_proves_nothing_about_now() -> None:
    """After the clock was set back, coverage that lies ahead does not pass for an unbroken view."""
    assert blind_since([interval(10, 20)], NOON) is None
    assert blind_since([interval(0, 5), interval(10, 20)], NOON + timedelta(seconds=7)) == NOON + timedelta(
        seconds=5
    )
