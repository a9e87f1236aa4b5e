"""Distribution: every process on a database takes up a new revision by itself and says which one it enforces.

Each process asks a few times a second which revision is in force (its number and hash, no text). When that is another
one, it reads it, builds the snapshot aside and puts it in place by one assignment. Until then, and whenever the
database does not answer or holds something that is no policy, the last snapshot goes on deciding and the process says
that it is behind.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.errors import GuardError, UnavailableError
from guard.policy.compiled import Compiled
from guard.policy.revisions import Head, Reads, Revisions, Write
from guard.policy.snapshot import Snapshot
from guard.tables import policy_workers as table

log = logging.getLogger(__name__)

POLL = 0.2
"""Seconds between two looks."""

SCHEDULE = 1.0
"""Seconds between two looks for what was scheduled."""

HEARTBEAT = 5.0
"""Seconds after which a process says again what it enforces."""

GONE = 20_000
"""Milliseconds after which a process that says nothing counts as gone."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process and what it enforces. Times are milliseconds since 1970."""

    id: str
    pid: int
    revision: int
    hash: str
    started: int
    seen: int


class Workers:
    """The processes of one database."""

    def __init__(self, database: Reads) -> None:
        self._database = database

    async def list(self) -> list[Worker]:
        """Those that were seen lately. Raises StorageError."""
        query = select(table).where(table.c.seen > now() - GONE).order_by(table.c.started, table.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Worker(*row) for row in rows]

    def seen(self, worker: Worker) -> Write:
        """The Write that says what a process enforces, and forgets those that are gone."""
        values = {"revision": worker.revision, "hash": worker.hash, "seen": worker.seen}

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(table).where(table.c.seen <= worker.seen - GONE))
            done = await connection.execute(update(table).where(table.c.id == worker.id).values(**values))
            if done.rowcount == 0:
                own = {"id": worker.id, "pid": worker.pid, "started": worker.started}
                await connection.execute(insert(table).values(**own, **values))

        return write

    def gone(self, worker_id: str) -> Write:
        """The Write of a process that ends."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(table).where(table.c.id == worker_id))

        return write


class Watcher:
    """Keeps this process on the policy in force.

    Args:
        current: what it enforces now; `apply` puts another snapshot in force.
        commit: runs Writes in one durable transaction.
        compiled: where policies are read; others may use it too.
        activate_due: puts in force what was scheduled until a time, in milliseconds since 1970.
    """

    def __init__(
        self,
        revisions: Revisions,
        workers: Workers,
        current: Head,
        apply: Callable[[Snapshot], None],
        commit: Callable[..., Awaitable[None]],
        activate_due: Callable[[int], Awaitable[Any]],
        *,
        compiled: Compiled | None = None,
        poll: float = POLL,
    ) -> None:
        self._revisions = revisions
        self._workers = workers
        self._current = current
        self._apply = apply
        self._commit = commit
        self._activate_due = activate_due
        self._compiled = compiled or Compiled()
        self._poll = poll
        self._looking = asyncio.Lock()
        self._id = "wrk_" + secrets.token_hex(8)
        self._started = now()
        self._said: float | None = None
        self._refused: Head | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def current(self) -> Head:
        """The revision that this process enforces."""
        return self._current

    async def start(self) -> None:
        """Take up what is in force, say so, and go on doing it."""
        await self.look()
        steps = ((self.look, self._poll), (self._due, SCHEDULE))
        self._tasks = [asyncio.create_task(_for_ever(step, pause)) for step, pause in steps]

    async def aclose(self) -> None:
        """Stop, and sign off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(GuardError):
            await self._commit(self._workers.gone(self._id))

    async def is_behind(self) -> bool:
        """Whether another revision is in force than this process enforces. Raises PolicyError, StorageError."""
        return await self._revisions.head() != self._current

    async def look(self) -> None:
        """Take up a new revision, if there is one. Raises StorageError, PolicyError, TamperedError."""
        # One at a time: who is slow over an older revision must not put it in the place of a newer one.
        async with self._looking:
            head = await self._revisions.head()
            if head not in (self._current, self._refused):
                await self._take_up(head)
                self._said = None
            if self._said is None or time.monotonic() - self._said > HEARTBEAT:
                await self._say()

    async def _take_up(self, head: Head) -> None:
        try:
            snapshot = await self._compiled(await self._revisions.get(head.id))
        except UnavailableError:
            raise
        except Exception:
            self._refused = head  # It will not become better by reading it five times a second.
            raise
        self._apply(snapshot)
        self._current, self._refused = head, None
        log.info("Another policy is in force.", extra={"policy": head.hash, "count": head.id})

    async def _say(self) -> None:
        worker = Worker(self._id, os.getpid(), self._current.id, self._current.hash, self._started, now())
        self._said = time.monotonic()  # A database that takes no writes is not asked five times a second.
        await self._commit(self._workers.seen(worker))

    async def _due(self) -> None:
        await self._activate_due(now())


async def _for_ever(step: Callable[[], Awaitable[None]], pause: float) -> None:
    """Whatever fails is said once, and tried again."""
    failing: str | None = None
    while True:
        await asyncio.sleep(pause)
        try:
            await step()
            failing = None
        except Exception as error:
            # Whatever it is, the last snapshot goes on.
            reason_id = getattr(error, "reason_id", "internal_error")
            if reason_id != failing:
                message = "The policy in force could not be looked at. The last one goes on."
                log.exception(message, extra={"reason_id": reason_id})
            failing = reason_id
