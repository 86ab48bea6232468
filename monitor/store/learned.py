"""The tables of what people said and of what was learned, from that and from posts that are over."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text

from monitor.store import fields


class LabelRow(fields.Row, table=True):
    """What a person said of a mention: is it a complaint? It counts until `replaced_at`."""

    __tablename__ = "label"
    __table_args__ = (
        Index("label_mention", "mention"),
        Index(
            "label_present",
            "mention",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    number: int | None = fields.number()
    mention: int = fields.mention_key()
    complaint: bool
    by: str = fields.text()
    at: datetime = fields.instant()
    how: str
    replaced_at: datetime | None = fields.instant(nullable=True)


class TuningRow(fields.Row, table=True):
    """What labels taught: the calibration and threshold of a model for a brand, or for one source of it.

    `source` is None for the whole brand. Of those that are not undone the newest counts.
    """

    __tablename__ = "tuning"
    __table_args__ = (
        Index(
            "tuning_live",
            "number",
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    number: int | None = fields.number()
    brand: str
    source: str | None
    model: str
    slope: float
    intercept: float
    threshold: float
    answers: int
    measured: Any = fields.json()  # on held-back answers: before and after
    made_at: datetime = fields.instant()
    made_by: str = fields.text()
    undone_at: datetime | None = fields.instant(nullable=True)
    undone_by: str | None = fields.text(nullable=True)


class SpreadTuningRow(fields.Row, table=True):
    """What finished posts of a platform taught about how posts spread there.

    Of those of a platform that are not undone the newest counts.
    """

    __tablename__ = "spread_tuning"

    number: int | None = fields.number()
    platform: str = fields.text()
    parameters: Any = fields.json()  # as core.spread.parameters.to_record gives them
    posts: int
    measured: Any = fields.json()  # on held-back posts: before and after
    made_at: datetime = fields.instant()
    made_by: str = fields.text()
    undone_at: datetime | None = fields.instant(nullable=True)
    undone_by: str | None = fields.text(nullable=True)
