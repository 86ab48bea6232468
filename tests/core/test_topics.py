from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.cues import LONGEST_TEXT, TOPICS
from monitor.core.topics import Topics, example_of, name_of

LID = "lid falls off"
OWN = Topics.of(
    {LID: ["lid came off", "Deckel* lose", "won't close"], "cold": ["eau froide", "water* cold*"]}
)
texts = st.lists(
    st.sampled_from(
        ["lid", "CAME", "off", "Deckels", "lose", "won\u2019t", "close", "l'eau froide", "waters cold"]
    )
    | st.sampled_from(
        [" ", "\n", ", ", "-", ". ", "\x1b", "\u202e", "\x00", "\ud800", "é", "e\u0301", "deckel"]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the lid came off", "lid came off"),
        ("The LID\n\tcame off!", "LID came off"),
        ("lid, came off", "lid, came off"),
        ("the _lid_ **came off**", "lid_ **came off"),
        ("Die Deckel — lose", "Deckel — lose"),
        ("alle Deckelteile lose", "Deckelteile lose"),
        ("it won\u2019t close", "won\u2019t close"),
    ],
)
def test_a_topic_is_found_by_the_words_of_an_example(text: str, words: str) -> None:
    """Whole words in any case, with ends, blanks and quotation between; they are quoted as they stand."""
    assert OWN.find(text) == {LID: words}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the lid",
        "the lid just came off",
        "came off, the lid",
        "the lids came off",
        "eyelid came off",
        "lid came offering",
        "the lid. Came off it",
        "Deckel loses",
        "der Topfdeckel lose",
        "it won t close",
        "it wont close",
        f"Deckel{'x' * 60} lose",
    ],
)
def test_other_words_do_not_show_it(text: str) -> None:
    """No other words between, no other order, no part of a word, no end of a sentence between."""
    assert OWN.find(text) == {}


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("café froid", "un cafe\u0301 froid", "café froid"),
        ("STRASSE gesperrt", "Straße gesperrt", "Straße gesperrt"),
        ("eau froide", "L\u2019eau froide", "eau froide"),
        ("acme.com down", "Acme.com down", "Acme.com down"),
        ("R&D", "their r&d", "r&d"),
        ("पानी ठंडा", "पानी ठंडा है", "पानी ठंडा"),
        ("蓋が", "この蓋が外れた", "蓋が"),
    ],
)
def test_words_of_any_script_are_found(phrase: str, text: str, words: str) -> None:
    """However an accent is encoded; after an article that is cut short; with no blank between words."""
    assert Topics.of({"t": [phrase]}).find(text) == {"t": words}


def test_accents_count() -> None:
    """What is written with an accent is another word without it."""
    assert Topics.of({"t": ["roto"]}).find("rotó") == {}


def test_can_is_not_cannot() -> None:
    """What follows an apostrophe may turn a word round: it belongs to the word."""
    assert Topics.of({"t": ["I can"]}).find("I can't") == {}


def test_all_topics_of_a_text_are_found_in_their_own_order() -> None:
    """Each once, by the first words that show it, in the order in which the brand names them."""
    found = OWN.find("The eau froide. The lid came off, it won't close.")
    assert list(found.items()) == [(LID, "lid came off"), ("cold", "eau froide")]


def test_two_examples_may_begin_alike() -> None:
    """Each is looked at, whole words and beginnings alike."""
    both = Topics.of({"a": ["lid fell"], "b": ["lid* fell off"], "c": ["li* fell"]})
    assert list(both.find("lid fell off")) == ["a", "b", "c"]


def test_no_more_is_read_than_the_judge_reads() -> None:
    """The end of a very long text is not looked at."""
    assert OWN.find(" " * (LONGEST_TEXT - 12) + "lid came off") == {LID: "lid came off"}
    assert OWN.find(" " * (LONGEST_TEXT - 11) + "lid came off") == {}


@given(texts)
@example("lid\x1c came\x85off")
@example("Deckel\u202e lose")
def test_what_is_quoted_are_words_of_the_text(text: str) -> None:
    """Every quote stands in the text, and is made of words: nothing that a terminal would obey."""
    composed = " ".join(normalize("NFC", text).split())
    for words in OWN.find(text).values():
        assert words in composed
        assert not set(words) & set("\x1b\x00\u202e\n\ud800")


@pytest.mark.parametrize(
    "phrase",
    ["", " ", "*", "lid *", "*lid", "li*d", "lid**", "lid!", "lid. fell", "#lid", "lid 😡 fell", "\x1b lid"],
)
def test_an_example_is_made_of_words(phrase: str) -> None:
    """What would be passed over, or never found, is refused, with what to write instead."""
    with pytest.raises(ValueError, match=r"whole words, any of them with \* at its end"):
        example_of(phrase)


def test_an_example_stays_as_it_was_written() -> None:
    """It is checked, not changed."""
    assert example_of(" Deckel* lose ") == " Deckel* lose "


@given(st.text(max_size=20))
def test_an_example_shows_its_topic(phrase: str) -> None:
    """Each example that is taken is found in itself."""
    try:
        example_of(phrase)
    except ValueError:
        return
    assert "t" in Topics.of({"t": [phrase]}).find(phrase.replace("*", ""))


@pytest.mark.parametrize("name", ["", " ", "a" * 61, " lid", "lid\n", "a; b", "a, b", "“a”", "\x1b"])
def test_a_name_is_one_line_that_lists_can_hold(name: str) -> None:
    """Names are shown in lists, in cells and beside quotes."""
    with pytest.raises(ValueError, match=r"a topic needs a name|expected at most 60 characters"):
        name_of(name)


@pytest.mark.parametrize("name", [*TOPICS, "Billing", "NO ANSWER"])
def test_a_topic_that_is_known_is_not_the_brands_own(name: str) -> None:
    """Two things of one name could not be told apart: the message says what to do."""
    with pytest.raises(ValueError, match="give yours another name"):
        name_of(name)


def test_any_other_name_will_do() -> None:
    """It stays as it is."""
    assert name_of("Deckel (neu) & Co.") == "Deckel (neu) & Co."
