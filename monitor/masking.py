"""The last guard of secrets: what is configured as one is struck out of every error and log line.

Connectors keep their secrets out of what they say; this holds for the text that a server echoes, and for
connectors that were not careful.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitor.config import Config

Mask = Callable[[str], str]

_SHORTEST = 6  # characters: a shorter secret would strike out ordinary words
STRUCK_OUT = "***"


def mask_of(config: Config) -> Mask:
    """Return a function that strikes every secret of `config` out of a text, percent-encoded ones too."""
    secrets = {value.get_secret_value() for found in config.credentials.values() for value in found.values()}
    secrets |= {each.url.get_secret_value() for each in config.destinations.values() if each.url}
    secrets.add(_password(config.store_url()))
    long_enough = {secret for secret in secrets if len(secret) >= _SHORTEST}
    forms = sorted(long_enough | {quote(secret, safe="") for secret in long_enough}, key=len, reverse=True)
    if not forms:
        return str
    pattern = re.compile("|".join(map(re.escape, forms)))
    return lambda text: pattern.sub(STRUCK_OUT, text)


def _password(url: str) -> str:
    try:
        return str(make_url(url).password or "")
    except ArgumentError:
        return ""
