from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import cues
from monitor.core.severity import Severity, grade, reach

CAUSES = sorted(cues._PHRASES)
phrases = st.lists(st.sampled_from(["word", "other"]), min_size=1, max_size=3).map(tuple)
founds = st.dictionaries(st.sampled_from(CAUSES), phrases)
audiences = st.none() | st.integers(0, 10**9)


def test_severities_are_in_order() -> None:
    """They compare by how bad they are and not by their spelling, and so do the words themselves."""
    assert sorted(["high", "low", "critical", "medium"], key=Severity) == list(Severity)
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL
    assert max(Severity) is Severity.CRITICAL
    assert Severity.CRITICAL >= "high"
    assert Severity.LOW <= "low"
    assert not Severity.HIGH > "high"


@given(founds, st.sampled_from(CAUSES), phrases)
def test_one_more_cause_never_lowers_it(
    found: Mapping[str, tuple[str, ...]], cause: str, words: tuple[str, ...]
) -> None:
    """Another cause never makes a complaint milder."""
    more = grade({**found, cause: words})
    fewer = grade({each: found[each] for each in found if each != cause})
    assert 0.0 <= fewer.score <= more.score <= 1.0


@given(audiences, audiences)
def test_more_followers_never_lower_it(some: int | None, others: int | None) -> None:
    """A larger audience never makes a complaint milder; an unknown one counts as none."""
    few, many = sorted((some, others), key=lambda count: count or 0)
    assert 0.0 <= reach(few).score <= reach(many).score <= 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_no_milder(one: float, other: float) -> None:
    """Every score has a severity, and they rise together."""
    assert Severity.of(min(one, other)) <= Severity.of(max(one, other))
    assert [Severity.of(score) for score in (0.0, 0.25, 0.5, 0.75)] == list(Severity)


@given(phrases, st.sampled_from(["anger", "failure", "thanks", "plea"]))
def test_strong_words_alone_are_low(words: tuple[str, ...], cause: str) -> None:
    """Anger, however often it is uttered, raises nothing by itself."""
    assert Severity.of(grade({cause: words * 50}).score) is Severity.LOW


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Your kettle caught fire. I would be obliged for a word, thank you.", Severity.CRITICAL),
        ("I shall write to the ombudsman", Severity.HIGH),
        ("I was charged twice", Severity.MEDIUM),
        ("I was charged twice and got no reply", Severity.HIGH),
        ("charged twice, no reply for weeks, third time I ask, same problem for everyone", Severity.CRITICAL),
        ("my baby loves the food court", Severity.LOW),
        ("", Severity.LOW),
    ],
)
def test_what_makes_it_worse(text: str, severity: Severity) -> None:
    """Danger is critical by itself, an authority high; money, silence and chasing add up."""
    assert Severity.of(grade(cues.find(text)).score) is severity


def test_reasons_say_what_was_counted() -> None:
    """Each cause that counted, and the reach, is named with the words or the number that showed it."""
    assert grade({"money": ("refund", "scam"), "anger": ("awful",)}).reasons == (
        "money taken or owed: “refund”",
    )
    assert reach(12_000).reasons == ("12,000 followers",)
    assert reach(None).reasons == ()
