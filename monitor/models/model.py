"""The shipped model as a judge: probabilities, severities and topics, with the words that carried them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from types import MappingProxyType

import numpy as np

from monitor.core import cues
from monitor.core.complaint import Judgement, Passage, evidence
from monitor.core.cues import TOPICS, Found
from monitor.core.severity import PHRASES, Severity, grade
from monitor.models.language import language
from monitor.models.network import Array, sigmoid
from monitor.models.pieces import Pieces
from monitor.models.reader import Reader
from monitor.models.reasons import phrase
from monitor.models.text import MARKS, plain, without_claims

# What the network tells: of the text as a whole, and by the n-grams of each piece.
COMPLAINT = 0
SEVERE = slice(1, 4)  # is at least medium, high, critical
REPROACH = slice(4, 7)  # at least disapproves, accuses, condemns
CUES: Mapping[str, str] = MappingProxyType({**PHRASES, "sarcasm": "is meant ironically"})
SPOKEN = ("complaint", *TOPICS, *CUES)

_AT_ONCE = 128  # texts
_PIECES_AT_ONCE = 4_096  # of them together: fewer than are remembered
_SIGNS = ("money", "ignored", "chasing", "many")  # one of them is medium, two are high
_GRAVE = {"authority": 2, "harm": 3}  # the levels of high and critical
_TOPIC = 0.25  # told from here on
_CUE = 0.4  # told from here on; where a hand-set phrase says so, too,
_BACKED = 0.1  # from here on
# A severity of at least medium, high, critical is told from here on. Small troubles often look a bit graver
# than they are, and the corpus has few grave ones, so that the network is too sure of the first level alone.
_REACHED = (0.7, 0.3, 0.3)
# What cues ask for is told from here on: they are blind to what a text is about.
_HEARD = (0.15, 0.1, 0.1)
_WORTH_A_REASON = 0.25  # probability of a complaint
# What else counts, to 1 for the logit that the network tells of a text as a whole.
_OF_CUES = 1.0  # the logit of the hand-set cues
_OF_PHRASES = 0.3  # of what its n-grams speak for: a complaint,
_OF_TROUBLE = 0.4  # and the topic that they speak for most, whether or not somebody complains of it
_TOPICS = slice(1, 1 + len(TOPICS))
_COLUMN = {cue: at for at, cue in enumerate(SPOKEN)}


@dataclass(frozen=True, slots=True)
class _Read:
    """A text that may be judged: its hand-set cues, words and language."""

    found: Found
    words: list[str]
    lang: str | None


class Model:
    """A `Judge`. Not for several threads at once."""

    def __init__(self, reader: Reader, pieces: Pieces, calibration: tuple[float, float]) -> None:
        self._reader, self._pieces = reader, pieces
        self._slope, self._intercept = calibration

    def __call__(self, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge the passages, in order."""
        judgements: list[Judgement] = []
        for start in range(0, len(passages), _AT_ONCE):
            judgements += self._judge(passages[start : start + _AT_ONCE])
        return judgements

    def _judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        opened = [_open(passage) for passage in passages]
        texts = [each for each in opened if isinstance(each, _Read)]
        pieces = self._pieces.of([text.words for text in texts])
        groups = _groups(texts, pieces)
        weighed = (judgement for group in groups for judgement in self._weigh(*group))
        return [next(weighed) if isinstance(each, _Read) else each for each in opened]

    def _weigh(self, texts: Sequence[_Read], pieces: Sequence[Sequence[int]]) -> list[Judgement]:
        reading = self._reader.read(pieces)
        by_cues = np.array([evidence(each.found) for each in texts], np.float32)
        logits = reading.told[:, COMPLAINT] + _OF_CUES * by_cues
        logits += _OF_PHRASES * reading.spoken[:, 0] + _OF_TROUBLE * reading.spoken[:, _TOPICS].max(axis=1)
        probabilities = sigmoid(self._slope * logits + self._intercept)
        told, found = sigmoid(reading.told), [each.found for each in texts]
        likely = spoken_for(sigmoid(reading.spoken), told, found)
        scores = score(told, likely, found).tolist()
        return [
            Judgement(
                probability=probability,
                score=scores[row],
                topics=tuple(compress(TOPICS, likely[row, _TOPICS])),
                lang=each.lang,
                reasons=self._reasons(each, likely[row], reading.scores_of(row))
                if probability >= _WORTH_A_REASON
                else (),
            )
            for row, (each, probability) in enumerate(zip(texts, probabilities.tolist(), strict=True))
        ]

    def _reasons(self, text: _Read, likely: Array, scores: Array) -> tuple[str, ...]:
        """Return what the n-grams of a text speak for, each with the words that carried it."""
        owners = self._pieces.owners(text.words)
        reasons = [f"complains: “{words}”"] if (words := phrase(scores[:, 0], owners, text.words)) else []
        for cue, says in CUES.items():
            if not likely[_COLUMN[cue]]:
                continue
            by_hand = text.found.get(cue, ("",))[0]
            if words := phrase(scores[:, _COLUMN[cue]], owners, text.words) or by_hand:
                reasons.append(f"{says}: “{words}”")
        return tuple(reasons)


