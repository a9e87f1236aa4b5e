"""Turns of one conversation are in a row: who comes while one goes on waits, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from guard.errors import LimitExceededError

LOCK_SECONDS = 120.0
"""How long a turn waits for the turn before it in its conversation."""


class Turns:
    """The conversations that have a turn under way in this process."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        """Hold a conversation. Raises LimitExceededError when the turn before does not end."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                await lock.acquire()
        except TimeoutError:
            raise LimitExceededError(
                "The turn before in this conversation has not ended.", reason_id="conversation_busy"
            ) from None
        try:
            yield
        finally:
            lock.release()
