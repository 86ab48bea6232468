"""Exchanges over HTTP that end: each within a time as a whole, with a body of limited length."""

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self

from monitor.connector import Unavailable

MAX_BYTES = 32 * 2**20

_present: ContextVar["Exchange | None"] = ContextVar("exchange", default=None)


class Unbounded(Unavailable):
    """An answer that takes too long as a whole, or is too long."""


class Exchange:
    """One exchange, from the connection to the end of the body; its `watched` sockets are shut at the end.

    A socket's own timeout begins anew with each byte that drips in. Leaving the block raises `Unbounded`
    when the `seconds` were over, whatever the shut socket looked like to those who read from it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: Any = None
        self._over = self._ended = False
        self._lock = threading.Lock()
        self._watchdog = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._end)
        self._watchdog.daemon = True

    def __enter__(self) -> Self:
        self._before = _present.set(self)
        self._watchdog.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._watchdog.cancel()
        _present.reset(self._before)
        with self._lock:  # from here on the watchdog leaves the socket alone: others may use it
            self._ended = True
        if self._over and (error is None or isinstance(error, Exception)):
            raise Unbounded(f"the answer took longer than {self._seconds:g} s") from error

    def check(self) -> None:
        """Raise `TimeoutError` when the time is over: what comes next would not be shut any more."""
        if self._over:
            raise TimeoutError(f"longer than {self._seconds:g} s")

    def watch(self, sock: Any) -> None:
        """Shut `sock` when the time is over. Raises `TimeoutError` when it is over already."""
        with self._lock:
            self._socket = sock
            self.check()

    def _end(self) -> None:
        with self._lock:
            if not self._ended:
                self._over = True
                _shut(self._socket)


def check() -> None:
    """Raise `TimeoutError` when the present exchange, if any, has used up its time."""
    if exchange := _present.get():
        exchange.check()


@cache
def watched(connection: type[Any]) -> type[Any]:
    """Return a kind of `connection` (one of http.client) whose socket the present `Exchange` watches.

    What is not of http.client, as a recording that is replayed, stays as it is.
    """
    if not issubclass(connection, HTTPConnection):
        return connection

    class Watched(connection):  # type: ignore[misc]
        _sock: Any = None

        @property
        def sock(self) -> Any:
            return self._sock

        @sock.setter
        def sock(self, sock: Any) -> None:
            self._sock = sock
            _watch(sock)

        def getresponse(self, *args: Any, **named: Any) -> Any:
            _watch(self._sock)  # of an earlier exchange, when the connection is used again
            return super().getresponse(*args, **named)

    return Watched


def too_long() -> Unbounded:
    """Return the refusal of a body of more than `MAX_BYTES`."""
    return Unbounded(f"the answer is longer than {MAX_BYTES} bytes")


def _watch(sock: Any) -> None:
    exchange = _present.get()
    if exchange and sock is not None:  # a connection lets go of its socket before the body
        exchange.watch(sock)


def _shut(sock: Any) -> None:
    """Shut a socket below its TLS, whose reader in another thread then sees it end."""
    plain = sock if isinstance(sock, socket.socket) else getattr(sock, "socket", None)
    if plain is not None:
        with suppress(OSError):
            socket.socket.shutdown(plain, socket.SHUT_RDWR)
