"""Passwords: Argon2id (RFC 9106), in a thread, a bounded number at a time."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from guard.errors import InvalidRequestError, OverloadedError

MIN_LENGTH = 12
MAX_LENGTH = 1024
AT_ONCE = 2
"""Computations at the same time; each takes 64 MiB."""

WAITING = 32
"""Further ones that may wait; more are refused."""


class Passwords:
    """Hashes and verifies passwords.

    Args:
        hasher: parameters; the default is the library's, RFC 9106's second recommended option.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store. Raises InvalidRequestError when the password is too short or too long."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise InvalidRequestError(
                f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.", reason_id="weak_password", param="password"
            )
        return await self._run(password, None)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password has this hash. Without a hash the same work is done and the answer is no.

        Raises OverloadedError.
        """
        if self._dummy is None:
            self._dummy = await self._run(secrets.token_urlsafe(32), None)
        # An overlong password is as wrong as any; its length must not cost more work.
        found = await self._run(password[:MAX_LENGTH], stored or self._dummy)
        return bool(found) and stored is not None and len(password) <= MAX_LENGTH

    async def _run(self, password: str, stored: str | None) -> str:
        """Hash, or compare with a hash: the hash when it is the password's, else nothing."""
        if self._waiting >= WAITING:
            raise OverloadedError
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(self._compute, password, stored)
        finally:
            self._waiting -= 1

    def _compute(self, password: str, stored: str | None) -> str:
        if stored is None:
            return self._hasher.hash(password)
        try:
            self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return ""
        return stored
