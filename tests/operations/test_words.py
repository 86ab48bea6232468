"""What somebody reads who acts on an alert in the middle of the night."""

from tests.terminal.builders import Desk
from tests.terminal.conftest import desk

__all__ = ["desk"]


def test_a_snooze_is_called_one(desk: Desk) -> None:
    """Who snoozes is told until when, and not that they acknowledged."""
    desk.hears("acme broke my order")
    assert desk.types("snooze", "1", "2h", "--by", "tom").output.startswith(
        "alert 1 is snoozed by tom, until 20"
    )


def test_an_assignment_does_not_pass_for_an_acknowledgement(desk: Desk) -> None:
    """Nobody is said to have acknowledged who has not, and it is said when it will escalate."""
    desk.hears("acme broke my order")
    said = desk.types("assign", "1", "maria", "--by", "tom").output
    assert said.startswith("alert 1 is assigned to maria, who has yet to acknowledge it; it escalates at 20")
    desk.types("ack", "1", "--by", "tom")
    said = desk.types("assign", "1", "maria", "--by", "tom").output
    assert said.startswith("alert 1 is assigned to maria; it is acknowledged, until 20")


def test_a_name_that_reaches_nobody_of_its_own_is_told(desk: Desk) -> None:
    """A name with a slip is as good as any other, so that it must be seen."""
    desk.hears("acme broke my order")
    said = desk.types("assign", "1", "mraia", "--by", "tom").output
    assert "mraia is not in [people]: told where the alert's step goes" in said


def test_the_end_says_why(desk: Desk) -> None:
    """What is resolved is resolved for a reason, whoever it was assigned to."""
    desk.hears("acme broke my order")
    desk.types("assign", "1", "maria", "--by", "tom")
    assert (
        desk.types("resolve", "1", "--duplicate", "--by", "tom").output == "alert 1 is resolved (duplicate)\n"
    )
