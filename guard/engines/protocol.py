"""What `guard.database` asks of a kind of database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from guard.errors import StorageError


class Hold(Protocol):
    """A lock that was taken."""

    async def check(self, connection: AsyncConnection) -> None:
        """Raises StorageError, `conversation_hold_lost`, when it is no longer ours.

        Args:
            connection: of the open transaction that relies on it.
        """
        ...

    async def release(self) -> None:
        """Let go; done also when the caller is cancelled meanwhile, and never an error."""
        ...


class Locks(Protocol):
    """Locks that keep out every process on the same database, and die with the process that took them."""

    async def take(self, name: str) -> Hold | None:
        """Take the lock of a name, or nothing when somebody has it: never waits for them. Raises StorageError."""
        ...

    async def aclose(self) -> None:
        """Give up what the locks need while they are used."""
        ...


class Failures(Protocol):
    """What the errors of a kind of database mean."""

    def explained(self, error: BaseException) -> StorageError | None:
        """The error for people, without a value or an address in it; nothing when it is none of the database's."""
        ...

    async def is_lost(self, connection: AsyncConnection, error: Exception) -> bool:
        """Whether nothing more can be written in the open transaction, in which `error` was raised."""
        ...


class Engine(Protocol):
    """One kind of database, not opened yet.

    In a transaction with the execution option `guard_write` nobody else writes, from its begin to its end, and once it
    is committed it is on disk. `path` is the database's file, where it is one.
    """

    path: Path | None
    sql: AsyncEngine
    migrating: AsyncEngine  # as patient as a migration needs it
    reading: Mapping[str, Any]  # execution options that make a transaction one consistent state
    locks: Locks
    failures: Failures

    async def is_made(self) -> bool:
        """Whether there is an installation in it. Makes nothing. Raises StorageError."""
        ...

    async def prepare(self) -> None:
        """Make what has to be there before the first connection. Raises ConfigurationError."""
        ...

    async def forget(self) -> None:
        """Take what was erased out of the database's files, as far as that can be done. Raises StorageError."""
        ...
