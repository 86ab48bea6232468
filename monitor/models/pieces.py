"""Words cut into the pieces that the network knows (a unigram model, Kudo 2018)."""

from collections.abc import Sequence
from itertools import chain, repeat
from pathlib import Path

import sentencepiece

_BEGIN, _END = 1, 2
_HEAD, _TAIL = 72, 24  # pieces read of a long text: what it begins with, and how it ends
_REMEMBERED = 65_536  # words, and those of the texts that are being cut


class Pieces:
    """Cuts words. Remembers those that it has met: a text is made of few different ones."""

    def __init__(self, path: Path) -> None:
        self._model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self._known: dict[str, list[int]] = {}

    def of(self, texts: Sequence[Sequence[str]]) -> list[list[int]]:
        """Return the pieces of each text, which is some words, between the marks for its two ends."""
        self._learn(texts)
        known = self._known.__getitem__
        return [_ends([_BEGIN, *chain.from_iterable(map(known, words)), _END]) for words in texts]

    def owners(self, words: Sequence[str]) -> list[int]:
        """Return the index of each piece's word, -1 for the marks at both ends, of a text just cut."""
        counts = (len(self._known[word]) for word in words)
        inner = chain.from_iterable(repeat(at, count) for at, count in enumerate(counts))
        return _ends([-1, *inner, -1])

    def _learn(self, texts: Sequence[Sequence[str]]) -> None:
        """Cut the words that were not met, all in one go."""
        met = set().union(*texts)
        if len(self._known) + len(met) > _REMEMBERED:
            self._known.clear()
        if new := [word for word in met if word not in self._known]:
            self._known.update(zip(new, self._model.encode(new, num_threads=1), strict=True))


def _ends(pieces: list[int]) -> list[int]:
    return pieces if len(pieces) <= _HEAD + _TAIL else pieces[:_HEAD] + pieces[-_TAIL:]
