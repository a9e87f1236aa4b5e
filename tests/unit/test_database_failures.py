"""What a writer is told is true, whatever fails: stored means on disk, and an error means not."""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard import database as room
from guard.database import Database, Write, after_commit
from guard.engines import sqlite
from guard.errors import ConfigurationError, OverloadedError, StorageError
from guard.tables import policy_revisions as table
from tests.conftest import ON_SQLITE, Storage


def revision(number: int, size: int = 0) -> Write:
    async def write(connection: AsyncConnection) -> None:
        row = {"id": number, "hash": "h", "bundle": secrets.token_bytes(size), "author": "a", "created": 0}
        await connection.execute(insert(table).values(**row, active=False))

    return write


def statement(sql: str) -> Write:
    async def write(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(sql)

    return write


async def full_soon(connection: AsyncConnection) -> None:
    """Twenty pages more, and SQLite says that the disk is full."""
    pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")


async def stored(database: Database) -> list[int]:
    async with database.read() as connection:
        return list((await connection.execute(select(table.c.id).order_by(table.c.id))).scalars())


async def together(database: Database, *writes: Write) -> list[Any]:
    """The outcomes of calls that share one commit."""
    return await asyncio.gather(*(database.write(each) for each in writes), return_exceptions=True)


# When SQLite itself takes a whole transaction back (it may on a full disk, and does on ON CONFLICT ROLLBACK), the calls
# that had been written before in the same group are gone with it.
TAKES_ALL_BACK = (
    "INSERT OR ROLLBACK INTO policy_revisions (id,hash,bundle,author,created,active) VALUES (1,'','','',0,0)"
)


@ON_SQLITE
@pytest.mark.parametrize("failing", [revision(2, 2_000_000), statement(TAKES_ALL_BACK)], ids=["full disk", "rollback"])
async def test_a_transaction_that_is_lost_is_lost_for_all_and_all_are_told(storage: Storage, failing: Write) -> None:
    await storage.database.write(full_soon)
    outcomes = await together(storage.database, revision(1), failing, revision(3))
    told = [number for number, outcome in zip((1, 2, 3), outcomes, strict=True) if outcome is None]
    assert told == await stored(storage.database) == []
    await storage.database.write(revision(9))
    assert await stored(storage.database) == [9]


@ON_SQLITE
async def test_a_full_disk_is_named(storage: Storage) -> None:
    await storage.database.write(full_soon)
    with pytest.raises(StorageError) as caught:
        await storage.database.write(revision(1, 2_000_000))
    assert caught.value.reason_id == "disk_full"


async def test_a_locked_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tuple(pragma.replace("=15000", "=10") for pragma in sqlite._PRAGMAS)
    monkeypatch.setattr(sqlite, "_PRAGMAS", quick)
    path = tmp_path / "guard.db"
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError) as caught:
                await database.write(revision(1))
        assert caught.value.reason_id == "database_locked"
        await database.write(revision(2))
        assert await stored(database) == [2]


async def test_a_writer_that_is_stopped_has_stored_nothing_and_says_so(storage: Storage) -> None:
    entered = asyncio.Event()

    async def slow(connection: AsyncConnection) -> None:
        await revision(1)(connection)
        entered.set()
        await asyncio.sleep(30)

    call = asyncio.create_task(storage.database.write(slow))
    await entered.wait()
    assert storage.database._writer is not None
    storage.database._writer.cancel()
    with pytest.raises(StorageError):
        await call
    assert await stored(storage.database) == []


async def test_a_call_that_is_cancelled_while_it_is_written_ends_with_its_commit(storage: Storage) -> None:
    entered, hooks = asyncio.Event(), []

    async def hook() -> None:
        hooks.append("ran")

    async def slow(connection: AsyncConnection) -> None:
        after_commit(connection, "test", hook)
        await revision(1)(connection)
        entered.set()
        await asyncio.sleep(0.02)

    call = asyncio.create_task(storage.database.write(slow))
    await entered.wait()
    while not call.done():
        call.cancel()  # Cancel scopes cancel again and again.
        await asyncio.sleep(0)
    assert call.cancelled()
    assert hooks == ["ran"]
    assert await stored(storage.database) == [1]


async def test_a_call_that_is_cancelled_while_it_waits_is_withdrawn(storage: Storage) -> None:
    entered = asyncio.Event()

    async def slow(connection: AsyncConnection) -> None:
        entered.set()
        await asyncio.sleep(0.02)

    first = asyncio.create_task(storage.database.write(slow))
    await entered.wait()
    second = asyncio.create_task(storage.database.write(revision(1)))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    await storage.database.write(revision(2))
    assert await stored(storage.database) == [2]


async def test_hooks_run_in_order_and_a_failing_one_is_told(storage: Storage) -> None:
    order: list[str] = []

    def hook(name: str, error: Exception | None = None) -> Any:
        async def run() -> None:
            order.append(name)
            if error:
                raise error

        return run

    def hooking(number: int) -> Write:
        async def write(connection: AsyncConnection) -> None:
            after_commit(connection, f"own {number}", hook(f"own {number}"))
            after_commit(connection, "head", hook("head", StorageError()))

        return write

    outcomes = await together(storage.database, hooking(1), hooking(2))
    assert order == ["own 1", "own 2", "head"]
    assert all(isinstance(outcome, StorageError) for outcome in outcomes)


async def test_a_failed_call_leaves_no_hook(storage: Storage) -> None:
    ran: list[str] = []

    async def hook() -> None:
        ran.append("")

    async def failing(connection: AsyncConnection) -> None:
        after_commit(connection, "test", hook)
        raise ConfigurationError

    with pytest.raises(ConfigurationError):
        await storage.database.write(failing)
    assert ran == []


async def test_a_full_queue_is_refused(storage: Storage) -> None:
    storage.database._queue = asyncio.Queue(1)
    storage.database._queue.put_nowait(room._Job((), asyncio.get_running_loop().create_future()))
    with pytest.raises(OverloadedError):
        await storage.database.write(revision(1))
    storage.database._queue.get_nowait()
    storage.database._queue.task_done()


async def test_what_was_erased_but_is_still_in_the_log_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", tuple(pragma.replace("=15000", "=10") for pragma in sqlite._PRAGMAS))
    async with Database(f"sqlite+aiosqlite:///{tmp_path / 'guard.db'}") as database:
        await database.write(revision(1))
        async with database.read() as reader:
            await reader.execute(select(table))
            await database.write(revision(2))
            with pytest.raises(StorageError) as caught:
                await database.forget()
        assert caught.value.reason_id == "database_locked"
        await database.forget()
        assert (tmp_path / "guard.db-wal").stat().st_size == 0


async def test_a_database_of_a_later_version_is_left_alone(new_url: str) -> None:
    async with Database(new_url) as database:
        await database.write(statement("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError) as caught:
        async with Database(new_url):
            pass
    assert caught.value.reason_id == "database_version"


async def test_the_migrations_make_the_tables_that_the_code_knows(storage: Storage) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from guard.tables import metadata

    async with storage.database.read() as connection:
        found = await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), metadata))
    assert found == []


def _open_and_write(url: str, number: int) -> None:
    async def work() -> None:
        async with Database(url) as database:
            await database.write(revision(number))

    asyncio.run(work())


async def test_several_processes_make_one_database(new_url: str) -> None:
    assert not await Database(new_url).is_made()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open_and_write, args=(new_url, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 60)
        assert process.exitcode == 0
    async with Database(new_url) as database:
        assert await stored(database) == [0, 1, 2]
    assert await Database(new_url).is_made()
