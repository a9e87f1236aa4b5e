"""Locks that belong to a session of PostgreSQL: the server drops them when the session ends, however it ends."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from guard.engines.postgres_failures import PostgresFailures
from guard.engines.protocol import Hold
from guard.errors import StorageError

_IS_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid::bigint = :high AND objid::bigint = :low)"
)


class SessionLocks:
    """Implements Locks over one connection of its own, opened when it is needed."""

    def __init__(self, engine: AsyncEngine, failures: PostgresFailures) -> None:
        self._engine = engine
        self._failures = failures
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._turn = asyncio.Lock()  # A connection does one thing at a time.
        self._under_way: set[asyncio.Task[Any]] = set()

    async def take(self, name: str) -> Hold | None:
        work = self._start(self._take(_number(name)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The query goes on, and what it takes would be held for ever.
            self._start(_given_back(work))
            raise

    async def _take(self, number: int) -> SessionHold | None:
        async with self._turn:
            with self._failures.told():
                driver = await self._session()
                is_taken = await driver.fetchval("SELECT pg_try_advisory_lock($1)", number)
        return SessionHold(self, driver, number) if is_taken else None

    async def release(self, driver: Any, number: int) -> None:
        """Let go of a lock of a session, unless it went with the session."""
        await asyncio.shield(self._start(self._release(driver, number)))

    async def _release(self, driver: Any, number: int) -> None:
        async with self._turn:
            if driver.is_closed():
                return
            try:
                await driver.fetchval("SELECT pg_advisory_unlock($1)", number)
            except Exception:  # noqa: BLE001
                # Whether it is free is not known. Without the session it is; turns that go by it will notice.
                driver.terminate()

    async def _session(self) -> Any:
        if self._driver is None or self._driver.is_closed():
            await self._ended()
            self._connection = await self._engine.connect()
            self._driver = (await self._connection.get_raw_connection()).driver_connection
        return self._driver

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def aclose(self) -> None:
        """End the session, and with it every lock."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._ended()

    async def _ended(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            await connection.invalidate()  # Not back to the pool: the next one to use it would have our locks.
            await connection.close()


class SessionHold:
    """Implements Hold."""

    def __init__(self, locks: SessionLocks, driver: Any, number: int) -> None:
        self._locks = locks
        self._driver = driver
        self._number = number
        self._pid = driver.get_server_pid()

    async def check(self, connection: AsyncConnection) -> None:
        # The server is asked: it may have ended the session without our knowing yet.
        if not self._driver.is_closed():
            unsigned = self._number % 2**64
            place = {"pid": self._pid, "high": unsigned >> 32, "low": unsigned % 2**32}
            if (await connection.execute(_IS_HELD, place)).scalar_one():
                return
        raise StorageError(
            "The connection that kept other turns out of this conversation was lost. Send the request again.",
            reason_id="conversation_hold_lost",
        )

    async def release(self) -> None:
        await self._locks.release(self._driver, self._number)


async def _given_back(work: asyncio.Task[SessionHold | None]) -> None:
    with suppress(StorageError):
        if (hold := await work) is not None:
            await hold.release()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
