"""Browser sessions: a random token in a cookie, its keyed hash in the database."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.clock import now
from guard.authenticate.keyed_hash import check_key, keyed_hash
from guard.authenticate.users import User, user_of
from guard.database import Database, Write
from guard.errors import AuthenticationError
from guard.model import Principal
from guard.tables import sessions, users

LIFETIME: Final = 12 * 3_600_000
"""Milliseconds after which a session ends, used or not."""

IDLE: Final = 2 * 3_600_000
"""Milliseconds without a request after which a session ends."""

_TOUCH: Final = 60_000
"""`last_used` is written at most once in this time, or every request would cost a commit."""

_PURPOSE: Final = "session"


class Sessions:
    """The sessions of one database.

    Args:
        database: where they are.
        key: key of the keyed hash, 32 bytes or more.
        lifetime, idle: milliseconds.
    """

    def __init__(self, database: Database, key: bytes, *, lifetime: int = LIFETIME, idle: int = IDLE) -> None:
        self._database = database
        self._key = check_key(key)
        self._lifetime = lifetime
        self._idle = idle

    def new(self, user: User) -> tuple[str, Write]:
        """A token for a user and the Write that adds the session and clears away ended ones."""
        token = secrets.token_urlsafe(32)
        digest, at = self._hash(token), now()
        session_id = "ses_" + secrets.token_hex(12)

        async def write(connection: AsyncConnection) -> None:
            ended = or_(sessions.c.expires <= at, sessions.c.last_used <= at - self._idle)
            await connection.execute(delete(sessions).where(ended))
            await connection.execute(
                insert(sessions).values(
                    hash=digest,
                    id=session_id,
                    user_id=user.id,
                    created=at,
                    last_used=at,
                    expires=at + self._lifetime,
                    method="password",
                    proved=at,
                )
            )

        return token, write

    def ended(self, token: str) -> Write:
        """The Write that ends a session; an unknown one is ignored."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(sessions).where(sessions.c.hash == self._hash(token)))

        return write

    async def principal(self, token: str) -> Principal:
        """Whose session this is. Raises AuthenticationError (`invalid_session`, `user_disabled`), StorageError."""
        digest, at = self._hash(token), now()
        query = (
            select(users, sessions.c.last_used, sessions.c.expires)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.hash == digest)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None or row.expires <= at or row.last_used <= at - self._idle:
            raise AuthenticationError("The session has ended. Sign in again.", reason_id="invalid_session")
        principal = user_of(row).principal()
        if row.last_used <= at - _TOUCH:
            await self._database.write(self._touched(digest, at))
        return principal

    def _touched(self, digest: bytes, at: int) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(sessions).where(sessions.c.hash == digest).values(last_used=at))

        return write

    def _hash(self, token: str) -> bytes:
        return keyed_hash(self._key, _PURPOSE, token)
