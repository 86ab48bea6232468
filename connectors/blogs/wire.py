"""Feeds fetched with suspicion: bounded in time and size, each hop of a redirect checked beforehand."""

import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from monitor.connector import Unavailable

MAX_HOPS = 5
_CHUNK = 2**16
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ADDRESSES_TRIED = 3

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a fetch may cost and where it may go.

    `timeout` is in seconds, for the whole fetch with all redirects; `max_bytes` for the decompressed body.
    `trusted` are the (host, port) that the operator wrote as addresses: they may be private. `endpoint` is
    the base to which every request goes instead, as `endpoint/host/path`, or None. What lies there already is
    asked for as it is.
    """

    timeout: float
    max_bytes: int
    allow_private: bool = False
    trusted: frozenset[tuple[str, int]] = frozenset()
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The final answer: header names are lower case; `moved_to` is set when every hop was a permanent one."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    moved_to: str | None = None


def fetch(url: str, headers: Mapping[str, str], bounds: Bounds) -> Answer:
    """Return the answer at the end of the redirects. Raises `Unavailable`, saying what was refused."""
    deadline = time.monotonic() + bounds.timeout  # a duration on the wire, whatever the monitor's clock does
    permanent, start = True, url
    for _ in range(MAX_HOPS + 1):
        answer = _ask(url, headers, bounds, deadline)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            moved_to = url if permanent and url != start else None
            return Answer(
                status=answer.status, url=url, headers=answer.headers, body=answer.body, moved_to=moved_to
            )
        permanent = permanent and answer.status in _PERMANENT
        url = _joined(url, answer.headers["location"])
    raise Unavailable(f"more than {MAX_HOPS} redirects")


def place(url: str) -> tuple[str, int]:
    """Return the host and port of an http(s) URL. Raises `ValueError` for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http or https address: {url[:100]!r}")
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def is_public(address: Address) -> bool:
    """Tell whether `address` is in the public internet, also when it wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _joined(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        place(target)
    except ValueError as error:
        raise Unavailable(f"refused a redirect: {error}") from error
    return target


def _ask(url: str, headers: Mapping[str, str], bounds: Bounds, deadline: float) -> Answer:
    """Make one request to an address that was checked, and connect to that very address."""
    import urllib3

    target = _target(url, bounds.endpoint)
    host, port = place(target.geturl())
    netloc = target.netloc.rpartition("@")[2]
    sent = {"Host": netloc, "Connection": "close", "Accept-Encoding": "gzip, deflate", **headers}
    try:
        with _connected(target.scheme, host, port, bounds, deadline) as connection:
            path = target.path or "/"
            connection.request(
                "GET",
                f"{path}?{target.query}" if target.query else path,
                headers=sent,
                preload_content=False,
                decode_content=False,
            )
            with closing(connection.getresponse()) as response:
                received = {name.lower(): value for name, value in response.headers.items()}
                is_feed = response.status == 200  # noqa: PLR2004
                body = _body(response, received, bounds.max_bytes) if is_feed else b""
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError, EOFError, zlib.error) as error:
        if time.monotonic() > deadline:
            raise Unavailable(f"took longer than {bounds.timeout:g} s") from error
        raise Unavailable(f"no answer from {host}: {type(error).__name__}") from error
    if time.monotonic() > deadline:  # the connection was shut, which can look like the end of the body
        raise Unavailable(f"took longer than {bounds.timeout:g} s")
    return Answer(status=response.status, url=url, headers=received, body=body)


def _target(url: str, endpoint: str | None) -> SplitResult:
    """Return where to ask for `url`, with what is not ASCII encoded."""
    import urllib3

    try:
        if endpoint is not None and place(url) != place(endpoint):
            asked = urlsplit(url)
            path = f"{endpoint.rstrip('/')}/{asked.netloc.rpartition('@')[2]}{asked.path}"
            url = f"{path}?{asked.query}" if asked.query else path
        return urlsplit(urllib3.util.parse_url(url).url)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unavailable(f"not an address: {url[:100]!r}") from error


@contextmanager
def _connected(scheme: str, host: str, port: int, bounds: Bounds, deadline: float) -> Iterator[Any]:
    """Give a connection to one of the host's addresses, shut at the deadline whatever it then waits for."""
    import urllib3

    addresses = _addresses(host, port, bounds)[:_ADDRESSES_TRIED]
    for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
        left = max(deadline - time.monotonic(), 0.01)
        connection = _connection(scheme, host, port, address, left / (others + 1))
        with _shut_after(left, connection) as opened:
            try:
                connection.connect()
                opened.append(connection.sock)
            except (urllib3.exceptions.HTTPError, OSError):
                if others:
                    continue
                raise
            connection.timeout = left
            yield connection
            return


