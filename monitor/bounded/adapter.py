"""The exchanges of requests, bounded: for SDKs that bring a session to which an adapter can be mounted."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from monitor import bounded

_CHUNK = 2**16


class BoundedAdapter(HTTPAdapter):
    """Gives each exchange twice `timeout` seconds and `bounded.MAX_BYTES` of body, decompressed.

    `timeout` itself is for a silence. The answers are read to their end, as without `stream`. More raises
    `Unbounded`.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        super().__init__()

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        """Make the pools, of connections that are watched."""
        super().init_poolmanager(*args, **named, socket_options=_UntilOver())
        _watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        """Make the pools for a proxy, likewise."""
        return _watch(super().proxy_manager_for(*args, **named))

    def send(self, request: requests.PreparedRequest, *_: Any, **how: Any) -> requests.Response:
        """Return the whole answer. Raises the errors of requests, and `Unbounded`."""
        with bounded.Exchange(2 * self._timeout), ExitStack() as failing:
            response = super().send(request, **{**how, "stream": True, "timeout": self._timeout})
            failing.callback(response.close)
            _read(response)
            failing.pop_all()
        return response


def _read(response: requests.Response) -> None:
    body = bytearray()
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > bounded.MAX_BYTES:
        raise bounded.too_long()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > bounded.MAX_BYTES:
            raise bounded.too_long()
    cast("Any", response)._content = bytes(body)  # noqa: SLF001 - where requests keeps what it has read


class _UntilOver(list[Any]):
    """The socket options, asked for before each address of a host: none is tried when the time is over."""

    def __init__(self) -> None:
        super().__init__(HTTPConnection.default_socket_options)

    def __iter__(self) -> Iterator[Any]:
        bounded.check()
        return super().__iter__()


def _watch(pools: urllib3.PoolManager) -> urllib3.PoolManager:
    pools.pool_classes_by_scheme = {
        scheme: _watched(kind) for scheme, kind in pools.pool_classes_by_scheme.items()
    }
    return pools


def _watched(pool: type[Any]) -> type[Any]:
    if issubclass(pool, _Watched):
        return pool
    return type(f"Watched{pool.__name__}", (_Watched, pool), {})


class _Watched:
    @property
    def ConnectionCls(self) -> type[Any]:
        return bounded.watched(super().ConnectionCls)  # type: ignore[misc]
