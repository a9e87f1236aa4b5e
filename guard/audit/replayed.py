"""The recorded requests of a window, in the order of the log, in batches: what a replay reads.

Each batch is a short read of its own. A long one would keep the write-ahead log from being emptied, and with it what an
erasure must take away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database
from guard.errors import AuditError
from guard.policy.recorded import Recorded, Window, decode, decode_all
from guard.tables import audit_records as table

BATCH = 4_000
"""Records that are read at a time."""

OPEN = 100_000
"""Requests without an end that are replayed; of more, the newest are only counted."""

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

    Iterate over `batches` once; then the numbers tell what it could not give.

    Args:
        read: how many records were read so far.
        unreadable: records that have not the form of one.
        never_closed: requests without an end that are in no batch, because there are too many.
    """

    database: Database
    window: Window
    read: int = 0
    unreadable: int = 0
    never_closed: int = 0

    async def batches(self) -> AsyncIterator[list[Recorded]]:
        """Yield requests in the order in which they ended, then those that have no end. Raises StorageError."""
        if self.window.first is None or self.window.last is None:
            return
        # Of a request that has an end, what the first record says stands in the last one, too.
        query = select(table.c.record).where(table.c.event.in_(_LAST)).order_by(table.c.index)
        start, last = self.window.first, self.window.last
        while start <= last:
            end = min(start + BATCH - 1, last)
            async with self.database.read() as connection:
                rows = await connection.execute(query.where(table.c.index.between(start, end)))
                found = self._decoded(rows.scalars().all())
                # An earlier version wrote the facts of the prompt into the first record alone.
                old = [each for each in found if each.entities is None and each.event == "chat.closed"]
                await self._complete(connection, old)
            self.read, start = end - self.window.first + 1, end + 1
            yield found
        async for rest in self._unclosed(await self._open_indexes()):
            yield rest

    def _decoded(self, records: Sequence[bytes]) -> list[Recorded]:
        with suppress(AuditError):
            return decode_all(records)
        found = []
        for record in records:
            try:
                found.append(decode(record))
            except AuditError:
                self.unreadable += 1
        return found

    async def _complete(self, connection: AsyncConnection, requests: list[Recorded]) -> None:
        """Read the opening records of requests that an earlier version recorded."""
        if not requests:
            return
        wanted = {each.request_id: each for each in requests}
        query = select(table.c.record).where(table.c.request_id.in_(list(wanted)), table.c.event == _OPENED)
        for opened in self._decoded((await connection.execute(query)).scalars().all()):
            wanted[opened.request_id].complete(opened)

    async def _open_indexes(self) -> Sequence[int]:
        """Where the requests begin that have one record in this window, the opening one."""
        # Over the whole log the index on the request ids is read in its order; the sum keeps SQLite from sorting rows.
        place = table.c.index + 0 if self.window.since is None else table.c.index
        single = (
            select(func.min(table.c.index).label("only"))
            .where(table.c.request_id.is_not(None), place.between(self.window.first, self.window.last))
            .group_by(table.c.request_id)
            .having(func.count() == 1)
            .subquery()
        )
        opening = table.alias()
        query = select(opening.c.index).join(single, opening.c.index == single.c.only)
        query = query.where(opening.c.event == _OPENED).order_by(opening.c.index)
        async with self.database.read() as connection:
            found = (await connection.execute(query.limit(OPEN))).scalars().all()
            if len(found) == OPEN:
                rest = select(func.count()).select_from(query.subquery())
                self.never_closed = (await connection.execute(rest)).scalar_one() - OPEN
        return found

    async def _unclosed(self, indexes: Sequence[int]) -> AsyncIterator[list[Recorded]]:
        for start in range(0, len(indexes), BATCH):
            query = select(table.c.record).where(table.c.index.in_(indexes[start : start + BATCH]))
            async with self.database.read() as connection:
                yield self._decoded((await connection.execute(query.order_by(table.c.index))).scalars().all())
