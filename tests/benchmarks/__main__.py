"""All benchmarks, or those that are named: `uv run python -m tests.benchmarks [NAME ...]`.

Each prints its figures against a baseline that is measured in the same run; none is a test. `--quick` takes a
tenth of the rows; `--million` adds the memory of an ingest of 1,000,000 mentions, which takes some minutes.
"""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from tests.benchmarks import idle, ingest, judgement, latency, moving, spread_quality, start

Report = Callable[[Path, argparse.Namespace], Iterator[str]]

BENCHMARKS: Mapping[str, Report] = {
    "ingest": lambda folder, asked: ingest.report(
        folder, count=10_000 if asked.quick else 100_000, million=asked.million
    ),
    "postgres": lambda folder, asked: ingest.report_postgres(folder, count=5_000 if asked.quick else 20_000),
    "moving": lambda folder, asked: moving.report(
        folder, stored=100_000 if asked.quick else 1_000_000, due=10_000 if asked.quick else 100_000
    ),
    "start": lambda folder, asked: start.report(folder, rounds=7 if asked.quick else 21),
    "latency": lambda folder, asked: latency.report(folder, seconds=10 if asked.quick else 30),
    "judgement": lambda folder, asked: judgement.report(
        folder, quick=asked.quick, spread="spread" not in (asked.names or BENCHMARKS)
    ),
    "spread": lambda folder, asked: spread_quality.report(folder, quick=asked.quick),
    "idle": lambda folder, asked: idle.report(folder, seconds=20 if asked.quick else 60),
}


def main() -> None:
    """Run what was asked for and print the figures as they come."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--million", action="store_true", help="ingest 1,000,000 mentions, too")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    _say(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    for name in asked.names or BENCHMARKS:
        with TemporaryDirectory() as folder:
            for line in BENCHMARKS[name](Path(folder), asked):
                _say(f"{name}: {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
