"""What counts as a mention of a brand: one model, which every connector compiles for its platform."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from monitor.core.mention import Mention

_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


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
    own = _folded(query.own_accounts(mention.platform))
    if not own:
        return False
    author = mention.author
    handle = (author.handle or "").removeprefix("@").removeprefix("u/").casefold()
    return bool((handle and handle in own) or (author.id and author.id.casefold() in own))


def why_not(mention: Mention, query: Query, *, addressed: bool = False) -> str | None:
    """Return why `mention` is not one of the brand, or None when it is.

    It applies on our side what a platform cannot express. A mention that is `addressed` to the brand (on its
    own page, to its account) need not name it.
    """
    words = f"{mention.title or ''}\n{mention.text}\n{mention.url or ''}"
    if not addressed:
        handles = tuple(f"@{account.removeprefix('@')}" for account in query.own_accounts(mention.platform))
        if not _any_word(query.names + handles).search(words):
            return "names none of the brand's names"
        if missing := next((word for word in query.must if not _any_word((word,)).search(words)), None):
            return f"lacks the required word '{missing}'"
    if query.must_not and (found := _any_word(query.must_not).search(words)):
        return f"has the excluded word '{found.group()}'"
    if query.languages and mention.lang and mention.lang.split("-")[0].lower() not in query.languages:
        return f"is in language '{mention.lang}'"
    return None


@lru_cache(maxsize=1024)
def _any_word(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _folded(accounts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(account.removeprefix("@").removeprefix("u/").casefold() for account in accounts)
