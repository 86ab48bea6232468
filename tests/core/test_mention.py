from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.mention import Engagement, language_of
from tests.core.builders import NOON, mention


@pytest.mark.parametrize("missing", ["platform", "id"])
def test_a_mention_needs_its_key(missing: str) -> None:
    """Without a platform or an id it could not be told from another: refused."""
    with pytest.raises(ValueError, match="needs a platform and an id"):
        mention(**{missing: ""})


@pytest.mark.parametrize("name", ["created_at", "edited_at"])
@pytest.mark.parametrize(
    "moment",
    [
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=1))),
        NOON.astimezone(ZoneInfo("Europe/London")),  # in November, when its clocks agree with UTC
    ],
)
def test_a_datetime_that_is_not_utc_is_refused(name: str, moment: datetime) -> None:
    """Naive datetimes and those of another zone are refused, in either half of the year, and named."""
    with pytest.raises(ValueError, match=f"{name} must be an aware datetime in UTC"):
        mention(created_at=moment) if name == "created_at" else mention(edited_at=moment)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("UTC"), timezone(timedelta())])
def test_any_form_of_utc_is_taken(zone: timezone) -> None:
    """UTC may come from any library."""
    assert mention(created_at=NOON.astimezone(zone)).created_at == NOON


def test_a_mention_without_a_conversation_is_its_own() -> None:
    """Where the platform has no conversations, the mention's own id stands for one."""
    assert mention(id="7").conversation == "7"
    assert mention(id="7", conversation_id="5").conversation == "5"


counts = st.none() | st.integers(0, 10**9)


@given(counts, counts, counts, counts, counts)
def test_acts_of_engagement_are_all_but_views(
    likes: int | None, replies: int | None, reposts: int | None, quotes: int | None, views: int | None
) -> None:
    """The total adds likes, replies, reposts and quotes; what the platform does not say counts as none."""
    all_of_it = Engagement(likes=likes, replies=replies, reposts=reposts, quotes=quotes, views=views)
    assert all_of_it.total == sum(filter(None, (likes, replies, reposts, quotes)))


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("DE", "de"),
        ("in", "id"),
        ("und", None),
        ("qht", None),
        ("", None),
        (None, None),
    ],
)
def test_the_language_of_a_tag(tag: str | None, language: str | None) -> None:
    """The language comes without region, in today's code; tags that say "unknown" give None."""
    assert language_of(tag) == language
