"""Errors as OpenAI's clients expect them. The API's table from an error's class to its HTTP status."""

from __future__ import annotations

import logging
import math
from typing import Any

from starlette.responses import JSONResponse, Response

from guard import errors
from guard.asgi.sse import event

log = logging.getLogger(__name__)

# The first class that an error is an instance of decides.
_STATUS: tuple[tuple[type[errors.GuardError], int, str], ...] = (
    (errors.AuthenticationError, 401, "authentication_error"),
    (errors.PermissionDeniedError, 403, "permission_error"),
    (errors.NotFoundError, 404, "invalid_request_error"),
    (errors.ConflictError, 409, "invalid_request_error"),
    (errors.PromptBlockedError, 400, "invalid_request_error"),
    (errors.RequestTooLargeError, 413, "invalid_request_error"),
    (errors.InvalidRequestError, 400, "invalid_request_error"),
    (errors.LimitExceededError, 429, "rate_limit_error"),
    (errors.UnavailableError, 503, "server_error"),
    (errors.GuardError, 500, "server_error"),
)
_FIXED = errors.GuardError()


def describe(error: BaseException) -> tuple[int, dict[str, Any]]:
    """HTTP status and the `error` member. Of an error that is not ours nothing is told."""
    known = error if isinstance(error, errors.GuardError) else _FIXED
    status, kind = next((status, kind) for cls, status, kind in _STATUS if isinstance(known, cls))
    return status, {"message": str(known), "type": kind, "param": known.param, "code": known.reason_id}


def logged(error: BaseException) -> tuple[int, dict[str, Any]]:
    """`describe`, with a log line for what is our failure and not the caller's."""
    status, member = describe(error)
    if status >= 500:
        log.warning("A request failed.", extra={"reason_id": member["code"], "status": status}, exc_info=error)
    return status, member


def failed(error: Exception) -> bytes:
    """The error as the last event of a stream."""
    return event({"error": logged(error)[1]})


def response(error: BaseException) -> Response:
    """The error as a whole response."""
    status, member = logged(error)
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, errors.GuardError) and error.retry_after is not None:
        headers["retry-after"] = str(_whole(error.retry_after))
    if isinstance(error, errors.LimitExceededError):
        headers = {"retry-after": "1"} | headers | (quota_headers(error.quota) if error.quota else {})
    return JSONResponse({"error": member}, status, headers)


def quota_headers(quota: errors.Quota) -> dict[str, str]:
    """A budget that is used up, in the fields of draft-ietf-httpapi-ratelimit-headers and in those of OpenAI.

    The draft's policy has the name of the scope, with the unit after it where that is not requests in a window.
    """
    name = quota.scope if quota.unit == "requests" else f"{quota.scope}-{quota.unit}"
    window = f";w={quota.window}" if quota.window else ';qu="concurrent-requests"'
    reset, kind = _whole(quota.reset), "tokens" if quota.unit == "tokens" else "requests"
    return {
        "ratelimit-policy": f'"{name}";q={quota.amount}{window}',
        "ratelimit": f'"{name}";r=0;t={reset}',
        f"x-ratelimit-limit-{kind}": str(quota.amount),
        f"x-ratelimit-remaining-{kind}": "0",
        f"x-ratelimit-reset-{kind}": _duration(reset),
    }


def _whole(seconds: float) -> int:
    """Whole seconds, at least one: who comes back after them is not too early."""
    return max(1, math.ceil(seconds))


def _duration(seconds: int) -> str:
    """As OpenAI writes it: `12s`, `6m0s`, `23h59m59s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or hours else "") + f"{rest}s"
