import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.reasons import phrase

spoken = st.sampled_from(["my", "order", "never", "came", "@user", "@user,", "http", "(again)", "!", "worst"])
scored = st.lists(st.tuples(spoken, st.floats(-10, 10)), min_size=1, max_size=12)


def carried(*scores: float, words: str) -> str:
    """Return the phrase for words of one piece each, with scores that the marks at the ends do not share."""
    return phrase(np.array([-50, *scores, -50]), [-1, *range(len(scores)), -1], words.split())


def test_the_words_that_carry_a_score_are_quoted() -> None:
    """The run is the shortest that carries most of it."""
    assert carried(0, 0, 5, 5, 0, words="my order never came today") == "never came"


def test_a_word_alone_is_shown_with_its_neighbours() -> None:
    """What it is about stands beside it, as far as the sentence goes."""
    assert carried(0, 9, 0, words="completely bad service") == "completely bad service"
    assert carried(0, 0, 9, 0, words="We waited. Nobody answers") == "Nobody answers"
    assert carried(0, 9, words="The “worst!”") == "The “worst"


def test_a_phrase_does_not_cross_the_end_of_a_sentence() -> None:
    """Words that stand on both sides of it say nothing together."""
    assert carried(0, 5, 5, 0, words="my refund! the rest") == "my refund"
    assert carried(5, 5, 6, words="no (ever.) Where now?") == "Where now"


def test_the_last_digits_of_a_sum_do_not_choose() -> None:
    """Of two neighbours that weigh alike it is the one before, whatever is read beside the text."""
    for slightly in (1e-4, -1e-4):
        scores = np.log([0.25 - slightly, 0.5, 0.25 + slightly])
        assert carried(*scores, words="order never came") == "order never"


def test_no_more_than_six_words_are_quoted() -> None:
    """Where every word carries as much as the next, six are enough."""
    assert len(carried(*[0.0] * 20, words="word " * 20).split()) == 6


def test_what_the_ends_or_marks_carry_is_not_quoted() -> None:
    """There is no phrase when no word of the author carries the score."""
    assert carried(9, 9, words="@user http") == ""
    assert carried(9, 9, words="@user, @user's") == ""


@given(scored)
def test_a_phrase_is_a_short_run_of_the_words(pairs: list[tuple[str, float]]) -> None:
    """At most six words, as they stand in the text, and never a handle or a link."""
    words = [word for word, _ in pairs]
    told = carried(*(score for _, score in pairs), words=" ".join(words))
    assert len(told.split()) <= 6
    assert told in " ".join(words)
    assert "@user" not in told
    assert "http" not in told
