import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cues import LONGEST_TEXT
from monitor.models.text import MARKS, plain

written = st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzäéñçãABCXYZ0123456789!?'-"), min_size=1, max_size=7
)
pointers = st.sampled_from(
    ["@acme", "@acme_help", "https://t.co/a1b2", "http://acme.example/x?y=1", "www.acme.com"]
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@acme_help thanks", ["@user", "thanks"]),
        ("see https://t.co/abc and www.acme.com", ["see", "http", "and", "http"]),
        ("@a @b @c @d hello", ["@user", "@user", "hello"]),
        ("<b>bold</b> <br/>claim", ["bold", "claim"]),
        ("1 < 2 and 3 > 2", ["1", "<", "2", "and", "3", ">", "2"]),
        ("fish &amp; chips", ["fish", "&", "chips"]),
        ("in\u200bvis\u00adible\ufeff", ["invisible"]),
        ("z\u0300\u0301\u0302\u0303a\u0316\u0317l", ["z\u0300a\u0316l"]),
        ("nooooooooooooo!!!!!!!!!", ["nooo!!!"]),
        ("sooo balloon", ["sooo", "balloon"]),
        ("lone \ud83d half", ["lone", "half"]),
        ("", []),
    ],
)
def test_what_is_read_of_a_text(text: str, words: list[str]) -> None:
    """Handles and links become marks; mark-up, invisible characters and letters held down go."""
    assert plain(text) == words


@given(st.lists(written | pointers, max_size=20))
def test_every_other_word_stands_in_the_text(words: list[str]) -> None:
    """What is neither a handle nor a link is read as its author wrote it, in order."""
    others = [word for word in words if not word.startswith(("@", "http", "www."))]
    assert [word for word in plain(" ".join(words)) if word not in MARKS] == others


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_read(text: str) -> None:
    """Whatever the characters, surrogates too, the words are short, whole and can be written as UTF-8."""
    for word in plain(text):
        assert word.encode()
        assert not any(map(str.isspace, word))
        assert len(word) <= 60


@pytest.mark.parametrize("unit", ["a", "<", "@", "@a ", "&#", "e\u0301", "word ", "http://"])
def test_no_more_than_the_beginning_of_a_long_text_is_read(unit: str) -> None:
    """A text of 100 kB is read as far as any other, whatever it is made of."""
    long = unit * (100_000 // len(unit))
    assert plain(long) == plain(long[:LONGEST_TEXT])