def _open(passage: Passage) -> _Read | Judgement:
    words = plain(without_claims(passage.text))
    if not any(any(map(str.isalpha, word)) for word in words if word not in MARKS):
        return Judgement(probability=None, reasons=("has no words to judge",))
    lang, judged = language(words, passage.lang)
    if not judged:
        return Judgement(
            probability=None, lang=lang, reasons=(f"not judged: language '{lang or 'unknown'}'",)
        )
    return _Read(cues.find(passage.text), words, lang)


def _groups(
    texts: Sequence[_Read], pieces: Sequence[Sequence[int]]
) -> Iterator[tuple[Sequence[_Read], Sequence[Sequence[int]]]]:
    """Yield the texts, and their pieces, in groups of so many pieces as are read at once."""
    first = together = 0
    for at, each in enumerate(pieces):
        if together + len(each) > _PIECES_AT_ONCE:
            yield texts[first:at], pieces[first:at]
            first, together = at, 0
        together += len(each)
    if pieces:
        yield texts[first:], pieces[first:]


def spoken_for(spoken: Array, told: Array, found: Sequence[Found]) -> Array:
    """Return which topics and cues the texts speak for, B x K, from the probabilities `spoken`, B x K.

    A cue that a hand-set phrase gives, in `found`, needs less of the network: each misses what the other has.
    Harm and authority, each of which makes a text grave, need a text that is heard as grave: B x 7 is `told`.
    """
    likely: Array = spoken >= np.array([_CUE if each in CUES else _TOPIC for each in SPOKEN], np.float32)
    for row, cues_found in enumerate(found):
        for cue in CUES.keys() & cues_found.keys():
            likely[row, _COLUMN[cue]] |= spoken[row, _COLUMN[cue]] >= _BACKED
    heard = told[:, SEVERE] >= _HEARD
    for cue, level in _GRAVE.items():
        likely[:, _COLUMN[cue]] &= heard[:, level - 1]
    return likely


def score(told: Array, likely: Array, found: Sequence[Found]) -> Array:
    """Return how bad each text is, in [0, 1), from `told`, B x 7 probabilities, and what is `likely`, B x K.

    A quarter of the range for each level of severity. It has the highest of those that the text as a whole is
    likely enough to reach, that cues ask for where it is heard at all, and that the points of hand-set ones
    make which are told; within a level by reproach: of two alike, the one that accuses is worse.
    """
    levels = np.arange(1, len(Severity))
    heard = (told[:, SEVERE] >= _HEARD) & (levels <= _asked(likely)[:, None])
    by_hand = [_by_points(_told_of(each, row)) for each, row in zip(found, likely, strict=True)]
    reached = told[:, SEVERE] >= _REACHED
    level = np.maximum(np.where(reached | heard, levels, 0).max(axis=1), by_hand)
    reproach = told[:, REPROACH].mean(axis=1)
    scores: Array = (level + np.minimum(reproach, 0.999)) / len(Severity)
    return scores


def _asked(likely: Array) -> Array:
    """Return the levels of severity that cues ask for, B: critical for harm, high for an authority or two."""
    signs = likely[:, [_COLUMN[cue] for cue in _SIGNS]].sum(axis=1)
    grave = [level * likely[:, _COLUMN[cue]] for cue, level in _GRAVE.items()]
    levels: Array = np.maximum.reduce([np.minimum(signs, 2), *grave])
    return levels


def _told_of(found: Found, likely: Array) -> Found:
    """Return those of the hand-set cues that a text is likely to speak for."""
    return {cue: phrases for cue, phrases in found.items() if cue in CUES and likely[_COLUMN[cue]]}


def _by_points(found: Found) -> int:
    """Return the level that hand-set cues ask for by themselves: high or critical, else none."""
    level = Severity.of(grade(found).score).rank
    return level if level >= Severity.HIGH.rank else 0
