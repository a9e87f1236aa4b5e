"""The database: one engine, one writer with group commit, all migrations.

Transcript and audit commit together: everything that belongs together is one call of `write`, and what several turns
want to write at the same moment shares one transaction and one fsync. A failing call takes nobody else's down: each has
a savepoint. Several processes may write to the same file; `BEGIN IMMEDIATE` puts them in a row.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from guard.errors import ConfigurationError, OverloadedError, StorageError

Write = Callable[[AsyncConnection], Awaitable[None]]
AfterCommit = Callable[[], Awaitable[None]]

QUEUE = 10_000
"""Calls of `write` that may wait; more are refused."""

BATCH = 256
"""Calls that share a transaction at the most."""

_AFTER_COMMIT = "guard.after_commit"
_PRAGMAS = (
    "PRAGMA busy_timeout=15000",  # first: the others already wait for a lock
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)


@dataclass(slots=True)
class _Job:
    writes: tuple[Write, ...]
    done: asyncio.Future[None]
    error: BaseException | None = None
    is_taken: bool = False


class Database:
    """The open database. Use as `async with Database(url) as database`.

    Args:
        url: `sqlite+aiosqlite:///<path>`.

    Raises:
        ConfigurationError: another kind of database, or a place that cannot be written.
    """

    def __init__(self, url: str) -> None:
        self.path = _sqlite_path(url)
        self._engine = _engine(url)
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(QUEUE)
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Database:
        make_private_folder(self.path.parent)
        try:
            if not self.path.exists():
                self.path.touch(mode=0o600)
            await self._migrate()
        except BaseException as error:
            await self._engine.dispose()
            if isinstance(error, OSError):
                raise _not_writable(self.path.parent) from None
            if isinstance(error, SQLAlchemyError):
                raise _wrapped(error) from None
            raise
        self._writer = asyncio.create_task(self._write_forever())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer:
            await self._queue.join()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._engine.dispose()

    async def write(self, *writes: Write) -> None:
        """Run the writes in one durable transaction: all or none, on disk when this returns.

        Who is cancelled while the call waits in the queue withdraws it. Once it is being written its end is awaited
        and the cancellation goes on after it, so that nobody acts on a commit whose end is not known.

        Raises:
            StorageError: `database_locked`, `disk_full`, `data_dir_not_writable`, `storage_failed`.
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
            async with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _wrapped(error) from None

    async def forget(self) -> None:
        """Bring the write-ahead log into the database and empty it, so that what was erased is in no file.

        Raises StorageError, `database_locked` when somebody reads the database for longer than we wait.
        """
        try:
            async with self._engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                # On the driver's connection: a checkpoint cannot run inside a transaction.
                async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    is_busy, _, _ = await cursor.fetchone()
        except SQLAlchemyError as error:
            raise _wrapped(error) from None
        except sqlite3.Error:
            raise StorageError from None
        if is_busy:
            # A reader keeps the log: that is no error of SQLite's, and what was erased is still in it.
            raise StorageError(
                "What was erased is still in the write-ahead log, because something reads the database.",
                reason_id="database_locked",
            )

    async def _migrate(self) -> None:
        async with self._engine.execution_options(guard_write=True).begin() as connection:
            await connection.run_sync(_upgrade)

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
        """Commit a batch. A failure of the commit itself, or of what follows it, is every job's failure."""
        after: dict[str, AfterCommit] = {}
        try:
            async with self._engine.execution_options(guard_write=True).begin() as connection:
                connection.info[_AFTER_COMMIT] = after
                for job in jobs:
                    await _run(connection, job, after)
            for hook in after.values():
                await hook()
        except SQLAlchemyError as error:
            _fail(jobs, _wrapped(error))
        except Exception as error:  # noqa: BLE001
            _fail(jobs, error)


def after_commit(connection: AsyncConnection, name: str, hook: AfterCommit) -> None:
    """Have `hook` run once the transaction of `connection` is on disk and before its `write` returns.

    Of several hooks with one name in a transaction the last counts. They run in the order in which they were given.
    """
    hooks = connection.info[_AFTER_COMMIT]
    hooks.pop(name, None)
    hooks[name] = hook


def is_planned(connection: AsyncConnection, name: str) -> bool:
    """Whether a hook of that name is to run after the open transaction."""
    return name in connection.info[_AFTER_COMMIT]


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter. Raises ConfigurationError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink(missing_ok=True)  # Another process may be trying, too.
    except OSError:
        raise _not_writable(folder) from None


async def _run(connection: AsyncConnection, job: _Job, after: dict[str, AfterCommit]) -> None:
    """Run one job in a savepoint; its failure is its own, unless the transaction is lost with it."""
    before = dict(after)
    savepoint = await connection.begin_nested()
    try:
        for write in job.writes:
            await write(connection)
        await savepoint.commit()
    except Exception as error:  # noqa: BLE001
        job.error = _wrapped(error) if isinstance(error, SQLAlchemyError) else error
        if _is_fatal(error) or not await _in_transaction(connection):
            # SQLite took the whole transaction back by itself, what the jobs before this one wrote included. To go on
            # would be to tell them that it is on disk.
            raise (job.error if isinstance(job.error, StorageError) else StorageError()) from None
        await savepoint.rollback()
        after.clear()
        after.update(before)


async def _in_transaction(connection: AsyncConnection) -> bool:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return bool(driver.in_transaction)


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


def _engine(url: str) -> AsyncEngine:
    # `hide_parameters`: an error of a statement must not quote what it was to store.
    engine = create_async_engine(url, hide_parameters=True, pool_size=8, max_overflow=16)

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin too late for savepoints; we say BEGIN ourselves (SQLAlchemy, pysqlite).
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("guard_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _sqlite_path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("`storage.url` is not a database URL.") from None
    if parsed.drivername != "sqlite+aiosqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError(
            "`storage.url`: only sqlite+aiosqlite:///<path> is built yet; other databases come with a later version."
        )
    return Path(parsed.database)


def _upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision, inside the open transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "guard:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StorageError(
            "The database was made by another version of Guard, which this one does not know. Use the newer one.",
            reason_id="database_version",
        ) from None


_KNOWN = {
    "locked": ("database_locked", "The database is locked by another process. Try again."),
    "full": ("disk_full", "The disk is full. Nothing was stored; free some space."),
    "readonly": ("data_dir_not_writable", "The database cannot be written. Check the data directory's owner and mode."),
    "unable to open": ("data_dir_not_writable", "The database cannot be opened. Check the data directory."),
    "malformed": ("database_damaged", "The database file is damaged. Restore it from a backup."),
    "not a database": ("database_damaged", "The database file is not a database. Restore it from a backup."),
}


def _wrapped(error: SQLAlchemyError) -> StorageError:
    """A StorageError without the statement's parameters."""
    text = str(getattr(error, "orig", "")).lower()
    for part, (reason_id, message) in _KNOWN.items():
        if part in text:
            return StorageError(message, reason_id=reason_id)
    return StorageError()


def _is_fatal(error: Exception) -> bool:
    """Whether nothing more can be written in this transaction."""
    text = str(getattr(error, "orig", "")).lower()
    return any(word in text for word in ("full", "disk i/o", "readonly", "malformed"))


def _not_writable(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The data directory {folder} cannot be written. Set `server.data_dir` to a folder that you own."
    )
