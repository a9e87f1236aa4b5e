"""What an authenticator is."""

from __future__ import annotations

from typing import Protocol

from guard.model import Credential, Principal


class Authenticator(Protocol):
    """Turns a credential into a principal."""

    async def __call__(self, credential: Credential) -> Principal:
        """Return the principal of this credential.

        Raises AuthenticationError (`api_key_missing`, `invalid_api_key`, `api_key_expired`, `api_key_revoked`,
        `user_disabled`), StorageError.
        """
        ...
