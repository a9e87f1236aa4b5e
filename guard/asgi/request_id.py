"""Every request has an id; every response names it."""

from __future__ import annotations

import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from guard.asgi.types import with_headers
from guard.telemetry.logging import REQUEST_ID


class RequestId:
    """Puts `guard.request_id` into the scope and `x-guard-request-id` into the response. A caller cannot choose it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["guard.request_id"] = request_id = "req_" + secrets.token_hex(12)
        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, with_headers(send, {"x-guard-request-id": request_id}))
        finally:
            REQUEST_ID.reset(token)
