"""What YouTube's error answers say, and which error of the contract each amounts to."""

import html
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.connector import (
    JSON,
    ConnectorError,
    Gone,
    QuotaExhausted,
    RateLimit,
    RateLimited,
    Unauthorized,
    Unavailable,
)

_DAY_IS_OVER = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceeded402"}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "servingLimitExceeded", "concurrentLimitExceeded"}
_ABSENT = {
    *("videoNotFound", "channelNotFound", "commentNotFound", "commentThreadNotFound"),
    *("commentsDisabled", "commentsForbidden"),
}
_PASSING = {"backendError", "internalError", "processingFailure", "UNAVAILABLE"}
_BAD_KEY = {"keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED", "dailyLimitExceededUnreg"}
_NO_METHOD = (404, 405, 501)
_MINUTE = timedelta(minutes=1)


class Absent(Gone):
    """This video, comment or channel does not exist, or takes no comments: skip it for good."""


class Denied(Unauthorized):
    """A 403 that does not speak of the key itself: it may concern this one method."""


class Missing(Unavailable):
    """A 404 that is not YouTube's own word, or one of its kin: there is no such method to call here."""


class Down(Unavailable):
    """No answer at all: asking for something else would only take as long again."""


class StaleToken(Unavailable):
    """The page token is no longer accepted: walk again from the top."""


def dig(value: JSON, *path: str | int) -> JSON:
    """Return what stands at `path` in JSON of any shape, or None."""
    for key in path:
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def items(value: JSON, *path: str | int) -> list[JSON]:
    """Return the list at `path` in JSON of any shape; an empty one where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error answer says: all the `reasons` it gives, and the period of the quota, if it names one."""

    status: int
    reasons: frozenset[str]
    message: str
    per: str | None = None
    retry_after: int | None = None

    def __str__(self) -> str:
        reasons = ", ".join(sorted(self.reasons)) or "no reason given"
        return f"YouTube answered {self.status} ({reasons}): {self.message[:300]}".rstrip(": ")

    def verdict(self, limit: RateLimit, now: datetime) -> ConnectorError:
        """Return the error of the contract that this refusal of a call counted under `limit` amounts to."""
        spent = self.reasons & _DAY_IS_OVER or self.per == "day"
        if self.status in (403, 429) and spent and self.per != "minute":
            return QuotaExhausted(str(self), resets_at=limit.resets_at(now))
        if self.status == http.client.TOO_MANY_REQUESTS or self.reasons & _TOO_FAST or self.per == "minute":
            wait = timedelta(seconds=self.retry_after) if self.retry_after else _MINUTE
            return RateLimited(str(self), retry_at=now + wait)
        return self._lasting()

    def _lasting(self) -> ConnectorError:
        if self.reasons & _ABSENT:
            return Absent(str(self))
        if "invalidPageToken" in self.reasons:
            return StaleToken(str(self))
        if self.reasons & _BAD_KEY or self.status == http.client.UNAUTHORIZED:
            return Unauthorized(f"the API key is refused: {self}")
        if self.status == http.client.FORBIDDEN and not self.reasons & _PASSING:
            return Denied(str(self))
        # A proxy's bare 404 is no proof that something is gone.
        return (Missing if self.status in _NO_METHOD else Unavailable)(str(self))


class Refused(Exception):
    """The platform answered with an error; never leaves the connector."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def read_refusal(status: int, headers: Mapping[str, str], content: bytes) -> Refusal:
    """Return what an error answer says, whatever its body is. The message is plain text."""
    try:
        error = dig(json.loads(content), "error")
    except (ValueError, RecursionError):
        error = None
    details = items(error, "details")
    reasons = [_reason(item) for item in items(error, "errors") + details] + [dig(error, "status")]
    message = _plain(dig(error, "message") or "")
    wait = str(headers.get("retry-after", ""))
    return Refusal(
        status=status,
        reasons=frozenset(reason for reason in reasons if isinstance(reason, str) and reason.isidentifier()),
        message=message,
        per=_period(message, [dig(item, "metadata") for item in details]),
        retry_after=int(wait) if re.fullmatch("[0-9]{1,5}", wait) else None,
    )


def _reason(item: JSON) -> JSON:
    """Return the reason, telling comments that only some may see from a key that is refused."""
    reason, domain = dig(item, "reason"), dig(item, "domain")
    if reason == "forbidden" and isinstance(domain, str) and domain.startswith("youtube.comment"):
        return "commentsForbidden"
    return reason


def _plain(message: JSON) -> str:
    """Return the words of a message without its markup: YouTube's own contain links."""
    return html.unescape(re.sub(r"<[^>]*>", "", str(message)))


def _period(message: str, metadata: list[JSON]) -> str | None:
    words = " ".join([message, *(f"{dig(m, 'quota_limit')} {dig(m, 'quota_unit')}" for m in metadata)])
    named = re.search(r"per ?(day|minute)|1/(d|min)/", words, re.IGNORECASE)
    if not named:
        return None
    return "day" if (named[1] or named[2]).lower() in ("day", "d") else "minute"
