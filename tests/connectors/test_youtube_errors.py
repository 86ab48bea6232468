"""Each way in which YouTube refuses or the network fails is an error of the contract, without the key."""

import logging
import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.youtube import YouTubeConnector
from monitor.connector import (
    ConnectorError,
    Gone,
    Misconfigured,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from monitor.demo import youtube_refusals as refusals
from monitor.demo.stand_in import Response
from monitor.demo.world import World
from monitor.demo.youtube import YouTubeStandIn
from monitor.testing import HandClock, LedgerMeter, pull_all, pull_until_error
from tests.connectors.youtube_world import BRAND, NOON, Tube, mentions, source

SECRET = "AIzaSyVerySecretKey/+&= 1"  # noqa: S105 - not a real one: a shape that needs quoting
MIDNIGHT = datetime(2026, 11, 22, 8, tzinfo=UTC)  # in Los Angeles


@pytest.fixture
def tube() -> Iterator[Tube]:
    """Yield a YouTube on which the brand's channel has one comment."""
    clock = HandClock(NOON)
    with YouTubeStandIn(World(), clock) as youtube:
        tube = Tube(youtube.world, clock, youtube)
        tube.say("c", NOON - timedelta(hours=1), tube.film("ours", NOON - timedelta(hours=2), BRAND))
        yield tube


def error_of(tube: Tube, response: Response, *, key: str | None = None) -> Exception | None:
    """Return what a pull raises when `response` answers for its channel and for its search."""
    tube.stand_in.fail(response, times=2)
    connector = tube.connector(key) if key else tube.connector()
    error = pull_until_error(connector, {})[1]
    tube.stand_in.faults.clear()
    return error


def bodied(status: int, body: bytes) -> Response:
    """Return an answer with raw bytes for a body."""
    return Response(status=status, body=body)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (refusals.bad_key(), Unauthorized),
        (refusals.no_key(), Unauthorized),
        (refusals.key_blocked(), Unauthorized),
        (refusals.api_not_enabled(), Unauthorized),
        (refusals.refusal(400, "keyInvalid", "Bad Request", domain="usageLimits"), Unauthorized),
        (refusals.refusal(401, "authError", "Invalid Credentials"), Unauthorized),
        (refusals.quota_exceeded(), QuotaExhausted),
        (refusals.searches_used_up(), QuotaExhausted),
        (refusals.refusal(429, "quotaExceeded", "Quota exceeded."), QuotaExhausted),
        (refusals.refusal(403, "dailyLimitExceeded", "Daily Limit Exceeded"), QuotaExhausted),
        (refusals.too_fast(), RateLimited),
        (refusals.refusal(403, "rateLimitExceeded", "Rate Limit Exceeded"), RateLimited),
        (bodied(429, b""), RateLimited),
        (refusals.not_found("channel"), Gone),
        (refusals.comments_disabled(), Gone),
        (refusals.processing_failure(), Unavailable),
        (refusals.backend_error(), Unavailable),
        (bodied(500, b""), Unavailable),
        (bodied(404, b"<html>no such page</html>"), Unavailable),
        (Response(status=302, headers={"location": "http://127.0.0.1:9/elsewhere"}), Unavailable),
        (bodied(200, b'{"items": [{"kind": "youtube#comm'), Unavailable),
        (bodied(200, b"<html>Sign in to the hotel's network</html>"), Unavailable),
        (bodied(200, b"[" * 100_000), Unavailable),
        (bodied(200, b"\xff\xfe\x00"), Unavailable),
        (bodied(200, b"[]"), Unavailable),
        (bodied(204, b""), Unavailable),
        (bodied(200, b"{}"), Unavailable),
        (bodied(200, b'{"items": {}}'), Unavailable),
        (Response(status=200, headers={"content-encoding": "gzip"}, body=b"not gzip"), Unavailable),
        (Response(headers={"content-length": "9999", "connection": "close"}, body=b"{}"), Unavailable),
        (Response(body=refusals.quota_exceeded().body), QuotaExhausted),
        (bodied(403, b"[]"), Unauthorized),
        (bodied(403, b'{"error": null}'), Unauthorized),
        (bodied(403, b'{"error": "invalid_grant"}'), Unauthorized),
        (bodied(403, b'{"error": {"errors": 5, "details": {"a": 1}, "message": [1]}}'), Unauthorized),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status}",
)
def test_each_refusal_is_the_error_that_the_monitor_acts_on(
    tube: Tube, response: Response, expected: type[ConnectorError]
) -> None:
    """Whatever is answered, the error is of the contract, and a pull after it has what there is."""
    assert isinstance(error_of(tube, response), expected)
    assert len(mentions(pull_all(tube.connector(), {}))) == 2


def test_a_redirect_is_not_followed(tube: Tube) -> None:
    """The API gives none: whoever redirects is not YouTube, and must not choose what is called."""
    location = f"{tube.stand_in.endpoint}/elsewhere"
    assert isinstance(error_of(tube, Response(status=302, headers={"location": location})), Unavailable)
    assert "/elsewhere" not in [request.path for request in tube.stand_in.requests]


def test_a_wrong_key_is_refused_by_the_stand_in(tube: Tube) -> None:
    """The key is sent, and is the one that was configured."""
    assert isinstance(pull_until_error(tube.connector("wrong"), {})[1], Unauthorized)


