"""Cases as they are stored: records that somebody is to look at, who does, and what they said.

A case is moved by compare-and-swap on when it was last moved, so that of two people at once one is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.database import Database, Write
from guard.errors import ConflictError, NotFoundError
from guard.store.envelope import Envelope
from guard.tables import cases as table

Which = Literal["open", "mine", "unassigned", "closed"]
WHICH: tuple[Which, ...] = ("open", "mine", "unassigned", "closed")


@dataclass(frozen=True, slots=True)
class Case:
    """A record in a queue. Times are milliseconds since 1970.

    Args:
        created: when the record was written.
        disposition: what it was closed with, a code. reason: what was written with it.
        updated: when it was last moved; who moves it says which state they saw.
    """

    id: str
    tenant: str
    queue: str
    record: int
    request_id: str | None
    conversation_id: str | None
    created: int
    status: Literal["open", "closed"]
    updated: int
    assignee: str | None = None
    disposition: str | None = None
    reason: str | None = field(default=None, repr=False)
    closed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What waits in a queue: how many cases, of them without anybody, and since when the oldest."""

    open: int = 0
    unassigned: int = 0
    oldest: int | None = None


class CaseRows:
    """The cases of one database.

    Args:
        envelope: seals the reasons.
    """

    def __init__(self, database: Database, envelope: Envelope) -> None:
        self._database = database
        self._envelope = envelope

    def moved(self, case: Case, **values: Any) -> tuple[Case, Write]:
        """The case with other values, and the Write that puts it in the place of the one that was seen.

        The Write raises ConflictError (`case_moved`) when it is not as it was seen any more.
        """
        # Two moves within a millisecond are two moves.
        after = replace(case, updated=max(now(), case.updated + 1), **values)
        names = ("status", "assignee", "disposition", "closed_by", "updated")
        columns = {name: getattr(after, name) for name in names}
        sealed = None if after.reason is None else self._envelope.seal(after.reason.encode(), *_place(after))

        async def write(connection: AsyncConnection) -> None:
            seen = (table.c.id == case.id) & (table.c.tenant == case.tenant) & (table.c.updated == case.updated)
            done = await connection.execute(update(table).where(seen).values(**columns, reason=sealed))
            if done.rowcount != 1:
                raise case_moved()

        return after, write

    async def get(self, case_id: str, tenant: str) -> Case:
        """One case of this tenant. Raises NotFoundError, StorageError, TamperedError."""
        found: list[Case] = []
        if case_id.isascii() and case_id.isprintable() and len(case_id) <= 40:
            found = await self._found(select(table).where(table.c.id == case_id, table.c.tenant == tenant))
        if not found:
            raise NotFoundError("There is no case of that id.")
        return found[0]

    async def of_record(self, record: int, tenant: str) -> list[Case]:
        """The cases of a record, one a queue at the most. Raises StorageError, TamperedError."""
        query = select(table).where(table.c.record == record, table.c.tenant == tenant).order_by(table.c.queue)
        return await self._found(query)

    async def page(
        self, tenant: str, queue: str, which: Which, actor: str, *, after: int | None = None, limit: int = 50
    ) -> list[Case]:
        """Cases of a queue: those that are open the oldest first, those that are closed the newest first.

        Args:
            after: go on behind the case of this record.
        """
        is_closed = which == "closed"
        place = table.c.record
        query = select(table).where(table.c.tenant == tenant, table.c.queue == queue)
        query = query.where(table.c.status == ("closed" if is_closed else "open"))
        if which == "mine":
            query = query.where(table.c.assignee == actor)
        if which == "unassigned":
            query = query.where(table.c.assignee.is_(None))
        if after is not None:
            query = query.where(place < after if is_closed else place > after)
        return await self._found(query.order_by(place.desc() if is_closed else place.asc()).limit(limit))

    async def loads(self, tenant: str) -> dict[str, Load]:
        """What waits in each queue that has anything. Raises StorageError."""
        count = func.count()
        unassigned = count - func.count(table.c.assignee)
        query = select(table.c.queue, count, unassigned, func.min(table.c.created))
        query = query.where(table.c.tenant == tenant, table.c.status == "open").group_by(table.c.queue)
        async with self._database.read() as connection:
            return {queue: Load(*rest) for queue, *rest in await connection.execute(query)}

    async def _found(self, query: Select[Any]) -> list[Case]:
        async with self._database.read() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return [self._case(row) for row in rows]

    def _case(self, row: Row[Any]) -> Case:
        case = Case(**dict(row._mapping) | {"reason": None})
        if row.reason is None:
            return case
        return replace(case, reason=self._envelope.open(bytes(row.reason), *_place(case)).decode())


def case_moved() -> ConflictError:
    """What stands in the place of a step that comes too late."""
    return ConflictError(
        "Somebody else has moved this case since you looked. Look at it again.", reason_id="case_moved"
    )


def _place(case: Case) -> tuple[str, ...]:
    return ("cases", case.tenant, case.id, case.queue, str(case.record), case.disposition or "", case.closed_by or "")
