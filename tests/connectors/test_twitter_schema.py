"""The stand-in against the schema that X publishes, where that lies beside the repository."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from monitor.core.mention import Engagement
from monitor.demo.twitter import GOOD_TOKEN, TwitterStandIn, client_forbidden, half_failed, id_of, monthly_cap
from monitor.testing import HandClock
from tests.connectors.twitter_story import ACME, NOON, published

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "twitter"
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """Return the published schema."""
    path = PAYLOADS / "openapi.json"
    if not path.exists():
        pytest.skip("the published schema of X is not beside the repository")
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


@pytest.fixture
def x() -> Iterator[TwitterStandIn]:
    """Yield X with edits, counts, replies, a suspended author and a deletion."""
    world = published()
    world.posts[3].edits = [(NOON - timedelta(minutes=1), "my acme kettle, edited")]
    world.posts[4].engagement = [(NOON - timedelta(minutes=2), Engagement(likes=3, reposts=1, views=80))]
    world.posts[5].author = None
    world.posts[7].deleted_at = NOON
    world.posts[8].deleted_at, world.posts[8].removed = NOON, True
    with TwitterStandIn(world, HandClock(NOON), people=[ACME]) as stand_in:
        yield stand_in


def faults(value: Any, schema: Mapping[str, Any], openapi: Mapping[str, Any], at: str = "$") -> Iterator[str]:
    """Yield what in `value` is not as `schema` says; names that the schema does not know are faults too."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from faults(value, openapi["components"]["schemas"][name], openapi, at)
    elif "discriminator" in schema:
        kind = schema["discriminator"]["mapping"].get(value.get(schema["discriminator"]["propertyName"]))
        yield from faults(value, {"$ref": kind}, openapi, at) if kind else [f"{at}: no such type"]
    elif "oneOf" in schema:
        tried = [list(faults(value, one, openapi, at)) for one in schema["oneOf"]]
        yield from [] if [] in tried else tried[0]
    elif not isinstance(value, TYPES.get(schema.get("type", ""), object)):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict | list):
        yield from inner_faults(value, schema, openapi, at)
    elif value not in schema.get("enum", [value]):
        yield f"{at}: {value!r} is none of {schema['enum']}"
    elif not re.search(schema.get("pattern", ""), str(value)):
        yield f"{at}: {value!r} is not like {schema['pattern']}"


def inner_faults(value: Any, schema: Mapping[str, Any], openapi: Mapping[str, Any], at: str) -> Iterator[str]:
    """Yield the faults of the members of an object or an array."""
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from faults(inner, schema["items"], openapi, f"{at}[{number}]")
        return
    known = schema.get("properties", {})
    yield from (f"{at} lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        yield from faults(inner, known[name], openapi, f"{at}.{name}") if name in known else [f"{at}.{name}?"]


def ask(x: TwitterStandIn, path: str, **params: str) -> Any:
    """Return the answer to the question in the newest vocabulary."""
    fields = "author_id,conversation_id,created_at,lang,public_metrics,referenced_posts,in_reply_to_user_id"
    named = {"post.fields": fields, "user.fields": "name,username,public_metrics", "expansions": "author_id"}
    headers = {"authorization": f"Bearer {GOOD_TOKEN}"}
    return requests.get(x.endpoint + path, params={**named, **params}, headers=headers, timeout=10).json()


def questions(x: TwitterStandIn) -> list[tuple[str, str, dict[str, str]]]:
    """Return the path, its name in the schema and the parameters of each question that is checked."""
    ids = ",".join(id_of(post) for post in x.world.posts[:12])
    return [
        ("/2/tweets/search/recent", "/2/tweets/search/recent", {"query": "acme", "max_results": "10"}),
        ("/2/tweets/search/recent", "/2/tweets/search/recent", {"query": "nothing"}),
        ("/2/users/1001/mentions", "/2/users/{id}/mentions", {}),
        ("/2/users/1001/tweets", "/2/users/{id}/tweets", {}),
        ("/2/users/404/tweets", "/2/users/{id}/tweets", {}),
        ("/2/tweets", "/2/tweets", {"ids": ids}),
        ("/2/users/by", "/2/users/by", {"usernames": "ann,AcmeHelp,nobody"}),
    ]


def test_bodies_are_as_published(x: TwitterStandIn, openapi: dict[str, Any]) -> None:
    """Posts, users, metadata and partial errors of every path that the connector uses."""
    seen = set()
    for path, name, params in questions(x):
        body = ask(x, path, **params)
        answers = openapi["paths"][name]["get"]["responses"]["200"]["content"]["application/json"]
        assert not list(faults(body, answers["schema"], openapi)), path
        seen |= set(body)
    assert seen == {"data", "includes", "errors", "meta"}


def test_parameters_of_the_connector_are_published(openapi: dict[str, Any]) -> None:
    """What the connector sends is documented for the path, apart from the older name of the fields."""
    sent = {
        "/2/tweets/search/recent": {"query", "since_id", "start_time", "next_token", "max_results"},
        "/2/users/{id}/mentions": {"since_id", "start_time", "pagination_token", "max_results"},
        "/2/users/{id}/tweets": {"since_id", "start_time", "pagination_token", "max_results"},
        "/2/tweets": {"ids"},
        "/2/users/by": {"usernames"},
    }
    for path, names in sent.items():
        documented = {one["name"] for one in openapi["paths"][path]["get"]["parameters"] if "name" in one}
        assert names <= documented, path


def test_the_validator_finds_faults(x: TwitterStandIn, openapi: dict[str, Any]) -> None:
    """A field too many, one too few, one of another type and an unknown problem are found."""
    schema = openapi["components"]["schemas"]["SearchPostsRecentResponse"]
    body = ask(x, "/2/tweets/search/recent", query="acme")
    body["data"][0] |= {"text": 5, "edit_history_tweet_ids": []}
    del body["data"][1]["public_metrics"]["like_count"]
    body["errors"] = [{"type": "?"}]
    assert len(list(faults(body, schema, openapi))) == 4


def test_errors_are_as_recorded() -> None:
    """A 403 and the monthly 429 have the type and title of recorded ones; an inner error is in the schema."""
    recorded = {"client_forbidden_403.json": client_forbidden(), "usage_cap_429.json": monthly_cap()}
    if not PAYLOADS.exists():
        pytest.skip("no recorded errors beside the repository")
    for name, ours in recorded.items():
        theirs = json.loads((PAYLOADS / name).read_text())
        assert {key: ours.body[key] for key in ("type", "title")} == {
            key: theirs[key] for key in ("type", "title")
        }
        assert theirs.keys() - {"registration_url"} <= ours.body.keys(), name
    assert half_failed().body["errors"][0]["type"].endswith("/internal-error")