def test_quota_lasts_until_midnight_in_california(tube: Tube) -> None:
    """When the day's units are used up, the error says when they are full again, and so does the meter."""
    error = error_of(tube, refusals.quota_exceeded())
    assert isinstance(error, QuotaExhausted)
    assert error.resets_at == MIDNIGHT
    assert tube.meter.observed == [("units", 0, MIDNIGHT)]


def test_a_window_lasts_a_minute_unless_a_header_says_otherwise(tube: Tube) -> None:
    """Per-minute limits are waited out, by Retry-After where there is one."""
    error = error_of(tube, refusals.too_fast())
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(minutes=1)
    error = error_of(tube, Response(status=429, headers={"retry-after": "7"}))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOON + timedelta(seconds=7)


def test_used_up_searches_do_not_stop_the_comments(tube: Tube) -> None:
    """Search has a budget of its own: without it the pull goes on, and searches again once it is full."""
    tube.stand_in.daily_searches = 0
    batches, cursor = tube.pull({})
    assert len(mentions(batches)) == 1
    assert batches[-1].covers is None
    assert tube.meter.observed == [("search", 0, MIDNIGHT)]
    tube.clock.advance(hours=19)
    tube.pull(cursor)
    assert tube.meter.total("search") == 1
    tube.clock.advance(hours=1)
    tube.stand_in.daily_searches = 100
    tube.pull(cursor)
    assert tube.meter.total("search") == 2


def test_used_up_searches_stop_a_source_that_only_searches(tube: Tube) -> None:
    """With nothing else to watch, the error reaches the monitor."""
    tube.stand_in.daily_searches = 0
    _, error = pull_until_error(tube.connector(watch=["search"]), {})
    assert isinstance(error, QuotaExhausted)


def test_markup_of_messages_is_stripped(tube: Tube) -> None:
    """YouTube's messages contain links; what is shown is their words."""
    refusal = refusals.refusal(403, "quotaExceeded", 'exceeded your <a href="/q">quota</a> &amp; more')
    assert str(error_of(tube, refusal)).endswith("exceeded your quota & more")


@pytest.mark.parametrize(
    "response",
    [
        refusals.bad_key(),
        refusals.refusal(400, "badRequest", f"{SECRET}, AIzaSyVerySecretKey%2F%2B%26%3D%201"),
        bodied(200, b"{"),
        bodied(500, b""),
    ],
)
def test_no_error_holds_the_key(tube: Tube, response: Response) -> None:
    """Neither the error, nor its causes, nor the traceback show the key, even if the platform echoes it."""
    error = error_of(tube, response, key=SECRET)
    assert error is not None
    shown = "".join(traceback.format_exception(error))
    assert "VerySecret" not in shown


def test_no_log_line_holds_the_key(tube: Tube, caplog: pytest.LogCaptureFixture) -> None:
    """With everything logged, the SDK's lines tell the addresses without the key."""
    caplog.set_level(logging.DEBUG)
    pull_until_error(tube.connector(SECRET), {})
    assert "commentThreads" in caplog.text
    assert "VerySecret" not in caplog.text


def test_the_key_is_in_no_repr() -> None:
    """The credentials do not show themselves."""
    assert "VerySecret" not in repr(YouTubeConnector.Credentials(api_key=SECRET))


def test_a_port_where_nobody_listens_is_unavailable() -> None:
    """A refused connection backs off."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        made = source(f"http://127.0.0.1:{unused.getsockname()[1]}")
        _, error = pull_until_error(
            YouTubeConnector(made, {"api_key": SECRET}, LedgerMeter(lambda: NOON)), {}
        )
    assert isinstance(error, Unavailable)


def test_a_name_that_does_not_resolve_is_unavailable() -> None:
    """So does a failed look-up."""
    made = source("http://youtube.invalid")
    _, error = pull_until_error(YouTubeConnector(made, {"api_key": SECRET}, LedgerMeter(lambda: NOON)), {})
    assert isinstance(error, Unavailable)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    """A socket has a timeout: one that accepts and then says nothing is given up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = source(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
        _, error = pull_until_error(
            YouTubeConnector(made, {"api_key": SECRET}, LedgerMeter(lambda: NOON)), {}
        )
    assert isinstance(error, Unavailable)
    assert "TimeoutError" in str(error)


@pytest.mark.parametrize(
    ("key", "options", "credentials"),
    [
        ("options.watch", {"watch": ["comments"]}, {"api_key": "k"}),
        ("options.watch", {"watch": []}, {"api_key": "k"}),
        ("options.watch", {"watch": ["threads"]}, {"api_key": "k"}),
        ("options.search_every_minutes", {"search_every_minutes": 0}, {"api_key": "k"}),
        ("options.timeout", {"timeout": -1.0}, {"api_key": "k"}),
        ("options.backfill_days", {"backfill_days": float("inf")}, {"api_key": "k"}),
        ("options.endpoint", {"endpoint": "localhost:80"}, {"api_key": "k"}),
        ("options.colour", {"colour": "red"}, {"api_key": "k"}),
        ("credentials.api_key", {}, {}),
        ("credentials.api_key", {}, {"api_key": " "}),
        ("credentials.token", {}, {"api_key": "k", "token": "t"}),
    ],
)
def test_a_wrong_setting_is_named(key: str, options: dict[str, object], credentials: dict[str, str]) -> None:
    """What is missing, unknown or out of range is named by its key, before any call."""
    with pytest.raises(Misconfigured) as raised:
        YouTubeConnector(source(**options), credentials, LedgerMeter(lambda: NOON))  # type: ignore[arg-type]
    assert raised.value.key == key
