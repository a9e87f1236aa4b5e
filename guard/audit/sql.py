"""The audit log in the database, in the same transactions as the transcripts, with a signed head beside it."""

from __future__ import annotations

import asyncio
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
from guard.database import Database, after_commit
from guard.errors import AuditError, NotFoundError
from guard.model import JSON
from guard.tables import audit_records as table

FILTERS = ("event", "request_id", "conversation_id", "actor", "decision", "reason_id")
"""Columns that a search may ask for."""


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
        self._head = head_path(database.path)

    def append(self, fields: Mapping[str, JSON], after: Callable[[], None] | None = None) -> Write:
        async def write(connection: AsyncConnection) -> None:
            last = (
                await connection.execute(select(table.c.index, table.c.hash).order_by(desc(table.c.index)).limit(1))
            ).first()
            index, previous = (last[0] + 1, last[1]) if last else (0, GENESIS)
            now = time.time_ns() // 1_000_000
            complete = {**fields, "index": index, "time": now}
            record = canonical(complete)
            digest = chain(previous, record)
            columns = {name: complete.get(name) for name in FILTERS}
            await connection.execute(insert(table).values(index=index, time=now, record=record, hash=digest, **columns))
            after_commit(connection, "audit.head", self._head_writer(Head(index + 1, digest, now)))
            if after:
                after_commit(connection, f"audit.{index}", _call(after))

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
        if which.isdecimal():
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

    def _head_writer(self, head: Head) -> Any:
        async def write() -> None:
            try:
                await asyncio.to_thread(_replace, self._head, head.sign(self._key))
            except OSError:
                raise AuditError("The signed head of the audit log could not be written.") from None

        return write


def _call(function: Callable[[], None]) -> Any:
    async def hook() -> None:
        function()

    return hook


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, durably.

    A temporary file of its own for each process, so that two of them do not write into one.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
