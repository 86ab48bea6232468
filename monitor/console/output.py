"""Where a screen goes: a terminal gets colour and layout, whatever else gets plain lines."""

import sys
from collections.abc import Callable, Iterable

from rich.text import Text

from monitor.notify import paint


def put(screen: Callable[[int], Iterable[Text]], plain: Callable[[], Iterable[str]]) -> None:
    """Write `screen`, made for a width in cells, to a terminal, and `plain` lines to anything else."""
    stream = sys.stdout
    if paint.is_terminal(stream):
        stream.write(paint.shown(screen(paint.width_of(stream)), stream))
    else:
        stream.writelines(paint.writable(f"{each}\n", stream) for each in plain())
    stream.flush()
