"""The connections of httplib2, bounded: watched, and with bodies that are read and expanded up to a limit."""

import zlib
from contextlib import closing
from functools import cache
from http.client import HTTPException, HTTPResponse
from typing import Any

from monitor.bounded import MAX_BYTES, too_long, watched

_CHUNK = 2**16


def bounded_connection(scheme: str) -> type[Any]:
    """Return httplib2's kind of connection for `scheme`, bounded."""
    import httplib2  # type: ignore[import-untyped]

    kind: type[Any] = _bounded(httplib2.SCHEME_TO_CONNECTION[scheme])
    return kind


@cache
def _bounded(kind: Any) -> Any:
    watching = watched(kind)
    if watching is kind:  # a recording that is replayed
        return kind
    return type(kind.__name__, (watching,), {"response_class": _Body})


class _Body(HTTPResponse):
    """Expands its body, and says so by leaving out the header: httplib2 would do it without a limit."""

    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        with closing(self):  # otherwise what is refused stays open, when the connection has let go of it
            body = self._whole()
        if self.headers.get("content-encoding") in {"gzip", "deflate"}:
            del self.headers["content-encoding"]
            try:
                return _expanded(body)
            except zlib.error as error:
                raise HTTPException("the compressed body cannot be read") from error
        return body

    def _whole(self) -> bytes:
        """Return the body as it came. Raises `http.client.IncompleteRead` when it is cut off."""
        if self.length is not None:
            if self.length > MAX_BYTES:
                raise too_long()
            return super().read()
        body = bytearray()
        while chunk := super().read(_CHUNK):
            body += chunk
            if len(body) > MAX_BYTES:
                raise too_long()
        return bytes(body)


def _expanded(packed: bytes) -> bytes:
    body = bytearray()
    while packed:  # gzip may consist of several members
        inflate = zlib.decompressobj(wbits=_window(packed))
        body += inflate.decompress(packed, MAX_BYTES + 1 - len(body))
        if len(body) > MAX_BYTES:
            raise too_long()
        if not inflate.eof:
            raise HTTPException("the compressed body is cut off")
        packed = inflate.unused_data
    return bytes(body)


def _window(first: bytes) -> int:
    """Return zlib's window bits: 47 finds out between gzip and zlib; some servers' "deflate" is raw."""
    is_zlib = first[0] & 0x0F == 8 and first[:2] != b"\x1f\x8b"  # noqa: PLR2004 - RFC 1950, method 8
    return 47 if is_zlib or first[:1] == b"\x1f" else -15
