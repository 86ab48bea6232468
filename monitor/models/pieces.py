"""Words cut into the pieces that the network knows (a unigram model, Kudo 2018)."""

from collections.abc import Sequence
from pathlib import Path

import sentencepiece

_BEGIN, _END = 1, 2
_HEAD, _TAIL = 72, 24  # pieces read of a long text: what it begins with, and how it ends
_REMEMBERED = 50_000  # words


class Pieces:
    """Cuts words. Remembers those that it has met: a text is made of few different ones."""

    def __init__(self, path: Path) -> None:
        self._model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, words: Sequence[str]) -> tuple[list[int], list[int]]:
        """Return the pieces of a text, and for each the index of its word, -1 for the marks at both ends."""
        pieces, owners = [_BEGIN], [-1]
        for index, word in enumerate(words):
            cut = self._known.get(word) or self._cut(word)
            pieces += cut
            owners += [index] * len(cut)
        pieces.append(_END)
        owners.append(-1)
        if len(pieces) > _HEAD + _TAIL:
            return pieces[:_HEAD] + pieces[-_TAIL:], owners[:_HEAD] + owners[-_TAIL:]
        return pieces, owners

    def _cut(self, word: str) -> tuple[int, ...]:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[word] = cut = tuple(self._model.encode(word))
        return cut
