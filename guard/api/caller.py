"""What a request says of its caller: credential, conversation, scenario. Headers have a strict grammar and no echo."""

from __future__ import annotations

import re

from starlette.requests import Request

from guard.errors import ConversationNotFoundError, InvalidRequestError
from guard.model import Credential
from guard.services import Services

SESSION_COOKIE = "guard_session"
_CONVERSATION = re.compile(r"conv_[0-9a-f]{1,64}")
_SCENARIO = re.compile(r"[a-z][a-z0-9-]{0,63}")


def services(request: Request) -> Services:
    """The built product."""
    built: Services = request.app.state.services
    return built


class Caller:
    """The caller of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.request_id: str = request.scope["guard.request_id"]

    def credential(self) -> Credential:
        """The bearer key, or the session of the pages. A key that is given counts, right or wrong."""
        client = self._request.client
        address = client.host if client else None
        scheme, _, key = self._request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            return Credential(api_key=key.strip(), address=address)
        return Credential(session=self._request.cookies.get(SESSION_COOKIE), address=address)

    async def fresh(self) -> None:
        """Before what matters most. Raises StepUpRequiredError for a session whose person proved it too long ago."""
        await services(self._request).fresh(self.credential())

    def conversation(self) -> str | None:
        """The conversation that the caller names. Raises ConversationNotFoundError for what cannot be one."""
        named = self._request.headers.get("x-guard-conversation")
        if named is not None and not _CONVERSATION.fullmatch(named):
            raise ConversationNotFoundError
        return named

    def scenario(self) -> str | None:
        """The scenario that the caller names."""
        named = self._request.headers.get("x-guard-scenario")
        if named is not None and not _SCENARIO.fullmatch(named):
            raise InvalidRequestError("The header x-guard-scenario is not the name of a scenario.")
        return named
