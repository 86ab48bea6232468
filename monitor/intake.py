"""What a platform's payloads are: mentions of the brand, talk of others, or not to be understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.connector import Connector, Malformed, Mention, Payload, Query, is_own, why_not
from monitor.store.mentions import Sighting, unstorable


@dataclass(frozen=True, slots=True)
class Intake:
    """Payloads sorted: the brand's mentions, those of others, and the malformed with what is wrong."""

    kept: list[Sighting] = field(default_factory=list)
    others: list[Mention] = field(default_factory=list)
    refused: list[tuple[Payload, str]] = field(default_factory=list)


def sort(
    connector: Connector,
    query: Query,
    payloads: Sequence[Payload],
    *,
    addressed: bool,
    history_before: datetime | None = None,
) -> Intake:
    """Normalise `payloads` and sort them; the brand's own posts are kept whatever they name.

    What was published before `history_before` is history. `addressed` as in `Batch`.
    """
    intake = Intake()
    for payload in payloads:
        try:
            mention = connector.normalise(payload)
        except Malformed as error:
            intake.refused.append((payload, str(error)))
            continue
        if fault := unstorable(mention):
            intake.refused.append((payload, fault))
            continue
        own = is_own(mention, query)
        if own or why_not(mention, query, addressed=addressed) is None:
            history = history_before is not None and mention.created_at < history_before
            intake.kept.append(Sighting(mention=mention, own=own, history=history))
        else:
            intake.others.append(mention)
    return intake
