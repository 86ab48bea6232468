"""Calls to X through tweepy: to our endpoint, in limited time, each failure an error of the contract."""

import ipaddress
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from connectors.twitter.post import dicts
from monitor.bounded import Unbounded
from monitor.connector import (
    JSON,
    ConnectorError,
    Meter,
    Per,
    QuotaExhausted,
    RateLimit,
    RateLimited,
    Unauthorized,
    Unavailable,
)

# Problems of one object: deleted, protected, withheld, suspended, or a field of it. Others are X's own.
OF_ONE_OBJECT = (
    "resource-not-found",
    "not-authorized-for-resource",
    "resource-unavailable",
    "disallowed-resource",
    "not-authorized-for-field",
    "field-unauthorized",
    "field-hydration-failure",
)


class Refused(Unavailable):
    """A 400: a parameter that the platform does not take, such as a `since_id` of last month."""


class Denied(Unauthorized):
    """A 403: this one thing is not for this app; a plan may allow another."""


class Missing(Unavailable):
    """A 404, or one of its kin: there is no such thing to call here."""


class Faulty(Unavailable):
    """A 5xx: the platform answers, and has trouble with this one thing."""


class Wire:
    """Makes one call at a time; `bucket` is where the call is accounted for."""

    def __init__(self, *, endpoint: str, token: str, timeout: float, meter: Meter) -> None:
        self._endpoint = endpoint.rstrip("/").removesuffix("/2")  # the version, which the calls bring along
        self._token = token
        self._timeout = timeout
        self._meter = meter

    def call(self, bucket: str, method: str, *args: Any, **asked: Any) -> dict[str, Any]:
        """Return the body of a 200 whose `errors`, if any, concern single objects; raise for all the rest.

        `method` is one of `tweepy.Client`. Its parsed answers would hide the headers and the errors.
        """
        import requests
        import tweepy  # type: ignore[import-untyped]

        logging.getLogger("tweepy.client").addFilter(_above_debug)
        client = tweepy.Client(self._token, return_type=requests.Response)
        client.session.mount("https://", self._adapter)
        client.session.hooks["response"].append(partial(self._judge, bucket))
        self._meter.spend(bucket)
        try:
            body = getattr(client, method)(*args, **asked).json()
        except Unbounded as error:
            raise Unavailable(f"X did not answer in full: {error}") from error
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise Unavailable(f"X did not answer in full: {type(error).__name__}") from error
        if not isinstance(body, dict) or not isinstance(body.get("data", []), list):
            raise Unavailable("X did not answer as documented")
        for problem in dicts(body.get("errors")):
            if not str(problem.get("type")).endswith(OF_ONE_OBJECT):
                raise Unavailable(f"X answered in part: {self._words(problem)}")
        return body

    @cached_property
    def _adapter(self) -> Any:
        from requests.utils import get_environ_proxies

        from monitor.bounded.adapter import BoundedAdapter

        endpoint = self._endpoint

        class ToEndpoint(BoundedAdapter):  # tweepy has no option for a host
            def send(self, request: Any, *_: Any, **how: Any) -> Any:
                request.url = endpoint + request.path_url
                how["proxies"] = {} if is_loopback(endpoint) else get_environ_proxies(request.url)
                return super().send(request, **how)

        return ToEndpoint(self._timeout)

    def _judge(self, bucket: str, response: Any, **_: Any) -> None:
        """Raise what an answer other than 200 means, before tweepy reads it: odd bodies break its errors."""
        remaining, reset = (
            response.headers.get(f"x-rate-limit-{name}", "") for name in ("remaining", "reset")
        )
        resets_at = datetime.fromtimestamp(int(reset), UTC) if re.fullmatch(r"[0-9]{1,11}", reset) else None
        if re.fullmatch(r"[0-9]{1,9}", remaining):
            self._meter.observe(bucket, int(remaining), resets_at)
        if response.status_code != HTTPStatus.OK:
            raise self._error(response.status_code, _problem(response), resets_at)

    def _error(self, status: int, problem: Mapping[str, JSON], resets_at: datetime | None) -> ConnectorError:
        now, words = self._meter.now(), f"{status} {self._words(problem)}"
        capped = status == HTTPStatus.TOO_MANY_REQUESTS and str(problem.get("type")).endswith("usage-capped")
        if status == HTTPStatus.UNAUTHORIZED:
            return Unauthorized(f"X refuses the bearer token: {words}")
        if capped or status == HTTPStatus.PAYMENT_REQUIRED:
            per = Per.MONTH if capped and problem.get("period") != "Daily" else Per.DAY
            cap = RateLimit(bucket="posts", units=0, per=per)
            return QuotaExhausted(f"X gives no more posts: {words}", resets_at=cap.resets_at(now))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            retry_at = max(resets_at or now + timedelta(minutes=15), now + timedelta(seconds=1))
            return RateLimited(f"the window of X is used up: {words}", retry_at=retry_at)
        return _meaning(status)(f"X answered {words}")

    def _words(self, problem: Mapping[str, JSON]) -> str:
        """Return what a problem says, without the token, should it be echoed in any form."""
        inner = [error.get("message") for error in dicts(problem.get("errors"))]
        words = " ".join(str(word) for word in (problem.get("title"), problem.get("detail"), *inner) if word)
        for form in (self._token, unquote(self._token), quote(self._token, safe="")):
            words = words.replace(form, "(token)")
        return words[:300]


def _meaning(status: int) -> type[ConnectorError]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED:
        return Faulty
    return {400: Refused, 403: Denied, 404: Missing, 405: Missing, 410: Missing, 501: Missing}.get(
        status, Unavailable
    )


def is_loopback(endpoint: str) -> bool:
    """Tell whether `endpoint` is on this machine, where http is safe and no proxy is needed."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(response: Any) -> dict[str, Any]:
    import requests

    try:
        problem = response.json()
    except (requests.RequestException, ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _above_debug(record: logging.LogRecord) -> bool:
    """Drop what tweepy logs at DEBUG: the headers, and so the token."""
    return record.levelno > logging.DEBUG
