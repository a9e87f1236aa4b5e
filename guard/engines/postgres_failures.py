"""What the errors of PostgreSQL and its driver mean, by their SQLSTATE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import StorageError

_UNREACHABLE = (
    "database_unreachable",
    "The database server does not answer. Check that it runs and that `storage.url` has its host and port.",
)
_LOGIN = (
    "database_login_failed",
    "The database server does not let us in. Check the user and the password of `storage.url`.",
)
_LOCKED = ("database_locked", "The database is locked by another process. Try again.")
_DAMAGED = ("database_damaged", "The database is damaged. Restore it from a backup.")

_KNOWN = {
    "53100": ("disk_full", "The disk of the database server is full. Nothing was stored; free some space."),
    "53300": (
        "database_unreachable",
        "The database server has no connection left. Raise its `max_connections` or close some.",
    ),
    "25006": (
        "database_read_only",
        "The database takes no writes: it is a standby, or was made read-only. Let `storage.url` name the primary.",
    ),
    "42501": (
        "database_permission_denied",
        "The database's user may not do this. Let it own the database that `storage.url` names.",
    ),
    "3D000": ("database_missing", "There is no database of that name on the server. Make it: createdb NAME."),
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "40001": _LOCKED,
    "57P03": ("database_unreachable", "The database server is starting or stopping. Try again in a moment."),
}
_CLASSES = {"08": _UNREACHABLE, "28": _LOGIN, "57P": _UNREACHABLE, "XX": _DAMAGED}
_FATAL = ("08", "25", "53", "55P03", "57", "XX")


class PostgresFailures:
    """Implements Failures."""

    def explained(self, error: BaseException) -> StorageError | None:
        if isinstance(error, StorageError):
            return error
        state = _state(error)
        for code, (reason_id, message) in (_KNOWN | _CLASSES).items():
            if state.startswith(code):
                return StorageError(message, reason_id=reason_id)
        if state:
            return StorageError()
        if _is_cut_off(error):
            return self.unreachable()
        return StorageError() if isinstance(error, SQLAlchemyError) else None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have what fails in the block raised as StorageError, where it is the database's."""
        try:
            yield
        except Exception as error:
            if (explained := self.explained(error)) is not None:
                raise explained from None
            raise

    def unreachable(self) -> StorageError:
        """The error of a server that there is no connection to."""
        reason_id, message = _UNREACHABLE
        return StorageError(message, reason_id=reason_id)

    async def is_lost(self, connection: AsyncConnection, error: Exception) -> bool:
        if _state(error).startswith(_FATAL) or _is_cut_off(error) or connection.invalidated:
            return True
        driver: Any = (await connection.get_raw_connection()).driver_connection
        return driver.is_closed() or not driver.is_in_transaction()


def _state(error: BaseException) -> str:
    """The five letters that say what happened; empty where the error is not one of the server's."""
    found = getattr(getattr(error, "orig", error), "sqlstate", None)
    return found if isinstance(found, str) else ""


def _is_cut_off(error: BaseException) -> bool:
    """Whether the connection failed, and not a statement."""
    from asyncpg import InterfaceError

    if getattr(error, "connection_invalidated", False):
        return True
    return isinstance(error, ConnectionError | TimeoutError | InterfaceError)
