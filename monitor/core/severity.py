"""How bad a complaint is, with reasons. Bad language alone never makes it worse."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from monitor.core.cues import Found


class Severity(StrEnum):
    """How bad a complaint is, mildest first. Ordered: `Severity.LOW < Severity.HIGH`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Position in the order, from 0 for low to 3 for critical."""
        return _RANK[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank


_RANK = {severity: rank for rank, severity in enumerate(Severity)}

# What raises severity (docs/escalation.md), in points. Points of different causes add up; of one they do not.
_POINTS: Mapping[str, float] = MappingProxyType(
    {"harm": 6.0, "authority": 4.0, "money": 2.0, "ignored": 2.0, "chasing": 2.0, "many": 2.0, "leaving": 1.0}
)
_PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "harm": "threat to safety or health",
        "authority": "names a regulator, court or the press",
        "money": "money taken or owed",
        "ignored": "says nobody answers",
        "chasing": "is chasing",
        "many": "says others have the same",
        "leaving": "is leaving",
    }
)
_FROM_POINTS = ((6.0, Severity.CRITICAL), (4.0, Severity.HIGH), (2.0, Severity.MEDIUM))
_REACH = ((100_000, 3.0), (10_000, 2.0), (2_000, 1.0))  # followers of the author, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A severity, the score in [0, 1] behind it, and the reasons: short phrases to check against the text."""

    severity: Severity
    score: float
    reasons: tuple[str, ...]


def grade(found: Found, followers: int | None) -> Grade:
    """Grade a complaint by its cues and its author's reach (`followers`, None when unknown)."""
    points = 0.0
    reasons = []
    for cause in filter(found.__contains__, _POINTS):
        points += _POINTS[cause]
        reasons.append(f"{_PHRASES[cause]}: “{found[cause][0]}”")
    reach = next((extra for least, extra in _REACH if (followers or 0) >= least), 0.0)
    if reach:
        points += reach
        reasons.append(f"{followers:,} followers")
    severity = next((severity for least, severity in _FROM_POINTS if points >= least), Severity.LOW)
    return Grade(severity=severity, score=min(1.0, points / 8.0), reasons=tuple(reasons))
