from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.mention import Author
from monitor.core.query import Query, is_own, why_not
from tests.core.builders import mention

OURS = {"twitter": ("@Acme", "12345"), "reddit": ("u/AcmeHelp",)}


def acme(**fields: Any) -> Query:
    """Return a query for Acme, with these fields."""
    return Query(**({"names": ("Acme",)} | fields))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Acme", "ACME broke my order"),
        ("Acme", "#acme, again"),
        ("Acme", "Acme's worst day"),
        ("Acme", "\uff21\uff23\uff2d\uff25 in full width"),
        ("Acme", "わたしのAcmeの製品"),
        ("AT&T", "why does at&t do this?"),
        ("C++", "I dropped C++."),
        ("Yahoo!", "yahoo! is down"),
        (".NET", "learn .net now"),
        ("Acme Corp", "acme\n  corp is late"),
        ("Acme Air", "Acme Air and Acme Airways"),
        ("McDonald's", "at McDonald\u2019s today"),
        ("McDonald\u2019s", "at mcdonald's today"),
        ("Nestlé", "NESTLE\u0301 again"),
        ("Straße", "DIE STRASSE"),
        ("ソニー", "昨日ソニーの製品が壊れた"),
        ("삼성", "삼성은 대답이 없다"),
        ("3", "on 3 again"),
    ],
)
def test_a_name_is_found(name: str, text: str) -> None:
    """A name is found in any case, width and kind of apostrophe, with punctuation, and in any script."""
    assert why_not(mention(text), Query(names=(name,))) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Acme", "acmes and pharmacme"),
        ("Acme", "@acme_fan is not us"),
        ("AT&T", "look at the t"),
        ("a.c", "abc"),
        ("Acme Corp", "acme is a corp"),
        ("3", "on 2030"),
        ("", "anything"),
        ("  ", "any  thing"),
    ],
)
def test_a_name_is_not_found_in_other_words(name: str, text: str) -> None:
    """A part of a longer word is no name, its signs are no wildcards, and a blank name finds nothing."""
    assert why_not(mention(text), Query(names=(name,))) == "names none of the brand's names"


def test_a_query_without_names_finds_nothing() -> None:
    """No names and no accounts match no text, rather than every text."""
    assert why_not(mention("anything at all"), Query(names=())) is not None


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_any_name_is_found_by_itself(name: str, before: str, after: str) -> None:
    """Whatever its signs, a name that is not blank is found between blanks."""
    found = why_not(mention(f"{before} {name} {after}"), Query(names=(name,))) is None
    assert found or not name.strip()


@pytest.mark.parametrize("where", ["title", "url"])
def test_a_name_may_stand_in_the_title_or_the_address(where: str) -> None:
    """Not only the text is looked at."""
    assert why_not(mention("late again", **{where: "https://example.org/acme/late"}), acme()) is None


@pytest.mark.parametrize(("platform", "text"), [("twitter", "hey @acme!"), ("reddit", "ask u/acmehelp")])
def test_an_own_handle_is_a_name(platform: str, text: str) -> None:
    """To address one of the brand's accounts in the platform's way names the brand, there only."""
    query = Query(names=("Zenith",), accounts=OURS)
    assert why_not(mention(text, platform=platform), query) is None
    assert why_not(mention(text, platform="youtube"), query) is not None


def test_a_required_word() -> None:
    """All of the required words must occur; the first that does not is told."""
    query = acme(must=("train", "late"))
    assert why_not(mention("the Acme train is LATE"), query) is None
    assert why_not(mention("the Acme train"), query) == "lacks the required word 'late'"


def test_an_excluded_word() -> None:
    """None of the excluded words may occur; the one found is told, and part of a word does not count."""
    query = acme(must_not=("job", "hiring"))
    assert why_not(mention("Acme is HIRING"), query) == "has the excluded word 'hiring'"
    assert why_not(mention("Acme jobs"), query) is None


def test_what_is_addressed_to_the_brand_need_not_name_it() -> None:
    """On the brand's own page no name or required word is asked for; excluded words and languages are."""
    query = acme(must=("train",), must_not=("job",), languages=("en",))
    assert why_not(mention("still waiting"), query, addressed=True) is None
    assert why_not(mention("a job?"), query, addressed=True) == "has the excluded word 'job'"
    assert why_not(mention("wann?", lang="de"), query, addressed=True) == "is in language 'de'"


@pytest.mark.parametrize("lang", ["en", "EN", "en-GB", "en_US", None, "und", "zxx", "qme", "", "iw"])
def test_a_language_that_was_asked_for_or_is_unknown_passes(lang: str | None) -> None:
    """Regions, case and withdrawn codes do not matter, and an unknown language passes, also in X's words."""
    assert why_not(mention("Acme", lang=lang), acme(languages=("en", "he"))) is None


def test_another_language_does_not_pass() -> None:
    """A known language that was not asked for is told as the platform gave it."""
    assert why_not(mention("Acme", lang="de-AT"), acme(languages=("en",))) == "is in language 'de-AT'"
    assert why_not(mention("Acme", lang="de-AT"), acme(languages=("de-DE",))) is None


@pytest.mark.parametrize(
    ("platform", "author"),
    [
        ("twitter", Author(handle="ACME")),
        ("twitter", Author(handle="@acme")),
        ("twitter", Author(id="12345", handle="renamed")),
        ("reddit", Author(handle="acmehelp")),
        ("reddit", Author(handle="/u/AcmeHelp")),
    ],
)
def test_own_accounts_are_known_by_handle_or_id(platform: str, author: Author) -> None:
    """An own account is recognised in any case, with or without the platform's prefix."""
    assert is_own(mention(platform=platform, author=author), acme(accounts=OURS))


@pytest.mark.parametrize(
    ("platform", "author"),
    [
        ("twitter", Author()),
        ("twitter", Author(handle="")),
        ("twitter", Author(handle="acme_")),
        ("twitter", Author(display_name="Acme")),
        ("reddit", Author(handle="acme")),
        ("blogs", Author(handle="acme")),
    ],
)
def test_others_are_not_own(platform: str, author: Author) -> None:
    """Nobody, a like name, a display name and the handle on another platform are not the brand."""
    assert not is_own(mention(platform=platform, author=author), acme(accounts=OURS))
    assert not is_own(mention(author=author), acme(accounts={"twitter": ("", "@")}))


@pytest.mark.parametrize(
    "text", ["\u0301\u0327" * 50_000, "acme " * 20_000, "acme" + " " * 100_000, "a" * 100_000]
)
def test_a_hundred_kilobytes_are_answered(text: str) -> None:
    """Text that makes normalising or matching slow is answered like any other."""
    assert why_not(mention(text), acme(names=("acme corp",))) == "names none of the brand's names"
