"""What the tests of the terminal get."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.builders import Desk, desk_at


@pytest.fixture
def desk(store_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Yield a desk on a database of each kind."""
    with desk_at(store_url, tmp_path) as desk:
        yield desk


@pytest.fixture
def quick_desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Yield a desk on SQLite, for what does not depend on the database."""
    with desk_at(sqlite_url, tmp_path) as desk:
        yield desk
