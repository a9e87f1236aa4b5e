"""A body that is too large is refused before it is read, or as soon as it has grown too large."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guard.errors import GuardError, RequestTooLargeError


class BodyLimit:
    """Bounds the body to `limit` bytes. `refuse` makes the response of an error to a request."""

    def __init__(self, app: ASGIApp, limit: int, refuse: Callable[[Scope, GuardError], Response]) -> None:
        self._app = app
        self._limit = limit
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._limit:
            await self._drain(receive, int(declared) if declared.isdigit() else 0)
            await self._refuse(scope, RequestTooLargeError())(scope, receive, send)
            return
        left = self._limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise RequestTooLargeError
            return message

        await self._app(scope, counted, send)

    async def _drain(self, receive: Receive, declared: int) -> None:
        """Take in a moderate rest, so that the client, still sending, gets to read the answer."""
        left = min(declared, 4 * self._limit)
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                return
