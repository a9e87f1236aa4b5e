"""Every response names the policy that this process enforces."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from guard.asgi.types import with_headers


class PolicyHeader:
    """Adds `x-guard-policy`, unless the answer names the policy that it was decided by.

    Args:
        policy: the hash in force; `None` where there is none yet.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[Scope], str | None]) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        in_force = self._policy(scope) if scope["type"] == "http" else None
        await self._app(scope, receive, with_headers(send, {"x-guard-policy": in_force}) if in_force else send)
