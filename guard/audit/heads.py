"""Where the signed head of a log is kept: beside the file of the database, or in a table where hosts share one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit.record import Head
from guard.database import Database, after_commit, before_commit
from guard.errors import AuditError, TamperedError
from guard.tables import audit_heads as table

_PLANNED = "audit.head.kept"
_PATIENCE = 20
"""Looks, 50 ms apart, for the first head of a log."""


class Heads(Protocol):
    """Keeps the newest signed head of one log."""

    async def read(self, connection: AsyncConnection, *, has_records: bool) -> Head | None:
        """The head that is kept. Raises AuditError when it is not genuine or cannot be read.

        Args:
            connection: of the transaction that goes on with the log.
            has_records: the log is not empty, so that there is a head as a rule.
        """
        ...

    def keep(self, connection: AsyncConnection, head: Head) -> None:
        """Have a head signed and kept with the open transaction, in the place of an older one."""
        ...


def heads_of(database: Database, key: Ed25519PrivateKey) -> Heads:
    """The heads of a database's log, signed with `key`."""
    return TableHeads(key) if database.path is None else FileHeads(head_path(database.path), key)


def head_path(database: Path) -> Path:
    """Where the signed head of a database's log lies."""
    return database.with_name(database.name + ".head")


class FileHeads:
    """Implements Heads with a file beside the database: who cuts off the log there has not changed the head with it."""

    def __init__(self, path: Path, key: Ed25519PrivateKey) -> None:
        self._path = path
        self._key = key

    async def read(self, connection: AsyncConnection, *, has_records: bool) -> Head | None:
        # Another process may just be about to write the first one.
        return await asyncio.to_thread(_awaited, self._path, self._key, _PATIENCE if has_records else 1)

    def keep(self, connection: AsyncConnection, head: Head) -> None:
        async def write() -> None:
            try:
                await asyncio.to_thread(_advance, self._path, head, self._key)
            except OSError:
                raise AuditError("The signed head of the audit log could not be written.") from None

        after_commit(connection, _PLANNED, write)


class TableHeads:
    """Implements Heads with the one row of a table, changed in the transaction that changes the log."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    async def read(self, connection: AsyncConnection, *, has_records: bool) -> Head | None:
        note = (await connection.execute(select(table.c.note))).scalar_one_or_none()
        return None if note is None else _genuine(bytes(note), self._key)

    def keep(self, connection: AsyncConnection, head: Head) -> None:
        async def write(connection: AsyncConnection) -> None:
            note = head.sign(self._key)
            changed = await connection.execute(update(table).values(note=note))
            if changed.rowcount == 0:
                await connection.execute(insert(table).values(id=1, note=note))

        before_commit(connection, _PLANNED, write)


def _genuine(note: bytes, key: Ed25519PrivateKey) -> Head:
    try:
        return Head.read(note, key.public_key())
    except TamperedError as error:
        raise AuditError(str(error), reason_id="audit_contradicted") from None


def _read(path: Path, key: Ed25519PrivateKey) -> Head | None:
    try:
        return _genuine(path.read_bytes(), key)
    except FileNotFoundError:
        return None
    except OSError:
        raise AuditError("The signed head of the audit log cannot be read.") from None


def _awaited(path: Path, key: Ed25519PrivateKey, looks: int) -> Head | None:
    for look in range(looks):
        if look:
            time.sleep(0.05)
        if (head := _read(path, key)) is not None:
            return head
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
