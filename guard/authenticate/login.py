"""Sign-in of people to the pages by name, password and code, with its audit records and a brake on guessing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from guard.authenticate.attempts import Attempts
from guard.authenticate.lock_out import LockOut, is_locked
from guard.authenticate.pending import Pending
from guard.authenticate.recording import Commit, Record
from guard.authenticate.session import Session, Sessions
from guard.authenticate.totp import WRONG_CODE, SecondFactors
from guard.authenticate.users import User, Users
from guard.database import Write
from guard.errors import AuthenticationError
from guard.policy.names import DEFAULT_TENANT

FLOOR = 0.3
"""Seconds that a wrong name, password or code takes at the least: counting it must not tell who has an account."""


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password was right; now a code is wanted. `pending` is to be kept in a cookie and given back with it."""

    pending: str = field(repr=False)


class PasswordLogin:
    """Sign-in by name and password. A name may be `tenant/name`; without a tenant it is the default one's.

    Args:
        commit: `Database.write`.
        record: `Audit.record`.
        lock_out: `None`: that of the defaults.
        attempts: `None`: counted in memory.
        pending: what is sealed between password and code.
        second_factors: `None`, as of `pending`: no second factor is asked for.
        floor: seconds that a refusal takes at the least.
        failed: counts a failure by its reason_id, for the log; `None`: nobody counts.
    """

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        commit: Commit,
        record: Record,
        *,
        lock_out: LockOut | None = None,
        attempts: Attempts | None = None,
        second_factors: SecondFactors | None = None,
        pending: Pending | None = None,
        floor: float = FLOOR,
        failed: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._commit = commit
        self._record = record
        self._lock_out = lock_out or LockOut(record)
        self._attempts = attempts or Attempts()
        self._second_factors = second_factors
        self._pending = pending
        self._floor = floor
        self._failed = failed

    async def login(self, name: str, password: str, facts: Mapping[str, str] | None = None) -> str | CodeWanted:
        """Return a new session token, to be kept in a cookie, or the wish for a code.

        Args:
            facts: of the browser: what lists of sessions show.

        Raises AuthenticationError (`invalid_login`, `user_disabled`), LimitExceededError, UnavailableError, StorageError,
        AuditError.
        """
        tenant, slash, rest = name.partition("/")
        tenant, name = (tenant, rest) if slash else (DEFAULT_TENANT, name)
        user = await self.verified(tenant, name[:256], password)
        if user.second_factor is not None and self._pending is not None:
            return CodeWanted(self._pending.seal({"user": user.id}))
        token, write = self._sessions.new(user, "password", facts)
        opened = self._record("session.opened", user.principal(), {"method": "password"})
        await self._commit(self._lock_out.succeeded(user), write, opened)
        return token

    async def code(self, pending: str | None, code: str, facts: Mapping[str, str] | None = None) -> str:
        """Return a new session token for who has shown the password already.

        Raises AuthenticationError (`login_expired`, `invalid_code`, `user_disabled`), LimitExceededError and the rest.
        """
        expired = AuthenticationError("That sign-in took too long. Begin again.", reason_id="login_expired")
        if self._pending is None:
            raise expired
        user = await self._users.get(self._pending.open(pending)["user"])
        user.principal()
        token, write = self._sessions.new(user, "totp", facts)
        await self.code_shown(user, code, write, self._record("session.opened", user.principal(), {"method": "totp"}))
        return token

    async def again(self, session: Session, password: str, code: str) -> None:
        """A session's person proves once more who they are.

        Raises AuthenticationError (`invalid_login`, `invalid_code`, `user_disabled`), LimitExceededError and the rest.
        """
        user = await self.verified(session.user.tenant, session.user.name, password)
        proved = (
            self._sessions.proved(session),
            self._record("session.proved", user.principal(), {"session_id": session.id}),
        )
        if user.second_factor is None:
            await self._commit(self._lock_out.succeeded(user), *proved)
        else:
            await self.code_shown(user, code, *proved)

    async def logout(self, session: str) -> Session | None:
        """End a session, and return what it was; unknown ones are ignored. Raises StorageError, AuditError."""
        try:
            found = await self._sessions.find(session)
        except AuthenticationError:
            return None
        closed = self._record("session.closed", found.user.principal(), {})
        await self._commit(self._sessions.ended(session), closed)
        return found

    async def verified(self, tenant: str, name: str, password: str) -> User:
        """The user of name and password, with the attempt counted.

        A locked account looks like a wrong password: who guesses must not learn that there is one.

        Raises AuthenticationError (`invalid_login`, `user_disabled`), LimitExceededError, UnavailableError, StorageError.
        """
        await self._attempts.count(tenant, name)
        began = asyncio.get_running_loop().time()
        try:
            user = await self._users.verify(name, password, tenant)
            if is_locked(user.locked):
                raise AuthenticationError("The name or the password is wrong.", reason_id="invalid_login")
        except AuthenticationError as error:
            if error.reason_id == "invalid_login":
                await self._refused(tenant, name, began, error.reason_id)
            raise
        return user

    async def code_shown(self, user: User, code: str, *writes: Write) -> None:
        """Commit the writes if this is a code of the user's, which is used up with them.

        Raises AuthenticationError (`invalid_code`), LimitExceededError, UnavailableError, StorageError.
        """
        assert self._second_factors is not None
        await self._attempts.count(user.tenant, user.name)
        began = asyncio.get_running_loop().time()
        try:
            if is_locked(user.locked):
                raise AuthenticationError(WRONG_CODE, reason_id="invalid_code")
            is_recovery, used = await self._second_factors.used(user, code)
            more = [self._record("recovery_code.used", user.principal(), {})] if is_recovery else []
            await self._commit(used, self._lock_out.succeeded(user), *more, *writes)
        except AuthenticationError as error:
            if error.reason_id == "invalid_code":
                await self._refused(user.tenant, user.name, began, error.reason_id)
            raise

    async def _refused(self, tenant: str, name: str, began: float, reason_id: str) -> None:
        if "\0" not in tenant + name:
            await self._commit(self._lock_out.failed(tenant, name))
        if self._failed is not None:
            await self._failed(reason_id)
        await asyncio.sleep(max(0.0, began + self._floor - asyncio.get_running_loop().time()))
