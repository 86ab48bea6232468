"""How well spread is predicted, on real cascades that are not in the repository.

*auspol* has unselected cascades with the author's followers: which of them reach 8 reposts, of those that
have not yet? *twitter15* has popular ones without followers: which end in the top tenth, of those that are
not past its threshold yet? Ages count from the post (auspol) and from the first act (twitter15). A series is
all acts up to the instant. Counts alone and followers alone are ranked beside it, in the same run.
"""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from monitor.core.spread import SHIPPED, Parameters, predict
from monitor.core.spread.fitting import Cascade
from monitor.core.spread.measuring import Measured, measure, ranked
from tests.benchmarks import fit_spread

CASCADES = Path(__file__).parents[3] / "shared" / "data" / "cascades"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
REPOSTS = 8  # what an auspol cascade is to reach
ALERT_AT = 0.5  # the probability at which a threshold counts as passed

Scored = Callable[[Cascade, float], float]


def report(_folder: Path, *, quick: bool = False) -> Iterator[str]:
    """Yield the table, line by line; nothing but a remark where the cascades are not there."""
    if not CASCADES.is_dir():
        yield f"no cascades in {CASCADES.name}/: nothing to measure"
        return
    auspol, twitter15 = read_auspol(), read_twitter15()
    if quick:
        auspol, twitter15 = auspol[::5], twitter15[::5]
    top = sorted(each.final for each in twitter15)[len(twitter15) * 9 // 10]
    yield from _ranks("auspol", auspol, REPOSTS, {0.0: 0.80, 30 * MINUTE: 0.82, HOUR: None})
    yield from _ranks("twitter15", twitter15, top, {30 * MINUTE: 0.84, HOUR: 0.86, 2 * HOUR: None})
    ages = (0.0, 5 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR)
    yield from _chances("auspol, shipped", measure(auspol, SHIPPED, ages, (2, 5, REPOSTS, 15, 30)))
    yield from _chances("auspol, cross-fitted", crossfitted(auspol, ages, (2, 5, REPOSTS, 15, 30)))
    popular = measure(twitter15, SHIPPED, ages[2:], (100, 250, 500, top, 1250, 2000))
    yield from _chances("twitter15, shipped", popular)
    yield lead("auspol", auspol, REPOSTS)
    yield lead("twitter15", twitter15, top)
    yield interval("auspol", auspol, ages)
    yield interval("twitter15", twitter15, ages[2:])


def read_auspol() -> list[Cascade]:
    """Return the unselected cascades."""
    return fit_spread.read(CASCADES / "auspol.jsonl")


def read_twitter15() -> list[Cascade]:
    """Return the popular cascades, their ages counted from the first act."""
    found = []
    with (CASCADES / "twitter15.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            minutes = json.loads(line)["minutes"]
            acts = [((each - minutes[0]) * MINUTE, count) for count, each in enumerate(minutes, start=1)]
            found.append(Cascade(followers=None, readings=[*acts, (max(acts[-1][0], 30 * DAY), len(acts))]))
    return found


def _ranks(
    name: str, cascades: Sequence[Cascade], threshold: int, bars: dict[float, float | None]
) -> Iterator[str]:
    """Yield how well cascades that will pass the threshold are ranked, at each age, against its bar."""
    for age, bar in bars.items():
        figures = {
            "AUC": auc(cascades, age, threshold, lambda each, at: chance(each, at, threshold)),
            "counts alone": auc(cascades, age, threshold, seen),
            "followers alone": auc(cascades, age, threshold, lambda each, _: each.followers or 0),
        }
        told = ", ".join(f"{what} {value:.3f}" for what, value in figures.items())
        yield f"{name}, {threshold} or more, at {age / MINUTE:.0f} min: {told}" + (
            f" (bar: {bar})" if bar else ""
        )


def auc(cascades: Sequence[Cascade], age: float, threshold: int, score: Scored) -> float:
    """Return how well a score ranks the cascades that are not past the threshold at an age."""
    open_ = [each for each in cascades if seen(each, age) < threshold]
    return ranked([(score(each, age), each.final >= threshold) for each in open_]) or 0.0


def seen(cascade: Cascade, age: float) -> int:
    """Return the count at an age."""
    return cascade.until(age)[-1][1] if age > 0 else 0


def chance(cascade: Cascade, age: float, threshold: int, parameters: Parameters = SHIPPED) -> float:
    """Return the predicted chance of passing the threshold, at an age."""
    series = cascade.until(age) if age > 0 else ()
    return predict(series, cascade.followers, (threshold,), parameters).passing[0][1]


def crossfitted(
    cascades: Sequence[Cascade], ages: Sequence[float], thresholds: Sequence[int]
) -> list[Measured]:
    """Return the chances of each half of the cascades by parameters that were fitted to the other half."""
    halves: tuple[list[Cascade], list[Cascade]] = ([], [])
    for index, each in enumerate(cascades):
        halves[crc32(str(index).encode()) % 2].append(each)
    measured = [
        measure(half, fit_spread.fitted(other), ages, thresholds) for half, other in (halves, halves[::-1])
    ]
    return [_joined(one, two) for one, two in zip(*measured, strict=True)]


def _joined(one: Measured, two: Measured) -> Measured:
    """Return the figures of both halves together; the ranks are the mean of those within a half."""
    posts = one.posts + two.posts
    return Measured(
        age=one.age,
        threshold=one.threshold,
        posts=posts,
        expected=(one.expected * one.posts + two.expected * two.posts) / posts,
        passed=(one.passed * one.posts + two.passed * two.posts) / posts,
        auc=((one.auc or 0.0) * one.posts + (two.auc or 0.0) * two.posts) / posts,
    )


def _chances(name: str, measured: Iterator[Measured] | Sequence[Measured]) -> Iterator[str]:
    """Yield mean probability, what happened, and the AUC, a line for each age."""
    ages: dict[float, list[Measured]] = {}
    for each in measured:
        ages.setdefault(each.age, []).append(each)
    for age, figures in ages.items():
        told = " | ".join(
            f"{each.threshold}: {each.expected:.3f} / {each.passed:.3f}"
            + ("" if each.auc is None else f" AUC {each.auc:.3f}")
            for each in figures
        )
        yield f"{name}, expected / passed at {age / MINUTE:.0f} min: {told}"


def lead(name: str, cascades: Sequence[Cascade], threshold: int) -> str:
    """Return how long before the threshold, and with how much to come, the chance of passing is even."""
    warned, minutes, left, false = 0, [], [], 0
    passed = sum(each.final >= threshold for each in cascades)
    for each in cascades:
        at = first_warning(each, threshold)
        if at is None:
            continue
        if each.final < threshold:
            false += 1
            continue
        warned += 1
        reached = next(age for age, count in each.readings if count >= threshold)
        minutes.append((reached - at) / MINUTE)
        left.append(1 - seen(each, at) / each.final)
    if not warned:
        return f"{name}, lead to {threshold}: no cascade was warned of"
    return (
        f"{name}, lead to {threshold} from a chance of {ALERT_AT:.0%}: {warned} of {passed} that passed, "
        f"{statistics.median(minutes):.0f} min before (median), {statistics.median(left):.0%} of the final "
        f"engagement still to come (median); {false} more did not pass"
    )


def first_warning(cascade: Cascade, threshold: int) -> float | None:
    """Return the age at which the chance is first even, looking every 5 minutes for 2 hours, then hourly."""
    for minutes in (*range(0, 120, 5), *range(120, 1500, 60)):
        age: float = minutes * MINUTE
        if chance(cascade, age, threshold) >= ALERT_AT:
            return age
        if age >= 2 * HOUR and seen(cascade, age) == cascade.final:
            return None
    return None


def interval(name: str, cascades: Sequence[Cascade], ages: Sequence[float]) -> str:
    """Return how often the 80 % interval holds the final engagement, at each age."""
    told = []
    for age in ages:
        inside = 0
        for each in cascades:
            spread = predict(each.until(age) if age > 0 else (), each.followers)
            inside += spread.low <= each.final <= spread.high
        told.append(f"{age / MINUTE:.0f} min {inside / len(cascades):.2f}")
    return f"{name}, share inside the 80 % interval: {', '.join(told)}"
