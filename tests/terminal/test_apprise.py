import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from monitor.core.mention import Author
from monitor.notify import NotDelivered
from monitor.notify.apprise import AppriseNotifier, body, title
from tests.terminal.builders import HOSTILE, card, controls, notice

SECRET = "s3cr3t-token"  # noqa: S105 - it opens nothing

# Apprise loads its plug-ins with a module that Python is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Service:
    """A chat service on loopback that remembers what it was sent."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers = 200
        service = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Take a message."""
                length = int(self.headers["Content-Length"])
                service.got.append(json.loads(self.rfile.read(length)))
                self.send_response(service.answers)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"json://me:{SECRET}@127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def service() -> Any:
    """Yield a chat service."""
    this = Service()
    yield this
    this.server.shutdown()
    this.server.server_close()


def test_a_service_gets_title_and_plain_text(service: Service) -> None:
    """Over real HTTP, through Apprise."""
    AppriseNotifier("chat", service.url).send(
        notice(card(reasons=("harm: “burned”", "is chasing: “third time”")))
    )
    [message] = service.got
    assert message["title"] == "uproar: HIGH opened: alert 12"
    assert message["message"].splitlines() == [
        "twitter @jo, 1,234 followers",
        "unacknowledged for 2m, unanswered for 2m",
        "https://x.com/jo/status/1",
        "acme broke my order",
        "Why: something fails: “broke”",
        "- harm: “burned”",
        "- is chasing: “third time”",
        "Type: uproar ack 12",
    ]


def test_a_service_that_refuses_did_not_take_it(
    service: Service, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """And neither the error nor the log nor the terminal shows the URL."""
    service.answers = 500
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotDelivered) as refused:
        AppriseNotifier("chat", service.url).send(notice(card()))
    assert str(refused.value) == "destination 'chat' did not take it"
    assert service.got
    seen = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in seen
    assert str(service.server.server_port) not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("apprise")
    )


def test_a_service_that_is_not_there_did_not_take_it(service: Service) -> None:
    """The connection is refused."""
    service.server.shutdown()
    service.server.server_close()
    with pytest.raises(NotDelivered):
        AppriseNotifier("chat", service.url).send(notice(card()))


@pytest.mark.parametrize("url", [f"nosuch://{SECRET}", SECRET, "json://", f"slack://{SECRET}"])
def test_a_url_that_apprise_does_not_know_is_not_shown(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A mistyped secret is still a secret."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotDelivered) as refused:
        AppriseNotifier("chat", url).send(notice(card()))
    seen = str(refused.value) + repr(refused.value.__cause__) + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in seen
    assert "'chat'" in str(refused.value)


def test_a_message_has_at_most_1000_characters_and_still_says_what_to_type() -> None:
    """The text is cut, the command is not."""
    long = card(text="broken " * 14_000, url="https://x.com/" + "a" * 3_000, reasons=("x" * 400,) * 9)
    shown = body(notice(long, reason="y" * 4_000))
    assert len(shown) <= 1_000
    assert shown.endswith("\nType: uproar ack 12")


def test_a_message_is_harmless() -> None:
    """A chat or a phone is a terminal as well."""
    hostile = card(text=HOSTILE, url=HOSTILE, author=Author(handle=HOSTILE), reasons=(HOSTILE,))
    shown = notice(hostile, HOSTILE, reason=HOSTILE)
    assert not controls(body(shown) + title(shown))
