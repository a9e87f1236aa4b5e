"""An audit log in memory, for tests and for trying Guard out: same records, no chain."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from guard.audit.base import BaseAudit, Write
from guard.audit.record import canonical
from guard.model import JSON


class MemoryAudit(BaseAudit):
    """Keeps its records in `records`. Its writes take a list and append to it what is to be done on commit."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict[str, Any]] = []

    def append(self, fields: Mapping[str, JSON], after: Callable[[], None] | None = None) -> Write:
        async def write(transaction: list[Callable[[], None]]) -> None:
            def apply() -> None:
                complete = {"index": len(self.records), "time": time.time_ns() // 1_000_000, **fields}
                self.records.append(json.loads(canonical(complete)))
                if after:
                    after()

            canonical(fields)  # A record that has no canonical form fails now, not after the commit.
            transaction.append(apply)

        return write

    async def commit(self, *writes: Write) -> None:
        transaction: list[Callable[[], None]] = []
        for write in writes:
            await write(transaction)
        for apply in transaction:
            apply()
