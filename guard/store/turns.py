"""Turns of one conversation are in a row: who comes while one goes on waits, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from guard.engines.protocol import Hold, Locks
from guard.errors import LimitExceededError

LOCK_SECONDS = 120.0
"""How long a turn waits for the turn before it in its conversation."""

_POLL_SECONDS = 0.03
"""How often it looks whether another process has ended its turn."""


class Turns:
    """The conversations that have a turn under way.

    Args:
        locks: keep out other processes as well; without them only turns of this process are in a row.
    """

    def __init__(self, locks: Locks | None = None) -> None:
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._locks = locks

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[Hold | None]:
        """Hold a conversation. What is written in the turn is to check the hold that it is given.

        Raises LimitExceededError when the turn before does not end, StorageError.
        """
        # First in this process, where waiting costs nothing and is in order.
        lock = self._here.setdefault(conversation_id, asyncio.Lock())
        until = asyncio.get_running_loop().time() + LOCK_SECONDS
        try:
            async with asyncio.timeout_at(until):
                await lock.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            hold = await self._taken(conversation_id, until)
            try:
                yield hold
            finally:
                if hold is not None:
                    await hold.release()
        finally:
            lock.release()

    async def _taken(self, conversation_id: str, until: float) -> Hold | None:
        if self._locks is None:
            return None
        # A try is never cut short by the clock, as it may just have succeeded.
        while (hold := await self._locks.take(conversation_id)) is None:
            if asyncio.get_running_loop().time() >= until:
                raise _busy()
            await asyncio.sleep(_POLL_SECONDS)
        return hold


def _busy() -> LimitExceededError:
    return LimitExceededError("The turn before in this conversation has not ended.", reason_id="conversation_busy")
