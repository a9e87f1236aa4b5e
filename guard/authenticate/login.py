"""Sign-in of people to the pages, with its audit records and a brake on guessing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from guard.authenticate.session import Sessions
from guard.authenticate.users import User, Users
from guard.database import Write
from guard.errors import AuthenticationError, LimitExceededError
from guard.model import JSON, Principal
from guard.policy.names import DEFAULT_TENANT

PER_NAME = RateLimitItemPerMinute(10)
ALTOGETHER = RateLimitItemPerMinute(300)


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
    """

    def __init__(self, users: Users, sessions: Sessions, commit: Commit, record: Record) -> None:
        self._users = users
        self._sessions = sessions
        self._commit = commit
        self._record = record
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def login(self, name: str, password: str) -> str:
        """Return a new session token, to be kept in a cookie.

        Raises AuthenticationError (`invalid_login`, `user_disabled`), LimitExceededError, StorageError, AuditError.
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
        allowed = await self._limiter.hit(ALTOGETHER) and await self._limiter.hit(PER_NAME, tenant, name)
        if not allowed:
            raise LimitExceededError("Too many attempts to sign in. Wait a minute and try again.", retry_after=60)
        return await self._users.verify(name, password, tenant)
