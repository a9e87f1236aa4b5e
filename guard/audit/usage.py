"""Which rules of the policy decided something, by the records: a rule that never does may not be needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from guard.database import Database
from guard.tables import audit_records as table

BATCH = 4_000
"""Records that are read at a time: a long read would keep the write-ahead log from being emptied."""


class _Rules(msgspec.Struct):
    """Of a record what names rules."""

    rules: dict[str, Any] = {}
    rule: Any = None


_DECODER = msgspec.json.Decoder(_Rules)


async def rules_used(database: Database, since: int) -> dict[str, int]:
    """Rule text to when it last decided, over the records from `since` on. Times are milliseconds since 1970.

    Only what is recorded counts: the rules of each chat's grant, of a check, of a step of administration, and the rule of a
    refusal. Raises StorageError.
    """
    used: dict[str, int] = {}
    bounds = select(func.min(table.c.index), func.max(table.c.index)).where(table.c.time >= since)
    async with database.read() as connection:
        first, last = (await connection.execute(bounds)).one()
    if first is None:
        return used
    for start in range(first, last + 1, BATCH):
        query = select(table.c.time, table.c.record).where(table.c.index.between(start, min(start + BATCH - 1, last)))
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        await asyncio.to_thread(_note, rows, used)
    return used


async def first_record(database: Database) -> int | None:
    """The time of the oldest record, in milliseconds since 1970. Raises StorageError."""
    async with database.read() as connection:
        found: int | None = (await connection.execute(select(func.min(table.c.time)))).scalar()
    return found


def _note(rows: Iterable[Sequence[Any]], used: dict[str, int]) -> None:
    for time, record in rows:
        for text in _named(record):
            used[text] = max(time, used.get(text, 0))


def _named(record: bytes) -> Iterator[str]:
    found = _DECODER.decode(record)
    yield from (text for text in (*found.rules.values(), found.rule) if isinstance(text, str))
