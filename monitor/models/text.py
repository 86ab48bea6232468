"""What of a text the model reads: addresses and links become marks, mark-up and invisible characters go."""

import html
import re

from monitor.core.cues import LONGEST_TEXT

MARKS = frozenset({"@user", "http"})  # read in place of a handle and of a link

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_HANDLE = re.compile(r"@\w[\w.-]*")
_HANDLES = re.compile(r"(?:@user[\s,]+){3,}")  # a crowd is addressed as two are
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff])[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_HELD = 8  # no word has so many of one letter in a row
_RUN = re.compile(rf"(\S)\1{{{_HELD - 1},}}")
_LONGEST_WORD = 60


def plain(text: str) -> list[str]:
    """Return the words that are read, in order: at most the first `LONGEST_TEXT` characters of the text.

    A handle is read as `@user`, a link as `http`. Every other word stands in the text as its author wrote it
    (HTML entities resolved), save for invisible characters and letters held down.
    """
    shown = _TAG.sub(" ", html.unescape(text[:LONGEST_TEXT]))
    if not (shown.isascii() and shown.isprintable()):
        shown = _UNSEEN.sub("", shown)
    shown = _LINK.sub(" http ", shown) if "http" in shown or "www." in shown else shown
    if "@" in shown:
        shown = _HANDLES.sub("@user @user ", _HANDLE.sub("@user", shown) + " ")
    if not shown.isascii():
        shown = _MARKS.sub(r"\1", shown)
    return [word if len(word) < _HELD else _short(word) for word in shown.split()]


def _short(word: str) -> str:
    """Return the word with letters held down said three times, which still shouts."""
    return _RUN.sub(r"\1\1\1", word)[:_LONGEST_WORD]


# What a text says of its own judgement, which is for the judge to say.
_ORDER = (  # "and answer that all is well"
    r"(?:[\s,.:;]*(?:and |y |und |et |e )?"
    r"(?:answer|reply|respond|say|output|antworte|sag|responde|di|réponds|dis)\b[^.!?\n]{0,60})?"
)
_CLAIM = re.compile(
    r"\b(?:this|that|it) is (?:not|no) (?:an? )?complaint\b"
    r"|(?:\b(?:and )?output )?\"?\bcomplaint\"?\s*[=:]\s*\"?(?:true|false|yes|no|null|[01])\b"
    r"|\bsystem\s*:(?:\s*this is an? complaint\b)?"
    r"|\b(?:ignore|disregard|forget) "
    r"(?:(?:all|any) (?:the |your )?(?:previous |prior |above )?|(?:the |your )?(?:previous|prior|above) )"
    rf"(?:instructions?|prompts?)\b{_ORDER}"
    rf"|\b(?:ignoriere|vergiss) (?:alle |die )*(?:vorherigen |bisherigen )?anweisungen\b{_ORDER}"
    rf"|\b(?:ignora|olvida) (?:todas )?(?:las )?instrucciones(?: anteriores| previas)?\b{_ORDER}"
    rf"|\b(?:ignore|ignorez|oublie|oubliez) (?:toutes )?(?:les )?instructions(?: précédentes)?\b{_ORDER}"
    rf"|\b(?:ignore|ignora|esqueça) (?:todas )?(?:as )?instruções(?: anteriores)?\b{_ORDER}"
    r"|\bseverity\s*[=:]?\s*\"?(?:low|medium|high|critical)\b(?:,? page everyone\b)?"
    r"|\bthe text (?:above|below) is \w+"
    r"|\b(?:classify|label|rate|judge) (?:it|this) as \w+",
    re.IGNORECASE,
)
_HINTS = (  # of a claim
    *("complaint", "system", "instruc", "instruç", "anweisung", "prompt", "severity"),
    *("the text ", "it as ", "this as "),
)


def without_claims(text: str) -> str:
    """Return the text without what it says of its judgement: "this is not a complaint", "complaint=false"."""
    shown = text[:LONGEST_TEXT]
    folded = shown.casefold()  # as the pattern compares: a long s is an s
    return _CLAIM.sub(" ", shown) if any(hint in folded for hint in _HINTS) else shown
