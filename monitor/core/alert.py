"""What an alert is, what can happen to it, and what may be done about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.severity import Severity


class Status(StrEnum):
    """Where an alert stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """Why an alert was resolved."""

    ANSWERED = "answered"
    ANSWERED_IN_PRIVATE = "answered-in-private"
    NOT_A_COMPLAINT = "not-a-complaint"
    DUPLICATE = "duplicate"
    GONE = "gone"


class Why(StrEnum):
    """Why a notice is sent."""

    OPENED = "opened"
    ESCALATED = "escalated"
    EXHAUSTED = "exhausted"
    RAISED = "raised"
    ASSIGNED = "assigned"
    LAPSED = "lapsed"
    CAME_BACK = "came-back"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom to notify (destinations or people), and how long to wait for an acknowledgement afterwards.

    Raises `ValueError` for a step that notifies nobody or does not wait: it would end as soon as it began.
    """

    notify: tuple[str, ...]
    delay: timedelta

    def __post_init__(self) -> None:
        if not self.notify or self.delay <= timedelta():
            raise ValueError("a step needs somebody to notify, and a delay above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an unacknowledged alert moves on.

    All `steps` are gone through `repeat` times more after the first round, then `fallback` is told once.
    Delays shrink as spread grows, never below `floor`. An acknowledgement lasts for `ack_timeout`; an
    answered alert resolves itself after `quiet_period`. Raises `ValueError` for a policy without steps.
    """

    name: str
    steps: tuple[Step, ...]
    version: int = 1
    repeat: int = 2
    ack_timeout: timedelta = timedelta(hours=4)
    quiet_period: timedelta = timedelta(hours=24)
    raised_delay: timedelta = timedelta(minutes=5)
    floor: timedelta = timedelta(minutes=1)
    fallback: str | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"the policy '{self.name}' has no steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unless:
    """What ends a snooze early: engagement above a number, or that the author writes again."""

    engagement_above: int | None = None
    author_replies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The state of one alert. Its identity (number, brand, mention) is the store's.

    `passed` is how many of the brand's spread thresholds were likely to be passed, `spread` the chance in
    [0, 1] of passing the next. `due_at` is when a Tick may move it; None when nothing will. `returned_at` is
    when its author wrote again after an answer or a resolution: both clocks run from then.
    """

    status: Status
    severity: Severity
    created_at: datetime
    policy: str
    policy_version: int
    step: int = 0
    round: int = 0
    due_at: datetime | None = None
    assignee: str | None = None
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None
    resolution: Resolution | None = None
    unless: Unless | None = None
    passed: int = 0
    spread: float = 0.0
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status is not Status.RESOLVED


# ------------------------------------------------------------------------------------------------ events
@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A complaint was found that no open alert covers."""

    severity: Severity
    reason: str
    passed: int = 0
    spread: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time went by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody owns it."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Somebody hands it to a person."""

    to: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """Somebody wants it out of sight until an instant, unless something happens first."""

    until: datetime
    by: str
    unless: Unless = Unless()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The brand's account `by` replied in public at `at`."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorReturned:
    """The complaint's author wrote again at `at`, and it is again a complaint."""

    at: datetime
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """Somebody closes it, with a reason."""

    by: str
    resolution: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassess:
    """The mention, or one that joined the alert, was judged again. `engagement` is the present total."""

    severity: Severity
    reason: str
    passed: int = 0
    spread: float = 0.0
    engagement: int = 0


Event = Trigger | Tick | Acknowledge | Assign | Snooze | Answered | AuthorReturned | Resolve | Reassess


# ----------------------------------------------------------------------------------------------- actions
@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell `to` (destinations or people); `TOLD_SO_FAR` stands for all that were told of this alert."""

    to: tuple[str, ...]
    why: Why
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Pending notices of this alert need not go out any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Write to the alert's log."""

    reason: str


TOLD_SO_FAR = "*told-so-far*"
Action = Notify | Withdraw | Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The alert as it is now, and what to do. No actions and the same alert: nothing happened."""

    alert: Alert
    actions: tuple[Action, ...] = ()
