"""Mentions from a JSON Lines file, which may grow, be replaced, and hold anything."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import replay
from connectors.replay import ReplayConnector
from monitor.connector import Batch, Malformed, Misconfigured, Query, Source, Unavailable
from monitor.testing import ContractTests, HandClock, LedgerMeter, Rig, last_cursor, pull_all, through_json

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def record(n: int, **more: Any) -> dict[str, Any]:
    """Return the record of post `n`."""
    return {
        "platform": "twitter",
        "id": str(n),
        "created_at": "2026-11-21T11:00:00Z",
        "text": f"acme broke my order {n}",
        "author": {"handle": "ann", "followers": n},
        "engagement": {"likes": n},
        **more,
    }


def line(n: int, **more: Any) -> str:
    """Return the line of post `n`."""
    return json.dumps(record(n, **more)) + "\n"


def connector(path: Path, **options: Any) -> ReplayConnector:
    """Return a connector that reads `path`."""
    source = Source(
        name="old",
        brand="acme",
        connector="replay",
        query=Query(names=("acme",)),
        options={"path": str(path), **options},
    )
    return ReplayConnector(source, {}, LedgerMeter(HandClock(NOON)))


def ids(batches: list[Batch]) -> list[str]:
    """Return the ids in `batches`, with the line in brackets for a line that is not a record."""
    payloads = [payload for batch in batches for payload in batch.payloads]
    return [payload["id"] if "id" in payload else f"[{payload['line']}]" for payload in payloads]


def read_on(path: Path, cursor: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    """Return what a fresh connector reads from `cursor`, and where it then stands."""
    batches = pull_all(connector(path), cursor)
    return ids(batches), last_cursor(batches, cursor)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file will be."""
    return tmp_path / "mentions.jsonl"


class TestReplayContract(ContractTests):
    """Replay keeps the contract."""

    @pytest.fixture
    def rig(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
        """Return a file of seven records, read in batches of three."""
        monkeypatch.setattr(replay, "BATCH_LINES", 3)
        path.write_text("".join(line(n, lang="en", kind="reply", in_reply_to_id="1") for n in range(1, 8)))
        clock = HandClock(NOON)

        def arrive() -> None:
            with path.open("a") as file:
                file.write(line(len(path.read_text().splitlines()) + 1))

        return Rig(clock=clock, connect=lambda _: connector(path), arrive=arrive)


def test_a_growing_file_is_read_on(path: Path) -> None:
    """Only the lines that were added are given by the next pull, and their numbers go on."""
    path.write_text(line(1) + line(2))
    first, cursor = read_on(path, {})
    with path.open("a") as file:
        file.write(line(3) + "oops\n")
    assert (first, read_on(path, cursor)[0]) == (["1", "2"], ["3", "[4]"])


@pytest.mark.parametrize(
    "now",
    [line(7), line(5) + line(6), line(5) + line(6) + line(7), ""],
    ids=["shorter", "as long", "longer", "empty"],
)
def test_a_replaced_file_is_read_from_the_beginning(path: Path, now: str) -> None:
    """A file that was truncated or replaced, whatever its size, is taken as a new one."""
    path.write_text(line(1) + line(2))
    _, cursor = read_on(path, {})
    path.write_text(now)
    assert read_on(path, cursor)[0] == [str(json.loads(text)["id"]) for text in now.splitlines()]


def test_a_line_without_its_end_is_waited_for(path: Path) -> None:
    """A line that is being written is told of once as malformed, and given when it is whole."""
    whole = line(2)
    path.write_text(line(1) + whole[:20])
    first, cursor = read_on(path, {})
    again, cursor = read_on(path, cursor)
    path.write_text(line(1) + whole + line(3))
    assert (first, again, read_on(path, cursor)[0]) == (["1", "[2]"], [], ["2", "3"])


def test_the_last_line_needs_no_newline(path: Path) -> None:
    """A whole record at the end of the file is given without a newline, and not twice when one comes."""
    path.write_text(line(1) + line(2).strip())
    first, cursor = read_on(path, {})
    path.write_text(line(1) + line(2) + line(3))
    assert (first, read_on(path, cursor)[0]) == (["1", "2"], ["3"])


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (b"oops", "line 2: it is not JSON"),
        (b'{"id": NaN}', "line 2: it is not JSON"),
        (b'{"id": 1e999}', "line 2: it is not JSON"),
        (b"\xff\xfe{}", "line 2: it is not JSON"),
        (b"[" * 100_000, "line 2: it is not JSON"),
        (b"9" * 10_000, "line 2: it is not JSON"),
        (b"[1]", "line 2: it is not a JSON object"),
        (b'"' + b"x" * replay.LINE_BYTES + b'"', "line 2: it is longer than 1048576 bytes"),
        (b'"' + b"x" * 3 * replay.LINE_BYTES + b'"', "line 2: it is longer than 1048576 bytes"),
        (b"{}", "platform: expected a string, not nothing"),
        (b'{"platform": "x", "id": "1", "created_at": "soon"}', "created_at: expected an ISO 8601 datetime"),
    ],
    ids=range(11),
)
def test_an_odd_line_is_kept_aside_alone(path: Path, odd: bytes, why: str) -> None:
    """A line that is no record becomes a small payload that is malformed; its neighbours are read."""
    path.write_bytes(line(1).encode() + odd + b"\n" + line(3).encode())
    reader = connector(path)
    first, bad, last = (payload for batch in pull_all(reader, {}) for payload in batch.payloads)
    assert (reader.normalise(first).id, reader.normalise(last).id) == ("1", "3")
    assert len(json.dumps(through_json(bad))) < 2000
    with pytest.raises(Malformed, match=f"^{why}"):
        reader.normalise(bad)


