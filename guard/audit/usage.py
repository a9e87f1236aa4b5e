"""Which rules of the policy decided something, by the records: a rule that never does may not be needed."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import func, select

from guard.database import Database
from guard.tables import audit_records as table


async def rules_used(database: Database, since: int) -> dict[str, int]:
    """Rule text to when it last decided, over the records from `since` on. Times are milliseconds since 1970.

    Only what is recorded counts: the rules of each chat's grant, and the rule of a refusal. Raises StorageError.
    """
    used: dict[str, int] = {}
    query = select(table.c.time, table.c.record).where(table.c.time >= since).order_by(table.c.index)
    async with database.read() as connection:
        async for time, record in await connection.stream(query):
            for text in _rules(json.loads(record)):
                used[text] = max(time, used.get(text, 0))
    return used


async def first_record(database: Database) -> int | None:
    """The time of the oldest record, in milliseconds since 1970. Raises StorageError."""
    async with database.read() as connection:
        found: int | None = (await connection.execute(select(func.min(table.c.time)))).scalar()
    return found


def _rules(record: dict[str, object]) -> Iterable[str]:
    rules = record.get("rules")
    named = [*(rules.values() if isinstance(rules, dict) else ()), record.get("rule")]
    return [text for text in named if isinstance(text, str)]
