from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import cues
from monitor.core.complaint import THRESHOLD, Judgement, Passage, _by_cues, by_cues

LOWERS = {"thanks", "advert"}
phrases = st.lists(st.just("word"), min_size=1, max_size=3).map(tuple)
founds = st.dictionaries(st.sampled_from(sorted(cues._PHRASES)), phrases)


def probability(found: Mapping[str, tuple[str, ...]]) -> float:
    """Return the probability for these cues."""
    judged = _by_cues(Passage(text="word"), found).probability
    assert judged is not None
    return judged


def judged(text: str, lang: str | None = None) -> Judgement:
    """Return the judgement on one text."""
    (only,) = by_cues([Passage(text=text, lang=lang)])
    return only


def complains(text: str) -> bool:
    """Tell whether the text is judged a complaint."""
    probability = judged(text, "en").probability
    return probability is not None and probability >= THRESHOLD


@given(founds)
def test_a_probability_is_one(found: Mapping[str, tuple[str, ...]]) -> None:
    """Any mixture of cues gives a number between 0 and 1."""
    assert 0.0 < probability(found) < 1.0


@given(founds, st.sampled_from(sorted(set(cues._PHRASES) - LOWERS)), phrases)
def test_one_more_kind_of_cue_never_lowers_it(
    found: Mapping[str, tuple[str, ...]], cause: str, words: tuple[str, ...]
) -> None:
    """Another sign of a complaint never makes a complaint less probable."""
    fewer = {each: found[each] for each in found if each != cause}
    assert probability(fewer | {cause: words}) >= probability(fewer)


@given(founds)
def test_adverts_never_raise_it(found: Mapping[str, tuple[str, ...]]) -> None:
    """The words of an advertisement never make a complaint more probable."""
    assert probability({**found, "advert": ("giveaway",)}) <= probability(
        {each: found[each] for each in found if each != "advert"}
    )


@pytest.mark.parametrize(
    "text",
    [
        "My order is broken and nobody answers",
        "I would kindly like to tell you that your kettle caught fire. Thank you.",
        "Sorry to trouble you, the toaster gave my son an electric shock. Many thanks and best wishes",
        "My parcel has not arrived yet, could you please look into it? Thank you!",
        "Thanks for the worst flight of my life",
        "why is it not as important to you as it is to me? no reply for three weeks",
        "<p>It is <b>broken</b></p>",
        "Es funktioniert nicht",
    ],
)
def test_complaints(text: str) -> None:
    """What went wrong makes a complaint, however polite or sarcastic the words around it."""
    assert complains(text)


@pytest.mark.parametrize(
    "text",
    [
        "I love my new phone, thank you",
        "this is not a complaint",
        "no problem at all",
        "We are hiring, sign up now",
        "had a problem, great service, thank you",
        "<script>alert(1)</script>",
    ],
)
def test_no_complaints(text: str) -> None:
    """Praise, adverts, plain remarks and markup are judged, and are no complaints."""
    assert judged(text, "en").probability is not None
    assert not complains(text)


@pytest.mark.parametrize("text", ["", " \n ", "😡", "12:30 !!!", "\x00"])
def test_without_words_there_is_no_judgement(text: str) -> None:
    """An empty text or an emoji by itself is neither a complaint nor none, and the reason says so."""
    unjudged = judged(text)
    assert unjudged.probability is None
    assert unjudged.reasons == ("has no words to judge",)


def test_an_unknown_language_is_not_judged_harmless() -> None:
    """A text without cues in a language that has none is not judged; one with a cue is."""
    text = "充電器が壊れました"
    assert judged(text, "ja").reasons == ("no cues are known in language 'ja'",)
    assert judged(text, "ja").probability is None
    assert judged(text + " error", "ja").probability is not None
    assert judged(text).probability is not None


def test_each_reason_quotes_the_text() -> None:
    """Every cue that speaks for a complaint gives a reason with the words that show it."""
    text = "Charged\ntwice, it is a rip-off: no reply, I am cancelling my contract"
    assert judged(text, "en").reasons == (
        "money taken or owed: “charged twice”",
        "says nobody answers: “no reply”",
        "is leaving: “cancelling my”",
    )
