"""Shared parts: a real database of each kind with real keys, in a folder or a database of the tests' own."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from guard.audit.heads import head_path
from guard.audit.record import GENESIS, canonical, chain
from guard.audit.sql import SqlAudit
from guard.audit.verify import Report, verify
from guard.audit.verify_server import verify_server
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.store.sql import SqlTranscripts
from guard.tables import metadata
from tests import postgres

# CI asks the same questions each time, so that it says something of the change; everyone else asks new ones.
settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

ON_SQLITE = pytest.mark.parametrize("storage", ["sqlite"], indirect=True)
"""For tests of what only SQLite does."""

ON_POSTGRES = pytest.mark.parametrize("storage", ["postgresql"], indirect=True)
"""For tests of what only PostgreSQL does."""


@dataclass
class Storage:
    """An open database with everything that writes to it."""

    url: str
    database: Database
    keys: LocalKeys
    audit: SqlAudit
    transcripts: SqlTranscripts

    @property
    def path(self) -> Path:
        assert self.database.path is not None
        return self.database.path

    async def outside(self, *statements: str, **values: Any) -> list[Any]:
        """Run statements as somebody would who has the database and not Guard; what the last one returned."""
        engine = create_async_engine(self.url)
        try:
            async with engine.begin() as connection:
                for statement in statements:
                    done = await connection.execute(text(statement), values)
                return list(done) if done.returns_rows else []
        finally:
            await engine.dispose()

    async def verified(self) -> Report:
        """The verification of the log."""
        key = self.keys.signing_key.public_key()
        if self.database.path is None:
            return await verify_server(Database(self.url), key)
        return verify(self.path, head_path(self.path), key)

    async def head(self) -> bytes | None:
        """The signed head as it is stored."""
        if self.database.path is not None:
            return head_path(self.path).read_bytes() if head_path(self.path).exists() else None
        return next((bytes(row[0]) for row in await self.outside("SELECT note FROM audit_heads")), None)

    async def put_head(self, note: bytes | None) -> None:
        """Put another head in its place, or none."""
        if self.database.path is not None:
            head_path(self.path).unlink(missing_ok=True)
            if note is not None:
                head_path(self.path).write_bytes(note)
            return
        await self.outside("DELETE FROM audit_heads")
        if note is not None:
            await self.outside("INSERT INTO audit_heads VALUES (1, :note)", note=note)

    async def make_anew(self) -> None:
        """A whole chain over other records, by somebody who has the database and not the key of its head."""
        previous = GENESIS
        for index, record in await self.outside('SELECT "index", record FROM audit_records ORDER BY "index"'):
            forged = canonical(json.loads(record) | {"actor": "usr_eve"})
            previous = chain(previous, forged)
            await self.outside(
                "UPDATE audit_records SET record = :record, hash = :hash, actor = 'usr_eve' WHERE \"index\" = :place",
                record=forged,
                hash=previous,
                place=index,
            )

    def restart(self) -> None:
        """The log as another process would begin with it."""
        self.audit = SqlAudit(self.database, self.keys.signing_key)


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """The URL of a database that the tests share; each empties it."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that is not made yet, or is empty."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'data' / 'guard.db'}"
        return
    with postgres.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    keys = LocalKeys.create(tmp_path / "keys")
    url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'guard.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    async with Database(url) as database:
        yield Storage(
            url, database, keys, SqlAudit(database, keys.signing_key), SqlTranscripts(database, keys, keys.derive)
        )
    if request.param == "postgresql":
        # Deleting is faster than TRUNCATE, which makes new files.
        names = [table.name for table in reversed(metadata.sorted_tables)]
        await postgres.execute(url, "; ".join(f"DELETE FROM {name}" for name in names))
