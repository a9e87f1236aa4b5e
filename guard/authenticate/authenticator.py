"""Authenticator over API keys, a provider's access tokens and browser sessions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from guard.authenticate.api_key import ApiKeys
from guard.authenticate.session import Sessions
from guard.errors import AuthenticationError
from guard.model import Credential, Principal

_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""Signed and in compact form (RFC 7515); no API key has a dot."""


@dataclass(frozen=True, slots=True)
class KeyAuthenticator:
    """Knows users by their API key, access token or session. A credential that shows both key and session is refused.

    Args:
        tokens: whose access token it is, where there is a provider.
    """

    api_keys: ApiKeys
    sessions: Sessions
    tokens: Callable[[str], Awaitable[Principal]] | None = None

    async def __call__(self, credential: Credential) -> Principal:
        if credential.api_key and credential.session:
            raise AuthenticationError("Show an API key or a session, not both.")
        if credential.api_key and self.tokens is not None and _JWT.fullmatch(credential.api_key):
            principal = await self.tokens(credential.api_key)
        elif credential.api_key:
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
