"""How `uproar assess` judges: lines of posts in, a line of judgement out for each, batch by batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO, TextIO

from monitor import models
from monitor.cli import lines
from monitor.core.assessment import Assessment, Rubric, assess, passage
from monitor.core.judging import judge_all
from monitor.core.mention import Author, Kind, Mention

OfBrand = Callable[[str | None], Rubric]  # the rubric of a brand, None for a post that names none

_LARGEST = 2**63 - 1  # a whole number beyond is a mistake
_DIGITS = 4  # of a probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A line that could be read: the post, and what the line calls it."""

    id: str | int | None
    text: str
    lang: str | None = None
    platform: str | None = None
    author_followers: int | None = None
    brand: str | None = None


@dataclass(slots=True)
class Tally:
    """How many lines there were, and how many of them could not be read."""

    lines: int = 0
    unread: int = 0


def rubric(threshold: float | None = None) -> Rubric:
    """Return by what posts are judged that are of no known brand; None is the model's own threshold."""
    shipped = models.rubric()
    return shipped if threshold is None else replace(shipped, threshold=threshold)


def assess_lines(
    given: BinaryIO, out: TextIO, by: Rubric, now: datetime, of_brand: OfBrand | None = None
) -> Tally:
    """Write a line for each line of `given`, in order, as soon as it is there; `now` it is first seen."""
    tally = Tally()
    for batch in lines.batches(given):
        read = [_read(line) for line in batch]
        posts = [each for each in read if isinstance(each, Post)]
        rows = iter([row(*each) for each in zip(posts, verdicts(posts, by, now, of_brand), strict=True)])
        written = (lines.dumps(next(rows) if isinstance(each, Post) else each) for each in read)
        out.write(
            "\n".join((*written, ""))
        )  # at once: a stream to a terminal or a pipe may flush at each line
        out.flush()
        tally.lines += len(read)
        tally.unread += len(read) - len(posts)
    return tally


def verdicts(
    posts: Sequence[Post], by: Rubric, now: datetime, of_brand: OfBrand | None = None
) -> list[Assessment]:
    """Return the verdict on each post, as the monitor has it at first sight.

    All are judged at once, by the judge of `by`; what follows from that is up to the rubric of their brand.
    """
    rubrics = [of_brand(each.brand) if of_brand else by for each in posts]
    mentions = [_mention(each, now) for each in posts]
    judgements = judge_all([passage(each) for each in mentions], by, lambda _: None)
    triples = zip(mentions, judgements, rubrics, strict=True)
    return [assess(mention, judgement, (), rubric) for mention, judgement, rubric in triples]


def row(post: Post, verdict: Assessment) -> dict[str, Any]:
    """Return the line on a post. What could not be judged has no severity either: none is made up."""
    judged = verdict.probability is not None
    return {
        "id": post.id,
        "complaint": verdict.is_complaint,
        "probability": round(verdict.probability, _DIGITS) if verdict.probability is not None else None,
        "severity": verdict.severity.value if judged else None,
        "severity_score": round(verdict.severity_score, _DIGITS) if judged else None,
        "topics": list(verdict.topics),
        "lang": verdict.lang,
        "reasons": list(verdict.reasons),
        "model": verdict.model,
    }


def _mention(post: Post, now: datetime) -> Mention:
    return Mention(
        platform=post.platform or "unknown",
        id="unknown",  # nothing that is judged depends on it
        kind=Kind.POST,
        created_at=now,
        author=Author(followers=post.author_followers),
        text=post.text,
        lang=post.lang,
    )


def _read(line: lines.Line) -> Post | dict[str, Any]:
    """Return the post in a line, or the line that says why there is none."""
    number, raw = line
    name: str | int | None = None
    try:
        record = lines.parse(raw)
        name = name_of(record)
        return post_of(record)
    except ValueError as error:
        return {"id": name, "error": f"line {number}: {error}"}


def post_of(record: Mapping[str, Any]) -> Post:
    """Return the post that a record describes; other keys are ignored. Raises `ValueError` naming the key."""
    text = record.get("text")
    if type(text) is not str:
        raise _odd("text", "a string", text)
    texts = {key: _text(record, key) for key in ("lang", "platform", "brand")}
    return Post(id=name_of(record), text=text, author_followers=_followers(record), **texts)


def name_of(record: Mapping[str, Any]) -> str | int | None:
    """Return the id of a record as it is. Raises `ValueError` when it is neither string nor whole number."""
    found = record.get("id")
    if found is None or type(found) is str or (type(found) is int and abs(found) <= _LARGEST):
        return found
    raise _odd("id", "a string or a whole number", found)


def _text(record: Mapping[str, Any], key: str) -> str | None:
    found = record.get(key)
    if found is None or type(found) is str:
        return found
    raise _odd(key, "a string or null", found)


def _followers(record: Mapping[str, Any]) -> int | None:
    found = record.get("author_followers")
    if found is None or (type(found) is int and 0 <= found <= _LARGEST):
        return found
    raise _odd("author_followers", f"a whole number from 0 to {_LARGEST}, or null", found)


def _odd(key: str, expected: str, found: object) -> ValueError:
    return ValueError(f"{key}: expected {expected}, not {lines.kind(found)}")
