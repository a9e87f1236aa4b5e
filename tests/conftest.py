"""Shared parts: a real database with real keys, in a folder of the test's own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.store.sql import SqlTranscripts

# CI asks the same questions each time, so that it says something of the change; everyone else asks new ones.
settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@dataclass
class Storage:
    """An open database with everything that writes to it."""

    database: Database
    keys: LocalKeys
    audit: SqlAudit
    transcripts: SqlTranscripts

    @property
    def path(self) -> Path:
        return self.database.path


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    keys = LocalKeys.create(tmp_path / "keys")
    async with Database(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'guard.db'}") as database:
        yield Storage(database, keys, SqlAudit(database, keys.signing_key), SqlTranscripts(database, keys, keys.derive))
