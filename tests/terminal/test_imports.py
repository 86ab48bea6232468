import subprocess
import sys

import pytest

from tests.terminal.builders import Desk

HEAVY = ("alembic", "apprise", "tweepy", "praw", "googleapiclient", "feedparser", "apscheduler")
CODE = """
import sys
from monitor.cli import app
app(sys.argv[2:], standalone_mode=False)
sys.exit(" ".join(sorted(set(sys.argv[1].split(",")) & set(sys.modules))))
"""


@pytest.mark.parametrize(
    "words",
    [("queue",), ("show", "1"), ("why", "1"), ("mentions",), ("status",), ("sources",), ("watch", "--once")],
)
def test_to_look_imports_nothing_that_only_the_daemon_needs(quick_desk: Desk, words: tuple[str, ...]) -> None:
    """A person who looks at night does not wait for platform libraries or migrations."""
    quick_desk.hears()
    call = [sys.executable, "-c", CODE, ",".join(HEAVY), "--config", str(quick_desk.config), *words]
    done = subprocess.run(call, check=False, capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_the_commands_are_made_without_rich_or_the_database() -> None:
    """`uproar --help` is quick."""
    code = (
        "import sys, monitor.cli; sys.exit(' '.join({'rich', 'sqlalchemy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.strip() == ""
