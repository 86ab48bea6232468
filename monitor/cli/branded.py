"""How `uproar assess` knows brands: what is configured and was learned, looked up when a line names one."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.session import WRONG, fail, warn
from monitor.core.assessment import Rubric
from monitor.paths import default_path

if TYPE_CHECKING:
    from monitor.config import Config


@dataclass(slots=True, kw_only=True)
class Brands:
    """By what the posts of each brand are judged: `shipped`, where a brand is unknown.

    `given` is the configuration that the user named, if any. `threshold`, if any, outranks what was learned.
    """

    shipped: Rubric
    given: Path | None = None
    threshold: float | None = None
    _config: "Config | None" = field(default=None, init=False)
    _read: bool = field(default=False, init=False)
    _rubrics: dict[str, Rubric] = field(default_factory=dict, init=False)

    def rubric(self, brand: str | None) -> Rubric:
        """Return by what to judge a post of `brand`. The store is asked once, for the first that is known."""
        if brand is None:
            return self.shipped
        if not self._read:
            self._config, self._read = _configuration(self.given), True
        if self._config and brand in self._config.brands and not self._rubrics:
            self._rubrics = _learned(self._config, self.threshold)
        return self._rubrics.get(brand, self.shipped)


def _configuration(given: Path | None) -> "Config | None":
    """Read the configuration, if there is one; one that nobody named may be another program's file."""
    named = given is not None or bool(os.environ.get("UPROAR_CONFIG"))
    path = given or default_path()
    if not named and not os.access(path, os.F_OK):  # False, too, where the folder may not be entered
        return None
    from monitor.config import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        if named:
            fail(str(error), WRONG)
        warn(f"{error}\nuntil that is mended, every brand is judged by what ships")
        return None


def _learned(config: "Config", threshold: float | None) -> dict[str, Rubric]:
    """Return by what each brand is judged: its rubric, and what the store has learned, if it can be read."""
    from sqlalchemy.exc import DBAPIError

    from monitor.store import StoreError, open_store, spreads, tunings
    from monitor.store.tunings import Live
    from monitor.verdicts import tuned
    from monitor.wiring import rubrics

    learned, spread = Live({}), {}
    try:
        store = open_store(config.store_url(), migrate=False, create=False)
        try:
            with store.reading() as connection:
                learned, spread = tunings.live(connection), spreads.live(connection)
        finally:
            store.close()
    except (StoreError, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        warn(f"{reason}; brands are judged without what was learned")
    found = {brand: tuned(rubric, learned, brand, None) for brand, rubric in rubrics(config).items()}
    return {brand: _held_against(replace(by, spread=spread), threshold) for brand, by in found.items()}


def _held_against(by: Rubric, threshold: float | None) -> Rubric:
    """Return the rubric with another threshold, if there is one."""
    if threshold is None:
        return by
    return replace(by, threshold=threshold, tuned=by.tuned and replace(by.tuned, threshold=threshold))
