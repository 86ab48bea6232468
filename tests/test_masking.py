import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import structlog

from monitor import logs
from monitor.config import Config
from monitor.connector import Batch, Cursor, Mention, Payload, Query, Source, Unauthorized
from monitor.masking import mask_of
from monitor.pull import Feed, Ledger, pull
from monitor.store import open_store, sources

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "s3cr3t/token+of=acme"  # noqa: S105 - a made-up one, with what is percent-encoded
CONFIG = Config.model_validate(
    {
        "monitor": {"store": "postgresql+psycopg://u:hunter2-hunter2@db/uproar"},
        "credentials": {"acme": {"token": SECRET, "pin": "123"}},
        "destinations": {"chat": {"kind": "apprise", "url": "slack://abc/def/ghi"}},
    }
)


@pytest.mark.parametrize(
    "secret", [SECRET, "s3cr3t%2Ftoken%2Bof%3Dacme", "hunter2-hunter2", "slack://abc/def/ghi"]
)
def test_every_kind_of_secret_is_struck_out(secret: str) -> None:
    """Credentials as they are and percent-encoded, the store's password, the address of a destination."""
    assert mask_of(CONFIG)(f"refused: {secret}!") == "refused: ***!"


def test_a_short_secret_strikes_out_no_ordinary_words() -> None:
    """What is shorter than six characters would turn up everywhere."""
    assert mask_of(CONFIG)("page 123 of 1234") == "page 123 of 1234"


def test_without_secrets_nothing_is_struck_out() -> None:
    """A configuration of feeds alone has none."""
    assert mask_of(Config())("any text") == "any text"


class Careless:
    """A connector that quotes its token in an error."""

    platform = "acme"
    limits = ()

    def pull(self, cursor: Cursor) -> Iterator[Batch]:
        """Fail."""
        yield Batch(payloads=(), cursor=cursor)
        raise Unauthorized(f"the server said: bad token {SECRET}")

    def normalise(self, payload: Payload) -> Mention:
        """Never called."""
        raise AssertionError(payload)


def test_a_careless_connector_leaks_nothing_into_the_store(tmp_path: Path) -> None:
    """What it says is struck out before it becomes the source's error and an event."""
    source = Source(name="forum", brand="acme", connector="acme", query=Query(names=("acme",)))
    ledger = Ledger("acme", lambda: NOW)
    every = timedelta(minutes=5)
    feed = Feed(source=source, connector=Careless(), ledger=ledger, every=every, mask=mask_of(CONFIG))
    store = open_store(f"sqlite:///{tmp_path / 'uproar.sqlite'}")
    with store.transaction() as connection:
        sources.configure(connection, [("forum", "acme", "acme")], NOW)
        (claimed,) = sources.claim_due(connection, NOW, timedelta(minutes=5), 1)
    pull(store, feed, claimed, lambda: NOW, Event())
    with store.reading() as connection:
        (state,) = sources.states(connection)
        (event,) = sources.happenings(connection)
    store.close()
    assert state.error == "the server said: bad token ***"
    assert event.cause == "the server said: bad token ***"
    assert not [each for each in tmp_path.iterdir() if SECRET.encode() in each.read_bytes()]


@pytest.fixture
def _own_logging() -> Iterator[None]:
    before = logging.root.handlers[:]
    yield
    logging.root.handlers = before
    structlog.reset_defaults()


@pytest.mark.usefixtures("_own_logging")
def test_the_log_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in a value, nor in a library's own line, nor in a traceback."""
    logs.configure("info", mask_of(CONFIG))
    structlog.get_logger("monitor.pull").warning("pulled", error=f"bad token {SECRET}")
    logging.getLogger("somelibrary").error("bad token %s", SECRET)
    try:
        int(SECRET)
    except ValueError:
        structlog.get_logger("monitor.pull").exception("pull failed")
    told = capsys.readouterr().err
    assert SECRET not in told
    assert told.count("***") == 3
    assert "ValueError: invalid literal for int() with base 10: '***'" in told
