"""The database: one engine, one writer with group commit, all migrations.

Transcript and audit commit together: everything that belongs together is one call of `write`, and what several turns
want to write at the same moment shares one transaction and one fsync. A failing call takes nobody else's down: each has
a savepoint. Several processes may write to the same file; `BEGIN IMMEDIATE` puts them in a row.
"""

from __future__ import annotations

import asyncio
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
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA temp_store=MEMORY",
)


@dataclass(slots=True)
class _Job:
    writes: tuple[Write, ...]
    done: asyncio.Future[None]
    error: BaseException | None = None


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
        except OSError:
            raise _not_writable(self.path.parent) from None
        except SQLAlchemyError as error:
            await self._engine.dispose()
            raise _wrapped(error) from None
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
        await job.done

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading a consistent state. Raises StorageError."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _wrapped(error) from None

    async def forget(self) -> None:
        """Bring the write-ahead log into the database and empty it, so that what was erased is in no file."""
        try:
            async with self._engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                # On the driver's connection: a checkpoint cannot run inside a transaction.
                await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()
        except SQLAlchemyError as error:
            raise _wrapped(error) from None

    async def _migrate(self) -> None:
        async with self._engine.execution_options(guard_write=True).begin() as connection:
            await connection.run_sync(_upgrade)

    async def _write_forever(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            while len(jobs) < BATCH and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            try:
                await self._commit([job for job in jobs if not job.done.cancelled()])
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

    Of several hooks with one name in a transaction the last counts.
    """
    connection.info[_AFTER_COMMIT][name] = hook


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter. Raises ConfigurationError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError:
        raise _not_writable(folder) from None


async def _run(connection: AsyncConnection, job: _Job, after: dict[str, AfterCommit]) -> None:
    """Run one job in a savepoint; its failure is its own."""
    before = dict(after)
    try:
        async with connection.begin_nested():
            for write in job.writes:
                await write(connection)
    except SQLAlchemyError as error:
        if _is_fatal(error):
            raise
        job.error = _wrapped(error)
    except Exception as error:  # noqa: BLE001
        job.error = error
    if job.error is not None:
        after.clear()
        after.update(before)


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

    config = Config()
    config.set_main_option("script_location", "guard:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


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


def _is_fatal(error: SQLAlchemyError) -> bool:
    """Whether the whole transaction is lost: SQLite rolls back by itself on a full disk and I/O errors."""
    text = str(getattr(error, "orig", "")).lower()
    return any(word in text for word in ("full", "disk i/o", "readonly", "malformed"))


def _not_writable(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The data directory {folder} cannot be written. Set `server.data_dir` to a folder that you own."
    )
