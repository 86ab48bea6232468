"""From the HTTP answer that first holds a post to the alert printed: real connector and daemon, one feed."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.clock import system_clock
from monitor.config import Config
from monitor.core.mention import Mention
from monitor.daemon import Daemon
from monitor.demo.stand_in import Request, Response, StandIn
from monitor.demo.world import World
from monitor.notify import Notice
from monitor.notify.terminal import TerminalNotifier
from monitor.store import open_store

RATE = 50  # posts a second
SHOWN = 200  # a feed shows its newest
COMPLAINTS = 10  # every tenth: three times as many as in the mix of the ingest


class Feed(StandIn):
    """A JSON Feed that grows by `RATE` posts a second; `answered` has when each was first served."""

    def __init__(self, started: datetime) -> None:
        super().__init__(World(), system_clock)
        self.started = started
        self.answered: dict[int, float] = {}

    def answer(self, request: Request) -> Response:
        """Return the newest posts."""
        del request
        count = max(0, int((self.clock() - self.started).total_seconds() * RATE))
        newest = range(max(0, count - SHOWN), count)
        body = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Posts",
            "items": [self._item(number) for number in reversed(newest)],
        }
        served = json.dumps(body).encode()
        now = time.perf_counter()
        for number in newest:
            self.answered.setdefault(number, now)
        return Response(body=served, headers={"content-type": "application/feed+json"})

    def _item(self, number: int) -> dict[str, Any]:
        published = (self.started + timedelta(seconds=number / RATE)).astimezone(UTC)
        text = "Acme, my parcel never arrived and nobody answers, third time of asking, I want a refund"
        if number % COMPLAINTS:
            text = "Saw the new acme shop window on the way to work this morning and the lights were on"
        return {
            "id": str(number),
            "url": f"https://blog.example/{number}",
            "title": f"Post {number}",
            "content_text": text,
            "date_published": published.isoformat(),
        }


class Printer:
    """The terminal notifier on a pipe, with when each post's alert was printed."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        threading.Thread(target=_drain, args=(reader,), daemon=True).start()
        self._terminal = TerminalNotifier(os.fdopen(writer, "w"))
        self.printed: dict[int, float] = {}

    def send(self, notice: Notice) -> None:
        """Print the notice."""
        self._terminal.send(notice)
        self.printed.setdefault(_number(notice.card.first.mention), time.perf_counter())


def _drain(reader: int) -> None:
    while os.read(reader, 65536):
        pass


def _number(mention: Mention) -> int:
    return int((mention.title or "").removeprefix("Post "))


def report(folder: Path, *, seconds: float = 30.0) -> Iterator[str]:
    """Yield the figures, line by line."""
    started = system_clock() + timedelta(seconds=4)  # after the first pull, which learns
    with Feed(started) as feed, closing(open_store(f"sqlite:///{folder / 'store.sqlite'}")) as store:
        printer = Printer()
        daemon = Daemon(
            config=_config(feed.endpoint), store=store, notifiers={"terminal": printer}, clock=system_clock
        )
        thread = threading.Thread(target=daemon.run)
        thread.start()
        time.sleep(4 + seconds)
        daemon.stopping.set()
        thread.join()
    taken = sorted(at - feed.answered[number] for number, at in printer.printed.items())
    expected = sum(number % COMPLAINTS == 0 for number in feed.answered)
    yield (
        f"post to alert, {RATE} posts/s for {seconds:.0f} s, {len(taken)} of {expected} complaints: "
        f"median {1000 * taken[len(taken) // 2]:.0f} ms, p99 {1000 * taken[int(0.99 * len(taken))]:.0f} ms, "
        f"most {1000 * taken[-1]:.0f} ms (bar: p99 250 ms)"
    )


def _config(endpoint: str) -> Config:
    return Config.model_validate(
        {
            "brands": {"acme": {"names": ["acme"]}},
            "policies": {"default": {}},
            "destinations": {"terminal": {"kind": "terminal"}},
            "sources": [
                {
                    "name": "blog",
                    "brand": "acme",
                    "connector": "blogs",
                    "every": "1s",
                    "options": {"feeds": [f"{endpoint}/feed.json"], "allow_private": True},
                }
            ],
        }
    )
