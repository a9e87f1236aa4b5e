"""Browser sessions: a random token in a cookie, its keyed hash in the database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.keyed_hash import check_key, keyed_hash
from guard.authenticate.users import User, user_of
from guard.clock import now
from guard.database import Database, Write
from guard.errors import AuthenticationError, PasswordChangeRequiredError, SecondFactorRequiredError, TamperedError
from guard.model import Principal
from guard.tables import sessions, users

LIFETIME: Final = 12 * 3_600_000
"""Milliseconds after which a session ends, used or not."""

IDLE: Final = 2 * 3_600_000
"""Milliseconds without a request after which a session ends."""

_TOUCH: Final = 60_000
"""`last_used` is written at most once in this time, or every request would cost a commit."""

_PURPOSE: Final = "session"
Method = Literal["password", "totp", "oidc"]


class Sealer(Protocol):
    """Seals bytes for one place and opens them there alone."""

    def seal(self, plaintext: bytes, *place: str) -> bytes:
        """Encrypt."""
        ...

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt. Raises TamperedError."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """A session as stored. Times are milliseconds since 1970.

    Args:
        method: how it began.
        proved: when its person last showed password, code or provider.
        facts: browser, address, the provider's token for signing out.
    """

    id: str
    user: User
    created: int
    last_used: int
    expires: int
    method: Method
    proved: int
    second_factor: bool
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


class Sessions:
    """The sessions of one database.

    Args:
        database: where they are.
        key: key of the keyed hash, 32 bytes or more.
        sealer: what the facts are sealed with; `None`: none are kept.
        lifetime, idle: milliseconds.
        second_factor_roles: who has one of them and no second factor can do nothing but set one up.
    """

    def __init__(
        self,
        database: Database,
        key: bytes,
        sealer: Sealer | None = None,
        *,
        lifetime: int = LIFETIME,
        idle: int = IDLE,
        second_factor_roles: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._key = check_key(key)
        self._sealer = sealer
        self._lifetime = lifetime
        self._idle = idle
        self._second_factor_roles = second_factor_roles

    def new(
        self,
        user: User,
        method: Method = "password",
        facts: Mapping[str, str] | None = None,
        *,
        proved: int | None = None,
    ) -> tuple[str, Write]:
        """A token for a user and the Write that adds the session and clears away ended ones.

        Args:
            proved: when the person last proved who they are, if that was not just now.
        """
        token = secrets.token_urlsafe(32)
        at, session_id = now(), "ses_" + secrets.token_hex(12)
        row = {
            "hash": self._hash(token),
            "id": session_id,
            "user_id": user.id,
            "created": at,
            "last_used": at,
            "expires": at + self._lifetime,
            "method": method,
            "proved": at if proved is None else min(proved, at),
            "facts": self._sealed(session_id, facts),
        }

        async def write(connection: AsyncConnection) -> None:
            ended = or_(sessions.c.expires <= at, sessions.c.last_used <= at - self._idle)
            await connection.execute(delete(sessions).where(ended))
            await connection.execute(insert(sessions).values(**row))

        return token, write

    def ended(self, token: str) -> Write:
        """The Write that ends a session; an unknown one is ignored."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(sessions).where(sessions.c.hash == self._hash(token)))

        return write

    def ended_one(self, user: User, session_id: str) -> Write:
        """The Write that ends one of a user's sessions by its id; an unknown one is ignored."""

        async def write(connection: AsyncConnection) -> None:
            own = sessions.c.user_id == user.id
            await connection.execute(delete(sessions).where(own, sessions.c.id == session_id))

        return write

    def ended_others(self, user: User, kept: str | None) -> Write:
        """The Write that ends all sessions of a user but the one of this id; `None`: all."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(
                delete(sessions).where(sessions.c.user_id == user.id, sessions.c.id != (kept or ""))
            )

        return write

    def proved(self, session: Session, facts: Mapping[str, str] | None = None) -> Write:
        """The Write that notes that the session's person has just proved who they are. `facts` are added to its own."""
        values: dict[str, Any] = {"proved": now()}
        if facts:
            values["facts"] = self._sealed(session.id, {**session.facts, **facts})

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(sessions).where(sessions.c.id == session.id).values(**values))

        return write

    async def find(self, token: str) -> Session:
        """The session of this token, whether or not its person still has to set up a second factor.

        Raises AuthenticationError (`invalid_session`, `user_disabled`), TamperedError, StorageError.
        """
        digest, at = self._hash(token), now()
        query = (
            select(users, *_COLUMNS).join(sessions, sessions.c.user_id == users.c.id).where(sessions.c.hash == digest)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None or self._is_over(row, at):
            raise AuthenticationError("The session has ended. Sign in again.", reason_id="invalid_session")
        found = self._session(row)
        found.user.principal()
        if row.last_used <= at - _TOUCH:
            await self._database.write(self._touched(digest, at))
        return found

    async def principal(self, token: str) -> Principal:
        """Whose session this is.

        Raises AuthenticationError (`invalid_session`, `user_disabled`), PasswordChangeRequiredError,
        SecondFactorRequiredError, StorageError.
        """
        found = await self.find(token)
        if self.needs_own_password(found):
            raise PasswordChangeRequiredError
        if self.needs_second_factor(found):
            raise SecondFactorRequiredError
        return found.user.principal()

    def needs_own_password(self, session: Session) -> bool:
        """Whether the session's person has to choose a password first, because somebody else knows the one there is."""
        return session.method != "oidc" and session.user.password_by is not None

    def needs_second_factor(self, session: Session) -> bool:
        """Whether the session's person has to set up a second factor first. Of whom a provider knows, it asks for it."""
        if session.method == "oidc" or session.second_factor:
            return False
        return not self._second_factor_roles.isdisjoint(session.user.roles)

    async def list(self, user: User) -> list[Session]:
        """A user's sessions, the last used first. Raises StorageError, TamperedError."""
        query = (
            select(users, *_COLUMNS)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(users.c.id == user.id)
            .order_by(sessions.c.last_used.desc(), sessions.c.id)
        )
        at = now()
        async with self._database.read() as connection:
            return [self._session(row) for row in await connection.execute(query) if not self._is_over(row, at)]

    def _is_over(self, row: Row[Any], at: int) -> bool:
        return bool(row.expires <= at or row.last_used <= at - self._idle)

    def _session(self, row: Row[Any]) -> Session:
        return Session(
            id=row.session_id,
            user=user_of(row),
            created=row.session_created,
            last_used=row.last_used,
            expires=row.expires,
            method=row.method,
            proved=row.proved,
            second_factor=row.totp_confirmed is not None,
            facts=self._opened(row.session_id, row.facts),
        )

    def _sealed(self, session_id: str, facts: Mapping[str, str] | None) -> bytes | None:
        if self._sealer is None or not facts:
            return None
        return self._sealer.seal(json.dumps(dict(facts)).encode(), "sessions", session_id)

    def _opened(self, session_id: str, sealed: bytes | None) -> Mapping[str, str]:
        if self._sealer is None or sealed is None:
            return {}
        facts = json.loads(self._sealer.open(bytes(sealed), "sessions", session_id))
        if not isinstance(facts, dict):
            raise TamperedError
        return facts

    def _touched(self, digest: bytes, at: int) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(sessions).where(sessions.c.hash == digest).values(last_used=at))

        return write

    def _hash(self, token: str) -> bytes:
        return keyed_hash(self._key, _PURPOSE, token)


_COLUMNS: Final = (
    sessions.c.id.label("session_id"),
    sessions.c.created.label("session_created"),
    sessions.c.last_used,
    sessions.c.expires,
    sessions.c.method,
    sessions.c.proved,
    sessions.c.facts,
)
