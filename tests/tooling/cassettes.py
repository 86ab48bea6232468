"""Find secrets in a recorded HTTP exchange: what a cassette of vcrpy may not hold."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REDACTED = "REDACTED"  # what stands where a secret stood

# Compared without regard to case: HTTP/2 sends lower case, and cassettes keep what was sent.
SECRET_HEADERS = {
    *("api-key", "authorization", "cookie", "proxy-authorization", "set-cookie"),
    *(
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-goog-api-key",
    ),
}
# As the name of a parameter in a URL or a form, or of a field in a JSON body.
SECRET_NAMES = {
    *("access_token", "api_key", "apikey", "assertion", "auth", "client_secret", "code", "id_token", "key"),
    *("oauth_token", "passwd", "password", "refresh_token", "secret", "session", "sig", "signature", "token"),
}
SECRET_FIELDS = SECRET_NAMES - {"code", "key", "session", "token"}  # ordinary words in a platform's answers

SECRET_SHAPES = re.compile(
    r"(?i:\bbearer\s+(?!REDACTED\b)[\w.~+/=-]{8,})"  # a bearer token in any text
    r"|(?i:\bbasic\s+[a-z0-9+/=]{12,}={0,2}\b)"
    r"|\bAIza[\w-]{20,}"  # Google
    r"|\bya29\.[\w-]{20,}"
    r"|\bA{20,}[\w%]{20,}"  # X
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}"  # a JSON web token
    r"|\b(?:ghp|gho|ghs|github_pat|glpat|xox[abpr]|sk_live|AKIA)[\w-]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
LONG_WORD = re.compile(r"[A-Za-z0-9+_-]{40,}")  # without `/` and `=`, which join the words of a URL
BITS = 4.5  # a character: prose and hexadecimal stay below, 40 and more random base64 characters do not


def leaks(cassette: Mapping[str, Any]) -> Iterator[str]:
    """Yield what looks like a secret in the cassette, as a sentence that does not repeat the secret."""
    for number, interaction in enumerate(cassette.get("interactions", []), 1):
        for side in ("request", "response"):
            for finding in _findings(interaction.get(side, {})):
                yield f"interaction {number}, {side}: {finding}"


def _findings(message: Mapping[str, Any]) -> Iterator[str]:
    headers = message.get("headers") or {}
    uri = message.get("uri") or ""
    body = _body(message.get("body"))
    for name, values in headers.items():
        if name.lower() in SECRET_HEADERS and not _redacted(values):
            yield f"header {name}"
    if "@" in urlsplit(uri).netloc:
        yield "a user in the URL"
    for name, value in (*parse_qsl(urlsplit(uri).query), *parse_qsl(body)):
        if name.lower() in SECRET_NAMES and not _redacted(value):
            yield f"parameter {name}"
    for name, value in _json_fields(body):
        if name.lower() in SECRET_FIELDS and not _redacted(value):
            yield f"field {name}"
    for text in (uri, body, json.dumps(headers)):
        yield from _shapes(text)


def _shapes(text: str) -> Iterator[str]:
    if found := SECRET_SHAPES.search(text):
        yield f"something shaped like a secret at character {found.start()}"
    for word in LONG_WORD.finditer(text):
        if _bits(word.group()) > BITS:
            yield f"a random-looking word of {len(word.group())} characters at character {word.start()}"


def _redacted(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(str(one).removeprefix("Bearer ").removeprefix("bearer ") in ("", REDACTED) for one in values)


def _body(body: Any) -> str:
    if isinstance(body, Mapping):  # vcrpy wraps the body of a response: {"string": ...}
        body = body.get("string")
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")


def _json_fields(body: str) -> Iterator[tuple[str, Any]]:
    try:
        tree = json.loads(body)
    except ValueError:
        return
    rest = [tree]
    while rest:
        node = rest.pop()
        children: Iterable[Any] = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict):
            yield from ((name, value) for name, value in node.items() if isinstance(value, str))
        if isinstance(node, (dict, list)):
            rest.extend(children)


def _bits(word: str) -> float:
    """Return the Shannon entropy of the word's characters, in bits a character."""
    shares = [number / len(word) for number in Counter(word).values()]
    return -sum(share * math.log2(share) for share in shares)
