"""No cassette holds a secret."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package more, for one call

from tests.tooling.cassettes import leaks

TESTS = Path(__file__).parents[1]
CASSETTES = sorted([*TESTS.glob("**/cassettes/**/*.yaml"), *TESTS.glob("**/cassettes/**/*.yml")])
RANDOM = "q7Zt1LxV9sKc3RfYw5HnBd8MjPg2TaEu6XoQiWzCvNb4"  # nobody's, made up for this test


def test_no_cassette_holds_a_secret() -> None:
    """Every recorded exchange in the repository is free of what could be a credential."""
    found = {
        path.relative_to(TESTS).as_posix(): list(leaks(yaml.safe_load(path.read_text())))
        for path in CASSETTES
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def cassette(
    *, headers: dict[str, Any] | None = None, uri: str = "https://x.example/2/tweets", body: Any = None
) -> dict[str, Any]:
    """Make a cassette with one exchange, whose request holds what is given."""
    request = {"method": "GET", "uri": uri, "headers": headers or {}, "body": body}
    return {"interactions": [{"request": request, "response": {"headers": {}, "body": {"string": ""}}}]}


@pytest.mark.parametrize(
    "leaking",
    [
        cassette(headers={"Authorization": ["Bearer abc"]}),
        cassette(headers={"aUTHORIZATION": ["anything"]}),
        cassette(headers={"X-Goog-Api-Key": ["anything"]}),
        cassette(headers={"Set-Cookie": ["session=1"]}),
        cassette(headers={"x-note": ["sent with Bearer 0123456789abcdef"]}),
        cassette(uri="https://x.example/search?q=acme&key=short"),
        cassette(uri="https://x.example/search?Access_Token=short"),
        cassette(uri="https://me:secret@x.example/"),
        cassette(body=b"grant_type=password&password=short"),
        cassette(body=json.dumps({"data": [{"access_token": "short"}]})),
        cassette(body={"string": "see AIzaSyA1234567890abcdefghijk"}),
        cassette(body=f"see {RANDOM}"),
        cassette(body="-----BEGIN RSA PRIVATE KEY-----"),
    ],
    ids=lambda leaking: json.dumps(leaking["interactions"][0]["request"], default=str)[:90],
)
def test_a_secret_is_found(leaking: dict[str, Any]) -> None:
    """Each place and shape of a secret is found, whatever the case of its name."""
    assert list(leaks(leaking))


@pytest.mark.parametrize(
    "clean",
    [
        cassette(headers={"Authorization": ["REDACTED"], "User-Agent": ["uproar/0.1"]}),
        cassette(headers={"authorization": ["Bearer REDACTED"]}),
        cassette(uri="https://x.example/search?key=REDACTED&pageToken=abc&q=acme"),
        cassette(body=json.dumps({"access_token": "REDACTED", "key": "value", "text": "a" * 100})),
        cassette(
            uri="http://x.example/v3/commentThreads?allThreadsRelatedToChannelId=UCgiszrYfBSKCiClunzV68qm"
        ),
        cassette(body="0123456789abcdef" * 8),
        cassette(body="An ordinary complaint: acme broke my order and nobody-answers-the-telephone-at-all."),
    ],
)
def test_an_ordinary_exchange_passes(clean: dict[str, Any]) -> None:
    """Redacted headers and parameters, hexadecimal digests and prose are no findings."""
    assert list(leaks(clean)) == []


def test_a_finding_does_not_repeat_the_secret() -> None:
    """The report of a leak is not itself a leak."""
    leaking = cassette(headers={"Authorization": [RANDOM]}, uri=f"https://x.example/?key={RANDOM}")
    assert RANDOM not in "".join(leaks(leaking))
