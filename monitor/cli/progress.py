"""A progress bar on standard error, where a person can see it and it disturbs nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told how much of `total` is done. `quiet`: no bar, whatever the terminal."""
    if quiet or total <= 0 or not sys.stderr.isatty():
        yield lambda done: None  # noqa: ARG005 - nobody looks
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from monitor.core.sanitise import line

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(line(what), total=total)
        yield lambda done: bar.update(task, completed=done)
