import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.twitter.query import LONGEST, compile_query
from monitor.connector import Query
from monitor.demo.twitter_query import BadQuery, Searched, parse


@pytest.mark.parametrize(
    ("query", "compiled"),
    [
        (Query(names=("Acme",)), "Acme"),
        (Query(names=("Acme", "Acme Corp")), '(Acme OR "Acme Corp")'),
        (Query(names=("Acme",), accounts={"twitter": ("@AcmeHelp", "acme")}), "(Acme OR @AcmeHelp OR @acme)"),
        (Query(names=("Acme",), must=("kettle", "on fire")), 'Acme kettle "on fire"'),
        (Query(names=("Acme",), must_not=("jobs", "road runner")), 'Acme -jobs -"road runner"'),
        (Query(names=("Acme",), languages=("en", "es")), "Acme (lang:en OR lang:es OR lang:und)"),
        (Query(names=("Acme",), languages=("id", "he")), "Acme (lang:in OR lang:iw OR lang:und)"),
        (Query(names=("#acme", "@acme", "Ümlaut", "極東")), "(#acme OR @acme OR Ümlaut OR 極東)"),
        (Query(names=("OR", "from:ann", "-x", "A&W", "#1")), '("OR" OR "from:ann" OR "-x" OR "A&W" OR "#1")'),
        (Query(names=('a "b" (c)', "  d   e ")), '("a b (c)" OR "d e")'),
        (Query(names=("Acme", "Acme", '"')), "Acme"),
    ],
)
def test_a_query_in_the_words_of_x(query: Query, compiled: str) -> None:
    """Names are alternatives, filters are added, and what is not one plain word is quoted."""
    assert compile_query(query) == ((compiled,), ())


def test_a_language_that_search_does_not_know_is_filtered_here() -> None:
    """One unknown language takes out the whole choice, or its posts would be lost; a note says so."""
    queries, notes = compile_query(Query(names=("Acme",), languages=("en", "zu")))
    assert queries == ("Acme",)
    assert "'zu'" in notes[0]


def test_an_account_by_id_has_no_handle_to_search_for() -> None:
    """An account's id is no word of a post."""
    queries, notes = compile_query(Query(names=("Acme",), accounts={"twitter": ("1001",)}))
    assert queries == ("Acme",)
    assert "account 1001 is an id" in notes[0]


def test_filters_without_room_are_noted_and_the_names_stay() -> None:
    """Words to exclude give way first: they save money, but the monitor can filter them itself."""
    words = tuple(f"excluded{number}" for number in range(60))
    (query,), notes = compile_query(Query(names=("Acme",), must=("kettle",), must_not=words))
    assert query.startswith("Acme kettle -excluded0 ")
    assert len(query) <= LONGEST
    assert len(notes) == 60 - query.count("-excluded")
    assert "excluded59" in notes[-1]


def test_names_that_one_search_cannot_hold_go_into_several() -> None:
    """None is lost: each search has the filters, and a note says how many there are."""
    names = tuple(f"subsidiary number {number}" for number in range(50))
    queries, notes = compile_query(Query(names=names, must=("kettle",)))
    assert all(len(query) <= LONGEST and query.endswith(") kettle") for query in queries)
    assert all(any(f'"{name}"' in query for query in queries) for name in names)
    assert notes == (f"the names need {len(queries)} searches, each with its own calls",)


def test_a_name_that_no_search_can_hold_is_noted() -> None:
    """A name of 300 characters is left out, and said to be."""
    queries, notes = compile_query(Query(names=("Acme", "x" * 300)))
    assert queries == ("Acme",)
    assert "too long" in notes[0]


words = st.text(min_size=1, max_size=60).filter(lambda word: word.replace('"', " ").strip())
queries = st.builds(
    Query,
    names=st.lists(words, min_size=1, max_size=30).map(tuple),
    must=st.lists(words, max_size=4).map(tuple),
    must_not=st.lists(words, max_size=20).map(tuple),
    languages=st.lists(st.sampled_from(["en", "es", "he", "zu"]), max_size=3).map(tuple),
)


@given(queries)
def test_every_query_is_one_that_x_takes(query: Query) -> None:
    """Whatever the words: within 512 characters, and X's own grammar reads it."""
    compiled, _ = compile_query(query)
    assert compiled
    for one in compiled:
        assert len(one) <= LONGEST
        parse(one)


@pytest.mark.parametrize(
    "query", ["-(a b)", "lang:en", "-a", "a OR", "(a", "a)", "a foo:b", '"a', '""', "lang:"]
)
def test_the_stand_in_refuses_what_x_refuses(query: str) -> None:
    """Negated groups, filters alone, loose ends and unknown operators are a 400."""
    with pytest.raises(BadQuery):
        parse(query)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("kettle fire OR acme", True),  # AND binds before OR
        ("kettle (fire OR acme)", False),
        ('"broke my" acme', True),
        ("acm", False),
        ("acme -order", False),
        ("acme -kettle lang:en", True),
        ("from:ANN to:acmehelp", True),
        ("conversation_id:7", True),
        ("@acmehelp", False),
    ],
)
def test_the_stand_in_matches_words_as_x_does(query: str, *, matches: bool) -> None:
    """By whole words, without regard to case."""
    post = Searched(text="ACME broke my order", lang="en", by="ann", to="AcmeHelp", conversation="7")
    assert parse(query)(post) is matches
