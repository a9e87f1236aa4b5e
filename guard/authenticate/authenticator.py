"""Authenticator over API keys and browser sessions."""

from __future__ import annotations

from dataclasses import dataclass

from guard.authenticate.api_key import ApiKeys
from guard.authenticate.session import Sessions
from guard.errors import AuthenticationError
from guard.model import Credential, Principal


@dataclass(frozen=True, slots=True)
class KeyAuthenticator:
    """Knows local users by their API key or session. A credential that shows both is refused."""

    api_keys: ApiKeys
    sessions: Sessions

    async def __call__(self, credential: Credential) -> Principal:
        if credential.api_key and credential.session:
            raise AuthenticationError("Show an API key or a session, not both.")
        if credential.api_key:
            return await self.api_keys.principal(credential.api_key)
        if credential.session:
            return await self.sessions.principal(credential.session)
        raise AuthenticationError(
            "There is no API key. Send it as `Authorization: Bearer <key>`.", reason_id="api_key_missing"
        )
