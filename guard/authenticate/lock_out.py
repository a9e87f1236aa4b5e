"""Lock-out: after too many wrong passwords or codes in a row nobody can sign in to an account for a while."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.recording import Record, stranger
from guard.authenticate.users import User
from guard.clock import now
from guard.database import Write
from guard.tables import users

LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class LockOut:
    """Counts what was wrong.

    Args:
        after: so many in a row lock the account; so many more lock it for twice as long.
        minutes: for how long the first time.
    """

    record: Record
    after: int = 10
    minutes: int = 15

    def failed(self, tenant: str, name: str) -> Write:
        """The Write that counts a wrong password or code, and locks the account if it was one too many.

        Of a name that nobody has, and while the account is locked, nothing is counted.
        """

        async def write(connection: AsyncConnection) -> None:
            whose = users.c.tenant == tenant, users.c.name == unicodedata.normalize("NFC", name)
            row = (await connection.execute(select(users.c.id, users.c.failures, users.c.locked).where(*whose))).first()
            if row is None or is_locked(row.locked):
                return
            failures = row.failures + 1
            locks, rest = divmod(failures, self.after)
            if rest == 0:
                minutes = min(self.minutes * 2 ** min(locks - 1, 20), LONGEST_MINUTES)
                locked = now() + minutes * 60_000
                fields = {"user_id": row.id, "failures": failures, "minutes": minutes}
                await self.record("user.locked", stranger(tenant), fields)(connection)
            else:
                locked = None
            await connection.execute(update(users).where(users.c.id == row.id).values(failures=failures, locked=locked))

        return write

    def succeeded(self, user: User) -> Write:
        """The Write that begins to count anew."""

        async def write(connection: AsyncConnection) -> None:
            wrong = users.c.id == user.id, users.c.failures > 0
            await connection.execute(update(users).where(*wrong).values(failures=0, locked=None))

        return write


def is_locked(until: int | None) -> bool:
    """Whether an account that is locked until then is locked now."""
    return until is not None and until > now()
