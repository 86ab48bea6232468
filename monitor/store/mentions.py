"""Mentions: saved as platforms give them, handed to the steps, and found again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from monitor.core.assessment import Assessment, Series
from monitor.core.mention import Author, Engagement, Kind, Mention
from monitor.core.severity import Severity
from monitor.store import rows
from monitor.store.batches import insert_new, lots, table_of, upsert
from monitor.store.learned import LabelRow
from monitor.store.tables import AnswerRow, AssessmentRow, EngagementRow, InboxRow, MentionRow

mention = table_of(MentionRow)
engagement = table_of(EngagementRow)
inbox = table_of(InboxRow)
assessment = table_of(AssessmentRow)
answer = table_of(AnswerRow)
label = table_of(LabelRow)

ASSESS, ESCALATE = "assess", "escalate"
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A mention as a source saw it: what `save` is given. `history`: it was there before the first pull."""

    mention: Mention
    own: bool = False
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A mention as the store has it. `deleted_at`: when its platform was found to have it no more."""

    number: int
    brand: str
    source: str
    mention: Mention
    observed_at: datetime
    own: bool
    history: bool
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The stored assessment of a mention: as core.assessment.Assessment, with the spread flattened."""

    mention: int
    assessed_at: datetime
    model: str
    complaint: bool | None
    probability: float | None
    raw: float | None
    threshold: float | None
    tuning: int | None
    lang: str | None
    severity: Severity
    score: float
    expected: float
    low: float
    high: float
    to_come: float
    passing: tuple[tuple[int, float], ...]
    topics: tuple[str, ...]
    reasons: tuple[str, ...]
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What `save` did: how many were new, changed (text or counts), and the same as before."""

    new: int = 0
    changed: int = 0
    same: int = 0


def save(
    connection: Connection, *, brand: str, source: str, sightings: Sequence[Sighting], observed_at: datetime
) -> Saved:
    """Save what a source saw. New and changed mentions go to the inbox, to be assessed.

    A mention that is there already is never duplicated; of several sightings in one call the last counts.
    """
    latest = {(seen.mention.platform, seen.mention.id): seen for seen in sightings}
    known = _known(connection, brand, list(latest))
    fresh = [seen for key, seen in latest.items() if key not in known]
    insert_new(connection, mention, [_row(brand, source, seen, observed_at) for seen in fresh])
    numbers = _numbers(connection, brand, [_key(seen.mention) for seen in fresh])
    changed = [(row, latest[key].mention) for key, row in known.items() if _differs(row, latest[key].mention)]
    _change(connection, [(row.number, seen) for row, seen in changed], observed_at)
    counts = [(numbers[_key(seen.mention)], seen.mention.engagement) for seen in fresh]
    counts += [(row.number, seen.engagement) for row, seen in changed]
    _observe(connection, counts, observed_at)
    put_in_inbox(connection, [number for number, _ in counts], ASSESS)
    return Saved(new=len(fresh), changed=len(changed), same=len(known) - len(changed))


def _key(seen: Mention) -> tuple[str, str]:
    return seen.platform, seen.id


def _by_platform(keys: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for platform, identity in keys:
        grouped.setdefault(platform, []).append(identity)
    return grouped


def _known(
    connection: Connection, brand: str, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Row[Any]]:
    names = ("number", "platform", "id", "title", "text", "deleted_at", *rows.COUNTS)
    columns = [mention.c[name] for name in names]
    return {(row.platform, row.id): row for row in _select(connection, columns, brand, keys)}


def _numbers(
    connection: Connection, brand: str, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    columns = (mention.c.platform, mention.c.id, mention.c.number)
    found = _select(connection, columns, brand, keys)
    return {(platform, identity): number for platform, identity, number in found}


def _select(
    connection: Connection, columns: Sequence[Any], brand: str, keys: Sequence[tuple[str, str]]
) -> Iterator[Any]:
    for platform, ids in _by_platform(keys).items():
        for lot in lots(ids):
            statement = select(*columns).where(
                mention.c.brand == brand, mention.c.platform == platform, mention.c.id.in_(lot)
            )
            yield from connection.execute(statement).all()


def _differs(row: Row[Any], seen: Mention) -> bool:
    """Tell whether a mention changed. A tombstone never does: what was erased is not brought back."""
    counts = seen.engagement
    return row.deleted_at is None and (
        row.text != seen.text
        or row.title != seen.title
        or any(getattr(row, name) != getattr(counts, name) for name in rows.COUNTS)
    )


def _row(brand: str, source: str, seen: Sighting, observed_at: datetime) -> dict[str, Any]:
    return {
        "brand": brand,
        "source": source,
        **rows.identity(seen.mention),
        **rows.content(seen.mention, observed_at),
        "own": seen.own,
        "history": seen.history,
        "deleted_at": None,
    }


def _change(connection: Connection, changed: Sequence[tuple[int, Mention]], observed_at: datetime) -> None:
    values = [{"of": number, **rows.content(seen, observed_at)} for number, seen in changed]
    if values:
        connection.execute(update(mention).where(mention.c.number == bindparam("of")), values)


def _observe(connection: Connection, seen: Sequence[tuple[int, Engagement]], observed_at: datetime) -> None:
    series = [{"mention": number, "observed_at": observed_at, **rows.counts(each)} for number, each in seen]
    insert_new(connection, engagement, series)


def unstorable(seen: Mention) -> str | None:
    """Return why no database could hold `seen`, or None: a count of more than 64 bits."""
    counts = rows.counts(seen.engagement) | {"followers": seen.author.followers}
    beyond = (name for name, count in counts.items() if count is not None and abs(count) > _LARGEST)
    return next((f"{name}: a count beyond 64 bits" for name in beyond), None)


# ------------------------------------------------------------------------------------------- between steps
def put_in_inbox(connection: Connection, numbers: Sequence[int], stage: str) -> None:
    """Let the step of `stage` look at these mentions."""
    upsert(connection, inbox, [{"mention": number, "stage": stage} for number in numbers])


def take_from_inbox(connection: Connection, stage: str, limit: int) -> list[Stored]:
    """Take up to `limit` mentions of `stage` out of the inbox, oldest first.

    They are gone from it when the transaction commits; another daemon skips those being taken.
    """
    chosen = (
        select(inbox.c.mention)
        .where(inbox.c.stage == stage)
        .order_by(inbox.c.mention)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    numbers = list(connection.execute(chosen).scalars())
    for lot in lots(numbers):
        connection.execute(delete(inbox).where(inbox.c.mention.in_(lot)))
    return list(get(connection, numbers))


def get(connection: Connection, numbers: Sequence[int]) -> Iterator[Stored]:
    """Yield the mentions with these numbers, in the order of their numbers."""
    for lot in lots(sorted(numbers)):
        statement = select(mention).where(mention.c.number.in_(lot)).order_by(mention.c.number)
        yield from map(stored, connection.execute(statement).all())


def stored(row: Sequence[Any]) -> Stored:
    """Make the value of a row that begins with all columns of the table `mention`."""
    # by place: to ask a row for each of its columns by name takes longer than to fetch it
    number, brand, platform, identity, source, kind = row[:6]
    url, author_id, handle, display_name, author_url, followers = row[6:12]
    title, text, lang, conversation_id, in_reply_to_id, created_at, edited_at, observed_at = row[12:20]
    likes, replies, reposts, quotes, views, own, history, deleted_at = row[20:28]
    return Stored(
        number=number,
        brand=brand,
        source=source,
        observed_at=observed_at,
        own=own,
        history=history,
        deleted_at=deleted_at,
        mention=Mention(
            platform=platform,
            id=identity,
            kind=Kind(kind),
            created_at=created_at,
            author=Author(
                id=author_id, handle=handle, display_name=display_name, url=author_url, followers=followers
            ),
            url=url,
            title=title,
            text=text,
            lang=lang,
            conversation_id=conversation_id,
            in_reply_to_id=in_reply_to_id,
            edited_at=edited_at,
            engagement=Engagement(likes=likes, replies=replies, reposts=reposts, quotes=quotes, views=views),
        ),
    )


def series(connection: Connection, numbers: Sequence[int]) -> dict[int, Series]:
    """Return the engagement of these mentions over time, oldest first, by number."""
    found: dict[int, list[tuple[datetime, Engagement]]] = {}
    for lot in lots(numbers):
        statement = select(engagement).where(engagement.c.mention.in_(lot))
        in_order = statement.order_by(engagement.c.mention, engagement.c.observed_at)
        for number, observed_at, likes, replies, reposts, quotes, views in connection.execute(in_order).all():
            counts = Engagement(likes=likes, replies=replies, reposts=reposts, quotes=quotes, views=views)
            found.setdefault(number, []).append((observed_at, counts))
    return dict(found)


def save_assessments(
    connection: Connection, verdicts: Sequence[tuple[int, Assessment, str | None]], now: datetime
) -> None:
    """Save the present verdict on each mention: triples of number, assessment and outcome."""
    upsert(
        connection,
        assessment,
        [
            {
                "mention": number,
                "assessed_at": now,
                "model": verdict.model,
                "complaint": verdict.is_complaint,
                "probability": verdict.probability,
                "raw": verdict.raw,
                "threshold": verdict.threshold,
                "tuning": verdict.tuning,
                "lang": verdict.lang,
                "severity": verdict.severity.value,
                "score": verdict.severity_score,
                "expected": verdict.spread.expected,
                "low": verdict.spread.low,
                "high": verdict.spread.high,
                "to_come": verdict.spread.to_come,
                "passing": verdict.spread.passing,
                "topics": verdict.topics,
                "reasons": verdict.reasons,
                "outcome": outcome,
            }
            for number, verdict, outcome in verdicts
        ],
    )


def verdicts(connection: Connection, numbers: Sequence[int]) -> dict[int, Verdict]:
    """Return the present verdict on each of these mentions that has one, by number."""
    found: dict[int, Verdict] = {}
    for lot in lots(numbers):
        for row in connection.execute(select(assessment).where(assessment.c.mention.in_(lot))):
            values = row._asdict()
            values["severity"] = Severity(row.severity)
            values["passing"] = tuple((limit, chance) for limit, chance in row.passing)
            values |= {"topics": tuple(row.topics), "reasons": tuple(row.reasons)}
            found[row.mention] = Verdict(**values)
    return found


def set_outcomes(connection: Connection, outcomes: Mapping[int, str]) -> None:
    """Say what came of mentions, by number: which alert each opened or joined, or why none."""
    values = [{"of": number, "outcome": outcome} for number, outcome in outcomes.items()]
    if values:
        connection.execute(update(assessment).where(assessment.c.mention == bindparam("of")), values)


def set_outcome(connection: Connection, number: int, outcome: str) -> None:
    """Say what came of one mention."""
    set_outcomes(connection, {number: outcome})


# -------------------------------------------------------------------------------------------------- answers
def save_answer(connection: Connection, number: int, *, reply: int | None, at: datetime, by: str) -> bool:
    """Save the first public answer to mention `number`; return whether it is the first."""
    row = {"mention": number, "reply": reply, "answered_at": at, "by": by}
    before = connection.execute(select(answer.c.mention).where(answer.c.mention == number)).first()
    insert_new(connection, answer, [row])
    return before is None


def own_answer(connection: Connection, complaint: Stored) -> Stored | None:
    """Return the brand's first reply that is stored in the complaint's conversation and came after it."""
    seen = complaint.mention
    found = connection.execute(
        select(mention)
        .where(
            mention.c.own,
            mention.c.brand == complaint.brand,
            mention.c.platform == seen.platform,
            mention.c.conversation_id == seen.conversation,
            mention.c.created_at >= seen.created_at,
            mention.c.number != complaint.number,
            mention.c.deleted_at.is_(None),
        )
        .order_by(mention.c.created_at)
    )
    replies = [stored(row) for row in found]
    direct = [reply for reply in replies if reply.mention.in_reply_to_id == seen.id]
    to_nobody = [reply for reply in replies if reply.mention.in_reply_to_id is None]
    return next(iter(direct or to_nobody), None)


def with_own_posts(connection: Connection, complaints: Sequence[Stored]) -> set[int]:
    """Return the numbers of those in whose conversation the brand wrote: it may have answered them."""
    found: set[tuple[str, str]] = set()
    for lot in lots(complaints):
        conversations = [each.mention.conversation for each in lot]
        statement = select(mention.c.platform, mention.c.conversation_id).where(
            mention.c.own,
            mention.c.platform.in_({each.mention.platform for each in lot}),
            mention.c.conversation_id.in_(conversations),
        )
        found.update((platform, name) for platform, name in connection.execute(statement).all())
    return {each.number for each in complaints if (each.mention.platform, each.mention.conversation) in found}


def sources_of(connection: Connection) -> set[str]:
    """Return the names of the sources that saw any mention first, imports among them."""
    return set(connection.execute(select(mention.c.source).distinct()).scalars())


def find(connection: Connection, brand: str, platform: str, identity: str) -> Stored | None:
    """Return the mention of a brand with this id on its platform."""
    row = connection.execute(
        select(mention).where(
            mention.c.brand == brand, mention.c.platform == platform, mention.c.id == identity
        )
    ).first()
    return stored(row) if row else None


# -------------------------------------------------------------------------------------------------- erasure
def erase(connection: Connection, numbers: Sequence[int], now: datetime) -> None:
    """Erase what a person wrote and who they are from mentions that their platform no longer has.

    The row stays as a tombstone, so that counts hold and alerts still point at something.
    """
    gone = {"text": "", "title": None, "url": None, "deleted_at": now, "followers": None}
    gone |= {"author_id": None, "author_handle": None, "author_name": None, "author_url": None}
    for lot in lots(numbers):
        connection.execute(
            update(mention).where(mention.c.number.in_(lot), mention.c.deleted_at.is_(None)).values(gone)
        )
        connection.execute(update(assessment).where(assessment.c.mention.in_(lot)).values(reasons=[]))
