"""praw, made so that nothing redirects it, nothing in it sleeps, and each failure is a contract error."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, cast
from urllib.parse import urlsplit

import praw
import prawcore
import requests
from praw.config import Config
from prawcore.exceptions import RequestException

from connectors.reddit.things import SITE
from monitor.bounded import Unbounded
from monitor.bounded.adapter import BoundedAdapter
from monitor.connector import JSON, Gone, Meter, RateLimited, Unauthorized, Unavailable

BUCKET = "requests"
_LONGEST_WAIT = 86400.0
_USUAL_WAIT = 60.0
_USUAL_LIFE = 3600  # seconds, of a token that does not say
_NO_TOKENS = (404, 405, 501)
_PIECE = re.compile(r"[^\s\[\](){}<>\"',;:]+")
_WORD = re.compile(r"[A-Za-z_-]{1,20}[.!]?|\d{1,4}")


class Forbidden(Gone):
    """403: the thing is there, and not for this application."""


class Down(Unavailable):
    """No answer at all, or no token: whatever else is asked for would fare no better."""


class TokenRefused(Unauthorized):
    """401 for a token that Reddit itself gave."""


def connect(
    *, client_id: str, client_secret: str, user_agent: str, endpoint: str | None, timeout: float, meter: Meter
) -> praw.Reddit:
    """Make the client. Nothing that lies around (praw.ini, the environment) may redirect it or log it in."""
    shipped = ConfigParser(interpolation=None)
    shipped.read_string(files("praw").joinpath("praw.ini").read_text(encoding="utf-8"))
    with Config.LOCK:
        Config.CONFIG = shipped  # otherwise praw reads a praw.ini from the working directory and from home

    def wire(**settings: Any) -> Wire:
        session = requests.Session()
        session.trust_env = not _is_loopback(endpoint)  # a proxy of the environment is not for this machine
        for scheme in ("https://", "http://"):
            session.mount(scheme, BoundedAdapter(timeout))
        return Wire(prawcore.Requestor(**settings, session=session), meter)

    place = endpoint.rstrip("/") if endpoint else None
    return praw.Reddit(
        "DEFAULT",  # otherwise the environment's praw_site
        requestor_class=cast("type[prawcore.Requestor]", wire),
        client_id=client_id,
        client_secret=client_secret,
        user_agent=user_agent,
        reddit_url=place or SITE,
        oauth_url=f"{place or 'https://oauth.reddit.com'}/",
        check_for_updates=False,
        check_for_async=False,
        # otherwise the environment's praw_username and so on
        **dict.fromkeys(("username", "password", "refresh_token", "redirect_uri")),
    )


def _is_loopback(endpoint: str | None) -> bool:
    host = urlsplit(endpoint or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Wire:
    """Stands between praw and its HTTP: counts requests, reads the limits, and raises the contract's errors.

    It raises them before praw sees the answer: praw would sleep, and try again.
    """

    def __init__(self, requestor: prawcore.Requestor, meter: Meter) -> None:
        self.oauth_url, self.reddit_url = requestor.oauth_url, requestor.reddit_url
        self._requestor, self._meter = requestor, meter
        self._empty_until: datetime | None = None

    def request(self, method: str, url: str, **settings: Any) -> requests.Response:
        """Make one request, as `prawcore.Requestor` does."""
        if self._empty_until and self._meter.now() < self._empty_until:
            raise RateLimited("reddit's window is used up", retry_at=self._empty_until)
        self._meter.spend(BUCKET)
        (settings.get("headers") or {}).pop("Connection", None)  # prawcore's "close" breaks the next request
        try:
            response = self._requestor.request(method, url, **settings)
        except RequestException as error:
            cause = error.original_exception
            words = str(cause) if isinstance(cause, Unbounded) else type(cause).__name__
            raise Down(f"reddit did not answer: {words}") from error
        self._observe(response)
        if not url.startswith(f"{self.reddit_url}/api/v1/"):
            _check(response, self._meter.now())
            return response
        if self.reddit_url != SITE and response.status_code in _NO_TOKENS:
            return _answering(response, {})  # a proxy that brings its own token, or a server that wants none
        try:
            return _answering(response, _token(response, self._meter.now()))
        except (Unavailable, Gone) as error:
            raise Down(f"reddit gives no token: {error}") from error

    def _observe(self, response: requests.Response) -> None:
        remaining = _seconds(response.headers.get("x-ratelimit-remaining"))
        reset = _seconds(response.headers.get("x-ratelimit-reset"))
        response.headers.pop("x-ratelimit-remaining", None)  # prawcore's own limiter would sleep by it
        if remaining is not None:
            resets_at = None if reset is None else self._meter.now() + timedelta(seconds=reset)
            self._meter.observe(BUCKET, int(remaining), resets_at)
            self._empty_until = resets_at if remaining < 1 else None


def _seconds(header: str | None) -> float | None:
    try:
        number = float(header or "")
    except ValueError:
        return None
    return number if 0 <= number <= _LONGEST_WAIT else None


def _check(response: requests.Response, now: datetime) -> None:
    """Raise the contract's error for an answer that is none."""
    if response.status_code not in (200, 202):
        raise _REFUSALS.get(response.status_code, _unavailable)(response, now)


