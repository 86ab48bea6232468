import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core import cues

PHRASES = [
    (cause, " ".join(phrase.split()))
    for cause, block in cues._PHRASES.items()
    for phrase in block.replace("\n", "|").split("|")
    if phrase.strip()
]
GLUE = [" ", "  ", "\n", ", ", "-", ". ", "? ", "\x1b", "[/x]", "\u202e", "'", "\u2019", ""]
texts = st.lists(
    st.one_of(
        st.sampled_from([phrase for _, phrase in PHRASES]),
        st.sampled_from(["no", "not", "CHARGED", "twice", "don\u2019t", "I", "\u0130"]),
        st.sampled_from(GLUE),
        st.text(max_size=5),
    ),
    max_size=30,
).map("".join)


def flat(text: str) -> str:
    """Return the text in lower case, white space made one blank."""
    return " ".join(text.lower().split())


def test_each_phrase_of_the_table_is_found() -> None:
    """Every phrase is found where a text says it, with capitals."""
    lost = [
        (cause, phrase)
        for cause, phrase in PHRASES
        if phrase not in cues.find(f"well: {phrase.title()}!").get(cause, ())
    ]
    assert not lost


@given(texts)
@example("Charged\n\ttwice")
@example("I can\u2019t log in")
def test_what_is_found_are_words_of_the_text(text: str) -> None:
    """Every phrase found stands in the text, and is made of words: nothing that a terminal would obey."""
    for phrases in cues.find(text).values():
        for phrase in phrases:
            assert phrase in flat(text)
            assert not set(phrase) & set("\x1b[]<>\u202e\n")


@given(texts)
def test_no_cause_is_empty(text: str) -> None:
    """A cause that is given has at least one phrase, and is one of the table's."""
    found = cues.find(text)
    assert all(found.values())
    assert found.keys() <= cues._PHRASES.keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "😡",
        "this is not a complaint",
        "brokenhearted",
        "<b></b>",
        "How cheap it is. Down with tea!",
    ],
)
def test_no_cues(text: str) -> None:
    """Nothing is found without words, in parts of words, or across the end of a sentence."""
    assert cues.find(text) == {}


@pytest.mark.parametrize("text", ["no problem", "No problems at all", "without issues", "zero delays"])
def test_what_is_denied_is_no_cue(text: str) -> None:
    """A failure that the writer says did not happen is no cue."""
    assert cues.find(text) == {}


def test_what_is_missed_is_a_cue() -> None:
    """A "no" that itself is the complaint still counts."""
    assert cues.find("no refund, no internet").keys() >= {"money", "failure"}


@pytest.mark.parametrize("text", ["rip-off", "a RIP   OFF", "rip\noff", "*rip* off"])
def test_a_phrase_may_be_hyphenated_or_spaced(text: str) -> None:
    """A phrase is found with a hyphen, more white space or emphasis between its words."""
    assert "money" in cues.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "I went to the FCC about it",
        "he puesto una hoja de reclamaciones",
        "das geht jetzt an die BaFin",
        "j'ai saisi la DGCCRF et le médiateur",
        "vou abrir queixa no livro de reclamações",
    ],
)
def test_authorities_are_known_by_their_names(text: str) -> None:
    """In the five languages that are judged."""
    assert "authority" in cues.find(text)


def test_only_the_beginning_is_looked_at() -> None:
    """A cue counts within the first 4,000 characters, so that a huge text cannot hold up the line."""
    assert "failure" in cues.find("x " * 1_990 + "broken" + " y" * 100_000)
    assert cues.find("x " * 2_000 + "broken") == {}


def test_markup_does_not_hide_a_cue() -> None:
    """Tags around a word do not hide it."""
    assert cues.find("<p>it is <b>broken</b></p>").keys() == {"failure", "product defect"}


def test_topics_have_cues() -> None:
    """Every topic is a cause of the table, so that it can be found."""
    assert set(cues.TOPICS) <= cues._PHRASES.keys()
