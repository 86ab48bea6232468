"""Where the configuration is looked for: known without reading it, which takes a while."""

import os
from pathlib import Path

from platformdirs import user_config_path


def default_path() -> Path:
    """Return where it is looked for: $UPROAR_CONFIG, ./config.toml, the user's configuration folder."""
    if given := os.environ.get("UPROAR_CONFIG"):
        return Path(given)
    here = Path("config.toml")
    return here if here.exists() else user_config_path("uproar") / "config.toml"
