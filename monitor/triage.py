"""The step that judges: what is new or changed in the inbox gets its assessment."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from monitor.core.assessment import Assessment, Rubric, Series, assess
from monitor.core.mention import Kind
from monitor.core.severity import Severity
from monitor.core.spread import predict
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
        for each in taken:
            verdict = _judge(each, counts.get(each.number, ()), rubrics.get(each.brand, _DEFAULT))
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


def _judge(mention: Stored, series: Series, rubric: Rubric) -> Assessment:
    """Assess one mention; a classifier that fails leaves it unjudged, and stops nobody else's."""
    try:
        return assess(mention.mention, series, rubric)
    except Exception as error:  # noqa: BLE001 - the supervisor of classifiers
        _log.exception("classifier failed", mention=mention.number, model=rubric.model)
        return Assessment(
            is_complaint=None,
            probability=None,
            severity=Severity.LOW,
            severity_score=0.0,
            spread=predict((), mention.mention.author.followers),
            topics=(),
            reasons=(f"could not be judged: {type(error).__name__} in {rubric.model}",),
            model=rubric.model,
        )
