"""Servers on loopback that answer as they like, and the daemon as an operator would run it against them."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.scenarios.conftest import build

__all__ = ["build"]

Talk = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Talk], str]

ATTACK = (
    "acme is broken, refund [/x][bold red] \x1b]0;PWNED\x07\x1b[2J\x1b]8;;http://evil\x1b\\\x1b]52;c;aGk=\x07"
    "\x9b31m\u202eoof\u2066\x00\ud800\u2028\u200b\r\n=1+1 <script>"
)


@contextmanager
def _server(talk: Talk) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                talk(self)
            except OSError:
                return

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Yield what starts a server with a `talk` of its own, and returns its address."""
    with ExitStack() as stack:
        yield lambda talk: stack.enter_context(_server(talk))


def says(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Talk:
    """Return a `talk` that always answers the same; a body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()

    def talk(asked: BaseHTTPRequestHandler) -> None:
        _answer(asked, status, sent, headers or {})

    return talk


def echoes(status: int, *, grants: str | None = None) -> Talk:
    """Return a `talk` that repeats, in all the places of an error, each secret that it was sent.

    It gives the token `grants` to whoever asks Reddit's endpoint for one.
    """

    def talk(asked: BaseHTTPRequestHandler) -> None:
        sent = asked.rfile.read(int(asked.headers.get("content-length") or 0)).decode()
        if grants and "access_token" in asked.path:
            _answer(asked, 200, json.dumps({"access_token": grants}).encode(), {})
            return
        credential = asked.headers.get("authorization", "")
        scheme, _, coded = credential.partition(" ")
        clear = base64.b64decode(coded).decode() if scheme == "Basic" else unquote(credential)
        echo = (
            f"{credential} {clear} {asked.path} {unquote(asked.path)} {sent} \x1b[2J\ntimestamp=0 level=info"
        )
        one = {"message": echo, "reason": echo, "title": echo, "detail": echo, "domain": echo}
        of_google = {**one, "code": status, "status": echo, "errors": [one], "details": [one]}
        error: Any = of_google if "youtube" in asked.path else echo
        _answer(asked, status, json.dumps({**one, "errors": [one], "error": error}).encode(), {})

    return talk


def _answer(asked: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    asked.send_response(status)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        asked.send_header(name, value)
    asked.end_headers()
    asked.wfile.write(body)


SECRETS = {
    "twitter": {"bearer_token": "AAAAx9%2BZq%3DkT7secret0bearer"},
    "reddit": {"client_id": "r3ddit-client-id", "client_secret": "s3cret-reddit_0secret"},
    "youtube": {"api_key": "AIza0secret9youtube_key-00"},
}


def configuration(folder: Path, sources: Mapping[str, Mapping[str, Any]], more: str = "") -> Path:
    """Write a configuration with a source for each connector, and return where it is."""
    head = f'[monitor]\nstore = "sqlite:///{folder}/store/uproar.sqlite"\nlog = "debug"\n{more}\n'
    brand = '[brands.acme]\nnames = ["acme"]\naccounts = { youtube = ["UCexampleexampleexample00"] }\n'
    parts = [head, brand]
    for name, keys in SECRETS.items():
        parts.append(f"[credentials.{name}]\n" + "".join(f'{k} = "{v}"\n' for k, v in keys.items()))
    for name, options in sources.items():
        written = ", ".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
        parts.append(
            f'[[sources]]\nname = "{name}"\nbrand = "acme"\nconnector = "{name.partition("-")[0]}"\n'
            f"warm_up = false\noptions = {{ {written} }}\n"
        )
    path = folder / "config.toml"
    path.write_text("\n".join(parts))
    return path
