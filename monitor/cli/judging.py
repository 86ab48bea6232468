"""Commands that judge texts from outside the store: assess, evaluate."""

import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.session import FAILED, WRONG, fail, print_json, settle

ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="P", help="From this probability on it is a complaint. Default: the model's."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (assess, evaluate):
        app.command()(command)


def assess(context: typer.Context, threshold: ThresholdOption = None) -> None:
    """Judge posts, JSON Lines in and out: is it a complaint, how bad, about what, and why.

    Needs no configuration, no store and no network. Where there are a configuration and a store, a line that
    names one of the brands is judged by what is configured and was learned for it. A line that cannot be read
    gets a line that says why, and the exit code is 1 at the end.

    Example: uproar assess < posts.jsonl > judged.jsonl
    """
    from monitor.cli.assessing import assess_lines, rubric
    from monitor.cli.branded import Brands
    from monitor.clock import system_clock

    by = rubric(_checked(threshold))
    if sys.stdin is None:
        fail("there is no standard input: `uproar assess < posts.jsonl`", WRONG)
    if sys.stdin.isatty():
        typer.echo('uproar: reading lines such as {"id": 1, "text": "…"}; Ctrl-D ends', err=True)
    settle()
    out = typer.get_text_stream("stdout", encoding="utf-8")
    brands = Brands(shipped=by, given=context.find_root().obj, threshold=threshold)
    tally = assess_lines(sys.stdin.buffer, out, by, system_clock(), brands.rubric)
    if tally.unread:
        fail(
            f"{tally.unread:,} of {tally.lines:,} lines could not be read: each has an `error` in the output"
        )


def evaluate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="JSON Lines: posts with a label.")],
    threshold: ThresholdOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="KEY=VALUE", help="Only lines with this value; VALUE* is a beginning."
        ),
    ] = None,
    besides: Annotated[
        list[str] | None,
        typer.Option("--except", metavar="KEY=VALUE", help="Without the lines that have this value."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare what is judged of posts with what people say: macro-F1, AUC, calibration, by language.

    The lines are those of `uproar assess`, with `complaint` true or false, or 1 or 0, and `severity` from 1
    to 4 where it is known. All are judged by what ships, at one threshold, whatever their `brand`. Lines that
    cannot be read are named and left out; the exit code is 1 at the end.

    Example: uproar evaluate labelled.jsonl --only platform=twitter --except "domain=random*"
    """
    from monitor.cli.assessing import rubric
    from monitor.cli.evaluating import Filter, measure
    from monitor.clock import system_clock
    from monitor.console import evaluation as view
    from monitor.console.output import put

    by = rubric(_checked(threshold))
    try:
        chosen = Filter.of(only or [], besides or [])
    except ValueError as error:
        fail(str(error), WRONG)
    for file in files:
        if not file.exists():
            fail(f"{file}: no such file")
    settle()
    measured = measure(files, by, chosen, system_clock())
    if not (measured.whole.rows or measured.unread):
        fail("no line is chosen: the files are empty, or --only and --except leave none")
    if as_json:
        print_json([view.row(measured)])
    else:
        put(lambda width: view.screen(measured, width), lambda: view.plain(measured))
    if measured.unread:
        fail(f"{measured.unread:,} lines could not be read, and are not in these figures", FAILED)


def _checked(threshold: float | None) -> float | None:
    if threshold is not None and not (math.isfinite(threshold) and 0 <= threshold <= 1):
        fail(f"--threshold {threshold}: expected a probability, from 0 to 1", WRONG)
    return threshold
