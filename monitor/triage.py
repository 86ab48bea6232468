"""The step that judges: what is new or changed in the inbox gets its assessment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import structlog

from monitor.core.assessment import Assessment, Rubric, assess, passage
from monitor.core.complaint import Judgement
from monitor.core.judging import judge_all
from monitor.core.mention import Kind
from monitor.store import Store, alerts, mentions
from monitor.store.mentions import ASSESS, ESCALATE, Stored

_log = structlog.get_logger(__name__)
_DEFAULT = Rubric()


def triage(store: Store, rubrics: Mapping[str, Rubric], now: datetime, limit: int = 1_000) -> int:
    """Assess up to `limit` mentions by the rubric of their brand; return how many were looked at.

    Complaints, own posts and members of alerts go on to escalation. What goes no further gets its outcome
    here, so that `uproar why` can tell.
    """
    with store.transaction() as connection:
        taken = mentions.take_from_inbox(connection, ASSESS, limit)
        numbers = [each.number for each in taken]
        counts = mentions.series(connection, numbers)
        members = alerts.belonging(connection, numbers)
        verdicts, onward = [], []
        for each, judgement, rubric in _judged(taken, rubrics):
            verdict = assess(each.mention, judgement, counts.get(each.number, ()), rubric)
            outcome = None if each.number in members else why_not_further(each, verdict)
            verdicts.append((each.number, verdict, outcome))
            if outcome is None:
                onward.append(each.number)
        mentions.save_assessments(connection, verdicts, now)
        mentions.put_in_inbox(connection, onward, ESCALATE)
    return len(taken)


def why_not_further(mention: Stored, verdict: Assessment) -> str | None:
    """Return why a mention that belongs to no alert is no matter for escalation, or None when it is one."""
    if mention.deleted_at is not None:
        return "deleted on its platform"
    if mention.own:
        return None
    if mention.mention.kind is Kind.REPOST:
        return "a repost: opens nothing"
    if verdict.is_complaint is None:
        return "could not be judged"
    if not verdict.is_complaint:
        return "not a complaint"
    return None


def _judged(
    taken: Iterable[Stored], rubrics: Mapping[str, Rubric]
) -> Iterator[tuple[Stored, Judgement, Rubric]]:
    """Yield each mention with its judgement, a brand's mentions judged together."""
    for brand, group in groupby(sorted(taken, key=_brand_of), key=_brand_of):
        mentions_of, rubric = list(group), rubrics.get(brand, _DEFAULT)
        for each, judgement in zip(mentions_of, _judge(mentions_of, rubric), strict=True):
            yield each, judgement, rubric


def _brand_of(mention: Stored) -> str:
    return mention.brand


def _judge(several: Sequence[Stored], rubric: Rubric) -> Sequence[Judgement]:
    """Judge several; one at which the judge fails is left unjudged, and logged."""

    def failed(index: int) -> None:
        _log.exception("classifier failed", mention=several[index].number, model=rubric.model)

    return judge_all([passage(each.mention) for each in several], rubric, failed)
