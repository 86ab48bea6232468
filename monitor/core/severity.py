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

    @classmethod
    def of(cls, score: float) -> "Severity":
        """Return the severity of a score in [0, 1]: a quarter of the range each."""
        return list(cls)[min(3, max(0, int(score * 4)))]

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
PHRASES: Mapping[str, str] = MappingProxyType(
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
_FULL = 8.0  # points that make a score of 1
_REACH = ((100_000, 3.0), (10_000, 2.0), (2_000, 1.0))  # followers of the author, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A score in [0, 1] and the reasons for it: short phrases to check against the text."""

    score: float
    reasons: tuple[str, ...]


def grade(found: Found) -> Grade:
    """Grade a complaint by its cues."""
    causes = [cause for cause in _POINTS if cause in found]
    return Grade(
        score=min(1.0, sum(map(_POINTS.__getitem__, causes)) / _FULL),
        reasons=tuple(f"{PHRASES[cause]}: “{found[cause][0]}”" for cause in causes),
    )


def reach(followers: int | None) -> Grade:
    """Return what its author's reach (`followers`, None when unknown) adds to the score of a complaint."""
    points = next((extra for least, extra in _REACH if (followers or 0) >= least), 0.0)
    return Grade(score=points / _FULL, reasons=(f"{followers:,} followers",) if points else ())
