"""How requests reach YouTube: the calls that the connector needs, through Google's SDK over httplib2."""

import http.client
import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.youtube.body import bounded_connection
from connectors.youtube.refusal import Absent, Down, Refusal, Refused, dig, items, read_refusal
from monitor.bounded import Exchange, Unbounded
from monitor.connector import JSON, Meter, Payload, QuotaExhausted, RateLimit, Unavailable

Page = dict[str, Any]
Given = Mapping[str, Any]

_REDIRECTS_AND_ERRORS = 300
_IDS = {"videos": 50, "commentThreads": 50, "comments": 35}  # more ids of replies make the address too long
_BY_ID: Mapping[str, Given] = {
    "videos": {"part": "snippet,statistics"},
    "commentThreads": {"part": "snippet", "textFormat": "plainText"},
    "comments": {"part": "snippet", "textFormat": "plainText"},
}


class _KeyedHttp:
    """What the SDK sends through. It adds the key last: no URL in the SDK's errors or debug logs holds it."""

    def __init__(self, api_key: str, timeout: float, *, proxied: bool) -> None:
        import httplib2  # type: ignore[import-untyped]

        self._key = quote(api_key, safe="")
        proxies = httplib2.proxy_info_from_environment if proxied else None
        self._http = httplib2.Http(timeout=timeout, proxy_info=proxies)
        self._http.follow_redirects = False  # the API gives none; another host must not be called for it
        self._seconds = 2 * timeout

    def request(self, uri: str, method: str = "GET", **rest: Any) -> tuple[Any, bytes]:
        kind = bounded_connection(urlsplit(uri).scheme)
        try:
            with Exchange(self._seconds):
                asked = f"{uri}&key={self._key}"
                response, content = self._http.request(asked, method, connection_type=kind, **rest)
        except Unbounded:
            self._http.close()  # what is left of the answer is not for the next call
            raise
        if response.status >= _REDIRECTS_AND_ERRORS:
            raise Refused(read_refusal(response.status, response, content))
        return response, content

    def close(self) -> None:
        self._http.close()


