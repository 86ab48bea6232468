"""What analysts run: import, export and report, on both databases."""

import csv
import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.cli.exporting import replaced
from monitor.core.record import to_record
from monitor.report.export import ALERT_COLUMNS, MENTION_COLUMNS
from monitor.store import exports, mentions
from monitor.store.mentions import Sighting
from tests.reports.stories import DAY, HOSTILE, HOUR, MONDAY, opened, post, save, two_weeks


@pytest.fixture
def config(store_url: str, tmp_path: Path) -> Path:
    """Return a configuration of two brands on the test's database."""
    path = tmp_path / "config.toml"
    path.write_text(
        f"[monitor]\nstore = '{store_url}'\n[brands.acme]\nnames = ['acme']\n"
        "accounts = { twitter = ['acmehelp'] }\n[brands.other]\nnames = ['other']\n"
    )
    return path


@pytest.fixture
def plain(sqlite_url: str, tmp_path: Path) -> Path:
    """Return a configuration on SQLite, for what does not get as far as the database."""
    path = tmp_path / "plain.toml"
    brands = "[brands.acme]\nnames = ['acme']\n[brands.other]\nnames = ['other']\n"
    path.write_text(f"[monitor]\nstore = '{sqlite_url}'\n{brands}")
    return path


@pytest.fixture
def story(store_url: str, config: Path) -> Path:
    """Return a configuration whose store has two weeks in it."""
    with opened(store_url) as store:
        two_weeks(store)
    return config


def run(config: Path, *words: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, ["--config", str(config), *words])


