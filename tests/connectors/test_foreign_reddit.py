from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.stranger import NOON, Answer, Asked, Program, Query, Serve, serving

TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - where tokens are given
SECRET = "sesame-of-reddit"  # noqa: S105 - nobody's
TOKEN = {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
OLD = 1438637521  # in 2015
NOW = int(NOON.timestamp())


def comment(name: str, made: float = OLD) -> dict[str, Any]:
    """Return a comment that names the brand, with the fields of Reddit's own documentation."""
    fields = {"id": name, "name": f"t1_{name}", "author": "ann", "body": f"Acme {name}", "created_utc": made}
    return {"kind": "t1", "data": {**fields, "link_id": "t3_x", "parent_id": "t3_x", "edited": False}}


def submission(name: str, made: float = OLD) -> dict[str, Any]:
    """Return a submission that names the brand."""
    fields = {"id": name, "name": f"t3_{name}", "author": "ann", "title": "Acme", "selftext": f"Acme {name}"}
    return {"kind": "t3", "data": {**fields, "created_utc": made}}


def listing(*things: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return a page."""
    return {"kind": "Listing", "data": {"children": list(things), "after": after, "before": None}}


def routes(answers: dict[str, Answer], token: Answer = TOKEN) -> Serve:
    """Return a server of some listings, that gives tokens and answers 404 elsewhere."""

    def serve(path: str, _: Query) -> Answer:
        path = path.rstrip("/").removesuffix(".json")
        return (
            token if path == TOKEN_PATH else answers.get(path, (404, {"message": "Not Found", "error": 404}))
        )

    return serve


def program(folder: Path, endpoint: str, **options: Any) -> Program:
    """Return the program over Reddit at `endpoint`, for one subreddit and an account."""
    return Program(
        folder=folder,
        connector="reddit",
        options={"endpoint": endpoint, "subreddits": ["/r/kettles"], **options},
        credentials={"client_id": "c", "client_secret": SECRET},
        accounts={"reddit": ["u/AcmeSupport"]},
    )


WHOLE: dict[str, Answer] = {
    "/search": listing(submission("s1"), submission("s2")),
    "/r/kettles/new": listing(submission("n1")),
    "/r/kettles/comments": listing(comment("c1"), comment("c2")),
    "/user/AcmeSupport/comments": listing(comment("a1")),
}
ALL = {"Acme s1", "Acme s2", "Acme n1", "Acme c1", "Acme c2", "Acme a1"}

TOKENS: dict[str, Answer] = {
    "as documented": TOKEN,
    "alone": {"access_token": "t"},
    "with a life in text": {"access_token": "t", "token_type": "Bearer", "expires_in": "86400"},
    "not at all": (404, b"<html>nothing here</html>"),
    "never by POST": (501, b"Unsupported method"),
}


@pytest.mark.parametrize(("token", "suffix"), [*((token, "") for token in TOKENS), ("alone", "/")])
def test_old_posts_are_stored_however_the_token_comes(tmp_path: Path, token: str, suffix: str) -> None:
    """A first pull stores all that the first pages hold, of whatever year, with any kind of token or none."""
    with serving(routes(WHOLE, TOKENS[token])) as endpoint:
        run = program(tmp_path, endpoint + suffix).run_once()
    assert (run.texts, run.source.state) == (ALL, "ok")


def test_what_was_not_seen_before_is_stored_however_old(tmp_path: Path) -> None:
    """What turns up late on a first page, such as a post that was let through after days, is not dropped."""
    with serving(routes({**WHOLE, "/search": listing()})) as endpoint:
        this = program(tmp_path, endpoint)
        assert this.run_once().texts == ALL - {"Acme s1", "Acme s2"}
    with serving(routes(WHOLE)) as endpoint:
        this.options, this.at = {**this.options, "endpoint": endpoint}, this.at + timedelta(hours=1)
        assert this.run_once().texts == ALL


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", WHOLE)
def test_one_refused_listing_leaves_the_others(
    tmp_path: Path, path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A listing that is refused is told in the log; the others are stored, and nothing is claimed."""
    refused = (status, {"message": "Forbidden", "error": status})
    with serving(routes({**WHOLE, path: refused})) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    lost = {
        each["data"].get("body", each["data"].get("selftext")) for each in WHOLE[path]["data"]["children"]
    }
    assert (run.texts, run.source.state, run.source.blind_since) == (ALL - lost, "ok", None)
    assert "skips a listing" in caplog.text


@pytest.mark.parametrize(
    "broken", [(500, b"oops"), (200, b'{"kind": "Lis'), {"error": 500, "message": "busy"}]
)
def test_a_listing_in_trouble_is_told_after_the_others_were_read(tmp_path: Path, broken: Answer) -> None:
    """The others are stored although they come after it; once it is over, the next pull has everything."""
    with serving(routes({**WHOLE, "/r/kettles/new": broken})) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    assert (run.well, run.source.state, run.texts) == (False, "unavailable", ALL - {"Acme n1"})
    with serving(routes(WHOLE)) as endpoint:
        this.options, this.at = {**this.options, "endpoint": endpoint}, this.at + timedelta(hours=1)
        run = this.run_once()
    assert (run.well, run.texts) == (True, ALL)


REFUSALS: dict[str, tuple[Answer, Answer, str]] = {  # the token, each listing, the state
    "a bad secret": ((401, {"error": 401}), None, "unauthorized"),
    "a bad secret, with 200": ({"error": "invalid_grant"}, None, "unauthorized"),
    "a token that is refused": (TOKEN, (401, {"error": 401}), "unauthorized"),
    "an application that is refused": (TOKEN, (403, {"error": 403}), "unauthorized"),
    "the window": (TOKEN, (429, b""), "rate-limited"),
    "a server error": (TOKEN, (503, b"<html>"), "unavailable"),
    "another server": (TOKEN, (404, b""), "unavailable"),
    "no JSON": (TOKEN, (200, b"<html>sign in</html>"), "unavailable"),
    "an echo": (TOKEN, {"error": f"who is {SECRET}?"}, "unavailable"),
    "an error with 200": (
        TOKEN,
        {"json": {"errors": [["RATELIMIT", "doing that too much. 2 minutes", ""]]}},
        "rate-limited",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_told_and_nothing_is_lost(tmp_path: Path, what: str) -> None:
    """Each refusal gives its state and no secret; when it is over, the next pull stores everything."""
    token, answer, state = REFUSALS[what]
    with serving(lambda path, _: token if path == TOKEN_PATH else answer) as endpoint:
        this = program(tmp_path, endpoint)
        run = this.run_once()
    assert (run.well, run.source.state, run.ids) == (False, state, set())
    assert SECRET not in (run.source.error or SECRET)
    with serving(routes(WHOLE)) as endpoint:
        this.options, this.at = {**this.options, "endpoint": endpoint}, this.at + timedelta(hours=2)
        assert this.run_once().texts == ALL


def test_pages_without_end_come_to_one(tmp_path: Path) -> None:
    """A server that does not know `after`, and always gives one, is asked twice for what it has."""
    asked = Asked()
    page = listing(comment("c1", NOW - 60), comment("c2", NOW - 120), after="t1_c2")
    with serving(routes({**WHOLE, "/r/kettles/comments": page}), asked) as endpoint:
        run = program(tmp_path, endpoint).run_once()
    assert (run.texts, asked.paths.count("/r/kettles/comments")) == (ALL, 2)


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a proxy configured, an endpoint on loopback is still asked directly."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(routes(WHOLE)) as endpoint:
        assert program(tmp_path, endpoint).run_once().texts == ALL
