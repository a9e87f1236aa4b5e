from __future__ import annotations

import asyncio
import multiprocessing
import stat
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database, Write, after_commit
from guard.errors import ConfigurationError, StorageError
from guard.tables import policy_revisions as table
from tests.conftest import ON_SQLITE, Storage


def revision(number: int, author: str = "usr_1") -> Write:
    async def write(connection: AsyncConnection) -> None:
        row = {"id": number, "hash": "h", "bundle": b"", "author": author, "created": 0, "active": False}
        await connection.execute(insert(table).values(row))

    return write


async def count(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_a_call_is_all_or_nothing(storage: Storage) -> None:
    with pytest.raises(StorageError):
        await storage.database.write(revision(1), revision(2), revision(1))
    assert await count(storage.database) == 0


async def test_a_failing_call_takes_nobody_else_down(storage: Storage) -> None:
    calls = [storage.database.write(revision(number)) for number in (1, 2, 2, 3)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results].count(StorageError) == 1
    assert await count(storage.database) == 3


async def test_many_calls_share_commits(storage: Storage) -> None:
    commits: set[int] = set()

    def counting(number: int) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await revision(number)(connection)
            transaction = connection.get_transaction()

            async def hook() -> None:
                commits.add(id(transaction))

            after_commit(connection, "count", hook)

        return write

    await asyncio.gather(*(storage.database.write(counting(number)) for number in range(100)))
    assert await count(storage.database) == 100
    assert len(commits) < 20


async def test_an_error_quotes_no_value(storage: Storage) -> None:
    await storage.database.write(revision(1))
    with pytest.raises(StorageError) as caught:
        await storage.database.write(revision(1, author="can" + "ary"))
    assert "canary" not in "".join(traceback.format_exception(caught.value))


@ON_SQLITE
async def test_only_the_owner_can_open_the_files(storage: Storage) -> None:
    await storage.database.write(revision(1))
    for path in storage.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
    assert stat.S_IMODE(storage.path.parent.stat().st_mode) == 0o700


@ON_SQLITE
async def test_it_is_as_durable_and_forgetful_as_it_says(storage: Storage) -> None:
    async with storage.database.read() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


async def test_two_openings_write_to_one_database(storage: Storage) -> None:
    async with Database(storage.url) as other:
        await asyncio.gather(
            *(storage.database.write(revision(number)) for number in range(0, 40, 2)),
            *(other.write(revision(number)) for number in range(1, 40, 2)),
        )
        assert await count(other) == 40


def _open_from_another_process(folder: Path, number: int, barrier: Any) -> None:
    async def work() -> None:
        barrier.wait()
        async with Database(f"sqlite+aiosqlite:///{folder / 'guard.db'}") as database:
            await database.write(revision(number))

    asyncio.run(work())


async def test_processes_that_open_a_new_database_at_once_all_get_in(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    processes = [
        context.Process(target=_open_from_another_process, args=(tmp_path, number, barrier)) for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    async with Database(f"sqlite+aiosqlite:///{tmp_path / 'guard.db'}") as database:
        assert await count(database) == 4


@pytest.mark.parametrize(
    "url",
    ["postgresql://u@h/d", "mysql+aiomysql://u@h/d", "sqlite:///x.db", "sqlite+aiosqlite://", "a://b:x/", "nonsense"],
)
def test_what_is_not_built_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database(url)


async def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigurationError, match="data directory"):
        async with Database(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'guard.db'}"):
            pass


async def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "guard.db").write_bytes(b"x" * 5000)
    with pytest.raises(StorageError) as caught:
        async with Database(f"sqlite+aiosqlite:///{tmp_path / 'guard.db'}"):
            pass
    assert caught.value.reason_id == "database_damaged"


async def test_a_closed_database_takes_nothing(tmp_path: Path) -> None:
    async with Database(f"sqlite+aiosqlite:///{tmp_path / 'guard.db'}") as database:
        await database.write(revision(1))
    with pytest.raises(StorageError):
        await database.write(revision(2))
