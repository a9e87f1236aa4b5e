"""The audit log in the database, in the same transactions as the transcripts, with a signed head beside it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import desc, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit.base import BaseAudit, Write
from guard.audit.record import GENESIS, Head, canonical, chain
from guard.database import Database, after_commit, is_planned
from guard.errors import AuditError, NotFoundError, TamperedError
from guard.model import JSON
from guard.tables import audit_records as table

FILTERS = ("event", "request_id", "conversation_id", "actor", "decision", "reason_id")
"""Columns that a search may ask for."""


_HEAD = "audit.head"
_PATIENCE = 20
"""Looks, 50 ms apart, for the first head of a log."""


def head_path(database: Path) -> Path:
    """Where the signed head of a database's log lies."""
    return database.with_name(database.name + ".head")


class SqlAudit(BaseAudit):
    """Audit over `Database`. Several processes may append: the end of the chain is read inside the transaction."""

    def __init__(
        self, database: Database, key: Ed25519PrivateKey, models: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(models)
        self._database = database
        self._key = key
        self._path = head_path(database.path)
        self._head: Head | None = None  # The newest that this process signed, or found when it began.

    def append(self, fields: Mapping[str, JSON], after: Callable[[], None] | None = None) -> Write:
        async def write(connection: AsyncConnection) -> None:
            last = await self._last(connection)
            head = await self._add(connection, last, fields)
            if after:
                after_commit(connection, f"audit.{head.records}", _call(after))
            # The head comes last: what is on disk is on disk, also when the head cannot be written.
            after_commit(connection, _HEAD, self._head_writer(head))

        return write

    async def commit(self, *writes: Write) -> None:
        await self._database.write(*writes)

    async def search(self, *, limit: int = 100, **filters: Any) -> list[dict[str, JSON]]:
        """The newest records that match, newest first, as rows.

        Args:
            filters: any of `FILTERS`, and `since` and `until` in milliseconds.
        """
        columns = [table.c[name] for name in ("index", "time", *FILTERS)]
        query = select(*columns).order_by(desc(table.c.index)).limit(limit)
        if since := filters.pop("since", None):
            query = query.where(table.c.time >= since)
        if until := filters.pop("until", None):
            query = query.where(table.c.time < until)
        for name, value in filters.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        async with self._database.read() as connection:
            return [dict(row._mapping) for row in await connection.execute(query)]

    async def show(self, which: str) -> list[dict[str, JSON]]:
        """The whole records of an index, a request or a conversation, in order, each with its `hash` and `previous`.

        Raises NotFoundError.
        """
        query = select(table.c.index, table.c.record, table.c.hash).order_by(table.c.index)
        if which.isdecimal() and len(which) < 19:  # What SQLite takes for a number.
            query = query.where(table.c.index == int(which))
        else:
            query = query.where((table.c.request_id == which) | (table.c.conversation_id == which))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            if not rows:
                raise NotFoundError("There is no record of that index, request or conversation.")
            before = select(table.c.index, table.c.hash).where(table.c.index.in_([index - 1 for index, _, _ in rows]))
            hashes: dict[int, bytes] = {row[0]: row[1] for row in await connection.execute(before)}
        return [
            json.loads(record) | {"hash": digest.hex(), "previous": hashes.get(index - 1, GENESIS).hex()}
            for index, record, digest in rows
        ]

    async def _last(self, connection: AsyncConnection) -> Head:
        """The end of the chain. Raises AuditError when it is not the log that the newest head was signed for.

        Otherwise the next head would be signed over whatever somebody made of the database, and tampering that was
        not noticed until then never would be. For the same reason a head that is gone leaves a record.
        """
        query = select(table.c.index, table.c.hash, table.c.time).order_by(desc(table.c.index)).limit(1)
        row = (await connection.execute(query)).first()
        last = Head(row[0] + 1, row[1], row[2]) if row else Head(0, GENESIS, 0)
        if (last.records == 0 and self._head is None and not self._path.exists()) or is_planned(connection, _HEAD):
            return last  # The first of all, or checked before in this transaction.
        head = self._head or await asyncio.to_thread(_awaited, self._path, self._key)
        if head is None:
            missing = {"event": "audit.head_missing", "decision": "error", "reason_id": "audit_head_missing"}
            return await self._add(connection, last, missing)
        found: bytes | None = last.hash
        if head.records != last.records:
            found = (await connection.execute(select(table.c.hash).where(table.c.index == head.records - 1))).scalar()
        if found != head.hash:
            raise AuditError(
                "The audit log was cut off or changed outside Guard; `guard audit verify` says where. Restore the "
                "database and its head from one backup, or move the head away: then a record will say that it was.",
                reason_id="audit_contradicted",
            )
        return last

    async def _add(self, connection: AsyncConnection, last: Head, fields: Mapping[str, JSON]) -> Head:
        """Insert a record after the last one; return the head that it makes."""
        now = time.time_ns() // 1_000_000
        complete = {**fields, "index": last.records, "time": now}
        record = canonical(complete)
        digest = chain(last.hash, record)
        columns = {name: complete.get(name) for name in FILTERS}
        await connection.execute(
            insert(table).values(index=last.records, time=now, record=record, hash=digest, **columns)
        )
        return Head(last.records + 1, digest, now)

    def _head_writer(self, head: Head) -> Any:
        async def write() -> None:
            self._head = head
            try:
                await asyncio.to_thread(_advance, self._path, head, self._key)
            except OSError:
                raise AuditError("The signed head of the audit log could not be written.") from None

        return write


def _call(function: Callable[[], None]) -> Any:
    async def hook() -> None:
        function()

    return hook


def _read(path: Path, key: Ed25519PrivateKey) -> Head | None:
    """The head on disk. Raises AuditError when it is not genuine."""
    try:
        return Head.read(path.read_bytes(), key.public_key())
    except FileNotFoundError:
        return None
    except OSError:
        raise AuditError("The signed head of the audit log cannot be read.") from None
    except TamperedError as error:
        raise AuditError(str(error), reason_id="audit_contradicted") from None


def _awaited(path: Path, key: Ed25519PrivateKey) -> Head | None:
    """The head on disk of a log that has records. Another process may just be about to write the first one."""
    for _ in range(_PATIENCE):
        if (head := _read(path, key)) is not None:
            return head
        time.sleep(0.05)
    return None


def _advance(path: Path, head: Head, key: Ed25519PrivateKey) -> None:
    """Sign a head and put it in the place of an older one.

    Another process may have committed after us and be here before us: its head stays. A lock keeps reading and
    writing together; it is on a file of its own, because closing one on the database would drop SQLite's locks.
    """
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = _read(path, key)
        if current is None or current.records < head.records:
            _replace(path, head.sign(key))


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, durably."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
