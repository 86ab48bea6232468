"""Is it a complaint? The probability, with reasons.

A complaint tells of a negative mismatch between what happened and what the writer expected of the brand
(Olshtain and Weinbach 1987). These are hand-set cues: what they speak for is part of what the shipped model
(`monitor.models`) goes by, and what judges where that is not asked.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from monitor.core import cues
from monitor.core.cues import LANGUAGES, LONGEST_TEXT, Found
from monitor.core.mention import language_of
from monitor.core.severity import grade

THRESHOLD = 0.5

_BIAS = -1.6
_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "failure": 1.7,
        "waiting": 1.3,
        "money": 1.5,
        "anger": 1.7,
        "plea": 0.6,
        "harm": 2.0,
        "authority": 0.9,
        "ignored": 2.0,
        "chasing": 1.0,
        "many": 0.5,
        "leaving": 1.4,
        "thanks": -1.3,
        "advert": -1.8,
    }
)
# Courtesy is no contentment: "still waiting, thank you" and "thanks for the worst flight" complain. A failure
# is not among these: "had a problem, solved at once, thank you" does not.
_NOT_THANKED_FOR = frozenset({"harm", "authority", "ignored", "waiting", "money", "chasing", "anger"})
_SAYS: Mapping[str, str] = MappingProxyType(
    {
        "failure": "something fails",
        "waiting": "is kept waiting",
        "money": "money taken or owed",
        "anger": "is dissatisfied",
        "plea": "asks for help or why",
        "harm": "harm",
        "ignored": "says nobody answers",
        "chasing": "is chasing",
        "leaving": "is leaving",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is judged: a text, and the language that its platform declares, if any."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a text alone tells.

    `probability` in [0, 1] that it complains, None when it cannot be judged: then the reasons say why.
    `score` in [0, 1] says how bad it is if it complains. `lang` is the language it was found to be in.
    """

    probability: float | None
    score: float = 0.0
    topics: tuple[str, ...] = ()
    lang: str | None = None
    reasons: tuple[str, ...] = ()


# Judges many at once, in order: a model is several times faster so.
Judge = Callable[[Sequence[Passage]], Sequence[Judgement]]


def by_cues(passages: Sequence[Passage]) -> list[Judgement]:
    """Judge by cues alone: a logistic sum over the kinds of cue found; two of one kind count half again.

    A text without words, or without cues in a language that has none here, cannot be judged.
    """
    return [_by_cues(passage, cues.find(passage.text)) for passage in passages]


def _by_cues(passage: Passage, found: Found) -> Judgement:
    if not found and (unjudged := _why_unjudged(passage.text, passage.lang)):
        return Judgement(probability=None, lang=passage.lang, reasons=(unjudged,))
    reasons = [
        f"{_SAYS[cause]}: “{words[0]}”"
        for cause, words in found.items()
        if cause in _SAYS and _WEIGHTS.get(cause, 0.0) > 0
    ]
    graded = grade(found)
    return Judgement(
        probability=1 / (1 + math.exp(-evidence(found))),
        score=graded.score,
        topics=tuple(filter(found.__contains__, cues.TOPICS)),
        lang=passage.lang,
        reasons=tuple(dict.fromkeys((*reasons, *graded.reasons))),
    )


def evidence(found: Found) -> float:
    """Return what the cues of a text speak for: the logit of a complaint."""
    logit = _BIAS
    for cause, words in found.items():
        polite = cause == "thanks" and not _NOT_THANKED_FOR.isdisjoint(found)
        weight = 0.0 if polite else _WEIGHTS.get(cause, 0.0)
        logit += weight * (1.5 if len(words) > 1 else 1.0)
    return logit


def _why_unjudged(text: str, lang: str | None) -> str | None:
    if not any(map(str.isalpha, text[:LONGEST_TEXT])):
        return "has no words to judge"
    language = language_of(lang)
    if language and language not in LANGUAGES:
        return f"no cues are known in language '{language}'"
    return None
