"""The corpus: posts written for this project and labelled, one a line.

A line is `LABEL KIND PLATFORM TOPICS CUES :: text`. The label is 0, or for a complaint its severity and its
reproach, each from 1 to 4, as in `2/3`; lists are separated by commas, `-` is an empty one; a line break
within a text is written as a backslash and an n. docs/assessment.md says what the labels mean.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"

TOPICS = (
    "billing",
    "delivery",
    "defect",
    "outage",
    "staff",
    "refund",
    "safety",
    "privacy",
    "misleading",
    "cancellation",
    "no_answer",
)
CUES = ("harm", "authority", "money", "ignored", "chasing", "many", "leaving", "sarcasm")
PLATFORMS = frozenset({"x", "reddit", "youtube", "facebook", "mastodon", "blog", "news", "review"})
COMPLAINTS = frozenset({"plain", "polite", "implicit", "sarcastic", "furious", "question", "story"})
OTHERS = frozenset(
    {"question", "reply", "praise", "news", "joke", "advert", "spam", "other_brand", "competitor", "quote"}
    | {"chat", "update"}
)
_BLOCK = 10  # lines: neighbours were often written as a pair, so they are held back together
_HELD_BACK = 10  # one block in so many


class Malformed(ValueError):
    """A line of the corpus that cannot be read: where, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A labelled text. `severity` and `reproach` are 0 if it does not complain; `place` is file and line."""

    place: str
    lang: str
    severity: int
    reproach: int
    kind: str
    platform: str
    topics: frozenset[str]
    cues: frozenset[str]
    text: str

    @property
    def complaint(self) -> bool:
        """Whether it complains."""
        return self.severity > 0


def read(folder: Path = FOLDER) -> list[Item]:
    """Return the items of all files, in order of name and line. Raises `Malformed`."""
    return [item for path in sorted(folder.glob("*.txt")) for item in _of(path)]


def _of(path: Path) -> Iterator[Item]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            place = f"{path.name}:{number}"
            try:
                yield parse(line, place=place, lang=path.name[:2])
            except ValueError as error:
                raise Malformed(f"{place}: {error}: {line[:60]!r}") from error


def parse(line: str, place: str, lang: str) -> Item:
    """Return the item of a line. Raises `ValueError`."""
    labels, text = line.split(" :: ", 1)
    label, kind, platform, topics, cues = labels.split(" ")
    severity, reproach = (0, 0) if label == "0" else map(int, label.split("/"))
    _require(label == "0" or {severity, reproach} <= {1, 2, 3, 4}, f"no label {label}")
    _require(kind in (COMPLAINTS if severity else OTHERS), f"no kind {kind}")
    _require(platform in PLATFORMS, f"no platform {platform}")
    return Item(
        place=place,
        lang=lang,
        severity=severity,
        reproach=reproach,
        kind=kind,
        platform=platform,
        topics=_listed(topics, TOPICS),
        cues=_listed(cues, CUES),
        text=text.replace("\\n", "\n"),
    )


def _listed(names: str, known: Sequence[str]) -> frozenset[str]:
    listed = frozenset(names.split(",")) - {"-"}
    _require(listed <= set(known), f"none of {', '.join(sorted(listed - set(known)))} is known")
    return listed


def _require(met: bool, otherwise: str) -> None:
    if not met:
        raise ValueError(otherwise)


def parts(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Return what the model is fitted to, and the tenth that is held back to measure it."""
    held = [_drawn(f"{item.place.split(':')[0]} {int(item.place.split(':')[1]) // _BLOCK}") for item in items]
    kept = [item for item, back in zip(items, held, strict=True) if not back]
    return kept, [item for item, back in zip(items, held, strict=True) if back]


def _drawn(block: str) -> bool:
    return int.from_bytes(hashlib.sha256(block.encode()).digest()[:8], "big") % _HELD_BACK == 0


_WORD = re.compile(r"\w+")
_FILLING = re.compile(r"@\w+|#|https?://\S+|\d+")  # what a template would be filled with
_ALIKE = 0.5  # Jaccard similarity of the pairs of neighbouring words
_COMMON = 400  # texts that share a pair: beyond, it says nothing


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without numbers, handles and links."""
    return _WORD.findall(_FILLING.sub(" ", text.lower()))


def twins(texts: Iterable[str]) -> list[tuple[int, int]]:
    """Return the pairs of texts (by index, later first) that share half of their pairs of words or more.

    Jaccard similarity of sets of word bigrams (Broder 1997), numbers and handles left out, so that a template
    filled twice is found as well. Each text is paired with at most one before it.
    """
    having: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    sizes: list[int] = []
    found = []
    for index, text in enumerate(texts):
        spoken = words(text)
        pairs = set(pairwise(spoken))
        shared = Counter(other for pair in pairs for other in having[pair][:_COMMON])
        for other, count in shared.most_common(5):
            if min(len(pairs), sizes[other]) > 1 and count / (len(pairs) + sizes[other] - count) >= _ALIKE:
                found.append((index, other))
                break
        sizes.append(len(pairs))
        for pair in pairs:
            having[pair].append(index)
    return found


def shared_runs(texts: Iterable[str], others: Iterable[str], length: int = 8) -> set[tuple[str, ...]]:
    """Return the runs of so many words that stand in a text and in one of the others."""
    theirs = {run for other in others for run in _runs(other, length)}
    return {run for text in texts for run in _runs(text, length)} & theirs


def _runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    spoken = _WORD.findall(text.lower())
    return zip(*(spoken[start:] for start in range(length)), strict=False)
