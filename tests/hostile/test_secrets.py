"""A server that echoes the secrets it was sent, and whoever reads logs, screens and the store for them."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from tests.hostile.conftest import SECRETS, Serve, configuration, echoes

GRANTED = "granted-0token.x9y8"
COMMANDS = (("status",), ("status", "--json"), ("sources",), ("sources", "--json"), ("check",))


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Put back the handlers and levels of logging: the commands under test change them."""
    root, own = logging.getLogger(), logging.getLogger("monitor")
    before = root.handlers[:], root.level, own.level
    yield
    root.handlers = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def needles() -> set[str]:
    """Return each secret in each form in which it goes over the wire, and pieces of the longer ones."""
    plain = {value for keys in SECRETS.values() for value in keys.values() if "secret" in value} | {GRANTED}
    reddit = SECRETS["reddit"]
    pair = base64.b64encode(f"{reddit['client_id']}:{reddit['client_secret']}".encode()).decode()
    return plain | {quote(each, safe="") for each in plain} | {unquote(each) for each in plain} | {pair[:20]}


@pytest.mark.parametrize(("status", "grants"), [(200, None), (200, GRANTED), (403, GRANTED), (500, None)])
def test_an_echoed_secret_is_nowhere(serve: Serve, tmp_path: Path, status: int, grants: str | None) -> None:
    """Not in what the daemon logs, not in what a command shows, not in the store; nor is a line forged."""
    endpoint = serve(echoes(status, grants=grants))
    path = configuration(tmp_path, {name: {"endpoint": endpoint} for name in SECRETS})
    shown = {}
    for words in (("run", "--once"), *COMMANDS):
        result = CliRunner().invoke(app, ["--config", str(path), *words])
        assert result.exit_code in (0, 1), result.exception
        shown[" ".join(words)] = result.output.encode()
    stored = {each.name: each.read_bytes() for each in (tmp_path / "store").iterdir()}
    assert "uproar.sqlite" in stored
    for place, found in {**shown, **stored}.items():
        assert not [each for each in needles() if each.encode() in found], place
    for place, output in shown.items():
        assert b"\x1b" not in output, place
        assert b"\ntimestamp=0" not in output, place
