"""How a brand's query is put to YouTube's search, and what it cannot express."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.youtube import YouTubeConnector
from connectors.youtube.options import LONGEST_SEARCH, compile_search
from monitor.connector import Query
from monitor.testing import LedgerMeter
from tests.connectors.youtube_world import NOON, source

WORDS = st.lists(st.text(min_size=1, max_size=60), max_size=20).map(tuple)


def notes(query: Query, **options: Any) -> str:
    """Return the connector's notes, joined."""
    connector = YouTubeConnector(source(query=query, **options), {"api_key": "k"}, LedgerMeter(lambda: NOON))
    return " / ".join(connector.notes())


def test_names_are_alternatives_and_words_are_conditions() -> None:
    """Names are joined by |, required words follow, excluded ones have a minus."""
    query = Query(names=("Acme", "Acme Phone"), must=("battery",), must_not=("job offer",))
    assert compile_search(query) == ('Acme|"Acme Phone" battery -"job offer"', [])


def test_operators_in_names_are_quoted() -> None:
    """A name with an operator of YouTube's in it stays one name."""
    query = Query(names=("A|B", "-C", 'say "hi"', "AT&T"))
    assert compile_search(query)[0] == '"A|B"|"-C"|"say hi"|"AT&T"'


def test_a_word_of_operators_alone_is_left_to_the_filter() -> None:
    """What would leave an empty term is not sent."""
    assert compile_search(Query(names=("Acme",), must=('"',), must_not=('""',)))[0] == "Acme"


def test_what_is_too_long_is_left_out_and_noted() -> None:
    """Conditions go before names, and each one that goes is told."""
    query = Query(names=("Acme", *(f"Acme {n:040}" for n in range(20))), must_not=("spam " * 20,))
    compiled, left_out = compile_search(query)
    assert len(compiled) <= LONGEST_SEARCH
    assert compiled.startswith('Acme|"Acme 000')
    assert "spam" in left_out[0]
    assert f"{19:040}" in left_out[1]


@given(names=WORDS.filter(bool), must=WORDS, must_not=WORDS)
def test_no_query_is_too_long(
    names: tuple[str, ...], must: tuple[str, ...], must_not: tuple[str, ...]
) -> None:
    """Whatever the words, the search keeps the limit and its quotes are closed."""
    compiled, _ = compile_search(Query(names=names, must=must, must_not=must_not))
    assert len(compiled) <= LONGEST_SEARCH
    assert compiled.count('"') % 2 == 0


def test_what_youtube_cannot_express_is_told() -> None:
    """Languages, a missing channel and a budget that does not last are in the notes."""
    query = Query(names=("Acme",), languages=("en",), accounts={"youtube": ("acme",)})
    told = notes(query, search_every_minutes=10)
    assert "language" in told
    assert "starts with UC" in told
    assert "576 searches a day" in told


def test_nothing_is_told_without_need() -> None:
    """A source that watches its channel alone has nothing to add."""
    assert notes(Query(names=("Acme",), accounts={"youtube": ("UCacme",)}), watch=["channel"]) == ""
