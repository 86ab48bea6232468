"""The command that predicts how far posts from outside the store will spread: spread."""

import sys

import typer

from monitor.cli.session import WRONG, fail, settle


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(spread)


def spread() -> None:
    """Predict how far posts will spread, JSON Lines in and out: from their engagement at any instants.

    Needs no configuration, no store and no network. A line has `id`, `author_followers` or null, `series`
    (pairs of the seconds since the post and the engagement then; none at first sight) and `thresholds`. A
    line that cannot be read gets a line that says why, and the exit code is 1 at the end.

    Example: uproar spread < posts.jsonl > predicted.jsonl
    """
    from monitor.cli.predicting import predict_lines

    if sys.stdin is None:
        fail("there is no standard input: `uproar spread < posts.jsonl`", WRONG)
    if sys.stdin.isatty():
        example = '{"id": 1, "author_followers": 800, "series": [[600, 12]], "thresholds": [100]}'
        typer.echo(f"uproar: reading lines such as {example}; Ctrl-D ends", err=True)
    settle()
    tally = predict_lines(sys.stdin.buffer, typer.get_text_stream("stdout", encoding="utf-8"))
    if tally.unread:
        fail(
            f"{tally.unread:,} of {tally.lines:,} lines could not be read: each has an `error` in the output"
        )
