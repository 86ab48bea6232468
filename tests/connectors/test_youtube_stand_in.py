"""The YouTube stand-in speaks as the discovery document in Google's package says."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from googleapiclient.discovery_cache import get_static_doc  # type: ignore[import-untyped]

from monitor.demo.world import World
from monitor.demo.youtube import GOOD_KEY, YouTubeStandIn
from monitor.testing import HandClock
from tests.connectors.youtube_world import BRAND, NOON, Tube

JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}
LISTS = {
    "commentThreads": ("CommentThreadListResponse", {"part": "snippet,replies"}),
    "comments": ("CommentListResponse", {"part": "snippet"}),
    "search": ("SearchListResponse", {"part": "snippet", "type": "video", "q": "acme"}),
    "videos": ("VideoListResponse", {"part": "snippet,statistics"}),
}
HOUR = timedelta(hours=1)


@pytest.fixture
def tube() -> Iterator[Tube]:
    """Yield a YouTube with one of each: video, comment, reply, removed author."""
    clock = HandClock(NOON)
    with YouTubeStandIn(World(), clock) as youtube:
        tube = Tube(youtube.world, clock, youtube)
        video = tube.film("v", NOON - 9 * HOUR, BRAND)
        comment = tube.say("c", NOON - 8 * HOUR, video)
        tube.say("d", NOON - 8 * HOUR, video, by=None)
        tube.say("r", NOON - 7 * HOUR, video, under=comment)
        yield tube


def get(tube: Tube, resource: str, **query: str) -> tuple[int, Any]:
    """Return the status and the body of a call with the good key."""
    address = f"{tube.stand_in.endpoint}/youtube/v3/{resource}?{urlencode({'key': GOOD_KEY, **query})}"
    try:
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server on loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def listed(tube: Tube, resource: str) -> Any:
    """Return a list of the one video, its comments, or the replies to the first."""
    video, comment = tube.world.posts[0].id, tube.world.posts[1].id
    which = {"commentThreads": {"videoId": video}, "comments": {"parentId": comment}, "videos": {"id": video}}
    status, body = get(tube, resource, **LISTS[resource][1], **which.get(resource, {}))
    assert status == 200
    return body


def misfits(value: Any, spec: Any, schemas: Any, path: str) -> list[str]:
    """Return where `value` has a key that the schema lacks, or a value of another JSON type."""
    spec = schemas[spec["$ref"]] if "$ref" in spec else spec
    wanted = JSON_TYPES[spec["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and spec["type"] != "boolean"):
        return [f"{path}: {value!r} is not of type {spec['type']}"]
    if isinstance(value, list):
        inner = [misfits(one, spec["items"], schemas, f"{path}[]") for one in value]
    elif isinstance(value, dict):
        known = spec.get("properties", {})
        inner = [
            misfits(one, known[key], schemas, f"{path}.{key}") if key in known else [f"{path}.{key}: unknown"]
            for key, one in value.items()
        ]
    else:
        inner = []
    return [misfit for misfits_inside in inner for misfit in misfits_inside]


@pytest.mark.parametrize("resource", LISTS)
def test_bodies_follow_the_discovery_document(tube: Tube, resource: str) -> None:
    """Each key is in the published schema of its resource, with the right JSON type."""
    schemas = json.loads(get_static_doc("youtube", "v3"))["schemas"]
    body = listed(tube, resource)
    assert body["items"]
    assert misfits(body, {"$ref": LISTS[resource][0]}, schemas, resource) == []


def test_the_schema_check_can_fail() -> None:
    """A wrong type and an unknown key are both seen."""
    schemas = json.loads(get_static_doc("youtube", "v3"))["schemas"]
    body = {"likes": 1, "snippet": {"likeCount": "3"}}
    assert len(misfits(body, {"$ref": "Comment"}, schemas, "comment")) == 2


@pytest.mark.parametrize(
    ("resource", "query", "status", "reason"),
    [
        ("commentThreads", {"part": "snippet", "videoId": "v", "maxResults": "101"}, 400, "invalidParameter"),
        ("search", {"part": "snippet", "maxResults": "51"}, 400, "invalidParameter"),
        ("search", {"part": "snippet", "publishedAfter": "yesterday"}, 400, "badRequest"),
        ("search", {"part": "snippet", "pageToken": "x"}, 400, "invalidPageToken"),
        ("commentThreads", {"part": "snippet"}, 400, "missingRequiredParameter"),
        ("videos", {"id": "x"}, 400, "missingRequiredParameter"),
        ("videos", {"part": "snippet", "id": ",".join("x" * 51)}, 400, "invalidFilters"),
        ("commentThreads", {"part": "snippet", "videoId": "nobody"}, 404, "videoNotFound"),
        ("comments", {"part": "snippet", "parentId": "nobody"}, 404, "commentNotFound"),
        ("videos", {"part": "snippet", "id": "x", "key": "wrong"}, 400, "badRequest"),
        ("videos", {"part": "snippet", "id": "x", "key": ""}, 403, "forbidden"),
    ],
)
def test_wrong_calls_are_refused(tube: Tube, resource: str, query: Any, status: int, reason: str) -> None:
    """Limits, formats, absent things and keys are checked as YouTube does."""
    answered, body = get(tube, resource, **query)
    assert (answered, body["error"]["errors"][0]["reason"]) == (status, reason)


def test_budgets_begin_anew_at_midnight_in_california(tube: Tube) -> None:
    """A used-up bucket answers 403 or 429 until then."""
    tube.stand_in.daily_units, tube.stand_in.daily_searches = 1, 1
    call = {"part": "snippet", "id": "x"}
    assert [get(tube, "videos", **call)[0] for _ in range(2)] == [200, 403]
    assert [get(tube, "search", part="snippet")[0] for _ in range(2)] == [200, 429]
    tube.clock.advance(hours=19)
    assert get(tube, "videos", **call)[0] == 403
    tube.clock.advance(hours=1)
    assert get(tube, "videos", **call)[0] == 200


def test_search_honours_its_operators(tube: Tube) -> None:
    """Alternatives, phrases and exclusions decide what is found."""
    found = {
        q: len(get(tube, "search", part="snippet", q=q)[1]["items"])
        for q in ("nobody|acme", '"acme, tested"', '"tested acme"', "acme -tested", "acme broke")
    }
    assert list(found.values()) == [1, 1, 0, 0, 1]


def test_a_long_address_may_come_as_a_post(tube: Tube) -> None:
    """Google's client sends an address of more than 2048 characters so."""
    form = urlencode({"part": "snippet", "id": tube.world.posts[0].id}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server on loopback
        f"{tube.stand_in.endpoint}/youtube/v3/videos?key={GOOD_KEY}",
        data=form,
        headers={"x-http-method-override": "GET"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        assert len(json.loads(answer.read())["items"]) == 1
