"""PostgreSQL: many hosts on one database, an advisory lock for one writer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, event, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from guard.engines.postgres_failures import PostgresFailures
from guard.engines.postgres_locks import SessionLocks
from guard.engines.protocol import Failures, Locks
from guard.errors import ConfigurationError, StorageError

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 60.0
"""A server that does not answer for so long has failed."""

FORGET_SECONDS = 15.0
"""How long forgetting waits for those who still read what was erased."""

_SESSION = {
    "application_name": "guard",
    "lock_timeout": "15000",
    # Whoever holds the writer's lock and stops, or is cut off, must not stop everybody else for ever.
    "idle_in_transaction_session_timeout": "60000",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_WRITER = int.from_bytes(b"GUAR", "big")
_BEGIN = (
    # First the lock: each statement after it sees what the writer before has committed.
    f"SELECT pg_advisory_xact_lock({_WRITER}, 0), "
    # On disk when it is committed, also where the server's default says otherwise; a stronger default stays.
    "set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', "
    "'remote_write') THEN 'on' ELSE current_setting('synchronous_commit') END, true)"
)
_IS_MADE = "SELECT to_regclass('policy_revisions') IS NOT NULL"
_HAS_POLICY = "SELECT EXISTS (SELECT 1 FROM policy_revisions)"
_STILL_SEEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type <> 'autovacuum worker' AND age(backend_xmin) > age($1::text::xid)"
)


class PostgresEngine:
    """Implements Engine over a server."""

    path: Path | None = None

    def __init__(self, url: URL) -> None:
        self._failures = PostgresFailures()
        self.failures: Failures = self._failures
        # A server that was started anew has dropped the idle connections.
        self.sql = _engine(url, self._failures, COMMAND_SECONDS, pool_size=8, max_overflow=16, pool_pre_ping=True)
        self.migrating = _engine(url, self._failures, None, poolclass=NullPool)
        # What a reader sees does not change while it reads.
        self.reading: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self.locks: Locks = SessionLocks(self.sql, self._failures)

    async def is_made(self) -> bool:
        with self._failures.told():
            async with self.sql.connect() as connection:
                if not (await connection.execute(text(_IS_MADE))).scalar_one():
                    return False
                return bool((await connection.execute(text(_HAS_POLICY))).scalar_one())

    async def prepare(self) -> None:
        return

    async def forget(self) -> None:
        """Rewrite the table of the keys, so that no page of it has one that was destroyed, and vacuum the others.

        What was encrypted under these keys may lie in free space of the other tables until it is overwritten; the
        write-ahead log, replicas and backups are the operator's (docs/explain/limits.md).
        """
        with self._failures.told():
            async with self.sql.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                # On the driver's connection: VACUUM cannot run inside a transaction.
                await _unseen(driver)
                await driver.execute("VACUUM FULL conversations", timeout=3600)
                await driver.execute("VACUUM messages, histories, scanned", timeout=3600)


async def _unseen(driver: Any) -> None:
    """Wait until nobody can see the rows as they were before now: until then a vacuum keeps them."""
    now = await driver.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296")
    for _ in range(round(FORGET_SECONDS / 0.1)):
        if not await driver.fetchval(_STILL_SEEN, str(now)):
            return
        await asyncio.sleep(0.1)
    raise StorageError(
        "What was erased is still in the database's files, because something reads the database.",
        reason_id="database_locked",
    )


def _engine(url: URL, failures: PostgresFailures, seconds: float | None, **pool: Any) -> AsyncEngine:
    try:
        # `hide_parameters`: an error of a statement must not quote what it was to store.
        engine = create_async_engine(
            url,
            hide_parameters=True,
            **pool,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": seconds,
                "server_settings": dict(_SESSION),
            },
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            "`storage.url` names PostgreSQL, which needs the extra `postgres`: pip install 'guard-gateway[postgres]'."
        ) from None

    @event.listens_for(engine.sync_engine, "do_connect")
    def _on_connect(dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        # Here, because what goes wrong before there is a connection may be any error of the system.
        try:
            with failures.told():
                return dialect.connect(*args, **options)
        except (OSError, ValueError):
            raise failures.unreachable() from None
        except TypeError:
            raise ConfigurationError("`storage.url` has an option after its `?` that asyncpg does not know.") from None

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("guard_write", False):
            connection.exec_driver_sql(_BEGIN)

    return engine