def lines(path: Path, *records: Any) -> Path:
    """Write a JSON Lines file."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(texts) + "\n")
    return path


def table(text: str) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(StringIO(text)))


# --------------------------------------------------------------------------------------------------- import
def test_an_import_stores_and_judges(config: Path, store_url: str, tmp_path: Path) -> None:
    """Mentions are stored as history, judged, own posts known, and answers recorded; nothing is paged for."""
    reply = post("2", MONDAY + HOUR, "sorry", in_reply_to_id="1", conversation_id="1")
    answer = {**to_record(reply), "author": {"handle": "AcmeHelp"}}
    file = lines(tmp_path / "in.jsonl", to_record(post("1", MONDAY)), answer)
    done = run(config, "import", str(file), "--brand", "acme")
    assert (done.exit_code, done.stdout) == (0, "2 new, 0 changed, 0 same, 0 erased, 0 malformed\n")
    with opened(store_url) as store, store.reading() as connection:
        first, second = exports.mentions(connection, exports.Selection())
        assert (first.stored.source, first.stored.history, first.complaint) == ("import", True, True)
        assert (second.stored.own, first.answered_at) == (True, MONDAY + HOUR)
        assert list(exports.alerts(connection, exports.Selection())) == []


def test_an_import_may_open_alerts(config: Path, store_url: str, tmp_path: Path) -> None:
    """With --alert complaints are treated as if they were just made, under the source that is named."""
    file = lines(tmp_path / "in.jsonl", to_record(post("1", MONDAY)))
    assert run(config, "import", str(file), "--brand", "acme", "--alert", "--source", "desk").exit_code == 0
    with opened(store_url) as store, store.reading() as connection:
        [alert] = exports.alerts(connection, exports.Selection())
        [mention] = exports.mentions(connection, exports.Selection())
    assert (alert.mention_id, mention.stored.source, mention.stored.history) == ("1", "desk", False)


def test_importing_twice_changes_nothing(config: Path, tmp_path: Path) -> None:
    """The second time all is the same; an edit is a change; a repeat within the file is one mention."""
    record = to_record(post("1", MONDAY))
    file = lines(tmp_path / "in.jsonl", record, record)
    counts = [json.loads(run(config, "import", str(file), "--brand", "acme", "--json").stdout) for _ in "ab"]
    lines(file, {**record, "text": "edited"})
    counts.append(json.loads(run(config, "import", str(file), "--brand", "acme", "--json").stdout))
    assert [(each["new"], each["changed"], each["same"]) for each in counts] == [
        (1, 0, 1),
        (0, 0, 2),
        (0, 1, 0),
    ]


def test_malformed_lines_are_named(config: Path, tmp_path: Path) -> None:
    """Each line that cannot be read is named by its number, blank lines counted; the others are stored."""
    good = to_record(post("1", MONDAY))
    file = lines(tmp_path / "in.jsonl", "", "{", "", good, {**good, "id": 7}, "[1]")
    done = run(config, "import", str(file), "--brand", "acme")
    assert done.exit_code == 0
    assert "1 new" in done.stdout
    assert "3 malformed" in done.stdout
    assert done.stderr.splitlines() == [
        f"{file}: line 2: it is not JSON",
        f"{file}: line 5: id: expected a string, not int",
        f"{file}: line 6: it is not a JSON object",
    ]


def test_many_malformed_lines_do_not_flood(plain: Path, tmp_path: Path) -> None:
    """After twenty of them the rest is counted only."""
    file = lines(tmp_path / "in.jsonl", to_record(post("1", MONDAY)), *["{"] * 50)
    done = run(plain, "import", str(file), "--brand", "acme")
    assert len(done.stderr.splitlines()) == 21
    assert "50 malformed" in done.stdout


@pytest.mark.parametrize("content", ["", "\n\n", "{\n", "\x1b[31m\n"])
def test_a_file_without_mentions_fails(plain: Path, tmp_path: Path, content: str) -> None:
    """It exits with 1, shows no control character, and says that nothing could be read."""
    file = tmp_path / "in.jsonl"
    file.write_text(content)
    done = run(plain, "import", str(file), "--brand", "acme")
    assert done.exit_code == 1
    assert "nothing in it could be read as a mention" in done.stderr
    assert "\x1b" not in done.output


def test_a_missing_file_and_an_unknown_brand_are_told(plain: Path, tmp_path: Path) -> None:
    """A missing file exits with 1, a brand that is not configured with 2."""
    missing = run(plain, "import", str(tmp_path / "none.jsonl"), "--brand", "acme")
    assert (missing.exit_code, missing.stderr.count("no such file")) == (1, 1)
    unknown = run(plain, "import", str(lines(tmp_path / "in.jsonl", "{}")), "--brand", "nobody")
    assert unknown.exit_code == 2
    assert "no brand 'nobody' is configured; there are: acme, other" in unknown.stderr


def test_an_import_brings_back_nothing_that_was_erased(story: Path, store_url: str, tmp_path: Path) -> None:
    """Neither a record from before the deletion nor an export's tombstone makes a post readable again."""
    before = to_record(post("gone", MONDAY + HOUR, platform="reddit"))
    tombstone = {**before, "id": "unseen", "deleted_at": "2026-11-17T00:00:00Z", "text": ""}
    file = lines(tmp_path / "in.jsonl", before, tombstone)
    done = run(story, "import", str(file), "--brand", "acme")
    assert done.stdout == "0 new, 0 changed, 0 same, 2 erased, 0 malformed\n"
    with opened(store_url) as store, store.reading() as connection:
        gone = mentions.find(connection, "acme", "reddit", "gone")
    assert gone is not None
    assert (gone.mention.text, gone.deleted_at) == ("", MONDAY + DAY)


def test_an_older_export_does_not_undo_what_is_newer(story: Path, store_url: str, tmp_path: Path) -> None:
    """A record that was observed before the stored one leaves its text alone."""
    older = {**to_record(post("1", MONDAY + HOUR, "before the edit")), "observed_at": "2026-11-16T01:30:00Z"}
    done = run(story, "import", str(lines(tmp_path / "in.jsonl", older)), "--brand", "acme")
    assert "1 same" in done.stdout
    with opened(store_url) as store, store.reading() as connection:
        kept = mentions.find(connection, "acme", "twitter", "1")
    assert kept is not None
    assert kept.mention.text != "before the edit"


# --------------------------------------------------------------------------------------------------- export
def test_an_export_comes_back_whole(
    story: Path, store_url: str, empty_sqlite_url: str, tmp_path: Path
) -> None:
    """JSON Lines of one store, imported into another, give the same mentions, hostile text and all."""
    file, fresh = tmp_path / "out.jsonl", tmp_path / "fresh.toml"
    run(story, "export", "mentions", "--brand", "acme", "--format", "jsonl", "-o", str(file))
    fresh.write_text(story.read_text().replace(store_url, empty_sqlite_url))
    assert run(fresh, "import", str(file), "--brand", "acme").exit_code == 0
    with opened(store_url) as one, one.reading() as connection:
        given = [each.stored for each in exports.mentions(connection, exports.Selection(brand="acme"))]
    with opened(empty_sqlite_url) as other, other.reading() as connection:
        taken = [each.stored for each in exports.mentions(connection, exports.Selection())]
    living = [each for each in given if each.deleted_at is None]
    assert [each.mention for each in taken] == [each.mention for each in living]
    assert [each.own for each in taken] == [each.own for each in living]
    assert HOSTILE in [each.mention.text for each in taken]
    assert "0 new, 0 changed" in run(story, "import", str(file), "--brand", "acme").stdout


