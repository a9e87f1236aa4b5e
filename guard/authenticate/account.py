"""What people do with their own account: sessions, password, second factor. Each act is a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guard.authenticate.lock_out import LockOut
from guard.authenticate.login import PasswordLogin
from guard.authenticate.recording import Commit, Record
from guard.authenticate.session import Session, Sessions
from guard.authenticate.step_up import StepUp
from guard.authenticate.totp import SecondFactors, Secret
from guard.authenticate.users import Users
from guard.database import Write
from guard.errors import AuthenticationError, InvalidRequestError, NotFoundError
from guard.model import JSON


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its person sees it.

    Args:
        current: the session that asks. sessions: all of them.
        recovery_codes: how many are left.
        must_set_up: whether a second factor has to be set up before anything else.
    """

    current: Session
    sessions: Sequence[Session]
    recovery_codes: int
    must_set_up: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one database, each before its own person."""

    users: Users
    sessions: Sessions
    second_factors: SecondFactors
    login: PasswordLogin
    lock_out: LockOut
    fresh: StepUp
    commit: Commit
    record: Record

    async def session(self, token: str | None) -> Session:
        """Whose session this is, even if a second factor has to be set up first. Raises AuthenticationError."""
        if not token:
            raise AuthenticationError("The session has ended. Sign in again.", reason_id="invalid_session")
        return await self.sessions.find(token)

    def must_set_up(self, session: Session) -> bool:
        """Whether a second factor has to be set up before anything else."""
        return self.sessions.needs_second_factor(session)

    def must_change_password(self, session: Session) -> bool:
        """Whether a password of one's own has to be chosen before anything else."""
        return self.sessions.needs_own_password(session)

    async def shown(self, session: Session) -> Account:
        """The account of a session. Raises StorageError, TamperedError."""
        return Account(
            current=session,
            sessions=await self.sessions.list(session.user),
            recovery_codes=await self.second_factors.left(session.user),
            must_set_up=self.must_set_up(session),
        )

    async def end(self, session: Session, session_id: str) -> None:
        """End one of one's sessions. Raises NotFoundError for one that is nobody's or another's."""
        if all(each.id != session_id for each in await self.sessions.list(session.user)):
            raise NotFoundError("You have no session of that id. It may have ended meanwhile.")
        ended = self.sessions.ended_one(session.user, session_id)
        await self._done(session, "session.ended", {"session_id": session_id}, ended)

    async def end_others(self, session: Session) -> None:
        """End all of one's sessions but this one."""
        await self._done(session, "session.others_ended", {}, self.sessions.ended_others(session.user, session.id))

    async def change_password(self, session: Session, old: str, new: str) -> None:
        """Give oneself another password, and end all other sessions.

        Raises AuthenticationError (`invalid_login`) when the old one is wrong, InvalidRequestError (`weak_password`),
        LimitExceededError.
        """
        user = session.user
        if not user.has_password:
            raise InvalidRequestError("Your account has no password here: you sign in at your organisation's provider.")
        await self.login.verified(user.tenant, user.name, old)
        if old == new:
            raise InvalidRequestError("The new password is the old one.", reason_id="weak_password", param="password")
        changed = await self.users.password_changed(user, new)
        others = self.sessions.ended_others(user, session.id)
        await self._done(
            session,
            "password.changed",
            {},
            changed,
            others,
            self.sessions.proved(session),
            self.lock_out.succeeded(user),
        )

    async def begin_second_factor(self, session: Session) -> None:
        """Make a secret that an authenticator app is told.

        Raises InvalidRequestError where there is no password that it could be second to, ConflictError,
        StepUpRequiredError.
        """
        if not session.user.has_password:
            raise InvalidRequestError("Your organisation's provider asks for the second factor, not Guard.")
        self.fresh.check(session)
        await self._done(session, "second_factor.begun", {}, self.second_factors.begun(session.user))

    async def waiting_secret(self, session: Session) -> Secret | None:
        """The secret that waits for its first code, if one does."""
        return await self.second_factors.waiting(session.user)

    async def confirm_second_factor(self, session: Session, code: str) -> list[str]:
        """Turn the second factor on by a first code, and return the recovery codes, which are shown this once.

        Raises AuthenticationError (`invalid_code`), ConflictError.
        """
        codes, write = await self.second_factors.confirmed(session.user, code)
        others = self.sessions.ended_others(session.user, session.id)
        await self._done(session, "second_factor.set", {}, write, others)
        return codes

    async def renew_recovery_codes(self, session: Session) -> list[str]:
        """New recovery codes in the place of the old. Raises StepUpRequiredError, InvalidRequestError."""
        if session.user.second_factor is None:
            raise InvalidRequestError("There is no second factor that they could stand in for.")
        self.fresh.check(session)
        codes, write = self.second_factors.renewed(session.user)
        await self._done(session, "recovery_codes.renewed", {}, write)
        return codes

    async def remove_second_factor(self, session: Session) -> None:
        """Turn the second factor off. Raises StepUpRequiredError."""
        self.fresh.check(session)
        await self._done(session, "second_factor.removed", {}, self.second_factors.removed(session.user))

    async def _done(self, session: Session, event: str, fields: Mapping[str, JSON], *writes: Write) -> None:
        await self.commit(*writes, self.record(event, session.user.principal(), fields))
