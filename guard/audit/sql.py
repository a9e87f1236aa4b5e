"""The audit log in the database, in the same transactions as the transcripts, with a signed head."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import desc, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit.base import BaseAudit, Write
from guard.audit.heads import heads_of
from guard.audit.record import GENESIS, Head, canonical, chain
from guard.database import Database, after_commit, is_planned
from guard.errors import AuditError, NotFoundError
from guard.model import JSON
from guard.tables import audit_records as table

FILTERS = ("event", "request_id", "conversation_id", "actor", "decision", "reason_id")
"""Columns that a search may ask for."""


_HEAD = "audit.head"


class SqlAudit(BaseAudit):
    """Audit over `Database`. Several processes may append: the end of the chain is read inside the transaction."""

    def __init__(
        self, database: Database, key: Ed25519PrivateKey, models: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(models)
        self._database = database
        self._heads = heads_of(database, key)
        self._head: Head | None = None  # The newest that this process signed, or found when it began.

    def append(self, fields: Mapping[str, JSON], after: Callable[[], None] | None = None) -> Write:
        async def write(connection: AsyncConnection) -> None:
            last = await self._last(connection)
            head = await self._add(connection, last, fields)
            if after:
                after_commit(connection, f"audit.{head.records}", _call(after))
            # The head comes last: what is on disk is on disk, also when the head cannot be written.
            after_commit(connection, _HEAD, self._remembering(head))
            self._heads.keep(connection, head)

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
        if which.isdecimal() and which.isascii() and len(which) < 19:  # What databases take for a number.
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
        if is_planned(connection, _HEAD):
            return last  # Checked before in this transaction.
        head = self._head or await self._heads.read(connection, has_records=last.records > 0)
        if head is None and last.records == 0:
            return last  # The first of all.
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

    def _remembering(self, head: Head) -> Any:
        async def remember() -> None:
            self._head = head

        return remember


def _call(function: Callable[[], None]) -> Any:
    async def hook() -> None:
        function()

    return hook
