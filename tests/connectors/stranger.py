"""Servers as strangers write them, and the real daemon run against them: nothing here is of monitor.demo."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from monitor.config import load
from monitor.daemon import Daemon
from monitor.store import open_store, sources
from monitor.store.mentions import mention as mention_table
from monitor.store.sources import SourceState

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

Query = Mapping[str, str]
Answer = Any  # JSON for a 200, or (status, JSON or bytes), or (status, JSON or bytes, headers)
Serve = Callable[[str, Query], Answer]


@dataclass(slots=True)
class Asked:
    """What a server was asked: the path, with what follows the question mark, in order."""

    paths: list[str] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(serve: Serve, asked: Asked | None = None) -> Iterator[str]:
    """Yield the address of a plain HTTP/1.0 server that answers with what `serve` returns."""

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            address = urlsplit(self.path)
            query = dict(parse_qsl(address.query, keep_blank_values=True))
            if asked:
                asked.paths.append(address.path)
                asked.queries.append(query)
            self._reply(serve(address.path, query))

        def do_POST(self) -> None:
            self.do_GET()

        def _reply(self, answer: Answer) -> None:
            status, body, headers = (*answer, {})[:3] if isinstance(answer, tuple) else (200, answer, {})
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class Run:
    """What one `run --once` left behind."""

    well: bool
    source: SourceState
    ids: set[str]
    texts: set[str]
    titles: set[str]
    dates: set[tuple[datetime, datetime | None]]  # of making and of editing


@dataclass(slots=True)
class Program:
    """The whole program over one source and one store; `at` is its clock's time."""

    folder: Path
    connector: str
    options: Mapping[str, Any]
    credentials: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, list[str]] = field(default_factory=dict)
    at: datetime = NOON

    def run_once(self) -> Run:
        """Do what `uproar run --once` does, and read what was stored."""
        config = load(self._configuration())
        store = open_store(f"sqlite:///{self.folder / 'uproar.db'}")
        try:
            well = Daemon(config=config, store=store, notifiers={}, clock=lambda: self.at).run_once()
            with store.reading() as connection:
                (state,) = sources.states(connection)
                rows = connection.execute(mention_table.select()).all()
        finally:
            store.engine.dispose()
        return Run(
            well=well,
            source=state,
            ids={row.id for row in rows},
            texts={row.text for row in rows},
            titles={row.title for row in rows},
            dates={(row.created_at, row.edited_at) for row in rows},
        )

    def _configuration(self) -> Path:
        path = self.folder / "config.toml"
        tables = [
            ("brands.acme", {"names": ["Acme"]}),
            ("brands.acme.accounts", self.accounts),
            ("destinations.terminal", {"kind": "terminal"}),
            (f"credentials.{self.connector}", self.credentials),
        ]
        lines = [line for name, table in tables if table for line in (f"[{name}]", *_lines(table))]
        source = {"name": "s", "brand": "acme", "connector": self.connector}
        lines += ["[[sources]]", *_lines(source), "[sources.options]", *_lines(self.options)]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]
