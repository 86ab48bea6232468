"""What counts as a mention of a brand: one model, which every connector compiles for its platform."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from monitor.core.mention import Mention, language_of

_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})
# Scripts that set no blanks between words, and Hangul, which appends particles: Thai to Lao, Myanmar, Khmer,
# kana and Han, and their extensions.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u9fff\uac00-\ud7ff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_PIECE = 512
_LETTER = rf"[^\W{_UNSPACED}]"  # of a word that a blank ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Words and accounts by which a brand is found.

    `names` are the brand's names and aliases, any of which makes a mention. All words of `must` and none of
    `must_not` may occur. `languages` are ISO 639-1 codes; a mention whose language is unknown passes.
    `accounts` gives the brand's own handles or ids by platform, without a leading `@`.
    """

    names: tuple[str, ...]
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOBODY, hash=False)

    def own_accounts(self, platform: str) -> tuple[str, ...]:
        """Return the brand's own accounts on `platform`: handles or ids as the operator wrote them."""
        return self.accounts.get(platform, ())


def is_own(mention: Mention, query: Query) -> bool:
    """Tell whether one of the brand's own accounts wrote `mention`: by id or by handle, in any case."""
    own = {_bare(account) for account in query.own_accounts(mention.platform)} - {""}
    return bool(own & {_bare(mention.author.handle or ""), _bare(mention.author.id or "")})


def why_not(mention: Mention, query: Query, *, addressed: bool = False) -> str | None:
    """Return why `mention` is not one of the brand, or None when it is.

    It applies on our side what a platform cannot express. A mention that is `addressed` to the brand (on its
    own page, to its account) need not name it. Words are compared whole, without regard to case, width,
    the kind of apostrophe or the amount of white space.
    """
    words = _folded(f"{mention.title or ''}\n{mention.text}\n{mention.url or ''}")
    if not addressed:
        bare = [_bare(account) for account in query.own_accounts(mention.platform)]
        handles = tuple(prefix + account for account in bare if account for prefix in ("@", "u/"))
        if not _found(query.names + handles, words):
            return "names none of the brand's names"
        if missing := next(
            (word for word in query.must if word.strip() and not _found((word,), words)), None
        ):
            return f"lacks the required word '{missing}'"
    if found := _found(query.must_not, words):
        return f"has the excluded word '{found}'"
    language = language_of(mention.lang)
    if query.languages and language and language not in map(language_of, query.languages):
        return f"is in language '{mention.lang}'"
    return None


def _found(words: tuple[str, ...], text: str) -> str | None:
    """Return one of `words` that the folded `text` has; None when it has none of them."""
    for start, whole in _patterns(words):
        at = text.find(start)  # ten times faster than to let the pattern look at every place
        while at >= 0:
            if match := whole.match(text, at):
                return match.group()
            at = text.find(start, at + 1)
    return None


@lru_cache(maxsize=1024)
def _patterns(words: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return for each word how it starts, up to a blank, and the pattern of the whole of it."""
    folded = filter(None, (_folded(word).strip() for word in words))
    return tuple((word.split()[0], re.compile(_whole(word))) for word in folded)


def _whole(word: str) -> str:
    body = r"\s+".join(map(re.escape, word.split()))
    before, after = (re.match(f"[{_UNSPACED}]", edge) is None for edge in (word[0], word[-1]))
    return (rf"(?<!{_LETTER})" if before else "") + body + (rf"(?!{_LETTER})" if after else "")


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # A run of combining marks takes normalising the square of its length: so piece by piece.
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    normal = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)
    return normal.replace("\u2019", "'").casefold()


def _bare(account: str) -> str:
    return account.strip().removeprefix("@").removeprefix("/").removeprefix("u/").casefold()
