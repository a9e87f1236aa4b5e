"""The database: one engine, one writer with group commit, all migrations.

Transcript and audit commit together: everything that belongs together is one call of `write`, and what several turns
want to write at the same moment shares one transaction and one fsync. A failing call takes nobody else's down: each has
a savepoint. Several processes may write to the same database; its engine puts their transactions in a row.
`guard.engines` has what differs between SQLite and PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.engines.protocol import Engine, Failures, Locks
from guard.errors import ConfigurationError, OverloadedError, StorageError

Write = Callable[[AsyncConnection], Awaitable[None]]
Upgraded = Callable[[Connection, str | None], None]
AfterCommit = Callable[[], Awaitable[None]]

QUEUE = 10_000
"""Calls of `write` that may wait; more are refused."""

BATCH = 256
"""Calls that share a transaction at the most."""

_HOOKS = "guard.hooks"


@dataclass(slots=True)
class _Hooks:
    """What is to run at the end of a transaction, by name."""

    before: dict[str, Write] = field(default_factory=dict)
    after: dict[str, AfterCommit] = field(default_factory=dict)

    def copy(self) -> _Hooks:
        return _Hooks(dict(self.before), dict(self.after))


@dataclass(slots=True)
class _Job:
    writes: tuple[Write, ...]
    done: asyncio.Future[None]
    error: BaseException | None = None
    is_taken: bool = False


class Database:
    """The open database. Use as `async with Database(url) as database`.

    Args:
        url: `sqlite+aiosqlite:///<path>` or `postgresql+asyncpg://user:password@host/name`.
        upgraded: called in the transaction that brings the schema up to date, with the schema's number before it; `None`
            for a new database.

    Raises:
        ConfigurationError: another kind of database, a missing extra, or a place that cannot be written.
    """

    def __init__(self, url: str, upgraded: Upgraded | None = None) -> None:
        self._engine: Engine = _engine(url)
        self._upgraded = upgraded
        self._failures: Failures = self._engine.failures
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(QUEUE)
        self._writer: asyncio.Task[None] | None = None

    @property
    def path(self) -> Path | None:
        """The file of the database, where it is one."""
        return self._engine.path

    @property
    def waiting(self) -> int:
        """Calls of `write` that wait."""
        return self._queue.qsize()

    @property
    def locks(self) -> Locks:
        """Locks that keep out every process on this database."""
        return self._engine.locks

    async def __aenter__(self) -> Database:
        await self._engine.prepare()
        try:
            await self._migrate()
        except BaseException as error:
            await self._engine.sql.dispose()
            if (explained := self._failures.explained(error)) is not None:
                raise explained from None
            raise
        self._writer = asyncio.create_task(self._write_forever())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer:
            await self._queue.join()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._engine.locks.aclose()
        await self._engine.sql.dispose()

    async def is_made(self) -> bool:
        """Whether there is an installation in this database, which is not open. Makes nothing. Raises StorageError."""
        try:
            return await self._engine.is_made()
        finally:
            await self._engine.sql.dispose()

    async def write(self, *writes: Write) -> None:
        """Run the writes in one durable transaction: all or none, on disk when this returns.

        Who is cancelled while the call waits in the queue withdraws it. Once it is being written its end is awaited
        and the cancellation goes on after it, so that nobody acts on a commit whose end is not known.

        Raises:
            StorageError: `database_locked`, `disk_full`, `storage_failed` and others of docs/reference/errors.md.
            OverloadedError: too many calls are waiting.
            Whatever a write itself raises.
        """
        if self._writer is None or self._writer.done():
            raise StorageError("The database is closed.")
        job = _Job(writes, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise OverloadedError from None
        await _settled(job)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading a consistent state. Raises StorageError."""
        try:
            async with self._engine.sql.execution_options(**self._engine.reading).connect() as connection:
                yield connection
        except Exception as error:
            if (explained := self._failures.explained(error)) is not None:
                raise explained from None
            raise

    @asynccontextmanager
    async def only_read(self) -> AsyncIterator[AsyncConnection]:
        """The same of a database that is not open: nothing is made or migrated. Raises StorageError."""
        try:
            async with self.read() as connection:
                yield connection
        finally:
            await self._engine.sql.dispose()

    async def forget(self) -> None:
        """Take what was erased out of the database's files, as far as that can be done (docs/explain/limits.md).

        Raises StorageError, `database_locked` when somebody reads the database for longer than we wait.
        """
        await self._engine.forget()

    async def _migrate(self) -> None:
        async with self._engine.migrating.execution_options(guard_write=True).begin() as connection:
            before = await connection.run_sync(_upgrade)
            if self._upgraded is not None:
                await connection.run_sync(self._upgraded, before)

    async def _write_forever(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            while len(jobs) < BATCH and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            taken = [job for job in jobs if not job.done.cancelled()]
            for job in taken:
                job.is_taken = True
            try:
                await self._commit(taken)
            except BaseException:
                # We are being stopped: none of them may believe that it is on disk.
                _fail(taken, StorageError("The database was closed before this was stored."))
                raise
            finally:
                for job in jobs:
                    self._queue.task_done()
                    _resolve(job)

    async def _commit(self, jobs: list[_Job]) -> None:
        """Commit a batch. A failure of the commit itself, or of what belongs to it, is every job's failure."""
        hooks = _Hooks()
        try:
            async with self._engine.sql.execution_options(guard_write=True).begin() as connection:
                connection.info[_HOOKS] = hooks
                for job in jobs:
                    await self._run(connection, job, hooks)
                for write in hooks.before.values():
                    await write(connection)
            for hook in hooks.after.values():
                await hook()
        except Exception as error:  # noqa: BLE001
            _fail(jobs, self._failures.explained(error) or error)

    async def _run(self, connection: AsyncConnection, job: _Job, hooks: _Hooks) -> None:
        """Run one job in a savepoint; its failure is its own, unless the transaction is lost with it."""
        before = hooks.copy()
        savepoint = await connection.begin_nested()
        try:
            for write in job.writes:
                await write(connection)
            await savepoint.commit()
        except Exception as error:  # noqa: BLE001
            job.error = self._failures.explained(error) or error
            if await self._failures.is_lost(connection, error):
                # What the jobs before this one wrote is lost, too. To go on would be to tell them that it is on disk.
                raise (job.error if isinstance(job.error, StorageError) else StorageError()) from None
            await savepoint.rollback()
            hooks.before, hooks.after = before.before, before.after


def before_commit(connection: AsyncConnection, name: str, write: Write) -> None:
    """Have `write` run in the transaction of `connection`, once, after everything else that is written in it.

    Of several with one name in a transaction the last counts. What it raises is the failure of the whole transaction.
    """
    connection.info[_HOOKS].before[name] = write


def after_commit(connection: AsyncConnection, name: str, hook: AfterCommit) -> None:
    """Have `hook` run once the transaction of `connection` is on disk and before its `write` returns.

    Of several hooks with one name in a transaction the last counts. They run in the order in which they were given.
    """
    hooks = connection.info[_HOOKS].after
    hooks.pop(name, None)
    hooks[name] = hook


def is_planned(connection: AsyncConnection, name: str) -> bool:
    """Whether a hook of that name is to run after the open transaction."""
    return name in connection.info[_HOOKS].after


async def _settled(job: _Job) -> None:
    """Wait for the end of a job, through cancellations too once it is being written. Raises its error."""
    cancelled: asyncio.CancelledError | None = None
    while not job.done.done():
        try:
            await asyncio.shield(job.done)
        except asyncio.CancelledError as error:
            if not job.is_taken:
                job.done.cancel()
                raise
            cancelled = error
        except Exception:  # noqa: BLE001
            break
    failed = job.done.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed


def _resolve(job: _Job) -> None:
    if job.done.done():
        return
    if job.error is None:
        job.done.set_result(None)
    else:
        job.done.set_exception(job.error)


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        job.error = job.error or error


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("`storage.url` is not a database URL.") from None
    if parsed.drivername == "sqlite+aiosqlite":
        from guard.engines.sqlite import SqliteEngine

        return SqliteEngine(parsed)
    if parsed.drivername == "postgresql+asyncpg":
        from guard.engines.postgres import PostgresEngine

        return PostgresEngine(parsed)
    raise ConfigurationError(
        "`storage.url` begins with sqlite+aiosqlite:///<path> or postgresql+asyncpg://user@host/name."
    )


def _upgrade(connection: Connection) -> str | None:
    """Bring the schema to the newest revision, inside the open transaction. Returns which one it was before."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "guard:migrations")
    config.attributes["connection"] = connection
    before = MigrationContext.configure(connection).get_current_revision()
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StorageError(
            "The database was made by another version of Guard, which this one does not know. Use the newer one.",
            reason_id="database_version",
        ) from None
    return before
