import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.stranger import Answer, Asked, Program, Query, Serve, serving

SEARCH = "/2/tweets/search/recent"
TOKEN = "sesame-of-x"  # noqa: S105 - nobody's
REFUSALS = [401, 403, 404, 405, 501]


def post(number: int, text: str = "my Acme broke", **more: Any) -> dict[str, Any]:
    """Return a post as X's guide shows it, with the time of an older one."""
    return {
        "id": f"159000000000000000{number}",
        "text": f"{text} {number}",
        "author_id": "42",
        "created_at": "2022-11-08T10:15:51.000Z",
        "edit_history_tweet_ids": [f"159000000000000000{number}"],
        **more,
    }


def page(*posts: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """Return a page with its meta object."""
    author = {"id": "42", "username": "ann", "name": "Ann"}
    return {
        "data": list(posts),
        "includes": {"users": [author]},
        "meta": {"result_count": len(posts), **meta},
    }


def routes(**answers: Answer) -> Serve:
    """Return a server that knows search and what else is given, and answers 404 elsewhere."""
    named = {
        "by": "/2/users/by",
        "search": SEARCH,
        "mentions": "/2/users/7/mentions",
        "tweets": "/2/users/7/tweets",
    }
    known = {named[name]: answer for name, answer in answers.items()}
    return lambda path, _: known.get(path, (404, {"error": f"{path} is unknown"}))


def program(folder: Path, endpoint: str, **options: Any) -> Program:
    """Return the program over X at `endpoint`, for a brand with an account."""
    return Program(
        folder=folder,
        connector="twitter",
        options={"endpoint": endpoint, **options},
        credentials={"bearer_token": TOKEN},
        accounts={"twitter": ["@AcmeHelp"]},
    )


@pytest.mark.parametrize("status", REFUSALS[1:])
def test_what_a_server_lacks_does_not_hold_up_search(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Accounts and timelines that are refused leave search unaffected, and are told; nothing is claimed."""
    refused = (status, {"title": "No", "detail": "not here"})
    with serving(routes(by=refused, search=page(post(1), post(2)))) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    assert run.texts == {"my Acme broke 1", "my Acme broke 2"}
    assert (run.well, run.source.state, run.source.blind_since) == (True, "ok", None)
    assert f"'accounts' is not read whole: X answered {status}" in caplog.text


@pytest.mark.parametrize("refused", ["mentions", "tweets", "search"])
def test_one_refused_path_leaves_the_others(tmp_path: Path, refused: str) -> None:
    """A plan without one of the three still stores the other two."""
    answers: dict[str, Answer] = {
        "by": {"data": [{"id": "7", "username": "acmehelp", "name": "Acme"}]},
        "search": page(post(1, "Acme found")),
        "mentions": page(post(2, "to you")),
        "tweets": page(post(3, "sorry", author_id="7")),
    }
    answers[refused] = (403, {"title": "Forbidden", "reason": "client-not-enrolled"})
    with serving(routes(**answers)) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    own = {"search": "Acme found 1", "mentions": "to you 2", "tweets": "sorry 3"}
    assert run.texts == {text for name, text in own.items() if name != refused}
    assert run.source.state == "ok"


def test_what_was_refused_is_caught_up_with(tmp_path: Path) -> None:
    """When a path that was refused can be read, it is asked for all the time since the first pull."""
    people, asked = {"data": [{"id": "7", "username": "AcmeHelp"}]}, Asked()
    with serving(routes(by=people, search=page(post(1)), tweets=page())) as endpoint:
        this = program(tmp_path, endpoint, backfill_days=3)
        assert this.run_once().source.blind_since is None
    with serving(routes(by=people, search=page(), tweets=page(), mentions=page(post(2))), asked) as endpoint:
        this.options = {"endpoint": endpoint, "backfill_days": 3}
        this.at += timedelta(days=1)
        run = this.run_once()
    assert run.ids == {"1590000000000000001", "1590000000000000002"}
    starts = [
        query["start_time"]
        for path, query in zip(asked.paths, asked.queries, strict=True)
        if "mentions" in path
    ]
    assert starts == ["2026-11-18T12:00:00Z"]
    assert run.source.blind_since == this.at - timedelta(seconds=30)


def test_a_path_in_trouble_is_told_after_the_others_were_read(tmp_path: Path) -> None:
    """500 at one path: the others are stored, the source says so, and the next pull brings the rest."""
    people = {"data": [{"id": "7", "username": "AcmeHelp"}]}
    whole: dict[str, Answer] = {
        "by": people,
        "search": page(post(1)),
        "tweets": page(),
        "mentions": page(post(2)),
    }
    with serving(routes(**whole | {"tweets": (500, b"oops")})) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    assert (run.well, run.source.state) == (False, "unavailable")
    assert len(run.ids) == 2
    with serving(routes(**whole | {"tweets": page(post(3, author_id="7"))})) as endpoint:
        this.options, this.at = {"endpoint": endpoint}, this.at + timedelta(hours=1)
        run = this.run_once()
    assert (run.well, len(run.ids)) == (True, 3)


@pytest.mark.parametrize("status", REFUSALS)
def test_a_server_that_refuses_everything_is_told(tmp_path: Path, status: int) -> None:
    """401 and 403 everywhere are about the token, 404 everywhere about the endpoint; then all is stored."""
    with serving(lambda *_: (status, {"title": "No"})) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    expected = "unauthorized" if status in (401, 403) else "unavailable"
    assert (run.well, run.source.state, run.ids) == (False, expected, set())
    assert str(status) in (run.source.error or "")
    assert TOKEN not in (run.source.error or "")
    with serving(routes(search=page(post(1)))) as endpoint:
        this.options, this.at = {"endpoint": endpoint}, this.at + timedelta(hours=2)
        assert this.run_once().ids == {"1590000000000000001"}


def test_who_asks_for_a_pull_after_a_failure_gets_one(tmp_path: Path) -> None:
    """The daemon's own patience after a failure does not hold up `run --once`: it may be over by now."""
    answers: list[Answer] = [(503, b"")]
    with serving(lambda *_: answers[0]) as endpoint:
        this = program(tmp_path, endpoint, watch=["search"])
        assert this.run_once().source.state == "unavailable"
        answers[0], this.at = page(post(1)), this.at + timedelta(seconds=1)
        assert len(this.run_once().ids) == 1


def paged(path: str, query: Query) -> Answer:
    """Serve three pages of search."""
    number = int(query.get("next_token", "p1")[1:])
    following = {"next_token": f"p{number + 1}"} if number < 3 else {}
    return page(post(number), **following) if path == SEARCH else (404, b"")


STYLES: dict[str, Callable[[str, Query], Answer]] = {
    "pages": paged,
    "pages without end": lambda path, _: page(post(1), post(2), post(3), next_token="string"),  # noqa: S106 - it asks for a page
    "pages without end, each with another token": lambda path, query: page(
        post(1), post(2), post(3), next_token=query.get("next_token", "") + "x"
    ),
    "no meta": lambda path, _: {"data": [post(1), post(2), post(3)]},
    "gzip": lambda path, _: (
        200,
        gzip.compress(json.dumps(page(post(1), post(2), post(3))).encode()),
        {"Content-Encoding": "gzip"},
    ),
    "text/plain": lambda path, _: (
        200,
        json.dumps(page(post(1), post(2), post(3))).encode(),
        {"Content-Type": "text/plain"},
    ),
}


@pytest.mark.parametrize(
    ("style", "suffix"),
    [*((style, "") for style in STYLES), *(("pages", suffix) for suffix in ("/", "/2", "/2/"))],
)
def test_pages_are_read_in_every_style(tmp_path: Path, style: str, suffix: str) -> None:
    """However a server pages, compresses or labels its answers, the three posts are stored, and it ends."""

    def serve(path: str, query: Query) -> Answer:
        return STYLES[style](path, query) if path == SEARCH else (404, b"")

    with serving(serve) as endpoint:
        run = program(tmp_path, endpoint + suffix).run_once()
    assert run.texts == {f"my Acme broke {number}" for number in (1, 2, 3)}
    assert run.source.state == "ok"


def test_old_pages_without_end_come_to_one(tmp_path: Path) -> None:
    """A server that ignores the time asked for, and makes up old posts without end, is left after a while."""

    def serve(_: str, query: Query) -> Answer:
        number = int(query.get("next_token", "0"))
        return page(post(number, id=str(number), edit_history_tweet_ids=[]), next_token=str(number + 1))

    with serving(serve) as endpoint:
        run = program(tmp_path, endpoint, watch=["search"]).run_once()
    assert (len(run.ids), run.source.state, run.source.blind_since) == (100, "ok", None)


def test_a_prefix_of_the_endpoint_is_kept(tmp_path: Path) -> None:
    """A proxy under a path of its own is asked there."""
    asked = Asked()
    with serving(lambda *_: page(post(1)), asked) as endpoint:
        run = program(tmp_path, f"{endpoint}/proxy/x/", watch=["search"]).run_once()
    assert (set(asked.paths), len(run.ids)) == ({f"/proxy/x{SEARCH}"}, 1)


def test_ids_that_are_no_numbers_are_kept(tmp_path: Path) -> None:
    """A stand-in may call its posts by name; the second pull asks by time, and stores what is new."""
    with serving(
        routes(search=page(post(1, id="post-one", edit_history_tweet_ids=["post-one"])))
    ) as endpoint:
        this = program(tmp_path, endpoint)
        assert this.run_once().ids == {"post-one"}
        this.at += timedelta(hours=1)
        assert this.run_once().source.state == "ok"


def test_no_news_is_no_error(tmp_path: Path) -> None:
    """`result_count` 0 without `data` is an empty page."""
    with serving(routes(search={"meta": {"result_count": 0}})) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    assert (run.well, run.ids) == (True, set())
