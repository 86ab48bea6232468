"""A brand's query in the words of Reddit's search."""

import re

from monitor.connector import Query

LONGEST = 512  # characters of one search


def compile_query(query: Query) -> tuple[list[str], list[str]]:
    """Return `query` as searches of at most 512 characters each, any of which finds a mention, and notes.

    Names that do not fit into one search make another. Required and excluded words beyond half of the length
    are left out and noted: the monitor applies them anyway.
    """
    tail, left_out = _conditions(query)
    names, room = [_quoted(name) for name in query.names], LONGEST - len(tail) - len("()")
    left_out += [name for name in names if len(name) > room]
    notes = ["search finds submissions only; comments are seen in the listed subreddits alone"]
    if query.languages:
        notes.append("the language of a post is not told, so `languages` lets every post pass")
    if left_out:
        notes.append("too long for the search, left out of it: " + ", ".join(left_out))
    return [f"({group}){tail}" for group in _groups([n for n in names if len(n) <= room], room)], notes


def _conditions(query: Query) -> tuple[str, list[str]]:
    """Return the words that must and must not occur as the end of a search, and those that do not fit."""
    tail, left_out = "", []
    for operator, word in [("AND", word) for word in query.must] + [("NOT", word) for word in query.must_not]:
        part = f" {operator} {_quoted(word)}"
        if len(tail) + len(part) <= LONGEST // 2:
            tail += part
        else:
            left_out.append(_quoted(word))
    return tail, left_out


def _groups(names: list[str], room: int) -> list[str]:
    """Return `names` joined by OR, in as few groups of at most `room` characters as their order allows."""
    groups: list[str] = []
    for name in names:
        if groups and len(f"{groups[-1]} OR {name}") <= room:
            groups[-1] += f" OR {name}"
        else:
            groups.append(name)
    return groups


def _quoted(words: str) -> str:
    """Return `words` as a phrase; Reddit has no way to escape a quotation mark in one."""
    return '"' + re.sub(r'["\\\s]+', " ", words).strip() + '"'