def test_the_columns_are_stable(story: Path) -> None:
    """The documented columns, in their order, by number; docs/reports.md names each of them."""
    for what, columns in (("mentions", MENTION_COLUMNS), ("alerts", ALERT_COLUMNS)):
        text = run(story, "export", what).stdout
        assert text.splitlines()[0] == ",".join(columns)
        numbers = [int(row["number"]) for row in table(text)]
        assert numbers == sorted(numbers)
        documents = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
        assert [name for name in columns if f"`{name}`" not in documents] == []


def test_csv_is_harmless(story: Path) -> None:
    """No cell is a formula, and none carries control or bidi characters; handles with @ are guarded too."""
    text = run(story, "export", "mentions").stdout
    [row] = [row for row in table(text) if row["id"] == "2"]
    assert row["text"].startswith("'=1+1 acme broke my order [/x] ␛[31m␀ ")
    assert row["author_handle"] == "'@x"
    assert not any(character in text for character in "\x1b\x00\u202e")


def test_json_is_ascii(story: Path) -> None:
    """JSON Lines carry hostile text escaped: nothing in them acts on a terminal, and all of it is there."""
    text = run(story, "export", "mentions", "--format", "jsonl").stdout
    assert text.isascii()
    assert not any(character in text for character in "\x1b\x00")
    assert HOSTILE in [json.loads(line)["text"] for line in text.splitlines()]


def test_an_export_is_of_a_brand_and_a_time(story: Path) -> None:
    """--since counts from its instant, --until up to its own, --brand leaves the others out."""
    week = ("--since", "2026-11-16", "--until", "2026-11-16T02:00:00Z")
    assert {row["id"] for row in table(run(story, "export", "mentions", *week).stdout)} == {
        "1",
        "h",
        "gone",
        "u",
        "x",
    }
    of_other = run(story, "export", "mentions", "--brand", "other").stdout
    assert {row["id"] for row in table(of_other)} == {"x"}
    assert table(run(story, "export", "alerts", "--since", "2027-01-01").stdout) == []
    [first, *_] = table(run(story, "export", "coverage", "--since", "2026-11-15T12:00:00+00:00").stdout)
    assert first["start"] == "2026-11-15T12:00:00Z"


def test_ids_alone_can_be_exported(story: Path) -> None:
    """--ids-only writes nothing that a person wrote, in either format."""
    rows = table(run(story, "export", "mentions", "--ids-only").stdout)
    assert set(rows[0]) == {"number", "brand", "platform", "id"}
    [first, *_] = run(story, "export", "alerts", "--ids-only", "--format", "jsonl").stdout.splitlines()
    assert set(json.loads(first)) == {"number", "brand", "platform", "mention_id"}


def test_a_file_is_written_whole_and_for_its_owner(story: Path, tmp_path: Path) -> None:
    """The file has mode 600, is replaced only with --force, and no temporary file is left."""
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "week.csv"
    assert run(story, "export", "mentions", "-o", str(target)).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.write_text("mine")
    again = run(story, "export", "mentions", "-o", str(target))
    assert (again.exit_code, target.read_text()) == (1, "mine")
    assert "--force" in again.stderr
    assert run(story, "export", "mentions", "-o", str(target), "--force").exit_code == 0
    assert target.read_text().startswith("number,")
    assert [each.name for each in folder.iterdir()] == ["week.csv"]


def test_a_broken_export_leaves_the_old_file(tmp_path: Path) -> None:
    """What fails half-way changes nothing, and leaves nothing behind."""
    target = tmp_path / "week.csv"
    target.write_text("old")
    writing = replaced(target)
    writing.__enter__().write("new")
    assert writing.__exit__(RuntimeError, RuntimeError(), None) is not True
    assert ([each.name for each in tmp_path.iterdir()], target.read_text()) == (["week.csv"], "old")


