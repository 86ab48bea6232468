"""A platform's HTTP service on loopback, with faults on demand: for the demo and for connector tests."""

import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from monitor.demo.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked: `query` and `form` hold each key's last value; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the platform answers: `body` is JSON data, or bytes as they are."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StandIn:
    """One stand-in service, as a context manager: `with TwitterStandIn(world, clock) as x: x.endpoint`.

    A platform's stand-in inherits it for the HTTP plumbing alone and defines `answer`. Responses queued in
    `faults` are given first, one a request, where `None` lets a request through: `fail(at=3)` fails the third
    request from now. `requests` logs what was asked.
    """

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        self.world = world
        self.clock = clock
        self.requests: list[Request] = []
        self.faults: deque[Response | None] = deque()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        """Where it listens, such as `http://127.0.0.1:40123`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, response: Response | None = None, *, at: int = 1, times: int = 1) -> None:
        """Answer the `at`th request from now, and `times` in all from there, with `response` (or a 503)."""
        self.faults.clear()
        self.faults.extend([None] * (at - 1))
        self.faults.extend([response or Response(status=503, body=b"unavailable")] * times)

    def answer(self, request: Request) -> Response:
        """Return the platform's answer. Each stand-in defines its own."""
        return Response(status=404, body={"path": request.path})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _respond(self, request: Request) -> Response:
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else None
        return fault or self.answer(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                address = urlsplit(self.path)
                request = Request(
                    method=self.command,
                    path=address.path,
                    query={key: values[-1] for key, values in parse_qs(address.query).items()},
                    headers={key.lower(): value for key, value in self.headers.items()},
                    form={key: values[-1] for key, values in parse_qs(body.decode()).items()},
                )
                self._send(stand_in._respond(request))

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def _send(self, response: Response) -> None:
                is_bytes = isinstance(response.body, bytes)
                body = response.body if is_bytes else json.dumps(response.body).encode()
                headers = {"content-type": "text/plain" if is_bytes else "application/json"}
                headers |= {"content-length": str(len(body))} | dict(response.headers)
                self.send_response(response.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: `requests` is the log."""

        return Handler
