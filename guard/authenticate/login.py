"""Sign-in of people to the pages, with its audit records and a brake on guessing."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from guard.authenticate.session import Sessions
from guard.authenticate.users import User, Users
from guard.database import Write
from guard.errors import AuthenticationError, LimitExceededError, Quota, UnavailableError
from guard.model import JSON, Principal
from guard.policy.names import DEFAULT_TENANT

PER_NAME = RateLimitItemPerMinute(10, namespace="sign-in")
ALTOGETHER = RateLimitItemPerMinute(300, namespace="sign-in")


class Record(Protocol):
    """`Audit.record`."""

    def __call__(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat."""
        ...


class Commit(Protocol):
    """`Database.write`."""

    async def __call__(self, *writes: Write) -> None:
        """Run the writes in one durable transaction."""
        ...


class PasswordLogin:
    """Sign-in by name and password. A name may be `tenant/name`; without a tenant it is the default one's.

    Args:
        commit: `Database.write`.
        record: `Audit.record`.
        attempts: where attempts are counted; `None`: in memory.
        name_key: names are counted under their keyed hash, so that a shared storage learns none; `None`: a random key.
    """

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        commit: Commit,
        record: Record,
        attempts: Storage | None = None,
        name_key: bytes | None = None,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._commit = commit
        self._record = record
        self._limiter = MovingWindowRateLimiter(attempts or MemoryStorage())
        self._name_key = name_key or secrets.token_bytes(32)

    async def login(self, name: str, password: str) -> str:
        """Return a new session token, to be kept in a cookie.

        Raises AuthenticationError (`invalid_login`, `user_disabled`), LimitExceededError, UnavailableError, StorageError,
        AuditError.
        """
        tenant, slash, rest = name.partition("/")
        tenant, name = (tenant, rest) if slash else (DEFAULT_TENANT, name)
        user = await self._verified(tenant, name[:256], password)
        token, write = self._sessions.new(user)
        await self._commit(write, self._record("session.opened", user.principal(), {}))
        return token

    async def logout(self, session: str) -> None:
        """End a session; unknown ones are ignored. Raises StorageError, AuditError."""
        try:
            principal = await self._sessions.principal(session)
        except AuthenticationError:
            return
        await self._commit(self._sessions.ended(session), self._record("session.closed", principal, {}))

    async def _verified(self, tenant: str, name: str, password: str) -> User:
        try:
            error = await self._counted(ALTOGETHER) or await self._counted(PER_NAME, self._hashed(tenant, name))
        except Exception:  # noqa: BLE001  (an attempt that cannot be counted is not made)
            raise UnavailableError("Attempts to sign in could not be counted.", reason_id="limiter_failed") from None
        if error:
            raise error
        return await self._users.verify(name, password, tenant)

    async def _counted(self, item: RateLimitItemPerMinute, *whose: str) -> LimitExceededError | None:
        """Count an attempt; the error when there were too many."""
        if await self._limiter.hit(item, *whose):
            return None
        free_at, _ = await self._limiter.get_window_stats(item, *whose)
        reset = max(0.0, free_at - time.time())
        error = LimitExceededError("Too many attempts to sign in. Wait a minute and try again.", retry_after=reset)
        error.quota = Quota("sign-in", "requests", item.amount, reset, item.get_expiry())
        return error

    def _hashed(self, tenant: str, name: str) -> str:
        return hashlib.blake2b(f"{tenant}/{name}".encode(), key=self._name_key, digest_size=16).hexdigest()
