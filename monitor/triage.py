"""The step that judges: what is new or changed in the inbox gets its assessment."""

from collections.abc import Mapping
from datetime import datetime

from monitor.core.assessment import Assessment, Rubric
from monitor.core.mention import Kind
from monitor.store import Store, alerts, mentions
from monitor.store.mentions import ASSESS, ESCALATE, Stored
from monitor.verdicts import verdicts


def triage(store: Store, rubrics: Mapping[str, Rubric], now: datetime, limit: int = 1_000) -> int:
    """Assess up to `limit` mentions by the rubric of their brand; return how many were looked at.

    Complaints, own posts and members of alerts go on to escalation. What goes no further gets its outcome
    here, so that `uproar why` can tell. A new tuning counts from the next call on.
    """
    with store.transaction() as connection:
        taken = mentions.take_from_inbox(connection, ASSESS, limit)
        members = alerts.belonging(connection, [each.number for each in taken])
        judged, onward = [], []
        for each, verdict in verdicts(connection, taken, rubrics):
            outcome = None if each.number in members else why_not_further(each, verdict)
            judged.append((each.number, verdict, outcome))
            if outcome is None:
                onward.append(each.number)
        mentions.save_assessments(connection, judged, now)
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
