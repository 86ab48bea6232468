"""Verdicts on stored mentions: judged together, each by what was learned of its brand and source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import structlog
from sqlalchemy import Connection

from monitor.core.assessment import Assessment, Rubric, assess, passage
from monitor.core.complaint import Judgement
from monitor.core.judging import judge_all
from monitor.store import mentions, spreads, tunings
from monitor.store.mentions import Stored
from monitor.store.tunings import Live

_log = structlog.get_logger(__name__)
DEFAULT = Rubric()


def verdicts(
    connection: Connection, given: Sequence[Stored], rubrics: Mapping[str, Rubric]
) -> Iterator[tuple[Stored, Assessment]]:
    """Yield the verdict on each mention, by the rubric of its brand and by the tunings that count now.

    A mention that several sources see is of the first, under which it is stored.
    """
    if not given:  # nothing is looked up in vain: triage asks every second
        return
    counts = mentions.series(connection, [each.number for each in given])
    learned, spread = tunings.live(connection), spreads.live(connection)
    for brand, group in groupby(sorted(given, key=_brand_of), key=_brand_of):
        of_brand, rubric = list(group), replace(rubrics.get(brand, DEFAULT), spread=spread)
        for each, judgement in zip(of_brand, judgements(of_brand, rubric), strict=True):
            series = counts.get(each.number, ())
            yield each, assess(each.mention, judgement, series, tuned(rubric, learned, brand, each.source))


def tuned(rubric: Rubric, learned: Live, brand: str, source: str | None) -> Rubric:
    """Return the rubric with what was learned of its model for a source, or else for its brand."""
    tuning = learned.find(brand, source, rubric.model)
    return replace(rubric, tuned=tuning.draft.calibration) if tuning else rubric


def judgements(several: Iterable[Stored], rubric: Rubric) -> list[Judgement]:
    """Judge the texts of mentions; one at which the judge fails is left unjudged, and logged."""
    judged = list(several)

    def failed(index: int) -> None:
        _log.exception("classifier failed", mention=judged[index].number, model=rubric.model)

    return judge_all([passage(each.mention) for each in judged], rubric, failed)


def _brand_of(mention: Stored) -> str:
    return mention.brand
