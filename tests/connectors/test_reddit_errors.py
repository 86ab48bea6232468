"""Whatever Reddit answers instead of a listing becomes the error that says what to do, and nothing sleeps."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.reddit import RedditConnector
from monitor.connector import ConnectorError, QuotaExhausted, RateLimited, Unauthorized, Unavailable
from monitor.demo.reddit import GOOD_SECRET, GOOD_TOKEN, doing_that_too_much, network_edge, window_exhausted
from monitor.demo.stand_in import Request, Response
from monitor.testing import last_cursor, pull_all, pull_until_error
from tests.connectors.reddit_story import CREDENTIALS, NOON, Story, given

TOKEN, LISTING = 1, 2  # which request fails
TRUNCATED = Response(
    body=b'{"kind": "Listing", "da', headers={"content-length": "4096", "connection": "close"}
)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """Start a Reddit with one post, in a process where nobody may sleep."""

    def refuse(seconds: float) -> None:
        raise AssertionError(f"something sleeps for {seconds} seconds")

    story = Story()
    story.submit()
    with story.stand_in:
        monkeypatch.setattr(time, "sleep", refuse)
        yield story


def error_of(story: Story, response: Response, at: int) -> ConnectorError:
    """Return what a pull raises when `response` answers its `at`th request; the next one must succeed."""
    story.stand_in.fail(response, at=at)
    batches, error = pull_until_error(story.connect(), {})
    assert isinstance(error, ConnectorError), f"raised {error!r}"
    asked = [request.path for request in story.stand_in.requests]
    assert asked.count(asked[at - 1]) == 1, "it was tried again"
    again = pull_all(story.connect(), last_cursor(batches, {}))
    assert {*given(batches), *given(again)} == {"t3_s1"}
    return error


@pytest.mark.parametrize("at", [TOKEN, LISTING])
@pytest.mark.parametrize(
    "response",
    [
        *(
            Response(status=status, body=b"<html>no</html>")
            for status in (408, 418, 500, 502, 503, 504, 520, 522)
        ),
        Response(status=204),
        Response(body=b""),
        Response(body=b"<html>maintenance</html>"),
        Response(body=[]),
        Response(body=None),
        Response(body={"kind": "Listing"}),
        Response(body={"kind": "Listing", "data": {"children": None}}),
        TRUNCATED,
    ],
    ids=lambda response: f"{response.status}-{str(response.body)[:20]}",
)
def test_a_failing_server_is_unavailable(story: Story, response: Response, at: int) -> None:
    """Server errors, and bodies that are empty, cut short or not what was asked for, are `Unavailable`."""
    assert isinstance(error_of(story, response, at), Unavailable)


@pytest.mark.parametrize(
    "response",
    [
        network_edge(),
        Response(status=400, body={"message": "Bad Request", "error": 400}),
        Response(status=400, body={"reason": "TOO_LONG", "fields": []}),
        Response(status=409, body=b""),
        Response(status=413, body=b""),
        Response(status=415, body=b"not json"),
        Response(status=307, body=b""),
        Response(body={"error": 500, "message": "all our servers are busy"}),
        Response(body={"json": {"errors": [["SUBREDDIT_NOEXIST", "hmm", "sr"]]}}),
    ],
    ids=lambda response: f"{response.status}-{str(response.body)[:20]}",
)
def test_an_odd_refusal_is_unavailable(story: Story, response: Response) -> None:
    """Answers that praw itself would stumble over, or take for success, are `Unavailable` too."""
    assert isinstance(error_of(story, response, LISTING), Unavailable)


@pytest.mark.parametrize("at", [TOKEN, LISTING])
def test_the_end_of_the_window_says_when_to_return(story: Story, at: int) -> None:
    """A 429 tells when to try again, by the header that counts seconds, and what is left by then."""
    error = error_of(story, window_exhausted(resets_in=123), at)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(seconds=123)
    assert story.meter.observed[at - 1 if at == TOKEN else 0] == ("requests", 0, error.retry_at)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7", "x-ratelimit-reset": "99"}, 7),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:07 GMT"}, 60),
        ({"x-ratelimit-reset": "nan", "x-ratelimit-remaining": "x", "x-ratelimit-used": ""}, 60),
        ({"x-ratelimit-reset": "1e300"}, 60),
        ({}, 60),
    ],
)
def test_a_429_may_say_when_or_not(story: Story, headers: dict[str, str], seconds: int) -> None:
    """Retry-After wins; a missing or senseless header means a minute."""
    error = error_of(story, Response(status=429, headers=headers), LISTING)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(seconds=seconds)


def test_doing_that_too_much_is_a_limit(story: Story) -> None:
    """The error inside HTTP 200 that asks for nine minutes is `RateLimited` for nine minutes."""
    error = error_of(story, doing_that_too_much(minutes=9), LISTING)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(minutes=9)


def test_an_empty_window_is_not_asked_again(story: Story) -> None:
    """Once a header says that nothing is left, no request is made until the window is full again."""
    story.stand_in.a_window = 1
    connector = story.connect()
    _, error = pull_until_error(connector, {})
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(minutes=10)
    assert len(story.stand_in.requests) == 2  # the token and the one that was left
    story.stand_in.a_window = 1000
    story.clock.advance(minutes=10)
    assert given(pull_all(connector, {})) == ["t3_s1"]


@pytest.mark.parametrize("credential", ["client_id", "client_secret"])
def test_wrong_credentials_are_unauthorised(story: Story, credential: str) -> None:
    """A wrong id or secret is `Unauthorized`, at the first request, and is not repeated in the text."""
    connector = story.connect(credentials=CREDENTIALS | {credential: "wrong-and-secret"})
    _, error = pull_until_error(connector, {})
    assert isinstance(error, Unauthorized)
    assert "wrong-and-secret" not in f"{error} {error!r} {connector!r}"
    assert len(story.stand_in.requests) == 1


@pytest.mark.parametrize(
    "response",
    [
        Response(body={"error": "unsupported_grant_type"}),
        Response(status=400, body={"message": "Bad Request", "error": 400}),
        Response(status=403, body=b""),
    ],
    ids=lambda response: str(response.status),
)
def test_no_token_is_unauthorised(story: Story, response: Response) -> None:
    """When no token is given, even with HTTP 200, it is about the credentials."""
    assert isinstance(error_of(story, response, TOKEN), Unauthorized)


def test_a_token_that_ran_out_is_renewed(story: Story) -> None:
    """A token that is suddenly refused is replaced within the same pull."""
    connector = story.connect()
    done = pull_all(connector, {})
    story.stand_in.token = f"{GOOD_TOKEN}-2"
    post = story.submit()
    assert given(pull_all(connector, last_cursor(done, {}))) == [f"t3_{post.id}"]


def test_a_token_that_is_always_refused_is_unauthorised(story: Story) -> None:
    """If the new token is refused as well, it is `Unauthorized`, after two tries."""
    refusal = Response(status=401, body={"message": "Unauthorized", "error": 401})
    story.stand_in.faults.extend([None, refusal, None, refusal])
    _, error = pull_until_error(story.connect(), {})
    assert isinstance(error, Unauthorized)
    assert len(story.stand_in.requests) == 4


def test_a_missing_scope_is_unauthorised(story: Story) -> None:
    """A token without the needed scope is a matter of the application."""
    header = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
    response = Response(status=403, body={"message": "Forbidden"}, headers=header)
    assert isinstance(error_of(story, response, LISTING), Unauthorized)


@pytest.mark.parametrize(("status", "expected"), [(403, Unauthorized), (404, Unavailable)])
def test_a_refused_search_is_not_gone(story: Story, status: int, expected: type[ConnectorError]) -> None:
    """Search is open to every approved application: a 403 is about ours, a 404 about the address."""
    refusal = Response(status=status, body={"message": "no", "error": status})
    story.stand_in.fail(refusal, at=LISTING)
    _, error = pull_until_error(story.connect(subreddits=(), search=True), {})
    assert type(error) is expected


def test_nobody_listening_is_unavailable(story: Story) -> None:
    """A refused connection, and a name that nobody knows, are `Unavailable`; no quota is blamed."""
    for endpoint in ("http://127.0.0.1:9", "http://reddit.invalid"):
        _, error = pull_until_error(story.connect(endpoint=endpoint), {})
        assert isinstance(error, Unavailable)
        assert not isinstance(error, QuotaExhausted)
        assert GOOD_SECRET not in str(error)


def test_a_silent_server_times_out(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing is `Unavailable` after the timeout that was set."""
    event = threading.Event()

    def hang(_: Request) -> Response:
        event.wait(timeout=10)
        return Response()

    monkeypatch.setattr(story.stand_in, "answer", hang)
    try:
        _, error = pull_until_error(story.connect(timeout=0.05), {})
    finally:
        event.set()
    assert isinstance(error, Unavailable)
    assert "ReadTimeout" in str(error)


def test_debug_logs_hold_no_secret(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    """With everything logged, neither the secret nor the token appears, nor in what is raised."""
    with caplog.at_level("DEBUG"):
        pull_all(story.connect(), {})
        story.stand_in.fail(TRUNCATED, at=2)
        _, error = pull_until_error(story.connect(), {})
    said = caplog.text + json.dumps([str(error), repr(error), repr(error and error.__cause__)])
    assert GOOD_SECRET not in said
    assert GOOD_TOKEN not in said
    assert "Fetching: GET" in said


def test_the_secret_is_in_no_repr() -> None:
    """The credentials do not show themselves."""
    assert GOOD_SECRET not in repr(RedditConnector.Credentials(client_id="id", client_secret=GOOD_SECRET))
