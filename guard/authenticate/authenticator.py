"""Authenticator over API keys and browser sessions."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace

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
            principal = await self.api_keys.principal(credential.api_key)
        elif credential.session:
            principal = await self.sessions.principal(credential.session)
        else:
            raise AuthenticationError(
                "There is no API key. Send it as `Authorization: Bearer <key>`.", reason_id="api_key_missing"
            )
        return replace(principal, address=_address(credential.address))


def _address(host: str | None) -> str | None:
    """An address as policy writes it; `None` for what is none, such as a proxy's `unknown`.

    A server that listens on IPv6 sees callers over IPv4 as `::ffff:10.0.0.2`.
    """
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
