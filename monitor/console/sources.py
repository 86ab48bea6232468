"""The sources as an operator sees them: what each last did, what it will do, and what it is blind to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from monitor.console.sheet import Section
from monitor.core.coverage import Interval, blind_since, share_seen
from monitor.core.pacing import Budget
from monitor.core.sanitise import line
from monitor.notify import paint, wording
from monitor.store import overview, sources
from monitor.store.sources import SourceState

_WELL = (sources.OK, sources.NEW, "rate-limited")  # to wait for a window is part of the work
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A payload that was kept aside."""

    at: datetime
    error: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A source: its state, how much of the last 24 hours is proved seen, its budgets, what it refused."""

    state: SourceState
    covered: float
    blind_since: datetime | None
    budgets: tuple[Budget, ...]
    aside: tuple[Refused, ...] = ()

    @property
    def failing(self) -> bool:
        """Whether it does not do what it is configured to do."""
        return self.state.enabled and self.state.state not in _WELL


def read(connection: Connection, accounts: Mapping[str, str], now: datetime, *, aside: int = 0) -> list[Seen]:
    """Read every source: `accounts` names its credentials, `aside` says how many refused payloads to read."""
    left = overview.budgets(connection)
    found = []
    for state in sources.states(connection):
        intervals = sources.seen(connection, state.name)
        refused = sources.kept_aside(connection, state.name, aside) if aside else []
        found.append(
            Seen(
                state=state,
                covered=share_seen(intervals, Interval(start=now - _DAY, end=now)),
                blind_since=blind_since(intervals, now),
                budgets=tuple(left.get(accounts.get(state.name, state.connector), ())),
                aside=tuple(Refused(at=row.at, error=row.error, payload=row.payload) for row in refused),
            )
        )
    return found


def brief(shown: Seen, now: datetime) -> Text:
    """Return a source in one line."""
    state = shown.state
    facts = [
        f"last success {_ago(state.last_success_at, now)}",
        _due(state, now),
        *([f"{_failures(state)}: {line(state.error, 200)}"] if state.error else []),
        *_budgets(shown, now),
        _blind(shown, now),
    ]
    return paint.joined(Text(state.name, style=paint.STRONG), " ", _state(shown), f": {'; '.join(facts)}")


def sections(found: Sequence[Seen], now: datetime) -> Iterator[Section]:
    """Yield a section on each source."""
    for shown in found:
        heading = paint.joined(Text(shown.state.name, style=paint.STRONG), " ", _state(shown))
        yield Section(heading=heading, lines=tuple(_lines(shown, now)))


def _lines(shown: Seen, now: datetime) -> Iterator[Text | str]:
    state = shown.state
    yield f"{line(state.connector, 60)} for the brand {line(state.brand, 60)}"
    yield f"last attempt {_ago(state.last_attempt_at, now)}, last success {_ago(state.last_success_at, now)}"
    yield _due(state, now)
    if state.error:
        since = f" at {wording.moment(state.error_at)}" if state.error_at else ""
        yield Text(f"{_failures(state)} in a row; the last{since}: {line(state.error)}", style=paint.ALARM)
    counts = f"{state.mentions:,} mentions, {state.filtered:,} filtered, {state.malformed:,} malformed"
    yield Text(counts, style=paint.WARN if state.malformed else "")
    yield f"{shown.covered:.1%} of the last 24 hours is proved seen; {_blind(shown, now)}"
    yield from _budgets(shown, now)
    for each in shown.aside:
        yield f"kept aside at {wording.moment(each.at)}: {line(each.error, 300)}"
        yield f"  {line(_written(each.payload), 500)}"


def _written(payload: Any) -> str:
    import json

    return json.dumps(payload, default=str)


def _state(shown: Seen) -> Text:
    state = shown.state
    if not state.enabled:
        return Text("disabled", style=paint.FAINT)
    return Text(line(state.state, 60), style=paint.ALARM if shown.failing else paint.GOOD)


def _failures(state: SourceState) -> str:
    return "1 failure" if state.failures == 1 else f"{state.failures:,} failures"


def _ago(instant: datetime | None, now: datetime) -> str:
    return "never" if instant is None else f"{wording.age(now - instant)} ago"


def _due(state: SourceState, now: datetime) -> str:
    if state.due_at is None:
        return "waits for you: mend it, then restart the daemon" if state.enabled else "not pulled"
    left = state.due_at - now
    return f"next due in {wording.age(left)}" if left > timedelta() else f"due since {wording.age(-left)}"


def _budgets(shown: Seen, now: datetime) -> list[str]:
    return [
        f"{line(each.bucket, 60)}: {each.remaining:,} left, resets in {wording.age(each.resets_at - now)}"
        for each in shown.budgets
        if each.resets_at > now  # later ones are full again
    ]


def _blind(shown: Seen, now: datetime) -> str:
    if shown.blind_since is None:
        return "nothing is proved seen yet"
    return f"blind since {wording.age(now - shown.blind_since)}"


def row(shown: Seen) -> dict[str, Any]:
    """Return a source as JSON data."""
    names = [name for name in SourceState.__dataclass_fields__ if name not in ("name", "blind_since")]
    return {
        "source": shown.state.name,
        **{name: getattr(shown.state, name) for name in names},
        "failing": shown.failing,
        "blind_since": shown.blind_since,
        "covered_24h": round(shown.covered, 6),
        "budgets": [
            {"bucket": each.bucket, "remaining": each.remaining, "resets_at": each.resets_at}
            for each in shown.budgets
        ],
        "aside": [{"at": each.at, "error": each.error, "payload": each.payload} for each in shown.aside],
    }
