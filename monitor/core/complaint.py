"""Is it a complaint? The probability, with reasons.

A complaint tells of a negative mismatch between what happened and what the writer expected of the brand
(Olshtain and Weinbach 1987). These are hand-set cues: a first judgement, which a trained classifier of the
same type may replace.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.core.cues import LANGUAGES, LONGEST_TEXT, Found
from monitor.core.mention import language_of

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
class Judgement:
    """The probability in [0, 1] that a text complains, None when it cannot be judged, and the reasons."""

    probability: float | None
    reasons: tuple[str, ...] = ()


Classify = Callable[[str, str | None, Found], Judgement]  # text, language, its cues


def by_cues(text: str, lang: str | None, found: Found) -> Judgement:
    """Judge by cues alone: a logistic sum over the kinds of cue found; two of one kind count half again.

    A text without words, or without cues in a language that has none here, cannot be judged.
    """
    if not found and (unjudged := _why_unjudged(text, lang)):
        return Judgement(probability=None, reasons=(unjudged,))
    logit = _BIAS
    reasons = []
    for cause, words in found.items():
        polite = cause == "thanks" and not _NOT_THANKED_FOR.isdisjoint(found)
        weight = 0.0 if polite else _WEIGHTS.get(cause, 0.0)
        logit += weight * (1.5 if len(words) > 1 else 1.0)
        if weight > 0 and cause in _SAYS:
            reasons.append(f"{_SAYS[cause]}: “{words[0]}”")
    return Judgement(probability=1 / (1 + math.exp(-logit)), reasons=tuple(reasons))


def _why_unjudged(text: str, lang: str | None) -> str | None:
    if not any(map(str.isalpha, text[:LONGEST_TEXT])):
        return "has no words to judge"
    language = language_of(lang)
    if language and language not in LANGUAGES:
        return f"no cues are known in language '{language}'"
    return None
