from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.stranger import Answer, Asked, Program, Query, Serve, serving

KEY = "sesame-of-youtube"
CHANNEL = "UCa-vrCLQHviTOVnEKDOdetQ"
OLD = "2019-12-01T03:36:55.000Z"
DAY_IS_OVER = {"error": {"code": 403, "errors": [{"domain": "youtube.quota", "reason": "quotaExceeded"}]}}
BAD_KEY = {
    "error": {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}
}
NO_COMMENTS = {
    "error": {"code": 403, "errors": [{"domain": "youtube.commentThread", "reason": "commentsDisabled"}]}
}


def comment(name: str, **more: Any) -> dict[str, Any]:
    """Return a comment as the guide shows it."""
    snippet = {"textDisplay": f"hello {name}", "authorDisplayName": "ann", "publishedAt": OLD, **more}
    return {"kind": "youtube#comment", "id": name, "snippet": snippet}


def thread(name: str, *replies: str) -> dict[str, Any]:
    """Return a comment thread, without the fields that one can do without."""
    snippet = {"videoId": "aaaaaaaaaaa", "topLevelComment": comment(name), "totalReplyCount": len(replies)}
    inner = {"replies": {"comments": [comment(each, parentId=name) for each in replies]}} if replies else {}
    return {"kind": "youtube#commentThread", "id": name, "snippet": snippet, **inner}


def result(video: str) -> dict[str, Any]:
    """Return a search result."""
    snippet = {"title": f"Acme {video}", "description": "a film", "channelId": "UCx", "publishedAt": OLD}
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": video},
        "snippet": snippet,
    }


def full(video: str) -> dict[str, Any]:
    """Return a video in full."""
    snippet = {**result(video)["snippet"], "description": "a film, told at length"}
    return {"kind": "youtube#video", "id": video, "snippet": snippet, "statistics": {"viewCount": "7"}}


FOUND = {
    "items": [
        result("vvvvvvvvvv1"),
        {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#channel", "channelId": "UCx"},
            "snippet": {},
        },
        {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#playlist", "playlistId": "PLx"},
            "snippet": {},
        },
        result("vvvvvvvvvv2"),
    ],
    "nextPageToken": "CBkQAA",
}
WHOLE: dict[str, Answer] = {
    "search": FOUND,
    "videos": {"items": [full("vvvvvvvvvv1"), full("vvvvvvvvvv2")]},
    "channel": {
        "items": [thread("UgxOne-thread-AaABAg", "UgxOne-thread-AaABAg.one"), thread("UgxTwo-thread-AaABAg")]
    },
    "threads": {"items": []},
}
CHANNEL_IDS = {"UgxOne-thread-AaABAg", "UgxOne-thread-AaABAg.one", "UgxTwo-thread-AaABAg"}
VIDEO_IDS = {"vvvvvvvvvv1", "vvvvvvvvvv2"}


def routes(answers: dict[str, Answer], prefix: str = "") -> Serve:
    """Return a server of YouTube's lists, under a path of its own."""

    def serve(path: str, query: Query) -> Answer:
        name = path.removeprefix(f"{prefix}/youtube/v3/")
        if name == "commentThreads":
            name = "channel" if "allThreadsRelatedToChannelId" in query else "threads"
        return answers.get(name, (404, b"<html>not found</html>"))

    return serve


def program(folder: Path, endpoint: str, **options: Any) -> Program:
    """Return the program over YouTube at `endpoint`, for a brand with a channel."""
    return Program(
        folder=folder,
        connector="youtube",
        options={"endpoint": endpoint, **options},
        credentials={"api_key": KEY},
        accounts={"youtube": [CHANNEL, "@acme"]},
    )


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [("", ""), ("", "/"), ("/proxy/yt", ""), ("", "/youtube/v3"), ("/proxy/yt", "/youtube/v3/")],
)
def test_old_comments_and_videos_are_stored(tmp_path: Path, prefix: str, suffix: str) -> None:
    """A first pull stores what the first pages hold, of whatever year, wherever the endpoint lies."""
    with serving(routes(WHOLE, prefix)) as endpoint:
        run = program(tmp_path, endpoint + prefix + suffix).run_once()
    assert (run.ids, run.source.state) == (CHANNEL_IDS | VIDEO_IDS, "ok")
    assert "a film, told at length" in run.texts


@pytest.mark.parametrize("videos", [(404, b""), (403, {"error": {"code": 403}}), (501, b""), {"items": []}])
def test_videos_that_cannot_be_had_in_full_are_stored_as_found(tmp_path: Path, videos: Answer) -> None:
    """Without videos.list, what the search says of a video is stored, and so are the comments."""
    with serving(routes({**WHOLE, "videos": videos})) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    assert (run.ids, run.source.state) == (CHANNEL_IDS | VIDEO_IDS, "ok")
    assert "a film" in run.texts


@pytest.mark.parametrize(("part", "lost"), [("channel", CHANNEL_IDS), ("search", VIDEO_IDS)])
@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        ((403, {"error": {"code": 403}}), "ok"),
        ((403, NO_COMMENTS), "ok"),
        ((404, b""), "ok"),
        ((500, b""), "unavailable"),
    ],
)
def test_one_refused_list_leaves_the_others(
    tmp_path: Path, part: str, lost: set[str], refusal: Answer, state: str
) -> None:
    """What is refused is left out and told, nothing is claimed, and what passes is caught up with."""
    with serving(routes({**WHOLE, part: refusal})) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    assert (run.ids, run.source.state) == ((CHANNEL_IDS | VIDEO_IDS) - lost, state)
    assert run.source.blind_since is None
    with serving(routes(WHOLE)) as endpoint:
        this.options, this.at = {"endpoint": endpoint}, this.at + timedelta(hours=2)
        run = this.run_once()
    assert (run.ids, run.source.state, run.source.blind_since) == (CHANNEL_IDS | VIDEO_IDS, "ok", this.at)


REFUSALS: dict[str, tuple[Answer, str]] = {
    "a bad key": ((400, BAD_KEY), "unauthorized"),
    "a forbidden key": ((403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}}), "unauthorized"),
    "a used up day, 403": ((403, DAY_IS_OVER), "quota-exhausted"),
    "a used up day, 429": ((429, DAY_IS_OVER), "quota-exhausted"),
    "a used up minute": ((429, b""), "rate-limited"),
    "a server error": ((503, b"<html>"), "unavailable"),
    "half an answer": ((200, b'{"items": [{"ki'), "unavailable"),
    "no JSON": ((200, b"<html>sign in</html>"), "unavailable"),
    "an error with 200": (DAY_IS_OVER, "quota-exhausted"),
    "another server": ((404, b""), "unavailable"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_told_and_nothing_is_lost(tmp_path: Path, what: str) -> None:
    """Each refusal gives its state and no secret; when it is over, the next pull stores everything."""
    answer, state = REFUSALS[what]
    with serving(lambda *_: answer) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    assert (run.well, run.source.state, run.ids) == (False, state, set())
    assert KEY not in (run.source.error or KEY)
    with serving(routes(WHOLE)) as endpoint:
        this.options, this.at = {"endpoint": endpoint}, this.at + timedelta(days=1)
        assert this.run_once().ids == CHANNEL_IDS | VIDEO_IDS


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a proxy configured, an endpoint on loopback is still asked directly."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    asked = Asked()
    with serving(routes(WHOLE), asked) as endpoint:
        assert program(tmp_path, endpoint).run_once().ids == CHANNEL_IDS | VIDEO_IDS
    assert asked.paths
