"""YouTube's own error answers, in their form: for its stand-in, and for faults in a story or a test."""

from collections.abc import Mapping
from typing import Any

from monitor.demo.stand_in import Response


def refusal(
    code: int,
    reason: str,
    message: str,
    /,
    *,
    domain: str = "global",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return an error answer in YouTube's form."""
    error = {"message": message, "domain": domain, "reason": reason}
    body = {"error": {"code": code, "message": message, "errors": [error], **more}}
    return Response(status=code, body=body, headers=headers or {})


def _details(reason: str, **metadata: str) -> list[dict[str, Any]]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    metadata = {"service": "youtube.googleapis.com", **metadata}
    return [{"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}]


def quota_exceeded() -> Response:
    """Return the answer when the day's units are used up."""
    link = '<a href="/youtube/v3/getting-started#quota">quota</a>'
    message = f"The request cannot be completed because you have exceeded your {link}."
    return refusal(403, "quotaExceeded", message, domain="youtube.quota")


def searches_used_up() -> Response:
    """Return the answer when the day's searches are used up: a 429, since 2026."""
    message = (
        "Quota exceeded for quota metric 'Search Queries' and limit 'Search Queries per day' of service "
        "'youtube.googleapis.com' for consumer 'project_number:100000000000'."
    )
    details = _details(
        "RATE_LIMIT_EXCEEDED", quota_limit="SearchQueriesPerDayPerProject", quota_unit="1/d/{project}"
    )
    return refusal(429, "rateLimitExceeded", message, status="RESOURCE_EXHAUSTED", details=details)


def too_fast() -> Response:
    """Return the answer to too many calls in one minute."""
    message = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service "
        "'youtube.googleapis.com' for consumer 'project_number:100000000000'."
    )
    details = _details(
        "RATE_LIMIT_EXCEEDED", quota_limit="defaultPerMinutePerProject", quota_unit="1/min/{project}"
    )
    return refusal(429, "rateLimitExceeded", message, status="RESOURCE_EXHAUSTED", details=details)


def bad_key() -> Response:
    """Return the answer to a wrong key."""
    message = "API key not valid. Please pass a valid API key."
    return refusal(400, "badRequest", message, status="INVALID_ARGUMENT", details=_details("API_KEY_INVALID"))


def no_key() -> Response:
    """Return the answer to a call without a key."""
    message = "Method doesn't allow unregistered callers (callers without established identity)."
    return refusal(403, "forbidden", message, status="PERMISSION_DENIED")


def api_not_enabled() -> Response:
    """Return the answer when the project of the key has not enabled the API."""
    message = "YouTube Data API v3 has not been used in project 100000000000 before or it is disabled."
    return refusal(
        *(403, "accessNotConfigured", message),
        domain="usageLimits",
        status="PERMISSION_DENIED",
        details=_details("SERVICE_DISABLED"),
    )


def key_blocked() -> Response:
    """Return the answer when the key is restricted to other APIs."""
    message = "Requests to this API youtube method youtube.api.v3.V3DataSearchService.List are blocked."
    details = _details("API_KEY_SERVICE_BLOCKED", consumer="projects/100000000000")
    return refusal(403, "forbidden", message, status="PERMISSION_DENIED", details=details)


def comments_disabled() -> Response:
    """Return the answer for a video that takes no comments."""
    link = '<code><a href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code>'
    message = f"The video identified by the {link} parameter has disabled comments."
    return refusal(403, "commentsDisabled", message, domain="youtube.commentThread")


def not_found(what: str, *, domain: str = "youtube.commentThread") -> Response:
    """Return the answer when a "video", "channel", "comment" or "commentThread" does not exist."""
    message = f"The {what} identified by the <code>{what}Id</code> parameter could not be found."
    return refusal(404, f"{what}NotFound", message, domain=domain)


def processing_failure() -> Response:
    """Return the answer that YouTube gives for some videos, often for hours."""
    message = "The API server failed to successfully process the request."
    return refusal(400, "processingFailure", message, domain="youtube.commentThread")


def backend_error() -> Response:
    """Return a server error with a body."""
    return refusal(503, "backendError", "Backend Error", status="UNAVAILABLE")


def stale_token() -> Response:
    """Return the answer to a page token that is wrong or too old."""
    message = "The request specifies an invalid page token."
    return refusal(400, "invalidPageToken", message, domain="youtube.parameter")
