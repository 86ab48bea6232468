"""docs/escalation.md is true where it gives figures."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from monitor import deliver, follow
from monitor.core.alert import Alert, Policy, Status, Step
from monitor.core.escalation import delay
from monitor.core.severity import Severity
from tests.docs import render

PAGE = (render.ROOT / "docs" / "escalation.md").read_text()
CHANCES = {"0": 0.0, "1 in 2": 0.5}


@pytest.mark.parametrize(
    "row", re.findall(r"^\| (\d) \| (0|1 in 2) \| (\d+) min(?: (\d+) s)? \|$", PAGE, re.MULTILINE)
)
def test_a_wait_is_as_long_as_the_page_says(row: tuple[str, str, str, str]) -> None:
    """The table of waits holds for a step with a delay of 16 minutes."""
    passed, chance, minutes, seconds = row
    alert = Alert(
        status=Status.TRIGGERED,
        severity=Severity.HIGH,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
        policy="default",
        policy_version=1,
        passed=int(passed),
        spread=CHANCES[chance],
    )
    policy = Policy(name="default", steps=(Step(notify=("terminal",), delay=timedelta(minutes=16)),))
    assert delay(alert, policy) == timedelta(minutes=int(minutes), seconds=int(seconds or 0))


def test_retries_and_looks_are_as_the_page_says() -> None:
    """How often a notice is tried, how far apart, and how often an alert is looked at."""
    assert f"tried {deliver.ATTEMPTS} times in all" in PAGE
    assert timedelta(seconds=10) == deliver._FIRST_RETRY
    assert "from ten seconds to a quarter of an hour" in PAGE
    assert timedelta(minutes=15) == deliver._LONGEST_RETRY
    assert timedelta(minutes=10) == follow.EVERY
    assert "every ten minutes" in PAGE
