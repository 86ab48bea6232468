"""What an operator runs to set a monitor up: init, check and connectors."""

import json
import logging
import stat
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from monitor import plugins
from monitor.cli import app, checking
from monitor.cli.checking import Finding
from monitor.connector import (
    Batch,
    ConnectorError,
    Gone,
    Misconfigured,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from monitor.store import open_store
from monitor.store.sources import happened

SECRET = "hunter2-do-not-show"  # noqa: S105 - it guards nothing
# Apprise, imported on first use, imports what Python deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRAND = "[brands.acme]\nnames = ['acme']\n"
FEED = BRAND + "[[sources]]\nname = 'news'\nbrand = 'acme'\nconnector = 'blogs'\n"
FEEDS = "options = { feeds = ['https://blog.example/feed'] }\n"


def run(*words: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [*words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the configuration of the test is."""
    return tmp_path / "config.toml"


def check(file: Path, content: str, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the findings of `uproar check --json`; no secret may be among them."""
    file.write_text(content)
    plain, done = (run("--config", str(file), "check", *words, *form) for form in ((), ("--json",)))
    assert plain.exit_code == done.exit_code
    assert done.exception is None or isinstance(done.exception, SystemExit)
    for output in (plain.output, done.output):
        assert SECRET not in output
        assert "Traceback" not in output
        assert "\x1b" not in output
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def failed(findings: list[dict[str, Any]]) -> dict[str, str]:
    """Return what failed: key and message. Each failure names a file and a remedy."""
    found = [each for each in findings if each["state"] == "failed"]
    assert all(each["file"] and each["remedy"] for each in found)
    return {each["key"]: each["message"] for each in found}


# ----------------------------------------------------------------------------------------------------- init
def test_init_writes_what_works_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newcomer's first two commands: the file is for its owner alone, and passes the offline check."""
    monkeypatch.chdir(tmp_path)
    assert run("init", "--path", "config.toml").exit_code == 0
    assert stat.S_IMODE(Path("config.toml").stat().st_mode) == 0o600
    done = run("check", "--offline")
    assert done.exit_code == 0, done.output
    assert "all is well" in done.stdout


def test_init_replaces_nothing_unasked(file: Path) -> None:
    """A file that is there stays, unless --force is given."""
    file.write_text("mine")
    refused = run("init", "--path", str(file))
    assert (refused.exit_code, file.read_text()) == (1, "mine")
    assert "--force" in refused.stderr
    assert run("init", "--path", str(file), "--force").exit_code == 0
    assert file.read_text().startswith("# The configuration of uproar")


def test_init_writes_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --path it goes to the user's folder, or where --config and $UPROAR_CONFIG say."""
    monkeypatch.chdir(tmp_path)
    assert run("init").exit_code == 0
    assert (Path.home() / ".config" / "uproar" / "config.toml").exists()
    assert run("--config", "here.toml", "init").exit_code == 0
    monkeypatch.setenv("UPROAR_CONFIG", "there.toml")
    assert run("init").exit_code == 0
    assert {each.name for each in tmp_path.iterdir()} >= {"here.toml", "there.toml"}


def test_init_tells_why_it_cannot_write(tmp_path: Path) -> None:
    """A path that cannot be made exits with 1, without a traceback."""
    (tmp_path / "file").write_text("")
    done = run("init", "--path", str(tmp_path / "file" / "config.toml"))
    assert (done.exit_code, done.stderr.count("Traceback")) == (1, 0)
    assert "config.toml" in done.stderr


# ---------------------------------------------------------------------------------------------------- check
def test_a_configuration_that_cannot_be_used_exits_with_2(file: Path) -> None:
    """Every mistake is a finding with its key; nothing else is looked at."""
    code, findings = check(file, "[brands.acme]\nnams = ['a']\n", "--offline")
    assert code == 2
    assert failed(findings).keys() == {"brands.acme.names", "brands.acme.nams"}
    code, findings = check(file, "x = [")
    assert (code, len(findings)) == (2, 1)
    assert run("--config", str(file.with_name("none.toml")), "check").exit_code == 2


def test_nothing_to_pull_is_a_failure(file: Path) -> None:
    """A monitor without sources monitors nothing."""
    code, findings = check(file, BRAND, "--offline")
    assert (code, failed(findings)["sources"]) == (1, "nothing is pulled")


@pytest.mark.parametrize(
    ("content", "key", "told"),
    [
        (FEED, "sources.0.options.feeds", "missing"),
        (FEED + "options = { feeds = 'x' }", "sources.0.options.feeds", "expected a list of strings"),
        (
            FEED + "options = { feeds = ['https://a.example/'], fed = 1 }",
            "sources.0.options.fed",
            "unknown key",
        ),
        (FEED.replace("blogs", "blog"), "sources.0.connector", "no connector 'blog'; installed are: blogs"),
        (FEED.replace("blogs", "twitter"), "credentials.twitter.bearer_token", "missing"),
        (
            FEED.replace("blogs", "twitter")
            + f"[credentials.twitter]\nbearer_token = 't'\nkey = '{SECRET}'\n",
            "credentials.twitter.key",
            "unknown key; expected one of: bearer_token",
        ),
        (
            FEED.replace("blogs", "reddit")
            + "credentials = 'second'\n[credentials.second]\nclient_id = 'x'\n",
            "credentials.second.client_secret",
            "missing",
        ),
        (
            FEED + FEEDS + f"[destinations.chat]\nkind = 'apprise'\nurl = 'nosuch://{SECRET}'\n",
            "destinations.chat.url",
            "Apprise cannot read the URL",
        ),
        (
            FEED + FEEDS + f"[monitor]\nstore = 'nosuch://u:{SECRET}@host/db'\n",
            "monitor.store",
            "not the URL of a store",
        ),
    ],
)
def test_what_fails_names_its_key(file: Path, content: str, key: str, told: str) -> None:
    """Wrong options, credentials, destinations and stores are told where they stand in the file; code 1."""
    code, findings = check(file, content, "--offline")
    assert code == 1
    assert told in failed(findings)[key]


def test_what_apprise_logs_of_a_url_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """It logs URLs that it cannot read, not all of them masked; afterwards its log is as it was."""
    assert checking._service(f"nosuch://{SECRET}") is None
    assert caplog.text == ""
    assert checking._service("json://localhost") == "JSON"
    assert not logging.getLogger("apprise").disabled


def test_notes_are_no_failures(file: Path) -> None:
    """What a platform cannot express, what is not used and what is not pulled is said, and passes."""
    content = FEED + "enabled = false\n" + FEEDS + "[credentials.unused]\nkey = 'x'\n"
    code, findings = check(file, content)
    notes = {each["key"] for each in findings if each["state"] == "note"}
    assert code == 0
    assert {"sources.0", "sources.0.enabled", "credentials.unused", "monitor.store"} <= notes


class _Connector:
    """A connector whose pull does what the test says."""

    Options = Credentials = None
    platform, limits = "test", ()
    does: Any = None

    def __init__(self, source: Any, credentials: Any, meter: Any) -> None:
        """Keep nothing."""

    def pull(self, cursor: Any) -> Any:
        """Yield an empty batch, then raise or yield."""
        yield Batch(payloads=(), cursor=cursor)
        if isinstance(self.does, ConnectorError):
            raise self.does
        yield Batch(payloads=[{}, {}], cursor=cursor)


@pytest.mark.parametrize(
    ("error", "key", "remedy"),
    [
        (Unauthorized("refused"), "credentials.blogs", "make new ones"),
        (QuotaExhausted("empty", resets_at=NOON), "sources.0", "nothing until 2026-11-21 12:00 UTC"),
        (Unavailable("no answer"), "sources.0", "can this machine reach it"),
        (Gone("closed"), "sources.0.options", "name something else"),
        (Misconfigured("options.feeds", "wrong"), "sources.0.options.feeds", "uproar connectors blogs"),
    ],
)
def test_a_first_call_that_fails_says_what_to_do(
    file: Path, monkeypatch: pytest.MonkeyPatch, error: ConnectorError, key: str, remedy: str
) -> None:
    """Each typed error of the contract has a remedy of its own."""
    monkeypatch.setattr("monitor.wiring.load", lambda name: _Connector)
    monkeypatch.setattr(_Connector, "does", error)
    code, findings = check(file, FEED)
    [found] = [each for each in findings if each["state"] == "failed"]
    assert (code, found["key"]) == (1, key)
    assert remedy in found["remedy"]


def test_a_first_call_that_works_stores_nothing(
    file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its items are counted and dropped; being told to wait is a note; --offline makes no call."""
    monkeypatch.setattr("monitor.wiring.load", lambda name: _Connector)
    content = FEED + f"[monitor]\nstore = '{sqlite_url}'\n"
    code, findings = check(file, content)
    assert code == 0
    assert "'news' answers: 2 items at first" in [each["message"] for each in findings]
    store = open_store(sqlite_url)
    with store.reading() as connection:
        for name in ("mention", "source", "happening"):
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() == 0  # noqa: S608 - ours
    store.close()
    monkeypatch.setattr(_Connector, "does", RateLimited("slow down", retry_at=NOON))
    assert check(file, content)[0] == 0
    monkeypatch.setattr(_Connector, "does", Unavailable("no"))
    assert check(file, content, "--offline")[0] == 0


def test_a_real_feed_is_called(file: Path) -> None:
    """Against a server on this machine: a feed that answers passes, one that does not fails."""

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                b"<rss version='2.0'><channel><item><guid>1</guid><title>acme</title></item></channel></rss>"
            )
            self.send_response(200 if self.path == "/feed" else 503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Feed)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    options = "options = {{ feeds = ['{}/{}'], allow_private = true }}\n"
    try:
        assert check(file, FEED + options.format(address, "feed"))[0] == 0
        code, findings = check(file, FEED + options.format(address, "down"))
    finally:
        server.shutdown()
        server.server_close()
    assert (code, list(failed(findings))) == (1, ["sources.0"])


# ----------------------------------------------------------------------------------------- database, clock
def test_a_good_database_is_opened_and_left_alone(file: Path, store_url: str) -> None:
    """It opens, is up to date and can be written to, on both databases; nothing is written."""
    code, findings = check(file, FEED + FEEDS + f"[monitor]\nstore = '{store_url}'\n", "--offline")
    assert code == 0
    assert "the database opens, can be written to" in " ".join(each["message"] for each in findings)
    store = open_store(store_url)
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM happening")).scalar() == 0
    store.close()


def test_a_database_that_is_not_there_is_not_made(file: Path, tmp_path: Path) -> None:
    """Checking makes no file: `uproar run` will."""
    path = tmp_path / "new" / "uproar.sqlite"
    code, findings = check(file, FEED + FEEDS + f"[monitor]\nstore = 'sqlite:///{path}'\n", "--offline")
    assert code == 0
    assert not path.parent.exists()
    assert any("will be made" in each["message"] for each in findings)


def test_a_database_without_tables_will_be_migrated(file: Path, empty_postgres_url: str) -> None:
    """An empty database is a note: `uproar run` makes the tables."""
    code, findings = check(file, FEED + FEEDS + f"[monitor]\nstore = '{empty_postgres_url}'\n", "--offline")
    assert code == 0
    assert any("`uproar run` brings them up to date" in each["remedy"] for each in findings)


def test_databases_that_do_not_work_are_told(file: Path, tmp_path: Path, sqlite_url: str) -> None:
    """Neither a file that is no database, nor one from the future, nor a server that is down passes."""
    junk = tmp_path / "junk.sqlite"
    junk.write_bytes(b"not a database, and long enough to be looked at as one" * 40)
    store = open_store(sqlite_url)
    with store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    down = f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/db"
    told = {f"sqlite:///{junk}": "does not work", sqlite_url: "a newer uproar", down: "does not work"}
    for url, message in told.items():
        code, findings = check(file, FEED + FEEDS + f"[monitor]\nstore = '{url}'\n", "--offline")
        assert (code, message in failed(findings)["monitor.store"]) == (1, True)


def test_a_full_disk_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room beside the database fails the check."""
    usage = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    code, findings = check(file, FEED + FEEDS, "--offline")
    assert (code, "only 1 MiB are free" in failed(findings)["monitor.store"]) == (1, True)


def test_a_clock_that_was_set_back_is_told(store_url: str) -> None:
    """The store has seen later times than the clock says; so has the calendar."""
    store = open_store(store_url)
    now = datetime.now(UTC)
    with store.transaction() as connection:
        happened(connection, "late", None, "", now + timedelta(hours=1))
    try:
        [found] = checking._check_clock(store, now)
        assert (found.state, found.key) == ("failed", "clock")
        assert [each.state for each in checking._check_clock(store, now + timedelta(hours=2))] == ["ok"]
        assert [each.state for each in checking._check_clock(None, datetime(2020, 1, 1, tzinfo=UTC))] == [
            "failed"
        ]
    finally:
        store.close()


def test_findings_are_harmless(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """A connector's text reaches the terminal sanitised, and markup in it is text."""
    file.write_text(BRAND)
    hostile = Finding(state="failed", file="f", key="k", message="\x1b[31m [/x] \u202e", remedy="\x07")
    monkeypatch.setattr(checking, "check_all", lambda *_, **__: iter([hostile]))
    done = run("--config", str(file), "check")
    assert done.exit_code == 1
    assert "[/x]" in done.stdout
    assert not any(character in done.output for character in "\x1b\u202e\x07")


# ----------------------------------------------------------------------------------------------- connectors
def test_connectors_are_listed_with_their_keys() -> None:
    """Each installed connector with its options, credentials and limits; --json carries the same."""
    rows = {row["name"]: row for row in map(json.loads, run("connectors", "--json").stdout.splitlines())}
    assert set(rows) == {"blogs", "reddit", "replay", "twitter", "youtube"}
    feeds = {"key": "feeds", "type": "a list of strings", "required": True, "default": None}
    assert feeds in rows["blogs"]["options"]
    assert [each["key"] for each in rows["reddit"]["credentials"]] == ["client_id", "client_secret"]
    limited = {name for name, row in rows.items() if row["limits"]}
    assert limited == {"reddit", "twitter", "youtube"}
    shown = run("connectors").stdout
    for row in rows.values():
        assert row["error"] is None
        assert all(each["key"] in shown for each in row["options"] + row["credentials"])


def test_one_connector_is_shown() -> None:
    """By name; an unknown one exits with 2 and names those that are there."""
    assert "bearer_token" in run("connectors", "twitter").stdout
    assert "client_id" not in run("connectors", "twitter").stdout
    unknown = run("connectors", "myspace")
    assert unknown.exit_code == 2
    assert "installed are: blogs, reddit" in unknown.stderr


def test_a_broken_connector_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be imported is listed with the cause."""
    real = plugins.load

    def load(name: str) -> Any:
        if name == "reddit":
            raise plugins.BrokenConnector("connector 'reddit' cannot be imported: no module named praw")
        return real(name)

    monkeypatch.setattr(plugins, "load", load)
    done = run("connectors")
    assert done.exit_code == 0
    assert "cannot be imported: no module named praw" in done.stdout
    assert "api_key" in done.stdout
