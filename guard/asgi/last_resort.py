"""The outermost layer: an exception that nothing else handled becomes a fixed answer and a log line without its text."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class LastResort:
    """Answers 500 where nothing was sent yet; afterwards it can only end the connection."""

    def __init__(self, app: ASGIApp, respond: Callable[[BaseException], Response]) -> None:
        self._app = app
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  (the boundary of the program: mapped, logged, never passed on)
            response = self._respond(error)
            if not started:
                await response(scope, receive, send)
