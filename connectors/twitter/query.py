"""The brand's query in the language of X's recent search, within its limits."""

import re
from collections.abc import Iterator, Mapping, Sequence

from connectors.twitter.post import is_id
from monitor.connector import Query

LONGEST = 512  # characters of a query, for self-serve access
LONGEST_TERM = LONGEST // 2
# What search knows as `lang:`, as far as it is an ISO 639-1 code. X says `in` and `iw` for `id` and `he`.
LANGUAGES = (
    "am ar bg bn bo bs ca cs cy da de dv el en es et eu fa fi fr gu hi hr ht hu hy id is it he ja ka km kn ko"
    " lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug uk ur vi zh"
)
OLD_CODES: Mapping[str, str] = {"id": "in", "he": "iw"}


def compile_query(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return searches of 512 characters at most that find `query` together, and notes on what they lack.

    Filters take what room the names leave, but at least half of it; the monitor filters the rest. Names that
    one search cannot hold go into several. Posts whose language X cannot tell are asked for with the others.
    """
    own = [account.removeprefix("@") for account in query.own_accounts("twitter")]
    words = [*query.names, *(f"@{account}" for account in own if not is_id(account))]
    terms = dict.fromkeys(_term(word) for word in words)
    names = [term for term in terms if term != '""' and len(term) <= LONGEST_TERM]
    notes = [f"{term[:40]}… is too long for X to search for" for term in terms if len(term) > LONGEST_TERM]
    notes += [
        f"account {account} is an id: its @handle is not searched for" for account in own if is_id(account)
    ]
    tail = _tail(query, max(LONGEST - len(any_of(names)), LONGEST_TERM - 2), notes)
    groups: list[list[str]] = []
    for name in names:
        if groups and len(any_of([*groups[-1], name])) + len(tail) <= LONGEST:
            groups[-1].append(name)
        else:
            groups.append([name])
    if len(groups) > 1:
        notes.append(f"the names need {len(groups)} searches, each with its own calls")
    return tuple(any_of(group) + tail for group in groups), tuple(notes)


def any_of(terms: Sequence[str]) -> str:
    """Return a group that any of `terms` matches."""
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _tail(query: Query, room: int, notes: list[str]) -> str:
    """Return the filters that fit into `room` characters, and note the others."""
    tail = ""
    for what, piece in _filters(query, notes):
        if len(tail) + 1 + len(piece) <= room:
            tail += " " + piece
        else:
            notes.append(f"{what} has no room in the query: such posts are read and filtered here")
    return tail


def _filters(query: Query, notes: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((f"the required word '{word}'", _term(word)) for word in query.must)
    codes = [code.lower() for code in query.languages]
    if unknown := [code for code in codes if code not in LANGUAGES.split()]:
        notes.append(f"X's search does not know the language '{unknown[0]}': languages are filtered here")
    elif codes:
        known = [f"lang:{OLD_CODES.get(code, code)}" for code in codes]
        yield "the choice of languages", any_of([*known, "lang:und"])
    yield from ((f"the excluded word '{word}'", "-" + _term(word)) for word in query.must_not)


def _term(word: str) -> str:
    """Return `word` as a term: quoted where it is not one plain word, a hashtag or a handle."""
    word = " ".join(word.replace('"', " ").split())
    plain = re.fullmatch(r"\w+|#\w*[^\W\d_]\w*|@[A-Za-z0-9_]{1,15}", word)
    return word if plain and word not in ("OR", "AND", "NOT") else f'"{word}"'