def test_blank_lines_and_a_byte_order_mark_are_passed_over(path: Path) -> None:
    """Editors leave both behind."""
    path.write_bytes(b"\xef\xbb\xbf" + line(1).encode() + b"\n  \r\n" + line(2).encode())
    assert read_on(path, {})[0] == ["1", "2"]


def test_a_batch_is_bounded_in_bytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lines make batches of fewer records, so that memory stays flat."""
    monkeypatch.setattr(replay, "BATCH_BYTES", 2000)
    path.write_text("".join(line(n, text="x" * 900) for n in range(6)))
    batches = pull_all(connector(path), {})
    assert [len(batch.payloads) for batch in batches] == [2, 2, 2]


def test_a_mention_keeps_its_platform(path: Path) -> None:
    """The connector is called replay; what it replays came from elsewhere."""
    reader = connector(path)
    assert (reader.platform, reader.normalise(record(1)).platform) == ("replay", "twitter")


@pytest.mark.parametrize("addressed", [True, False])
def test_the_operator_says_whether_the_brand_was_addressed(path: Path, addressed: bool) -> None:
    """Only then need the mentions not name the brand."""
    path.write_text(line(1))
    batches = pull_all(connector(path, addressed=addressed), {})
    assert [batch.addressed for batch in batches] == [addressed]


def test_the_path_may_begin_with_the_home_folder() -> None:
    """`~` stands for the operator's home."""
    Path("~/mentions.jsonl").expanduser().write_text(line(1))
    assert read_on(Path("~/mentions.jsonl"), {})[0] == ["1"]


def test_a_missing_file_is_unavailable_by_name(path: Path) -> None:
    """It may come yet: the source backs off and says which file it looks for."""
    with pytest.raises(Unavailable, match=r"mentions\.jsonl: No such file"):
        pull_all(connector(path), {})


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_only_a_file_is_read(path: Path, make: Any) -> None:
    """A pipe would block the daemon, and a folder has no lines."""
    make(path)
    with pytest.raises(Unavailable, match="not a regular file"):
        pull_all(connector(path), {})


def test_an_unknown_option_is_refused(path: Path) -> None:
    """A typing error in the configuration is named."""
    with pytest.raises(Misconfigured, match="expected one of: path, addressed"):
        connector(path, pth="x")
