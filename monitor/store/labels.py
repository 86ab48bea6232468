"""Labels: what people said of mentions, what counts of it, and what to ask them next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from monitor.core.mention import Kind
from monitor.store.batches import append, lots
from monitor.store.mentions import Stored, Verdict, assessment, get, label, mention, stored, verdicts

# How a label came to be, the weaker first: implied by closing an alert as answered; said of an alert, by
# closing it as no complaint; said of the text itself.
ANSWERED, RESOLVE, LABEL = "answered", "resolve", "label"
_STRENGTH = {ANSWERED: 0, RESOLVE: 1, LABEL: 2}

RECENT = 20_000  # mentions, the newest, among which to look for what to ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said of a mention: whether it is a complaint. `how` is one of the constants above."""

    mention: int
    complaint: bool
    by: str
    at: datetime
    how: str = LABEL


def save(connection: Connection, given: Sequence[Label]) -> int:
    """Save labels, of a mention each; return how many changed what counts.

    A weaker label never replaces a stronger one, nor one that says the same as strongly. What is replaced is
    kept, with the time.
    """
    latest = {each.mention: each for each in given}
    _lock(connection, list(latest))
    before = present(connection, list(latest))
    counting = [each for each in latest.values() if _counts(each, before.get(each.mention))]
    for lot in lots(each for each in counting if each.mention in before):
        replaced = label.c.mention.in_([each.mention for each in lot]) & label.c.replaced_at.is_(None)
        connection.execute(update(label).where(replaced).values(replaced_at=lot[0].at))
    append(connection, label, [_row(each) for each in counting])
    return len(counting)


def _counts(given: Label, before: Label | None) -> bool:
    if before is None or _STRENGTH[given.how] > _STRENGTH[before.how]:
        return True
    return given.how == before.how and given.complaint != before.complaint


def _row(given: Label) -> Mapping[str, Any]:
    return {name: getattr(given, name) for name in Label.__dataclass_fields__} | {"replaced_at": None}


def _lock(connection: Connection, numbers: Sequence[int]) -> None:
    """Let nobody else label these mentions before this transaction ends."""
    for lot in lots(sorted(numbers)):
        rows = select(mention.c.number).where(mention.c.number.in_(lot)).order_by(mention.c.number)
        connection.execute(rows.with_for_update(key_share=True)).all()


def counts_of(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition by which the label that counts is joined to a mention's number."""
    return (label.c.mention == number) & label.c.replaced_at.is_(None)


def present(connection: Connection, numbers: Sequence[int]) -> dict[int, Label]:
    """Return the label that counts of each of these mentions that has one, by number."""
    found: dict[int, Label] = {}
    for lot in lots(numbers):
        chosen = label.c.mention.in_(lot) & label.c.replaced_at.is_(None)
        found |= {row.mention: _label(row) for row in connection.execute(select(label).where(chosen))}
    return found


def history(connection: Connection, number: int) -> list[Label]:
    """Return all that was said of a mention, oldest first; the last one counts."""
    rows = connection.execute(select(label).where(label.c.mention == number).order_by(label.c.number))
    return [_label(row) for row in rows]


def _label(row: Any) -> Label:
    return Label(**{name: getattr(row, name) for name in Label.__dataclass_fields__})


def labelled(
    connection: Connection, brand: str | None = None, source: str | None = None
) -> list[tuple[Stored, Label]]:
    """Return the mentions that have a label, and still a text, with the label that counts; by number."""
    chosen = label.c.replaced_at.is_(None) & mention.c.deleted_at.is_(None) & _of(brand, source)
    statement = select(mention, *(label.c[name].label(f"said_{name}") for name in Label.__dataclass_fields__))
    joined = statement.join(label, label.c.mention == mention.c.number).where(chosen)
    return [
        (stored(row), Label(**{name: getattr(row, f"said_{name}") for name in Label.__dataclass_fields__}))
        for row in connection.execute(joined.order_by(mention.c.number))
    ]


def to_ask(
    connection: Connection, brand: str | None = None, source: str | None = None, limit: int = 50
) -> list[tuple[Stored, Verdict]]:
    """Return the mentions whose label would tell most: nearest to the threshold, sources taking turns.

    They are looked for among the newest `RECENT` that were judged, are nobody's repost or own post, and have
    no label yet.
    """
    newest = connection.execute(select(func.max(mention.c.number))).scalar() or 0
    distance = func.abs(assessment.c.probability - func.coalesce(assessment.c.threshold, 0.5))
    turn = func.row_number().over(
        partition_by=(mention.c.brand, mention.c.source), order_by=(distance, mention.c.number.desc())
    )
    asked = _askable(select(mention.c.number, distance.label("distance"), turn.label("turn")), newest)
    chosen = asked.where(_of(brand, source)).subquery()
    in_turn = select(chosen.c.number).order_by(chosen.c.turn, chosen.c.distance, chosen.c.number)
    numbers = list(connection.execute(in_turn.limit(limit)).scalars())
    found = {each.number: each for each in get(connection, numbers)}
    judged = verdicts(connection, numbers)
    return [(found[number], judged[number]) for number in numbers]


def _askable(statement: Select[Any], newest: int) -> Select[Any]:
    unlabelled = ~select(label.c.number).where(label.c.mention == mention.c.number).exists()
    return statement.join(assessment, assessment.c.mention == mention.c.number).where(
        mention.c.number > newest - RECENT,
        assessment.c.probability.is_not(None),
        ~mention.c.own,
        mention.c.kind != Kind.REPOST.value,
        mention.c.deleted_at.is_(None),
        unlabelled,
    )


def _of(brand: str | None, source: str | None) -> ColumnElement[bool]:
    of_brand = mention.c.brand == brand if brand is not None else mention.c.number.is_not(None)
    return of_brand & (mention.c.source == source) if source is not None else of_brand