def _token(response: requests.Response, now: datetime) -> dict[str, JSON]:
    """Return the token in an answer. Raises the contract's error when there is none."""
    if response.status_code in (400, 401, 403):
        raise Unauthorized("reddit refuses client_id or client_secret")
    _check(response, now)
    body = _body(response)
    if isinstance(body, dict) and "error" in body:
        raise Unauthorized(f"reddit gives no token: {_words(body['error'])}")
    if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        raise Unavailable("its answer holds none")
    return body


def _answering(response: requests.Response, token: Mapping[str, JSON]) -> requests.Response:
    """Return `response` as prawcore wants a token: OAuth leaves out what goes without saying."""
    lasts = str(token.get("expires_in"))
    complete = {
        "access_token": token.get("access_token", "none"),
        "expires_in": int(lasts) if re.fullmatch("[0-9]{1,9}", lasts) else _USUAL_LIFE,
        "scope": str(token.get("scope") or "*"),
    }
    response.status_code = 200
    response.json = lambda **_: complete  # type: ignore[method-assign]
    return response


def _unavailable(response: requests.Response, _: datetime) -> Exception:
    return Unavailable(f"reddit answered {response.status_code}")


def _limited(response: requests.Response, now: datetime) -> Exception:
    after, reset = (_seconds(response.headers.get(key)) for key in ("retry-after", "x-ratelimit-reset"))
    wait = after or reset or _USUAL_WAIT
    return RateLimited("reddit answered 429", retry_at=now + timedelta(seconds=wait))


def _forbidden(response: requests.Response, now: datetime) -> Exception:
    if "insufficient_scope" in response.headers.get("www-authenticate", ""):
        return Unauthorized("reddit says that the application's token lacks a scope")
    if not isinstance(_body(response), dict):
        return _unavailable(response, now)  # Reddit's network edge, which blocks an address for a while
    return Forbidden(f"403 {_reason(response)}")


def _gone(response: requests.Response, _: datetime) -> Exception:
    return Gone(f"{response.status_code} {_reason(response)}")


_REFUSALS: dict[int, Callable[[requests.Response, datetime], Exception]] = {
    301: _gone,  # a name that does not exist leads to the search for names
    302: _gone,
    401: lambda *_: TokenRefused("reddit refuses the token"),
    403: _forbidden,
    404: _gone,
    429: _limited,
    451: _gone,
}


def _reason(response: requests.Response) -> str:
    """Return Reddit's word for a refusal: private, quarantined, banned and so on."""
    body = _body(response)
    return _words(body.get("reason") or body.get("message")) if isinstance(body, dict) else "not found"


def _words(said: JSON) -> str:
    """Return the plain words in what a server said: a secret that it may echo, in whatever form, is none."""
    found = _PIECE.findall(str(said)[:500])
    return " ".join(piece if _WORD.fullmatch(piece) else "***" for piece in found)[:200]


def _body(response: requests.Response) -> JSON:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def refuse_errors(body: JSON, now: datetime) -> None:
    """Raise for the errors that come with HTTP 200."""
    inner = body.get("json") if isinstance(body, dict) else None
    errors = inner.get("errors") if isinstance(inner, dict) else isinstance(body, dict) and body.get("error")
    if not errors:
        return
    text = str(errors)[:500]
    if "RATELIMIT" in text or "doing that too much" in text:
        found = re.search(r"(\d{1,3}) (second|minute)", text)
        wait = int(found[1]) * (60 if found[2] == "minute" else 1) if found else _USUAL_WAIT
        raise RateLimited("reddit says: doing that too much", retry_at=now + timedelta(seconds=wait))
    raise Unavailable(f"reddit answered 200 with an error: {_words(errors)}")
