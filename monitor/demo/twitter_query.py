"""The query language of X's recent search, as far as the stand-in needs: strictly parsed, matched by word."""

import re
from collections.abc import Callable
from dataclasses import dataclass

TOKEN = re.compile(r'\s*(-?"[^"]*"|[()]|-?\(|[^\s()"]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What of a post can be searched for."""

    text: str
    lang: str
    by: str
    to: str
    conversation: str


Test = Callable[[Searched], bool]


class BadQuery(ValueError):
    """A parameter that X answers with a 400."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value


def parse(query: str) -> Test:
    """Return a test for `query`: AND binds before OR. Raises `BadQuery`, as for a negated group."""
    tokens = TOKEN.findall(query)
    if "".join(tokens).replace(" ", "") != re.sub(r"\s", "", query):
        raise BadQuery("query", query, "no viable alternative at input")
    if all(re.match(r"lang:|-|OR$|[()]", token) for token in tokens):
        raise BadQuery("query", query, "Rules must contain at least one positive, stand-alone operator")
    test = _any(tokens, query)
    if tokens:
        raise BadQuery("query", query, f"extraneous input '{tokens[0]}'")
    return test


def _any(tokens: list[str], query: str) -> Test:
    tests = [_all(tokens, query)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        tests.append(_all(tokens, query))
    return lambda post: any(test(post) for test in tests)


def _all(tokens: list[str], query: str) -> Test:
    tests = []
    while tokens and tokens[0] not in ("OR", ")"):
        tests.append(_one(tokens, query))
    if not tests:
        raise BadQuery("query", query, "missing an operand")
    return lambda post: all(test(post) for test in tests)


def _one(tokens: list[str], query: str) -> Test:
    token = tokens.pop(0)
    if token == "(":  # noqa: S105 - a parenthesis
        inner = _any(tokens, query)
        if not tokens or tokens.pop(0) != ")":
            raise BadQuery("query", query, "missing ')'")
        return inner
    if token.startswith("-"):
        negated = _term(token[1:], query)
        return lambda post: not negated(post)
    return _term(token, query)


def _term(token: str, query: str) -> Test:
    operator, colon, value = token.partition(":")
    if token.startswith('"') or not colon:
        words = token.strip('"')
        if not words or token == "(":  # noqa: S105 - a parenthesis
            raise BadQuery("query", query, "a group cannot be negated, and a phrase has words")
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        return lambda post: bool(pattern.search(post.text))
    tests: dict[str, Test] = {
        "lang": lambda post: post.lang == value,
        "from": lambda post: post.by.casefold() == value.casefold(),
        "to": lambda post: post.to.casefold() == value.casefold(),
        "conversation_id": lambda post: post.conversation == value,
    }
    if operator not in tests or not value:
        raise BadQuery("query", query, f"Reference to invalid operator '{operator}'")
    return tests[operator]
