from dataclasses import replace

import pytest

from monitor.console.telling import counts, verdict_lines
from monitor.core.mention import Engagement
from monitor.core.severity import Severity
from monitor.store import mentions
from tests.terminal.builders import Desk


@pytest.mark.parametrize(
    ("engagement", "told"),
    [
        (Engagement(likes=1, replies=0, reposts=2_000), "1 like, 0 replies, 2,000 reposts"),
        (Engagement(replies=1, quotes=1, views=1), "1 reply, 1 quote, 1 view"),
        (Engagement(), "not given"),
    ],
)
def test_counts_are_told_as_one_says_them(engagement: Engagement, told: str) -> None:
    """One like, two likes; what the platform does not give is left out."""
    assert counts(engagement) == told


def test_what_was_not_judged_has_no_severity(desk: Desk) -> None:
    """None is made up."""
    desk.hears("acme broke my order, refund")
    with desk.store.reading() as connection:
        [judged] = mentions.verdicts(connection, [1]).values()
    assert "severity" in str(next(iter(verdict_lines(judged))))
    worst = replace(judged, severity=Severity.CRITICAL)
    assert ", severity CRITICAL, by " in str(next(iter(verdict_lines(worst))))  # framed in no sentence
    unjudged = replace(judged, complaint=None, probability=None)
    assert str(next(iter(verdict_lines(unjudged)))) == f"could not be judged, by {judged.model}"
