"""Everything that is known of one alert or one mention, read in one go."""

from dataclasses import dataclass

from sqlalchemy import Connection

from monitor.console.queue import policies_of
from monitor.core.alert import Policy
from monitor.core.assessment import Series
from monitor.store import alerts, labels, mentions, notices, overview, queue
from monitor.store.alerts import Entry
from monitor.store.labels import Label
from monitor.store.mentions import Stored, Verdict
from monitor.store.notices import Told
from monitor.store.overview import Answer, Joined
from monitor.store.queue import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """One alert: its card, policy and verdict, what joined it, its log, its notices and the answer."""

    card: Card
    policy: Policy | None
    verdict: Verdict | None
    joins: tuple[tuple[Joined, Stored], ...]
    log: tuple[Entry, ...]
    told: tuple[Told, ...]
    answer: Answer | None
    reply: Stored | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionStory:
    """One mention: when it was seen, the verdict on it, what it waits for, its alerts, and its labels."""

    mention: Stored
    series: Series
    verdict: Verdict | None
    stages: tuple[str, ...]
    answer: Answer | None
    reply: Stored | None
    alerts: tuple[tuple[Joined, AlertStory], ...]
    labels: tuple[Label, ...] = ()


def of_alert(connection: Connection, number: int) -> AlertStory | None:
    """Read an alert, open or not; None when there is none of this number."""
    card = queue.cards(connection, [number]).get(number)
    if card is None:
        return None
    joins = overview.joins(connection, alert=number)
    stored = {each.number: each for each in mentions.get(connection, [each.mention for each in joins])}
    latest = card.latest.number
    answer, reply = _answer(connection, latest)
    return AlertStory(
        card=card,
        policy=next(iter(policies_of(connection, [card]).values()), None),
        verdict=mentions.verdicts(connection, [latest]).get(latest),
        joins=tuple((each, stored[each.mention]) for each in joins),
        log=tuple(alerts.read_log(connection, number)),
        told=tuple(notices.of_alert(connection, number)),
        answer=answer,
        reply=reply,
    )


def of_mention(connection: Connection, mention: Stored) -> MentionStory:
    """Read what became of a mention."""
    number = mention.number
    answer, reply = _answer(connection, number)
    belongs = [
        (each, story)
        for each in overview.joins(connection, mention=number)
        if (story := of_alert(connection, each.alert))
    ]
    return MentionStory(
        mention=mention,
        series=mentions.series(connection, [number]).get(number, ()),
        verdict=mentions.verdicts(connection, [number]).get(number),
        stages=tuple(overview.stages(connection, number)),
        answer=answer,
        reply=reply,
        alerts=tuple(belongs),
        labels=tuple(labels.history(connection, number)),
    )


def _answer(connection: Connection, number: int) -> tuple[Answer | None, Stored | None]:
    answer = overview.answer(connection, number)
    if answer is None or answer.reply is None:
        return answer, None
    return answer, overview.one(connection, answer.reply)
