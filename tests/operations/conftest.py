"""What the stories of operation share: the world of the scenarios."""

from tests.scenarios.conftest import build, world

__all__ = ["build", "world"]
