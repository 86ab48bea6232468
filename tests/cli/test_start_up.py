"""A short command imports no more than it needs: a person waits for it."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.alert import Policy, Step
from monitor.store import open_store, policies
from tests.store import builders

RUN = """
import gc, json, sys
sys.argv = ["uproar", *sys.argv[1:]]
from monitor.__main__ import main
try:
    main()
except SystemExit as end:
    state = {"code": end.code, "modules": sorted(sys.modules), "collects": gc.isenabled()}
    sys.stderr.write(json.dumps(state))
"""
STEP = Step(notify=("terminal",), delay=timedelta(minutes=15))
SDKS = {"atproto", "feedparser", "googleapiclient", "mastodon", "praw", "requests", "tweepy", "urllib3"}
HEAVY = SDKS | {"alembic", "apprise", "apscheduler", "jinja2", "psycopg", "rich", "structlog", "textual"}
STORE = {"monitor.config", "monitor.store", "pydantic", "pydantic_settings", "sqlalchemy", "sqlmodel"}
CONFIG = """
[monitor]
store = "{url}"
[brands.acme]
names = ["acme"]
[policies.default]
"""


def ended(*arguments: str) -> dict[str, Any]:
    """Run a command in a process of its own, and return how things stood at its end; it must succeed."""
    command = [sys.executable, "-c", RUN, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    state: dict[str, Any] = json.loads(done.stderr)
    assert state["code"] in (0, None)
    return state


@pytest.fixture
def configured(sqlite_url: str, tmp_path: Path) -> Path:
    """Return a configuration whose store has an open alert."""
    store = open_store(sqlite_url)
    with store.transaction() as connection:
        builders.open_alert(connection)
        policies.save(connection, [Policy(name="default", steps=(STEP,))], builders.NOON)
    store.close()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=sqlite_url))
    return path


def test_help_needs_no_store() -> None:
    """`uproar --help` imports neither the store nor the configuration, nor anything heavy."""
    imported = set(ended("--help")["modules"])
    assert "typer" in imported
    assert imported & (HEAVY | STORE) == set()


def test_ack_needs_no_more_than_the_store(configured: Path) -> None:
    """`uproar ack` on a store that is there imports no SDK, no migrations, no notifiers, no scheduler."""
    imported = set(ended("--config", str(configured), "ack", "1", "--by", "maria")["modules"])
    assert "monitor.store" in imported
    assert imported & HEAVY == set()


def test_garbage_is_collected_once_a_command_has_begun(configured: Path) -> None:
    """Collecting garbage is put off while modules are imported, not for good."""
    assert ended("--config", str(configured), "ack", "1", "--by", "maria")["collects"]