def _addresses(host: str, port: int, bounds: Bounds) -> list[str]:
    """Return the addresses of `host` that may be called. They are called as they are, not looked up again."""
    found = {info[4][0]: None for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if bounds.allow_private or (host, port) in bounds.trusted:
        return [str(address) for address in found]
    public = [str(address) for address in found if is_public(ipaddress.ip_address(address))]
    if not public:
        raise Unavailable(f"refused: {host} is at a private address (see the option allow_private)")
    return public


def _connection(scheme: str, host: str, port: int, address: str, timeout: float) -> Any:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3 import connection

    if scheme == "http":
        return connection.HTTPConnection(address, port, timeout=timeout)
    return connection.HTTPSConnection(
        address,
        port,
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        ca_certs=DEFAULT_CA_BUNDLE_PATH,
        server_hostname=host,
        assert_hostname=host,
    )


@contextmanager
def _shut_after(seconds: float, connection: Any) -> Iterator[list[Any]]:
    """Shut `connection` after `seconds`: a socket's own timeout begins anew with each byte that drips in.

    Once it is open, its socket belongs into the list, since the connection lets go of it before the body.
    """
    opened: list[Any] = []

    def shut() -> None:
        with suppress(OSError, AttributeError):
            (opened[0] if opened else connection.sock).shutdown(socket.SHUT_RDWR)

    watchdog = threading.Timer(seconds, shut)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield opened
    finally:
        watchdog.cancel()
        connection.close()


def _body(response: Any, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Read and decompress the body. Raises `Unavailable` as soon as it is too long; `EOFError` if cut off."""
    if (length := headers.get("content-length", "")).isdecimal() and int(length[:20]) > max_bytes:
        raise Unavailable(f"the body is longer than {max_bytes} bytes")
    expand = _Expander(headers.get("content-encoding", "identity").strip().lower(), max_bytes)
    while chunk := response.read1(_CHUNK):  # it raises when less comes than was announced
        expand.feed(chunk)
    return expand.whole()


class _Expander:
    """Collects a body, decompressed, and stops at `max_bytes`, however small a bomb comes in."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise Unavailable(f"the body is compressed in an unknown way: {encoding[:40]!r}")
        self._compressed = encoding not in {"", "identity"}
        self._inflate: Any = None
        self._body = bytearray()
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> None:
        """Take one chunk as it came."""
        while chunk and self._compressed:
            if self._inflate is None or self._inflate.eof:  # gzip may consist of several members
                self._inflate = zlib.decompressobj(wbits=_window(chunk))
            self._add(self._inflate.decompress(chunk, self._max_bytes + 1 - len(self._body)))
            chunk = self._inflate.unused_data or self._inflate.unconsumed_tail
        if not self._compressed:
            self._add(chunk)

    def whole(self) -> bytes:
        """Return the body. Raises `EOFError` when the compressed data was cut off."""
        if self._inflate is not None and not self._inflate.eof:
            raise EOFError("the compressed body ends early")
        return bytes(self._body)

    def _add(self, part: bytes) -> None:
        self._body += part
        if len(self._body) > self._max_bytes:
            raise Unavailable(f"the body is longer than {self._max_bytes} bytes")


def _window(first: bytes) -> int:
    """Return zlib's window bits: 47 finds out between gzip and zlib; some servers' "deflate" is raw."""
    is_zlib = first[0] & 0x0F == 8 and first[:2] != b"\x1f\x8b"  # noqa: PLR2004 - RFC 1950, method 8
    return 47 if is_zlib or first[:1] == b"\x1f" else -15
