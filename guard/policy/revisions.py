"""Revisions of the policy in the database. The newest is in force; a stored revision is never changed.

Each is sealed with a key that is not in the database (HMAC-SHA256 over its number, hash and origin). A row that somebody
wrote past Guard has no seal and is never decided by, nor is an older revision that was marked as in force.

Writing gives a `Write`, to be committed together with its audit record.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import ConflictError, NotFoundError, PolicyError, TamperedError
from guard.policy.bundle import Bundle, loads
from guard.tables import policy_revisions as table

_LAST = 2**31 - 1
"""The greatest number that the column takes."""

_SEALED_SINCE = "0003"
"""The schema from which on revisions are sealed."""

Write = Callable[[AsyncConnection], Awaitable[None]]


class Reads(Protocol):
    """The reading side of a database."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for reading. Raises StorageError."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """Which revision is in force: what every process asks for again and again."""

    id: int
    hash: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored policy. `created` is in milliseconds since 1970; `author` is a principal's id.

    Args:
        stored: its canonical form; `None` in a list.
        change_id: the change set that it came from; `None` for the first one and for a rollback.
        restores: the revision whose policy a rollback brought back.
    """

    id: int
    hash: str
    author: str
    created: int
    active: bool
    stored: bytes | None = field(repr=False)
    change_id: str | None = None
    restores: int | None = None

    def bundle(self) -> Bundle:
        """Read it: seconds, for a large one. Raises TamperedError when it does not have its hash, PolicyError."""
        assert self.stored is not None
        return verified(self.stored, self.hash)


class Revisions:
    """The revisions of one database.

    Args:
        key: seals them, 32 bytes.
    """

    def __init__(self, database: Reads, key: bytes) -> None:
        self._database = database
        self._key = key

    async def head(self) -> Head:
        """The number and hash of the revision in force, without its text. Raises PolicyError, TamperedError, StorageError."""
        newest = select(func.max(table.c.id)).scalar_subquery()
        query = select(table.c.id, table.c.hash, newest.label("newest")).where(table.c.active.is_(True))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        if len(rows) != 1:
            several = "More than one policy is marked as in force. Restore the database from a backup."
            raise PolicyError(several if rows else "No policy is in force. Run `guard init`.")
        if rows[0].id != rows[0].newest:
            raise TamperedError(
                "An older policy was marked as in force outside Guard. Restore the database from a backup; "
                "`guard policy rollback` brings an older policy back."
            )
        return Head(rows[0].id, rows[0].hash)

    async def active(self) -> Revision:
        """The revision in force. Raises PolicyError when there is none, or more than one; StorageError."""
        return await self.get((await self.head()).id)

    async def get(self, revision: int) -> Revision:
        """One revision by its number. Raises NotFoundError, TamperedError when Guard has not stored it, StorageError."""
        if not 0 < revision <= _LAST:
            raise NotFoundError("There is no policy revision of that number.")
        async with self._database.read() as connection:
            row = (await connection.execute(select(table).where(table.c.id == revision))).first()
        if row is None:
            raise NotFoundError(f"There is no policy revision {int(revision)}.")
        found = _revision(row, bytes(row.bundle))
        if not hmac.compare_digest(_seal(self._key, found), bytes(row.seal or b"")):
            raise TamperedError(
                f"Guard has not stored policy revision {found.id} as it is there. Restore the database from a backup."
            )
        return found

    async def history(self, limit: int = 1000) -> list[Revision]:
        """The newest revisions without their policies, the newest first. Raises StorageError."""
        columns = [column for column in table.c if column is not table.c.bundle]
        async with self._database.read() as connection:
            rows = (await connection.execute(select(*columns).order_by(table.c.id.desc()).limit(limit))).all()
        return [_revision(row, None) for row in rows]

    def activated(
        self,
        bundle: Bundle,
        author: str,
        *,
        after: Head | None = None,
        change_id: str | None = None,
        restores: int | None = None,
    ) -> Write:
        """The Write that stores a bundle as the next revision and puts it in force, in one step.

        Args:
            after: the revision that must be in force until then; `None`: there is none yet.

        The Write raises ConflictError (`policy_base_changed`) when another one is.
        """

        async def write(connection: AsyncConnection) -> None:
            active = select(table.c.id, table.c.hash).where(table.c.active.is_(True))
            rows = (await connection.execute(active)).all()
            last = (await connection.execute(select(func.max(table.c.id)))).scalar() or 0
            expected = [(after.id, after.hash)] if after else []
            if [(row.id, row.hash) for row in rows] != expected or last != (after.id if after else 0):
                raise base_changed()
            await connection.execute(update(table).where(table.c.active.is_(True)).values(active=False))
            made = Revision(
                last + 1, bundle.hash, author, time.time_ns() // 1_000_000, True, bundle.canonical, change_id, restores
            )
            await connection.execute(insert(table).values(**_columns(made), seal=_seal(self._key, made)))

        return write


def sealing(key: bytes) -> Callable[[Connection, str | None], None]:
    """What a new schema needs: seals on the revisions of an installation that had none yet.

    Called inside the transaction that brings the schema up to date, with the schema's number before it; at no other time is
    a row without a seal given one.
    """

    def seal(connection: Connection, before: str | None) -> None:
        if before is None or before >= _SEALED_SINCE:
            return
        for row in connection.execute(select(table)).all():
            revision = _revision(row, bytes(row.bundle))
            connection.execute(update(table).where(table.c.id == row.id).values(seal=_seal(key, revision)))

    return seal


def base_changed() -> ConflictError:
    """The error of whoever builds on a policy that is no longer in force."""
    return ConflictError(
        "Another policy was put in force meanwhile. Revise the change set, which brings it up to date, and look again.",
        reason_id="policy_base_changed",
    )


def verified(stored: bytes, hash_: str) -> Bundle:
    """Read a stored bundle. Raises TamperedError when it does not have its hash, PolicyError."""
    digest = "sha256:" + hashlib.sha256(stored).hexdigest()
    if not hmac.compare_digest(digest, hash_):
        raise TamperedError("The stored policy was changed outside Guard. Restore it from a backup.")
    return loads(stored)


def _seal(key: bytes, revision: Revision) -> bytes:
    fields = ["guard/policy/revision/v1", revision.id, revision.hash, revision.author, revision.created]
    content = json.dumps([*fields, revision.change_id, revision.restores]).encode("ascii")
    return hmac.new(key, content, hashlib.sha256).digest()


def _columns(revision: Revision) -> dict[str, Any]:
    return {
        "id": revision.id,
        "hash": revision.hash,
        "bundle": revision.stored,
        "author": revision.author,
        "created": revision.created,
        "active": revision.active,
        "change_id": revision.change_id,
        "restores": revision.restores,
    }


def _revision(row: Row[Any], stored: bytes | None) -> Revision:
    return Revision(row.id, row.hash, row.author, row.created, row.active, stored, row.change_id, row.restores)
