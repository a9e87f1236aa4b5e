"""How the installation is: readiness, processes and the policy that each enforces, database, disk, log, memory."""

from __future__ import annotations

import asyncio
import platform
import resource
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select, text

from guard import __version__
from guard.audit.heads import head_path
from guard.authorize.required import Required
from guard.clock import now
from guard.database import Database
from guard.model import JSON, Principal
from guard.policy.distribution import Worker, Workers
from guard.policy.names import DEFAULT_TENANT
from guard.policy.revisions import Head, Revisions
from guard.tables import audit_heads, audit_records

LEAST_FREE: Final = 1024**3
"""Bytes that should be free where the data lies."""

LEAST_SHARE: Final = 0.05
"""The share of the disk that should be free."""

_STARTED = now()


@dataclass(frozen=True, slots=True)
class Stored:
    """The database: its kind, its size in bytes, the schema that it has, and calls that wait to write."""

    kind: str
    size: int
    schema: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk where the data lies."""

    free: int
    total: int

    @property
    def is_low(self) -> bool:
        """Whether it is time to make room."""
        return self.free < LEAST_FREE or self.free < self.total * LEAST_SHARE


@dataclass(frozen=True, slots=True)
class Log:
    """The audit log: how many records, when the last was made, and whether its signed head is there."""

    records: int
    last: int | None
    has_head: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """What concerns the whole installation, for its own tenant's administrators."""

    workers: list[Worker]
    in_force: Head
    database: Stored
    disk: Disk
    log: Log
    memory: int  # bytes, of this process at the most so far

    @property
    def behind(self) -> list[Worker]:
        """Processes that enforce another policy."""
        return [each for each in self.workers if (each.revision, each.hash) != (self.in_force.id, self.in_force.hash)]


@dataclass(frozen=True, slots=True)
class Health:
    """How it is now. Times are milliseconds since 1970.

    Args:
        parts: what a request needs, and whether it is ready.
        installed: `None` for whoever is of another tenant than the installation's own.
    """

    at: int
    version: str
    python: str
    started: int
    parts: Mapping[str, bool] = field(default_factory=dict)
    installed: Installed | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be looked after."""
        found = self.installed
        well = found is None or (
            not found.behind and not found.disk.is_low and (found.log.has_head or not found.log.records)
        )
        return bool(self.parts) and all(self.parts.values()) and well

    def as_json(self) -> dict[str, JSON]:
        """As the API shows it."""
        told = {"at": self.at, "version": self.version, "python": self.python, "started": self.started}
        return {**told, "well": self.is_well, "parts": dict(self.parts), **_json(self.installed)}


class HealthDesk:
    """What operators see of the installation.

    Args:
        required: asks for rights.
        ready: readiness, part by part.
        data_dir: where the data lies.
    """

    def __init__(
        self,
        required: Required,
        ready: Callable[[], Awaitable[Mapping[str, bool]]],
        database: Database,
        workers: Workers,
        revisions: Revisions,
        data_dir: Path,
    ) -> None:
        self._required, self._ready, self._database = required, ready, database
        self._workers, self._revisions, self._data_dir = workers, revisions, data_dir

    def may(self, actor: Principal) -> bool:
        """Whether somebody may see it."""
        return self._required.may(actor, "metrics", "read")

    async def look(self, actor: Principal) -> Health:
        """How it is now. Raises PermissionDeniedError, which is on record; StorageError."""
        await self._required(actor, "metrics", "read", "read the state of the system")
        parts = await self._ready()
        # The records and processes of all tenants are the installation's own affair.
        installed = await self._installed() if actor.tenant == DEFAULT_TENANT else None
        at = now()
        return Health(at, __version__, platform.python_version(), _STARTED, parts, installed)

    async def _installed(self) -> Installed:
        used = await asyncio.to_thread(shutil.disk_usage, self._data_dir if self._data_dir.exists() else "/")
        # Linux counts in kibibytes, macOS in bytes.
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Installed(
            workers=await self._workers.list(),
            in_force=await self._revisions.head(),
            database=await self._stored(),
            disk=Disk(used.free, used.total),
            log=await self._log(),
            memory=memory,
        )

    async def _stored(self) -> Stored:
        path = self._database.path
        async with self._database.read() as connection:
            schema = str(await connection.scalar(text("SELECT version_num FROM alembic_version")))
            if path is None:
                size = int(await connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
                return Stored("PostgreSQL", size, schema, self._database.waiting)
        beside = (path, path.with_name(path.name + "-wal"))
        size = sum(each.stat().st_size for each in beside if each.exists())
        return Stored("SQLite", size, schema, self._database.waiting)

    async def _log(self) -> Log:
        path = self._database.path
        async with self._database.read() as connection:
            of = audit_records.c
            query = select(of.index, of.time).order_by(of.index.desc()).limit(1)
            row = (await connection.execute(query)).first()
            in_table = bool(await connection.scalar(select(func.count()).select_from(audit_heads)))
        has_head = in_table if path is None else head_path(path).exists()
        return Log(row[0] + 1 if row else 0, row[1] if row else None, has_head)


def _json(found: Installed | None) -> dict[str, Any]:
    if found is None:
        return {}
    behind = {each.id for each in found.behind}
    workers = [
        {"worker": each.id, "pid": each.pid, "revision": each.revision, "policy": each.hash, "started": each.started,
         "seen": each.seen, "current": each.id not in behind}
        for each in found.workers
    ]  # fmt: skip
    stored, disk, log = found.database, found.disk, found.log
    return {
        "workers": workers,
        "policy": {"revision": found.in_force.id, "policy": found.in_force.hash},
        "database": {"kind": stored.kind, "bytes": stored.size, "schema": stored.schema, "waiting": stored.waiting},
        "disk": {"free": disk.free, "total": disk.total, "low": disk.is_low},
        "log": {"records": log.records, "last": log.last, "head": log.has_head},
        "memory": found.memory,
    }
