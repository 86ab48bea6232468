"""How far posts spread: the command that predicts it for posts from anywhere, and `tune --spread`."""

import sys

import typer

from monitor.cli.session import (
    WRONG,
    fail,
    load_config,
    opened,
    print_json,
    settle,
)


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


def tune_spread(context: typer.Context, platform: str | None, *, by: str | None, as_json: bool) -> None:
    """Learn how posts spread on each platform, and save it if somebody (`by`) stands for it."""
    from monitor.cli import spread_tuning
    from monitor.clock import system_clock
    from monitor.core.sanitise import line
    from monitor.store import spreads

    config, now = load_config(context), system_clock()
    thresholds = sorted({each for brand in config.brands.values() for each in brand.spread_thresholds})
    with opened(config) as store:
        with store.reading() as connection:
            lessons = list(spread_tuning.learn(connection, now, thresholds, platform))
        for lesson in lessons:
            number = None
            if by is not None and lesson.new is not None:
                with store.transaction() as connection:
                    number = spreads.save(
                        connection,
                        lesson.platform,
                        lesson.new,
                        posts=lesson.posts,
                        measured=lesson.measured,
                        by=by,
                        now=now,
                    )
            if as_json:
                print_json([spread_tuning.row(lesson, number)])
                continue
            for each in spread_tuning.told(lesson):
                typer.echo(line(each))
            if number is not None:
                typer.echo(f"saved as {number}: `uproar tune --spread --undo {number}` withdraws it")
    if not lessons:
        fail("the store has no mentions to learn from: `uproar import` reads an archive")


def undo_spread(context: typer.Context, number: int | None, by: str) -> None:
    """Withdraw a tuning of spread: the last one, unless its `number` is given."""
    from monitor.clock import system_clock
    from monitor.core.sanitise import line
    from monitor.store import spreads

    with opened(load_config(context)) as store, store.transaction() as connection:
        counting = (each.number for each in spreads.listed(connection) if each.undone_at is None)
        number = next(counting, None) if number is None else number
        if number is None:
            fail("there is no tuning of spread that could be undone")
        try:
            undone = spreads.undo(connection, number, by, system_clock())
        except LookupError as error:
            fail(str(error.args[0]))
        counts = (
            "the one before it counts" if undone.platform in spreads.live(connection) else "what ships counts"
        )
        typer.echo(line(f"{undone.platform}: tuning {number} is withdrawn; {counts}"))