class Api:
    """YouTube's `list` methods. All raise the errors of the contract."""

    def __init__(
        self, api_key: str, *, endpoint: str | None, timeout: float, limits: Sequence[RateLimit], meter: Meter
    ) -> None:
        self._endpoint = endpoint and endpoint.rstrip("/").removesuffix(
            "/youtube/v3"
        )  # which calls bring along
        self._key, self._timeout = api_key, timeout
        self._limits, self._meter = {limit.bucket: limit for limit in limits}, meter
        self._http: _KeyedHttp | None = None
        self._api: Any = None

    def search(self, **parameters: str | int | None) -> Page:
        """Return a page of videos, newest first: one of the daily searches."""
        fixed: Given = {"part": "snippet", "type": "video", "order": "date", "safeSearch": "none"}
        return self._ask("search", "search", **fixed, maxResults=50, **parameters)

    def threads(self, token: str | None, **where: str) -> Page:
        """Return a page of comment threads, newest first, with some of their replies: one unit."""
        fixed: Given = {"part": "snippet,replies", "order": "time", "textFormat": "plainText"}
        return self._ask("units", "commentThreads", **fixed, maxResults=100, pageToken=token, **where)

    def replies_to(self, parent: str) -> Iterator[JSON]:
        """Yield all replies to a comment: one unit a hundred."""
        fixed: Given = {"part": "snippet", "textFormat": "plainText", "maxResults": 100}
        token = None
        while True:
            page = self._ask("units", "comments", **fixed, parentId=parent, pageToken=token)
            yield from items(page, "items")
            token = next_token(page, token)
            if token is None:
                return

    def by_id(self, resource: str, ids: Sequence[str]) -> Iterator[Payload]:
        """Yield those of `ids` that exist: one unit for each 50 of them, or 35 replies."""
        asked = list(dict.fromkeys(ids))
        size = _IDS[resource]
        for start in range(0, len(asked), size):
            yield from self._some_by_id(resource, asked[start : start + size])

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._http:
            self._http.close()

    def _some_by_id(self, resource: str, ids: list[str]) -> Iterator[Payload]:
        """Yield those that exist. For one that does not, the whole call may be refused: then halve it."""
        try:
            page = self._ask("units", resource, **_BY_ID[resource], id=",".join(ids))
        except Absent:
            middle = len(ids) // 2
            for half in (ids[:middle], ids[middle:]) if middle else ():
                yield from self._some_by_id(resource, half)
            return
        yield from (one for one in items(page, "items") if dig(one, "id") in ids)

    def _ask(self, bucket: str, resource: str, **parameters: str | int | None) -> Page:
        self._meter.spend(bucket)
        try:
            return self._list(resource, **parameters)
        except Refused as refused:
            error = refused.refusal.verdict(self._limits[bucket], self._meter.now())
            if isinstance(error, QuotaExhausted):
                self._meter.observe(bucket, 0, error.resets_at)
            raise error from refused

    def _list(self, resource: str, **parameters: str | int | None) -> Page:
        """Return the answer of `resource.list`. Raises `Refused` and `Unavailable`."""
        self._connect()
        import googleapiclient.errors  # type: ignore[import-untyped]
        import httplib2

        network = (OSError, http.client.HTTPException, httplib2.HttpLib2Error)
        odd_body = (ValueError, RecursionError, googleapiclient.errors.Error)
        try:
            body = getattr(self._api, resource)().list(**parameters).execute(num_retries=0)
        except Refused as refused:
            raise Refused(self._scrubbed(refused.refusal)) from None  # the cause may echo the key
        except Unbounded as error:
            raise Down(f"YouTube did not answer {resource}.list in full: {error}") from None  # as above
        except network as error:
            reason = self._without_key(f"{type(error).__name__}: {error}")
            raise Down(f"YouTube did not answer {resource}.list: {reason}") from None  # as above
        except odd_body as error:
            raise Unavailable(f"YouTube's answer to {resource}.list is not JSON") from error
        return self._sound(resource, body)

    def _connect(self) -> None:
        if self._api is None:
            from googleapiclient.discovery import build  # type: ignore[import-untyped]

            self._http = _KeyedHttp(self._key, self._timeout, proxied=not _is_loopback(self._endpoint))
            options = {"api_endpoint": self._endpoint} if self._endpoint else None
            self._api = build(
                *("youtube", "v3"),
                http=self._http,
                static_discovery=True,
                cache_discovery=False,
                client_options=options,
            )

    def _sound(self, resource: str, body: JSON) -> Page:
        if not isinstance(body, dict):
            raise Unavailable(f"YouTube's answer to {resource}.list is not an object")
        if "error" in body:
            code = dig(body, "error", "code")
            status = code if isinstance(code, int) else http.client.OK
            raise Refused(self._scrubbed(read_refusal(status, {}, json.dumps(body).encode())))
        if not isinstance(body.get("items"), list):  # to take it for an empty list would lose what there is
            raise Unavailable(f"YouTube's answer to {resource}.list has no items")
        return body

    def _scrubbed(self, refusal: Refusal) -> Refusal:
        return Refusal(
            status=refusal.status,
            reasons=frozenset(map(self._without_key, refusal.reasons)),
            message=self._without_key(refusal.message),
            per=refusal.per,
            retry_after=refusal.retry_after,
        )

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***").replace(quote(self._key, safe=""), "***")


def _is_loopback(endpoint: str | None) -> bool:
    """Tell whether `endpoint` is on this machine, where no proxy is needed."""
    host = urlsplit(endpoint or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def next_token(page: JSON, present: str | None) -> str | None:
    """Return the token of the next page; None where there is none, or it would lead to this page again."""
    token = dig(page, "nextPageToken")
    return token if isinstance(token, str) and token and token != present else None
