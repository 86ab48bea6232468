"""A feed whose elements have more attributes than any parser likes."""

import pytest

from connectors.blogs import feed
from monitor.connector import Unavailable


def test_an_element_with_very_many_attributes_is_refused() -> None:
    """The parser's time grows with their square: a feed of four megabytes would take it minutes."""
    attributes = " ".join(f"a{number}='1'" for number in range(3_000))
    written = f'<rss version="2.0"><channel><item {attributes}><title>acme</title></item></channel></rss>'
    with pytest.raises(Unavailable, match="attributes"):
        feed.entries(written.encode(), "", "http://x/")
