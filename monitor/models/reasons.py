"""The words of a text that carried a score."""

from collections.abc import Sequence

import numpy as np

from monitor.models.network import Array
from monitor.models.text import MARKS

_MOST = 6  # words of a phrase
_ENOUGH = 0.6  # share of the evidence that a phrase carries, if so many words can
_ENDS = (".", "!", "?", "…")  # of a sentence, which a phrase does not cross
_CLOSING = "\"'”)]*_"
_EDGE = " .,;:!?…\"'“”()[]-\u2013—*_#"


def phrase(scores: Array, owners: Sequence[int], words: Sequence[str]) -> str:
    """Return the shortest run of words of a sentence, at most six, that carries most of a score, or "".

    The score of a text is the logarithm of the sum of exponentials of the `scores` of the n-grams around each
    piece; so the share of an n-gram in it is its softmax. `owners` has the index of each piece's word.
    """
    share = np.exp(scores - scores.max())
    # The marks at the ends, -1, count for the first place, which is none. In hundredths, as the last digits
    # of a sum, which depend on what is read beside it, should not choose between words that weigh alike.
    by_word = np.bincount(np.array(owners) + 1, share, len(words) + 1)[1:] / share.sum()
    weight = by_word.round(2).tolist()
    for index, word in enumerate(words):
        if _is_mark(word):
            weight[index] = 0.0
    if not any(weight):
        return ""
    begin, end = _sentence(words, weight.index(max(weight)))
    first, last = _run(weight[begin:end], _ENOUGH)
    if first == last:  # a word alone says little: it is shown with its neighbours
        first, last = max(first - 1, 0), min(last + 1, end - begin - 1)
    return _quoted(words[begin + first : begin + last + 1])


def _sentence(words: Sequence[str], at: int) -> tuple[int, int]:
    """Return where the sentence of a word begins, and where it has ended."""
    ends = [index + 1 for index, word in enumerate(words) if word.rstrip(_CLOSING).endswith(_ENDS)]
    begin = max((end for end in ends if end <= at), default=0)
    return begin, min((end for end in ends if end > at), default=len(words))


def _run(weight: Sequence[float], enough: float) -> tuple[int, int]:
    """Return the first and the last place of a run that weighs enough, or is as long as it may be.

    It begins with the heaviest, and takes in the heavier neighbour.
    """
    first = last = weight.index(max(weight))
    carried = weight[first]
    while carried < enough and last - first + 1 < min(_MOST, len(weight)):
        if last + 1 == len(weight) or (first and weight[first - 1] >= weight[last + 1]):
            first -= 1
            carried += weight[first]
        else:
            last += 1
            carried += weight[last]
    return first, last


def _quoted(words: Sequence[str]) -> str:
    kept = list(words)
    while kept and _is_mark(kept[0]):
        kept.pop(0)
    while kept and _is_mark(kept[-1]):
        kept.pop()
    return " ".join(kept).strip(_EDGE) if not any(map(_is_mark, kept)) else ""


def _is_mark(word: str) -> bool:
    """Whether it stands for a handle or a link: `@user,` does too, and its author wrote no such word."""
    return word in MARKS or "@user" in word
