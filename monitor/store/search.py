"""Mentions found again: by what a person remembers of them, and by what names one."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from monitor.store.mentions import Stored, Verdict, assessment, mention, stored, verdicts

_LARGEST = 2**63 - 1  # what both databases hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which mentions: `since` and `until` bound their publication, `text` occurs in title or text."""

    brand: str | None = None
    platform: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    complaint: bool | None = None
    text: str | None = None
    limit: int = 50


def search(connection: Connection, wanted: Wanted) -> list[tuple[Stored, Verdict | None]]:
    """Return the wanted mentions with the present verdict on each, newest first."""
    if connection.dialect.name == "sqlite":
        _teach_case(connection)
    statement = select(mention).where(*_conditions(connection, wanted))
    if wanted.complaint is not None:
        statement = statement.join(assessment, assessment.c.mention == mention.c.number)
        statement = statement.where(assessment.c.complaint.is_(wanted.complaint))
    newest_first = statement.order_by(mention.c.created_at.desc(), mention.c.number.desc())
    found = [stored(row) for row in connection.execute(newest_first.limit(wanted.limit))]
    judged = verdicts(connection, [each.number for each in found])
    return [(each, judged.get(each.number)) for each in found]


def _conditions(connection: Connection, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.brand is not None:
        yield mention.c.brand == wanted.brand
    if wanted.platform is not None:
        yield mention.c.platform == wanted.platform
    if wanted.since is not None:
        yield mention.c.created_at >= wanted.since
    if wanted.until is not None:
        yield mention.c.created_at < wanted.until
    if wanted.text:
        yield or_(*(_holds(connection, column, wanted.text) for column in (mention.c.text, mention.c.title)))


def _holds(connection: Connection, column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """Return the condition that `words` occur in `column`, in whatever case."""
    if words.isascii():
        return column.icontains(words, autoescape=True)
    # SQLite's LIKE knows the case of ASCII letters only, PostgreSQL's what the database's locale knows
    if connection.dialect.name == "sqlite":
        return func.instr(func.uproar_folded(column), words.casefold()) > 0
    return column.regexp_match("".join(map(_either_case, words)))


def _either_case(character: str) -> str:
    """Return a regular expression for a character in either case."""
    spellings = {character, character.lower(), character.upper(), character.upper().lower()}
    letters = sorted(each for each in spellings if len(each) == 1)
    return f"[{''.join(letters)}]" if len(letters) > 1 else re.escape(character)


def _teach_case(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        driver.create_function("uproar_folded", 1, _folded, deterministic=True)


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def named(connection: Connection, name: str) -> list[Stored]:
    """Return the mentions that `name` names: a number, PLATFORM:ID, a URL, or a platform's id.

    There are several when a post is a mention of several brands.
    """
    for statement in _readings(name):
        if found := [stored(row) for row in connection.execute(statement.order_by(mention.c.number))]:
            return found
    return []


def _readings(name: str) -> Iterator[Select[Any]]:
    everything = select(mention)
    if name.isascii() and name.isdigit() and int(name) <= _LARGEST:
        yield everything.where(mention.c.number == int(name))
    if name.startswith(("http://", "https://")):
        yield everything.where(mention.c.url.in_(_spellings(name)))
    platform, colon, identity = name.partition(":")
    if colon and identity:
        yield everything.where(mention.c.platform == platform, mention.c.id == identity)
    yield everything.where(mention.c.id == name)


def _spellings(url: str) -> list[str]:
    """Return how the same address may have been stored: with or without what a browser or a share adds."""
    bare = url.partition("#")[0]
    paths = [url, bare, bare.partition("?")[0]]
    ends = [spelling for path in paths for spelling in (path, path.rstrip("/"), f"{path.rstrip('/')}/")]
    schemes = [end.partition("://")[2] for end in ends]
    return list(
        dict.fromkeys([*ends, *(f"{scheme}://{end}" for end in schemes for scheme in ("https", "http"))])
    )