def test_a_folder_that_is_not_there_is_told(story: Path, tmp_path: Path) -> None:
    """It exits with 1 and names the file."""
    done = run(story, "export", "mentions", "-o", str(tmp_path / "none" / "week.csv"))
    assert done.exit_code == 1
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "999999999d", "0001-01-01T00:00+14:00"])
def test_a_time_that_is_none_is_told(plain: Path, text: str) -> None:
    """It exits with 2 and says what was expected."""
    done = run(plain, "export", "mentions", "--since", text)
    assert done.exit_code == 2
    assert "expected a time such as 2026-11-16" in done.stderr


def test_an_export_streams(sqlite_url: str) -> None:
    """It reads in the order of the table: nothing is sorted, and few rows are fetched at a time."""
    plans: list[str] = []
    with opened(sqlite_url) as store:
        save(store, *(Sighting(mention=post(str(number), MONDAY)) for number in range(2_000)))

        @event.listens_for(store.engine, "before_cursor_execute")
        def _explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
            if "ORDER BY mention.number" in statement:
                raw = connection.connection.cursor()
                raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.extend(row[3] for row in raw.fetchall())

        chosen = exports.Selection(brand="acme", since=MONDAY - DAY, until=MONDAY + DAY)
        with store.reading() as connection:
            assert sum(1 for _ in exports.mentions(connection, chosen)) == 2_000
            assert exports.bounds(connection, mentions.mention, chosen) == (1, 2_000)
    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan or plan.startswith("SCAN")]


# --------------------------------------------------------------------------------------------------- report
def test_a_report_shows_the_week(story: Path) -> None:
    """Plain text without a terminal: no escape sequences, every section, the figures of the week."""
    done = run(story, "report", "--week", "2026-W46", "--brand", "acme")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    for section in ("Volume", "Complaints", "Topics", "Response times", "Alerts", "Time proved seen"):
        assert section in done.stdout
    assert "acme  2026-W46  Mon 9 Nov to Sun 15 Nov 2026, UTC" in done.stdout


def test_a_report_keeps_to_the_width(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is longer than the terminal, and the labels are there at every width."""
    for width in (40, 60, 80, 120, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = run(story, "report", "--week", "2026-W46", "--brand", "acme").stdout
        assert max(map(len, shown.splitlines())) <= width
        assert "twitter" in shown


def test_a_report_as_csv_has_a_figure_a_row(story: Path) -> None:
    """Tidy: the documented columns, each figure and group once for each brand."""
    rows = table(run(story, "report", "--week", "2026-W46", "--format", "csv").stdout)
    assert list(rows[0]) == ["brand", "week", "figure", "group", "value", "previous", "unit"]
    keys = [(row["brand"], row["figure"], row["group"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row["brand"] for row in rows} == {"acme", "other"}
    found = {(row["brand"], row["figure"]): row["value"] for row in rows if row["group"] == "all"}
    assert (found["acme", "mentions"], found["acme", "answered_median"]) == ("1", "")


def test_a_report_as_json_carries_the_same(story: Path) -> None:
    """One object a figure, with the interval that it was counted over."""
    words = ("report", "--week", "2026-W46", "--brand", "acme", "--zone", "Europe/Berlin", "--format")
    rows = [json.loads(line) for line in run(story, *words, "json").stdout.splitlines()]
    plain = table(run(story, *words, "csv").stdout)
    assert [str(row["figure"]) for row in rows] == [row["figure"] for row in plain]
    assert rows[0]["since"] == "2026-11-08T23:00:00Z"
    assert rows[0]["zone"] == "Europe/Berlin"
    assert rows[0]["so_far"] is False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--week", "2026-47"], "expected an ISO week such as 2026-W47"),
        (["--week", "2026-W60"], "Invalid week: 60"),
        (["--week", "2999-W01"], "has not begun"),
        (["--zone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["--zone", "../etc/passwd"], "no time zone"),
        (["--zone", "Europe"], "no time zone"),
        (["--brand", "nobody"], "there are: acme, other"),
    ],
)
def test_what_cannot_be_reported_is_told(plain: Path, words: list[str], told: str) -> None:
    """It exits with 2, in one line, without a traceback."""
    done = run(plain, "report", *words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert told in done.stderr
