"""The recorded requests of a window, in the order of the log, in batches: what a replay reads.

Each batch is a short read of its own. A long one would keep the write-ahead log from being emptied, and with it what an
erasure must take away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database
from guard.errors import AuditError
from guard.policy.recorded import Recorded, Window, decode
from guard.tables import audit_records as table

BATCH = 2_000
"""Records that are read at a time."""

OPEN = 100_000
"""Requests that may be open at a time; of more, the oldest are taken for never closed."""

_LAST = ("chat.closed", "chat.refused", "authentication.failed")
_OPENED = "chat.opened"


async def window(database: Database, since: int | None = None, until: int | None = None) -> Window:
    """The records from `since` up to before `until` (milliseconds since 1970), as far as the log goes now.

    Raises StorageError.
    """
    query = select(func.min(table.c.index), func.max(table.c.index))
    if since is not None:
        query = query.where(table.c.time >= since)
    if until is not None:
        query = query.where(table.c.time < until)
    async with database.read() as connection:
        first, last = (await connection.execute(query)).one()
    return Window(since, until, first, last)


@dataclass(slots=True)
class Requests:
    """The requests of a window, each as its last record.

    Iterate over `batches` once; then `unreadable` and `never_closed` tell what it could not give.

    Args:
        unreadable: records that have not the form of one.
        never_closed: requests that were taken for never closed and are in no batch.
        read: how many records were read so far.
    """

    database: Database
    window: Window
    read: int = 0
    unreadable: int = 0
    never_closed: int = 0
    _open: dict[str, int] = field(default_factory=dict)

    async def batches(self) -> AsyncIterator[list[Recorded]]:
        """Yield requests in the order in which they ended, then those that have no end. Raises StorageError."""
        if self.window.first is None or self.window.last is None:
            return
        opened = table.c.event == _OPENED
        query = select(
            table.c.index,
            # Of a request that has an end, what the first record says stands in the last one, too.
            case((opened, table.c.request_id)),
            case((table.c.event.in_(_LAST), table.c.record)),
        ).order_by(table.c.index)
        start, last = self.window.first, self.window.last
        while start <= last:
            end = min(start + BATCH - 1, last)
            async with self.database.read() as connection:
                rows = (await connection.execute(query.where(table.c.index.between(start, end)))).all()
                found = self._decoded(rows)
                await self._complete(connection, [each for each in found if _is_old(each)])
            self.read, start = end - self.window.first + 1, end + 1
            yield found
        async for rest in self._unclosed():
            yield rest

    def _decoded(self, rows: Iterable[Any]) -> list[Recorded]:
        found = []
        for index, opened, record in rows:
            if opened is not None:
                self._open[opened] = index
                if len(self._open) > OPEN:
                    self._open.pop(next(iter(self._open)))
                    self.never_closed += 1
            elif record is not None:
                try:
                    request = decode(record)
                except AuditError:
                    self.unreadable += 1
                    continue
                self._open.pop(request.request_id or "", None)
                found.append(request)
        return found

    async def _complete(self, connection: AsyncConnection, requests: list[Recorded]) -> None:
        """Read the opening records of requests that an earlier version recorded."""
        if not requests:
            return
        wanted = {each.request_id: each for each in requests}
        query = select(table.c.record).where(table.c.request_id.in_(list(wanted)), table.c.event == _OPENED)
        for (record,) in await connection.execute(query):
            try:
                opened = decode(record)
            except AuditError:
                self.unreadable += 1
                continue
            wanted[opened.request_id].complete(opened)

    async def _unclosed(self) -> AsyncIterator[list[Recorded]]:
        """The opening records of requests that have no end in this window."""
        indexes = list(self._open.values())
        self._open.clear()
        for start in range(0, len(indexes), BATCH):
            query = select(table.c.record).where(table.c.index.in_(indexes[start : start + BATCH]))
            found = []
            async with self.database.read() as connection:
                for (record,) in await connection.execute(query.order_by(table.c.index)):
                    try:
                        found.append(decode(record))
                    except AuditError:
                        self.unreadable += 1
            yield found


def _is_old(request: Recorded) -> bool:
    return request.event == "chat.closed" and request.entities is None
