"""Topics of a brand's own: example phrases, and which words of a text show them.

A phrase is a run of whole words, in any case; one that ends in `*` stands for its endings, too. Apostrophes
are the same however typed; after one or two letters they part words, as in "l'eau". Characters of Chinese
and Japanese, which put no blanks between words, are a word each.

Matching costs a look-up or two a word, and a comparison for each phrase that begins with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from monitor.core.cues import LONGEST_TEXT, TOPICS
from monitor.core.sanitise import line

_LONGEST_NAME = 60  # characters: reports show no more
_LONGEST_WORD = 60  # what is longer is no word with another ending
_APART = frozenset(",;“”")  # what lists of topics, and quotes, are told by

# What may stand between the words of a phrase: no end of a sentence, unless it ends none, as in "acme.com".
_GAP = re.compile(r"[\s,'\"“”*_~/–—-]{0,5}|[.:&+@]")  # noqa: RUF001 - dashes as people type them


@dataclass(frozen=True, slots=True)
class _Phrase:
    """An example of a topic: its words, in lower case."""

    topic: str
    words: tuple[str, ...]

    def fits(self, words: Sequence[str]) -> bool:
        """Tell whether `words` are those of the phrase."""
        return len(words) == len(self.words) and all(map(_fits, self.words, words))


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of a brand, ready to be found."""

    names: tuple[str, ...] = ()
    _by_first: Mapping[str, Sequence[_Phrase]] = field(default_factory=dict)
    _stems: tuple[int, ...] = ()  # the lengths of first words that end in `*`

    @classmethod
    def of(cls, examples: Mapping[str, Iterable[str]]) -> "Topics":
        """Return the topics with these examples. Raises `ValueError` for one that is not made of words."""
        index: dict[str, list[_Phrase]] = {}
        for topic, phrases in examples.items():
            for phrase in map(_phrase, phrases):
                index.setdefault(phrase[0], []).append(_Phrase(topic, phrase))
        stems = sorted({len(first) - 1 for first in index if first.endswith("*")})
        return cls(tuple(examples), index, tuple(stems))

    def find(self, text: str) -> dict[str, str]:
        """Return the topics of the first `LONGEST_TEXT` characters of `text`.

        With each go the words that show it, as the text has them, white space made one blank.
        """
        if not self._by_first:
            return {}
        shown, spans, words = _read(text[:LONGEST_TEXT])
        found: dict[str, str] = {}
        for at, word in enumerate(words):
            for phrase in self._beginning(word):
                end = at + len(phrase.words)
                if phrase.topic in found or not phrase.fits(words[at:end]):
                    continue
                if _together(shown, spans[at:end]):
                    found[phrase.topic] = " ".join(shown[spans[at][0] : spans[end - 1][1]].split())
        return {name: found[name] for name in self.names if name in found}

    def _beginning(self, word: str) -> Iterator[_Phrase]:
        yield from self._by_first.get(word, ())
        for length in self._stems:
            if length <= len(word):
                yield from self._by_first.get(f"{word[:length]}*", ())


def name_of(topic: str) -> str:
    """Return the name of a topic as it is. Raises `ValueError` for one that cannot be a brand's own."""
    if not topic.strip():
        raise ValueError("a topic needs a name")
    if len(topic) > _LONGEST_NAME or line(topic) != topic or not _APART.isdisjoint(topic):
        raise ValueError(f"expected at most {_LONGEST_NAME} characters in a line, none of , ; “ ” among them")
    if topic.casefold() in TOPICS:
        raise ValueError("uproar finds this topic by itself: give yours another name")
    return topic


def example_of(example: str) -> str:
    """Return an example as it is. Raises `ValueError` for one that is not made of words."""
    _phrase(example)
    return example


def _phrase(example: str) -> tuple[str, ...]:
    shown, spans, words = _read(example)
    stems = [shown[end : end + 1] == "*" for _, end in spans]
    around = shown[: spans[0][0]] + shown[spans[-1][1] + stems[-1] :] if spans else "nothing"
    loose = shown.count("*") > sum(stems) or re.search(r"\*\S", shown)
    if around.strip() or loose or not _together(shown, spans):
        raise ValueError("expected whole words, any of them with * at its end, as in 'deckel* lose'")
    return tuple(f"{word}*" if stem else word for word, stem in zip(words, stems, strict=True))


def _read(text: str) -> tuple[str, list[tuple[int, int]], list[str]]:
    """Return the text in composed characters, where its words are in it, and the words in lower case."""
    shown = unicodedata.normalize("NFC", text)
    flat = shown.replace("’", "'").replace("_", " ")  # noqa: RUF001 - what phones type
    found = list(_word().finditer(flat))
    return shown, [each.span() for each in found], [each[0].casefold() for each in found]


@cache
def _word() -> re.Pattern[str]:
    """Return what a word is: letters with their marks (Hindi has vowels so), and digits."""
    marks = "".join(filter(_is_mark, map(chr, range(0x300, 0x2100))))
    by_itself = "\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    letters = rf"[^\W{by_itself}]"
    run = rf"{letters}+(?:[{marks}\u200c\u200d]{letters}*)*"
    return re.compile(rf"{letters}{{1,2}}(?=')|{run}(?:'{run})*|[{by_itself}]")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _fits(word: str, given: str) -> bool:
    """Tell whether a word of a text is that of a phrase, or one with another ending."""
    if word.endswith("*"):
        return len(given) <= _LONGEST_WORD and given.startswith(word[:-1])
    return given == word


def _together(shown: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether nothing stands between words that would part them."""
    return all(_GAP.fullmatch(shown, end, start) for (_, end), (start, _) in pairwise(spans))
