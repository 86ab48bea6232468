"""What lies around on the machine neither redirects the connector nor logs it in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from praw.config import Config

from monitor.demo.stand_in import Request, Response
from monitor.testing import pull_all
from tests.connectors.reddit_story import Story, given

HOSTILE = """
[DEFAULT]
oauth_url=http://thief.invalid
reddit_url=http://thief.invalid
comment_kind=t9
timeout=nonsense
ratelimit_seconds=600
username=mallory
password=letmein
refresh_token=stolen
[thief]
client_id=thief
"""


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """Start a Reddit with one post, in a process where praw has read no file yet."""
    monkeypatch.setattr(Config, "CONFIG", None)
    story = Story()
    story.submit()
    with story.stand_in:
        yield story


def logged_in_as_application(story: Story) -> bool:
    """Tell whether the token was asked for as the application alone."""
    return [dict(r.form) for r in story.stand_in.requests if r.form] == [{"grant_type": "client_credentials"}]


@pytest.mark.parametrize("content", [HOSTILE, "not an ini file", "[DEFAULT]\noauth_url=%(missing)s"])
@pytest.mark.parametrize("place", ["here", "home"])
def test_a_praw_ini_is_not_read(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, place: str
) -> None:
    """A praw.ini in the working directory or the configuration folder changes nothing, broken or not."""
    (tmp_path / "praw.ini").write_text(content)
    if place == "here":
        monkeypatch.chdir(tmp_path)
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert given(pull_all(story.connect(), {})) == ["t3_s1"]
    assert logged_in_as_application(story)


def test_praws_environment_is_not_read(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that praw would take for a site, an account or a token change nothing."""
    for name in ("site", "username", "password", "refresh_token", "client_id", "user_agent"):
        monkeypatch.setenv(f"praw_{name}", "mallory")
    assert given(pull_all(story.connect(), {})) == ["t3_s1"]
    assert logged_in_as_application(story)


@pytest.mark.parametrize("ending", ["", "/"])
def test_an_endpoint_may_have_a_path(story: Story, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """Behind a proxy at a path, every request keeps that path, with or without its last slash."""
    answer = story.stand_in.answer

    def forward(request: Request) -> Response:
        assert request.path.startswith("/proxy/reddit/")
        return answer(replace(request, path=request.path.removeprefix("/proxy/reddit")))

    monkeypatch.setattr(story.stand_in, "answer", forward)
    assert given(pull_all(story.connect(endpoint=f"{story.stand_in.endpoint}/proxy/reddit{ending}"), {}))


def test_it_says_who_it_is(story: Story) -> None:
    """Every request carries the configured user agent, as Reddit demands."""
    pull_all(story.connect(user_agent="linux:acme-watch:2 (by /u/ann)"), {})
    agents = {r.headers["user-agent"] for r in story.stand_in.requests}
    assert all(agent.startswith("linux:acme-watch:2 (by /u/ann) PRAW/") for agent in agents)
