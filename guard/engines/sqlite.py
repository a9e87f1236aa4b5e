"""SQLite: one file, write-ahead log, `BEGIN IMMEDIATE` for one writer at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from guard.engines.protocol import Failures, Hold, Locks
from guard.errors import ConfigurationError, StorageError

_PRAGMAS = (
    "PRAGMA busy_timeout=15000",  # first: the others already wait for a lock
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
_KNOWN = {
    "locked": ("database_locked", "The database is locked by another process. Try again."),
    "full": ("disk_full", "The disk is full. Nothing was stored; free some space."),
    "readonly": ("data_dir_not_writable", "The database cannot be written. Check the data directory's owner and mode."),
    "unable to open": ("data_dir_not_writable", "The database cannot be opened. Check the data directory."),
    "malformed": ("database_damaged", "The database file is damaged. Restore it from a backup."),
    "not a database": ("database_damaged", "The database file is not a database. Restore it from a backup."),
}
_FATAL = ("full", "disk i/o", "readonly", "malformed")


class SqliteEngine:
    """Implements Engine over one file."""

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise ConfigurationError("`storage.url` names no file: write sqlite+aiosqlite:///<path>.")
        self._file = Path(url.database)
        self.path: Path | None = self._file
        self.sql = self.migrating = _engine(url)
        self.reading: Mapping[str, Any] = {}
        self.failures: Failures = SqliteFailures()
        self.locks: Locks = FileLocks(self._file.with_name(self._file.name + ".turns"))

    async def is_made(self) -> bool:
        return self._file.exists()

    async def prepare(self) -> None:
        make_private_folder(self._file.parent)
        try:
            if not self._file.exists():
                self._file.touch(mode=0o600)
        except OSError:
            raise _not_writable(self._file.parent) from None

    async def forget(self) -> None:
        """Bring the write-ahead log into the database and empty it; `secure_delete` has overwritten the rest."""
        try:
            async with self.sql.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                # On the driver's connection: a checkpoint cannot run inside a transaction.
                async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    is_busy, _, _ = await cursor.fetchone()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.failures.explained(error) or StorageError() from None
        if is_busy:
            # A reader keeps the log: that is no error of SQLite's, and what was erased is still in it.
            raise StorageError(
                "What was erased is still in the write-ahead log, because something reads the database.",
                reason_id="database_locked",
            )


class SqliteFailures:
    """Implements Failures: SQLite says in words what happened."""

    def explained(self, error: BaseException) -> StorageError | None:
        if not isinstance(error, SQLAlchemyError | sqlite3.Error):
            return None
        for part, (reason_id, message) in _KNOWN.items():
            if part in _words(error):
                return StorageError(message, reason_id=reason_id)
        return StorageError()

    async def is_lost(self, connection: AsyncConnection, error: Exception) -> bool:
        if any(word in _words(error) for word in _FATAL):
            return True
        # SQLite may take the whole transaction back by itself.
        driver: Any = (await connection.get_raw_connection()).driver_connection
        return not driver.in_transaction


class FileLocks:
    """Implements Locks with locks on single bytes of a file, which the system drops when their process ends.

    Closing any descriptor of a file drops all locks that the process has on it. So there is one for each file, shared
    by all that open the database in this process and never closed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def take(self, name: str) -> Hold | None:
        byte = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 2  # below the largest offset
        file = _LockFile.of(self._path)
        return FileHold(file, byte) if file.lock(byte) else None

    async def aclose(self) -> None:
        return


class FileHold:
    """Implements Hold: nobody can take it away while this process lives."""

    def __init__(self, file: _LockFile, byte: int) -> None:
        self._file = file
        self._byte = byte

    async def check(self, connection: AsyncConnection) -> None:
        return

    async def release(self) -> None:
        self._file.unlock(self._byte)


class _LockFile:
    """The one descriptor of a lock file in this process, and the bytes that it holds."""

    _open: dict[Path, _LockFile] = {}  # noqa: RUF012  (shared on purpose)

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            raise StorageError(
                f"The lock file {path} cannot be opened. Check the data directory's owner and mode.",
                reason_id="data_dir_not_writable",
            ) from None
        self._held: set[int] = set()

    @classmethod
    def of(cls, path: Path) -> _LockFile:
        path = path.resolve()
        if path not in cls._open or not cls._open[path]._is_at(path):
            cls._open[path] = cls(path)
        return cls._open[path]

    def _is_at(self, path: Path) -> bool:
        """Whether this is still the file that other processes open: somebody may have taken it for rubbish."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), path.stat())
        except OSError:
            return False

    def lock(self, byte: int) -> bool:
        # The system's locks keep out other processes only.
        if byte in self._held:
            return False
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):  # Systems differ in how they say that another process has it.
            return False
        except OSError:
            raise StorageError("The lock file of the database cannot be used.") from None
        self._held.add(byte)
        return True

    def unlock(self, byte: int) -> None:
        self._held.discard(byte)
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, byte)


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter. Raises ConfigurationError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink(missing_ok=True)  # Another process may be trying, too.
    except OSError:
        raise _not_writable(folder) from None


def _engine(url: URL) -> AsyncEngine:
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


def _words(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).lower()


def _not_writable(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The data directory {folder} cannot be written. Set `server.data_dir` to a folder that you own."
    )
