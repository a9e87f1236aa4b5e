"""Cases made from the log: a walk from where the last one ended, each record once, whoever walks and however far.

The end of the walk and the cases of what was walked are one commit, and the end is moved by compare-and-swap: of two
processes that walk the same records one writes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit.facts import Facts, read
from guard.database import Database, Write
from guard.errors import ConflictError
from guard.tables import audit_records, case_progress
from guard.tables import cases as table

MOST: Final = 100_000
"""Records that are walked at once at the most: a log that was long before there were queues takes several looks."""

STEP: Final = 5_000
"""Records of one commit."""

_ONLY: Final = 1
_NAMES = ("index", "time", "event", "decision", "reason_id", "actor", "request_id", "conversation_id", "record")


class Casting:
    """Makes the cases of one database.

    Args:
        share: of the answers that come into the random sample, 0 to 1.
        key: decides which ones; of 32 bytes. Who chats does not know it and cannot choose.
    """

    def __init__(self, database: Database, share: float, key: bytes, *, step: int = STEP) -> None:
        self._database, self._share, self._key, self._step = database, share, key, step
        self._walking = asyncio.Lock()

    async def catch_up(self) -> int:
        """Make the cases of the records since the last walk. Returns how many records are left to walk.

        Raises StorageError.
        """
        async with self._walking:
            begin, end = await self._bounds()
            until = min(end, begin + MOST)
            while begin < until:
                stop = min(until, begin + self._step)
                rows = await self._records(begin, stop)
                made = await asyncio.to_thread(self._cases, rows)
                try:
                    await self._database.write(_walked(begin, stop, made))
                except ConflictError:  # Another process was faster.
                    begin, end = await self._bounds()
                    until = min(end, begin + MOST)
                    continue
                begin = stop
            return end - begin

    async def _bounds(self) -> tuple[int, int]:
        """Up to which record was walked, and how far there are records."""
        done = select(case_progress.c.index).where(case_progress.c.id == _ONLY).scalar_subquery()
        last = select(func.max(audit_records.c.index)).scalar_subquery()
        async with self._database.read() as connection:
            begin, end = (await connection.execute(select(done, last))).one()
        return begin or 0, 0 if end is None else end + 1

    async def _records(self, begin: int, stop: int) -> Sequence[Any]:
        """The rows of which the columns say that they may be cases."""
        place, event = audit_records.c.index, audit_records.c.event
        query = select(*(audit_records.c[name] for name in _NAMES)).where(place >= begin, place < stop)
        blocked = and_(event == "chat.refused", audit_records.c.decision == "blocked")
        query = query.where(or_(event.in_(("chat.closed", "reveal.granted")), blocked)).order_by(place)
        async with self._database.read() as connection:
            return (await connection.execute(query)).all()

    def _cases(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        found = []
        for row in rows:
            queues = self.queues(row.event, row.decision, row.request_id)
            # What a row is in is told by its columns; the tenant alone has to be read.
            facts = read(row._mapping, bytes(row.record)) if queues else None
            if facts is not None and facts.tenant is not None:
                found += [_case(queue, facts) for queue in queues]
        return found

    def queues(self, event: str, decision: str, request_id: str | None) -> list[str]:
        """The queues that a record comes into."""
        found = []
        if event == "chat.closed":
            found += ["withheld"] if decision == "withheld" else []
            # Of all answers, so that the sample is one: also of those that are in another queue.
            found += ["sample"] if decision in ("allow", "withheld") and self._is_drawn(request_id) else []
        if event == "chat.refused" and decision == "blocked":
            found.append("blocked")
        if event == "reveal.granted":
            found.append("reveals")
        return found

    def _is_drawn(self, request_id: str | None) -> bool:
        digest = hmac.new(self._key, (request_id or "").encode(), hashlib.sha256).digest()
        return request_id is not None and int.from_bytes(digest[:8]) < self._share * 2**64


def _case(queue: str, facts: Facts) -> dict[str, Any]:
    return {
        "id": "case_" + secrets.token_hex(12),
        "tenant": facts.tenant,
        "queue": queue,
        "record": facts.index,
        "request_id": facts.request_id,
        "conversation_id": facts.conversation_id,
        "created": facts.time,
        "status": "open",
        "updated": facts.time,
    }


def _walked(begin: int, stop: int, made: Sequence[dict[str, Any]]) -> Write:
    """The Write that adds the cases between two indexes. Raises ConflictError when somebody else has walked there."""

    async def write(connection: AsyncConnection) -> None:
        place = case_progress.c.index
        moved = update(case_progress).where(case_progress.c.id == _ONLY, place == begin).values(index=stop)
        if (await connection.execute(moved)).rowcount != 1:
            is_there = (await connection.execute(select(case_progress.c.id))).first() is not None
            if is_there or begin != 0:
                raise ConflictError
            await connection.execute(insert(case_progress).values(id=_ONLY, index=stop))
        if made:
            await connection.execute(insert(table), list(made))

    return write
