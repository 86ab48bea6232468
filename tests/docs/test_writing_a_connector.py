"""The page on writing a connector has a connector that works."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "writing-a-connector.md"


def test_the_example_passes_its_own_tests(tmp_path: Path) -> None:
    """Both listings, saved under the names that the page gives them, run as they stand."""
    listings = re.findall(r"This is `(\w+\.py)`:\n\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, text in listings:
        (tmp_path / name).write_text(text)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert [name for name, _ in listings] == ["acme.py", "test_acme.py"]
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


def test_the_example_is_short() -> None:
    """A connector of a plain platform fits on a screen."""
    listing = PAGE.read_text().split("```python\n")[1].split("```")[0]
    assert len(listing.splitlines()) <= 65
