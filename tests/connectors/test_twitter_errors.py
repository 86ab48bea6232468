import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.twitter import TwitterConnector, TwitterCredentials
from monitor.connector import (
    ConnectorError,
    Misconfigured,
    Query,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from monitor.demo import twitter
from monitor.demo.stand_in import Response
from monitor.demo.twitter import GOOD_TOKEN, TwitterStandIn
from monitor.testing import HandClock, LedgerMeter, last_cursor, pull_all, pull_until_error
from tests.connectors.twitter_story import ACME, NOON, QUERY, connect, published, source, texts


@pytest.fixture
def x() -> Iterator[TwitterStandIn]:
    """Yield X at noon with some pages of complaints."""
    with TwitterStandIn(published(), HandClock(NOON), people=[ACME]) as stand_in:
        yield stand_in


def error_of(x: TwitterStandIn, response: Response, **options: Any) -> ConnectorError:
    """Return what a pull raises when its third call is answered so; what it lost comes with the next pull."""
    whole = set(texts(connect(x), pull_all(connect(x, **options), {})))
    x.fail(response, at=3)
    first, error = pull_until_error(connect(x, **options), {})
    rest = pull_all(connect(x, **options), last_cursor(first, {}))
    assert set(texts(connect(x), [*first, *rest])) == whole
    assert isinstance(error, ConnectorError), repr(error)
    return error


def test_a_wrong_token_is_unauthorized_and_not_told(x: TwitterStandIn) -> None:
    """401: the error names X and not the token."""
    credentials = {"bearer_token": "wrong-secret"}
    connector = TwitterConnector(source(x.endpoint), credentials, LedgerMeter(x.clock))
    with pytest.raises(Unauthorized, match="401") as caught:
        pull_all(connector, {})
    shown = (caught.value, connector, TwitterCredentials(**credentials))
    assert "wrong-secret" not in repr(shown)


def test_a_token_that_is_echoed_is_struck_out(x: TwitterStandIn) -> None:
    """A platform, or a proxy, that repeats the token in its words does not bring it into the error."""
    x.fail(twitter.problem(503, "Broken", f"while serving Bearer {GOOD_TOKEN}"))
    with pytest.raises(Unavailable) as caught:
        pull_all(connect(x), {})
    assert GOOD_TOKEN not in str(caught.value)
    assert "(token)" in str(caught.value)


def test_an_app_without_access_is_unauthorized(x: TwitterStandIn) -> None:
    """403 client-forbidden for all that it asks: the operator must act."""
    x.fail(twitter.client_forbidden(), times=3)
    _, error = pull_until_error(connect(x, watch=("mentions", "search")), {})
    assert isinstance(error, Unauthorized)
    assert "Client Forbidden" in str(error)


def test_a_used_up_window_says_when_to_come_back(x: TwitterStandIn) -> None:
    """429 by window: until x-rate-limit-reset."""
    error = error_of(x, twitter.window_exhausted(NOON + timedelta(minutes=7)))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(minutes=7)


def test_the_stand_in_closes_its_window_as_x_does(x: TwitterStandIn) -> None:
    """The 451st search in a quarter of an hour is refused, and the meter is told that nothing is left."""
    meter = LedgerMeter(x.clock)
    for _ in range(150):  # of three pages each
        pull_all(connect(x, watch=("search",)), {})
    with pytest.raises(RateLimited) as caught:
        pull_all(connect(x, meter, watch=("search",)), {})
    assert caught.value.retry_at == NOON + timedelta(minutes=15)
    assert meter.observed == [("search", 0, NOON + timedelta(minutes=15))]


@pytest.mark.parametrize("headers", [{}, {"x-rate-limit-reset": "soon"}, {"x-rate-limit-reset": "0"}])
def test_a_window_without_a_sound_reset_is_waited_for(x: TwitterStandIn, headers: dict[str, str]) -> None:
    """429 with no reset, an odd one, or one in the past: at once is never right."""
    error = error_of(x, Response(status=429, body=b"Too Many Requests", headers=headers))
    assert isinstance(error, RateLimited)
    assert NOON < error.retry_at <= NOON + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("response", "resets_at"),
    [
        (twitter.monthly_cap(), datetime(2026, 12, 1, tzinfo=UTC)),
        (twitter.monthly_cap("Daily"), datetime(2026, 11, 22, tzinfo=UTC)),
        (twitter.credits_depleted(), datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_a_cap_is_no_window(x: TwitterStandIn, response: Response, resets_at: datetime) -> None:
    """429 usage-capped ends with the month, or the day it names; 402 is tried again each day."""
    error = error_of(x, response)
    assert isinstance(error, QuotaExhausted)
    assert error.resets_at == resets_at


BROKEN = {
    "500": Response(status=500, body={"title": "Internal Error", "detail": "x", "type": "about:blank"}),
    "503 in HTML": Response(status=503, body=b"<html>over capacity</html>"),
    "not JSON": Response(body=b"<html>sign in to the hotel</html>"),
    "half of the JSON": Response(body=b'{"data": [{"id": "1", "te'),
    "less than announced": Response(
        body=b'{"data": []}', headers={"content-length": "90", "connection": "close"}
    ),
    "not UTF-8": Response(body=b'{"data": "\xff\xfe"}'),
    "JSON too deep": Response(body=b"[" * 200_000),
    "a list": Response(body=[]),
    "a number": Response(body=b"1"),
    "data of another type": Response(body={"data": {"id": "1"}, "meta": {}}),
    "nothing": Response(body={}),
    "a 200 with an inner error": twitter.half_failed(),
    "a 200 with an error of no type": Response(body={"errors": [{"message": "?"}], "meta": {}}),
    "error bodies that are odd": Response(status=500, body={"errors": "x", "detail": 7, "title": [1]}),
    "an error body that is a list": Response(status=500, body=[1, 2]),
    "a redirect": Response(status=302, headers={"location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_that_makes_no_sense_is_unavailable(x: TwitterStandIn, what: str) -> None:
    """5xx, cut, odd or half-failed answers: the pull ends, and the next one has what this one lacked."""
    assert isinstance(error_of(x, BROKEN[what]), Unavailable)


def test_nobody_listening_is_unavailable() -> None:
    """A connection that is refused is the platform's failure, not a bug."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        options = source(f"http://127.0.0.1:{port}")
        connector = TwitterConnector(options, {"bearer_token": "t"}, LedgerMeter(lambda: NOON))
        with pytest.raises(Unavailable, match="ConnectionError"):
            pull_all(connector, {})


def test_silence_is_unavailable_after_the_timeout() -> None:
    """A server that takes the call and never answers does not hold the monitor."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        options = source(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
        connector = TwitterConnector(options, {"bearer_token": "t"}, LedgerMeter(lambda: NOON))
        with pytest.raises(Unavailable, match="Timeout"):
            pull_all(connector, {})


def test_errors_of_single_objects_do_not_stop_a_pull(x: TwitterStandIn) -> None:
    """A 200 with a withheld quote and an unreadable field beside its posts gives the posts."""
    x.world.posts[-1].author = None
    found = pull_all(connect(x, watch=("search",)), {})
    assert len(texts(connect(x), found)) == 25


def test_the_token_is_never_logged(x: TwitterStandIn, caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG, tweepy's included, neither the token nor the header is in the log."""
    caplog.set_level(logging.DEBUG)
    for name in ("tweepy", "tweepy.client", "urllib3", "requests_oauthlib", "oauthlib"):
        caplog.set_level(logging.DEBUG, logger=name)
    pull_all(connect(x), {})
    assert caplog.records, "nothing was logged at DEBUG: the test proves nothing"
    assert GOOD_TOKEN not in caplog.text
    assert "Bearer" not in caplog.text


def test_proxies_of_the_environment_are_not_for_this_machine(
    x: TwitterStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a proxy configured, a stand-in on loopback is still asked directly."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert pull_all(connect(x), {})


WRONG: dict[str, Callable[[], dict[str, Any]]] = {
    "options.watch": lambda: {"watch": ["searches"]},
    "options.max_results": lambda: {"max_results": 101},
    "options.backfill_days": lambda: {"backfill_days": 8},
    "options.monthly_posts": lambda: {"monthly_posts": 0},
    "options.timeout": lambda: {"timeout": 0},
    "options.endpoint": lambda: {"endpoint": "http://proxy.example.com"},
    "options.endpiont": lambda: {"endpiont": "https://proxy.example.com"},
}


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_option_is_named(key: str) -> None:
    """Each option is checked at once; http is for loopback alone, since it shows the token."""
    options = {"endpoint": "https://api.x.com"} | WRONG[key]()
    with pytest.raises(Misconfigured) as caught:
        TwitterConnector(source(**options), {"bearer_token": "t"}, LedgerMeter(lambda: NOON))
    assert caught.value.key == key


@pytest.mark.parametrize("token", [None, "", "two words", "line\n"])
def test_a_wrong_credential_is_named_and_not_told(token: str | None) -> None:
    """A token with a space or a line's end would end up in the text of an HTTP library's error."""
    credentials = {} if token is None else {"bearer_token": token}
    with pytest.raises(Misconfigured) as caught:
        TwitterConnector(source("https://api.x.com"), credentials, LedgerMeter(lambda: NOON))
    assert caught.value.key == "credentials.bearer_token"
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "watch", "key"),
    [
        (Query(names=()), ["search"], "query.names"),
        (Query(names=("Acme",)), ["mentions", "answers"], "query.accounts"),
    ],
)
def test_a_source_with_nothing_to_ask_for_is_told(query: Query, watch: list[str], key: str) -> None:
    """Search needs a name, timelines need an account."""
    options = source("https://api.x.com", query, watch=watch)
    with pytest.raises(Misconfigured) as caught:
        TwitterConnector(options, {"bearer_token": "t"}, LedgerMeter(lambda: NOON))
    assert caught.value.key == key


def test_the_real_host_is_never_called(x: TwitterStandIn) -> None:
    """All calls go to the endpoint, under its path if it has one."""
    connector = TwitterConnector(
        source(f"{x.endpoint}/proxy/", QUERY), {"bearer_token": GOOD_TOKEN}, LedgerMeter(x.clock)
    )
    with pytest.raises(Unavailable, match="404"):
        pull_all(connector, {})
    assert [request.path for request in x.requests] == ["/proxy/2/users/by", "/proxy/2/tweets/search/recent"]
