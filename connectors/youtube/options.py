"""What the operator may set for YouTube, and how a `Query` is put to its search."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from monitor.connector import Misconfigured, Query, Source, read_options

WATCHES = ("channel", "search", "threads")
LONGEST_SEARCH = 500  # characters; YouTube documents no limit, but the whole address must stay below 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTubeOptions:
    """The keys of a source's options."""

    watch: tuple[str, ...] = WATCHES
    search_every_minutes: int = 60
    search_pages: int = 4
    follow_days: int = 7
    follow_pages: int = 10
    overlap_minutes: float = 360.0
    backfill_days: float = 7.0
    daily_units: int = 10_000
    daily_searches: int = 100
    endpoint: str | None = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTubeCredentials:
    """An API key of a Google Cloud project in which the YouTube Data API v3 is enabled."""

    api_key: str = field(repr=False)


def channels_of(query: Query) -> list[str]:
    """Return the ids of the brand's own channels; handles cannot be asked for comments."""
    return [account for account in query.own_accounts("youtube") if account.startswith("UC")]


def read_source(source: Source) -> YouTubeOptions:
    """Return the options of `source`. Raises `Misconfigured`."""
    options = read_options(YouTubeOptions, source.options)
    for name in (f.name for f in fields(options)):
        value = getattr(options, name)
        if isinstance(value, int | float) and not 0 < value < math.inf:
            raise Misconfigured(f"options.{name}", "expected a number above 0")
    if not options.watch or set(options.watch) - set(WATCHES):
        raise Misconfigured("options.watch", f"expected some of: {', '.join(WATCHES)}")
    if "threads" in options.watch and "search" not in options.watch:
        raise Misconfigured("options.watch", "'threads' follows the videos that 'search' finds: add 'search'")
    if set(options.watch) == {"channel"} and not channels_of(source.query):
        raise Misconfigured("options.watch", "'channel' needs an account on youtube that starts with UC")
    if options.endpoint is not None and not re.fullmatch(r"https?://[!-~]+", options.endpoint):
        raise Misconfigured("options.endpoint", "expected an address that begins with http:// or https://")
    return options


def read_api_key(credentials: YouTubeCredentials) -> str:
    """Return the key. Raises `Misconfigured` when it is empty."""
    if not (key := credentials.api_key.strip()):
        raise Misconfigured("credentials.api_key", "it is empty; expected an API key")
    return key


def compile_search(query: Query) -> tuple[str, list[str]]:
    """Return the `q` of search.list, and notes on what it leaves to the monitor's own filter."""
    notes = []
    names = _terms(query.names)
    rest = [*_terms(query.must), *(f"-{term}" for term in _terms(query.must_not))]
    while rest and len(_joined(names, rest)) > LONGEST_SEARCH:
        notes.append(f"the search leaves out {rest.pop()}: it is too long for YouTube")
    while len(names) > 1 and len(_joined(names, rest)) > LONGEST_SEARCH:
        notes.append(f"videos that name only {names.pop()} are not found: the search is too long for YouTube")
    return _joined(names, rest), notes


def _joined(names: Sequence[str], rest: Sequence[str]) -> str:
    return " ".join(["|".join(names), *rest])


def _terms(words: Sequence[str]) -> list[str]:
    return [term for term in map(_term, words) if term]


def _term(word: str) -> str:
    """Return `word` as one term: in quotes unless it is one plain word, without YouTube's operators."""
    bare = " ".join(word.replace('"', " ").split())
    return bare if re.fullmatch(r"\w*", bare) else f'"{bare}"'


def notes_on(options: YouTubeOptions, query: Query) -> list[str]:
    """Return, in short sentences, what of `query` YouTube cannot express or will not show."""
    notes = []
    if "channel" in options.watch and not channels_of(query):
        notes.append("no channel is watched: no account of the brand on youtube starts with UC")
    if "search" in options.watch:
        notes += compile_search(query)[1]
        notes.append("YouTube's search is not complete; found videos are filtered again by name")
        if query.languages:
            notes.append("YouTube cannot search by language: videos that state another one are filtered here")
        calls = 24 * 60 / options.search_every_minutes * options.search_pages
        if calls > options.daily_searches:
            notes.append(f"{calls:.0f} searches a day at most, and {options.daily_searches} are allowed")
    return notes
