"""What the requests of the last 30 days had, read from the log and kept for a minute: pages ask again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from guard.audit.replayed import Requests, window
from guard.clock import now
from guard.database import Database
from guard.policy.checking import WINDOW
from guard.policy.observed import Observed

KEPT = 60.0
"""Seconds."""


async def observed(database: Database) -> Observed:
    """Count the requests of the window that policies are tried on. Raises StorageError."""
    since = now() - WINDOW
    found = Observed(since)
    async for batch in Requests(database, await window(database, since)).batches():
        await asyncio.to_thread(found.feed, batch)
    return found


class Lately:
    """Asks at most once a minute, and for one at a time.

    Args:
        ask: counts.
    """

    def __init__(self, ask: Callable[[], Awaitable[Observed]]) -> None:
        self._ask = ask
        self._lock = asyncio.Lock()
        self._found: tuple[float, Observed] | None = None

    async def __call__(self) -> Observed:
        """The counts, at most `KEPT` seconds old. Raises StorageError."""
        async with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > KEPT:
                self._found = time.monotonic(), await self._ask()
            return self._found[1]
