import subprocess
import sys

from pydantic import SecretStr

from monitor.config import Config, Destination
from monitor.notify.apprise import AppriseNotifier
from monitor.notify.destinations import notifiers
from tests.terminal.builders import Terminal, card, notice

SECRET = "s3cr3t-token"  # noqa: S105 - it opens nothing


def test_every_destination_has_its_notifier() -> None:
    """By name, with its options."""
    config = Config(
        destinations={
            "terminal": Destination(kind="terminal", bell=True),
            "chat": Destination(kind="apprise", url=SecretStr(f"json://{SECRET}@localhost/")),
        }
    )
    stream = Terminal()
    made = notifiers(config, stream)
    assert set(made) == {"terminal", "chat"}
    assert isinstance(made["chat"], AppriseNotifier)
    made["terminal"].send(notice(card()))
    assert stream.getvalue().endswith("\a")
    assert SECRET not in repr(made)


def test_apprise_is_not_imported_before_it_is_needed() -> None:
    """It takes long, and most who run a command never tell anybody."""
    code = (
        "import sys; from monitor.config import Config; from monitor.notify.destinations import notifiers\n"
        "notifiers(Config(destinations={'chat': {'kind': 'apprise', 'url': 'json://localhost/'}}))\n"
        "sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
