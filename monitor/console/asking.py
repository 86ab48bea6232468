"""A mention of which a person is asked whether it is a complaint, and what they say."""

from datetime import datetime
from typing import Any

from monitor.console import telling
from monitor.console.sheet import Section
from monitor.core.sanitise import line
from monitor.notify import wording
from monitor.store.labels import Label
from monitor.store.mentions import Stored, Verdict


def section(stored: Stored, verdict: Verdict, now: datetime) -> Section:
    """Return what a person needs to decide. What the judge says comes last: it should not decide for them."""
    age = wording.age(now - stored.mention.created_at)
    heading = f"mention {stored.number}: {line(stored.brand, 60)} on {wording.by_whom(stored)}, {age} ago"
    judged = f"the judge says {verdict.probability:.2f}" if verdict.probability is not None else "not judged"
    at = f", a complaint from {verdict.threshold:.2f} on" if verdict.threshold is not None else ""
    return Section(
        heading=heading, lines=(*telling.text_of(stored), wording.address(stored), f"{judged}{at}")
    )


def row(stored: Stored, verdict: Verdict) -> dict[str, Any]:
    """Return it as JSON data. `complaint` is null: a person fills it in, and `--from` reads it."""
    return {
        "mention": stored.number,
        "brand": stored.brand,
        "source": stored.source,
        "platform": stored.mention.platform,
        "author": stored.mention.author.handle,
        "title": stored.mention.title,
        "text": stored.mention.text,
        "url": stored.mention.url,
        "probability": verdict.probability,
        "threshold": verdict.threshold,
        "reasons": list(verdict.reasons),
        "complaint": None,
    }


def label_row(label: Label, *, changed: bool) -> dict[str, Any]:
    """Return what a person said as JSON data."""
    names = ("mention", "complaint", "by", "at", "how")
    return {name: getattr(label, name) for name in names} | {"changed": changed}
