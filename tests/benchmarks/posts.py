"""Posts to measure with: about 150 characters each, 3 % complaints, the same from each seed."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

COMPLAINTS = 0.03
REPLIES = 0.2
AUTHORS = 5_000

_OPENERS = (
    "Saw the new acme shop window on the way to work this morning",
    "Anyone know when Acme opens in Leeds",
    "ACME sponsors the local team this year",
    "Just had coffee from my acme mug \N{HOT BEVERAGE}",
    "My sister works for acme and tells the funniest stories",
    "Reading about how Acme started in a garage in 1974",
    "Walked past the acme tower at night",
    "The acme van has a dog in the window, what a lovely sight \N{DOG FACE}",
)
_CHATTER = (
    "and the lights were all in the colours of the flag, which the children liked",
    "I heard it was this spring but the website says nothing about it so far",
    "nice to see them again on the pitch in the old shirts, takes me back to school",
    "the handle is comfy and it keeps warm for longer than the one from my office",
    "then we took the tram home and watched the match with my brother and his friends",
    "somebody should write a book about it, or a song, with a chorus for the whole street",
)
_TROUBLE = (
    "@acme my parcel has not arrived and nobody answers, third time of asking, this is unacceptable",
    "acme charged me twice for the same order, I want a refund, still waiting after five weeks of emails",
    "the acme kettle stopped working after two days, the support line hung up on me, worst service ever",
    "Acme the charger overheated and burnt my desk, this is dangerous, why has nobody replied to me",
)
_TAILS = ("Let us see.", "That is all for today.", "More tomorrow perhaps.", "What do you think?", "#monday")


def posts(count: int, *, seed: int = 1, until: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Yield `count` records, a second apart, the last at `until`; every fifth answers one of those before."""
    chance = random.Random(seed)  # noqa: S311 - it tells a story
    first = (until or datetime.now(UTC)) - timedelta(seconds=count)
    for number in range(count):
        author = chance.randrange(AUTHORS)
        parent = str(10**18 + chance.randrange(max(0, number - 500), number)) if number else None
        is_reply = parent is not None and chance.random() < REPLIES
        identity = str(10**18 + number)
        yield {
            "platform": "twitter",
            "id": identity,
            "kind": "reply" if is_reply else "post",
            "created_at": (first + timedelta(seconds=number + 1)).isoformat(),
            "url": f"https://x.com/user{author}/status/{identity}",
            "author": {
                "id": str(author),
                "handle": f"user{author}",
                "display_name": f"User {author}",
                "followers": int(chance.paretovariate(0.8)) * 10,
            },
            "text": f"{_text(chance)} {number}",
            "lang": "en",
            "conversation_id": parent if is_reply else identity,
            "in_reply_to_id": parent if is_reply else None,
            "engagement": _counts(chance),
        }


def _text(chance: random.Random) -> str:
    tail = chance.choice(_TAILS)
    if chance.random() < COMPLAINTS:
        return f"{chance.choice(_TROUBLE)}. Order {chance.randrange(10**6)} and I kept the receipt. {tail}"
    return f"{chance.choice(_OPENERS)}, {chance.choice(_CHATTER)}. {tail}"


def _counts(chance: random.Random) -> dict[str, int]:
    likes = int(chance.paretovariate(1.2)) - 1
    return {
        "likes": likes,
        "replies": likes // 5,
        "reposts": likes // 3,
        "quotes": 0,
        "views": 40 + 90 * likes,
    }


def write(path: Path, count: int, *, changed: float = 0.0) -> Path:
    """Write `count` posts as JSON Lines; a share of `changed` have one like more."""
    chance = random.Random(2)  # noqa: S311 - it picks some
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with path.open("w", encoding="utf-8") as file:
        for post in posts(count, until=until):
            post["engagement"]["likes"] += chance.random() < changed
            file.write(json.dumps(post) + "\n")
    return path
