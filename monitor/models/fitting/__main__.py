"""`python -m monitor.models.fitting [--check]`: fits the shipped model to the corpus, the same on each run.

With `--check` it is fitted beside the shipped one, and compared with it byte by byte. It takes some minutes
and one core. The arithmetic is held to what every x86-64 processor of the last decade does (AVX2), so that
another machine makes the same model.
"""

import os

_ALIKE = {
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
os.environ.update(_ALIKE)  # before numpy is imported

import filecmp  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from monitor.models import FOLDER  # noqa: E402
from monitor.models.fitting.make import MADE, make  # noqa: E402


def main(arguments: list[str]) -> int:
    """Fit, or check; return the exit status."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command of its own
        return 2
    if not arguments:
        make(FOLDER, tell=print)
        return 0
    with tempfile.TemporaryDirectory() as beside:
        make(Path(beside), tell=print)
        _, different, missing = filecmp.cmpfiles(FOLDER, beside, MADE, shallow=False)
    for name in (*different, *missing):
        print(f"{name} is not what the corpus makes", file=sys.stderr)  # noqa: T201
    return 1 if different or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
