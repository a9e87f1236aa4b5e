"""Records of the forms that the log has, put into a database at times of the test's choosing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit.record import canonical
from guard.database import Database
from guard.tables import audit_records as table

START = 1_764_028_800_000
"""2025-11-25 00:00 UTC."""

HOUR = 3_600_000


def closed(time: int, tenant: str | None = "default", **fields: Any) -> dict[str, Any]:
    """A chat that ended; by default one that was allowed."""
    return {
        "event": "chat.closed", "decision": "allow", "time": time, "tenant": tenant, "actor": "user_emma",
        "roles": ["employee"], "object": "generator/echo", "scenario": "default", "entities": {}, "reason_id": None,
        "prompt_flagged": [], "choices": [{"index": 0, "action": "pass", "flagged": [], "withheld": None}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5}, "duration_ms": 100,
    } | fields  # fmt: skip


async def put(database: Database, records: Sequence[dict[str, Any]], first: int = 0) -> None:
    """Append records as they are; `first` is the index of the first of them."""
    columns = ("event", "request_id", "conversation_id", "actor", "decision", "reason_id")
    rows = [
        {name: each.get(name) for name in columns}
        | {"index": first + place, "time": each["time"], "hash": bytes(32)}
        | {"record": each.get("raw") or canonical(each | {"index": first + place})}
        for place, each in enumerate(records)
    ]

    async def write(connection: AsyncConnection) -> None:
        if rows:
            await connection.execute(insert(table), rows)

    await database.write(write)
