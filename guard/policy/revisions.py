"""Revisions of the policy in the database. One is active; a stored revision is never changed.

Writing gives a `Write`, to be committed together with its audit record.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import PolicyError, TamperedError
from guard.policy.bundle import Bundle, loads
from guard.tables import policy_revisions as table

Write = Callable[[AsyncConnection], Awaitable[None]]


class Reads(Protocol):
    """The reading side of a database."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for reading. Raises StorageError."""
        ...


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored policy. `created` is in milliseconds since 1970; `author` is a principal's id."""

    id: int
    hash: str
    author: str
    created: int
    active: bool
    stored: bytes = field(repr=False)

    def bundle(self) -> Bundle:
        """Read it. Raises TamperedError when the stored bytes do not have the stored hash, PolicyError."""
        digest = "sha256:" + hashlib.sha256(self.stored).hexdigest()
        if not hmac.compare_digest(digest, self.hash):
            raise TamperedError("The stored policy was changed outside Guard. Restore it from a backup.")
        return loads(self.stored)


class Revisions:
    """The revisions of one database."""

    def __init__(self, database: Reads) -> None:
        self._database = database

    async def active(self) -> Revision:
        """The revision in force. Raises PolicyError when there is none, or more than one; StorageError."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(table).where(table.c.active.is_(True)))).all()
        if len(rows) != 1:
            raise PolicyError("No policy is in force. Run `guard init`.")
        return _revision(rows[0])

    async def get(self, revision: int) -> Revision:
        """One revision by its number. Raises PolicyError when there is none; StorageError."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(table).where(table.c.id == revision))).first()
        if row is None:
            raise PolicyError(f"There is no policy revision {int(revision)}.")
        return _revision(row)

    async def history(self) -> list[Revision]:
        """All revisions, the newest first. Raises StorageError."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.id.desc()))).all()
        return [_revision(row) for row in rows]

    def activated(self, bundle: Bundle, author: str) -> Write:
        """The Write that stores a bundle as the next revision and puts it in force, in one step."""

        async def write(connection: AsyncConnection) -> None:
            last = (await connection.execute(select(func.max(table.c.id)))).scalar()
            await connection.execute(update(table).where(table.c.active.is_(True)).values(active=False))
            await connection.execute(
                insert(table).values(
                    id=(last or 0) + 1,
                    hash=bundle.hash,
                    bundle=bundle.canonical,
                    author=author,
                    created=time.time_ns() // 1_000_000,
                    active=True,
                )
            )

        return write


def _revision(row: Row[Any]) -> Revision:
    return Revision(row.id, row.hash, row.author, row.created, row.active, bytes(row.bundle))
