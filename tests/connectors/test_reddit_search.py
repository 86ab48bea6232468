"""A brand's query becomes searches that Reddit takes, and says what it could not put into them."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.reddit.search import compile_query
from monitor.connector import Query
from monitor.demo.reddit import compiled

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.strip)


def test_names_words_and_exclusions() -> None:
    """Names are alternatives, required words are joined by AND, excluded ones by NOT, each a phrase."""
    query = Query(names=("acme", "Acme Rockets"), must=("battery",), must_not=("job", "we are hiring"))
    searches, _ = compile_query(query)
    assert searches == ['("acme" OR "Acme Rockets") AND "battery" NOT "job" NOT "we are hiring"']


def test_quotation_marks_and_backslashes_become_spaces() -> None:
    """Nothing in a name leaves its phrase: Reddit knows no escape for a quotation mark."""
    assert compile_query(Query(names=('acme") OR ("x', "a\\b\n c")))[0] == ['("acme ) OR ( x" OR "a b c")']


def test_many_names_become_several_searches() -> None:
    """Names beyond 512 characters are asked for in another search, with the same conditions."""
    names = tuple(f"acme product number {n}" for n in range(40))
    searches, notes = compile_query(Query(names=names, must_not=("job",)))
    assert len(searches) == 3
    assert all(search.endswith(' NOT "job"') for search in searches)
    assert all(sum(f'"{name}"' in search for search in searches) == 1 for name in names)
    assert not any("too long" in note for note in notes)


def test_what_does_not_fit_is_noted() -> None:
    """Conditions beyond half of the length are left out, and named; so is a name longer than a search."""
    words = tuple(f"excluded word number {n}" for n in range(20))
    searches, notes = compile_query(Query(names=("acme", "x" * 600), must_not=words))
    assert '"excluded word number 0"' in searches[0]
    assert '"excluded word number 19"' not in searches[0]
    noted = next(note for note in notes if "too long" in note)
    assert '"excluded word number 19"' in noted
    assert "x" * 600 in noted


def test_what_reddit_cannot_express_is_noted() -> None:
    """Comments outside the listed subreddits are never found, and languages are not told apart."""
    _, notes = compile_query(Query(names=("acme",), languages=("en",)))
    assert any("comments" in note for note in notes)
    assert any("languages" in note for note in notes)
    assert not any("languages" in note for note in compile_query(Query(names=("acme",)))[1])


@given(st.lists(WORDS, min_size=1, max_size=30), st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_every_search_is_short_and_well_formed(
    names: list[str], must: list[str], must_not: list[str]
) -> None:
    """Whatever the words, a search has at most 512 characters and balanced phrases and groups."""
    searches, notes = compile_query(Query(names=tuple(names), must=tuple(must), must_not=tuple(must_not)))
    assert searches
    assert not any("too long" in note for note in notes) or must or must_not
    for search in searches:
        assert len(search) <= 512
        assert search.count('"') % 2 == 0
        assert compiled(search)("") in (True, False)
