from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.errors import AuditError, NotFoundError
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("admin",))


async def append(storage: Storage, count: int = 1, event: str = "user.added") -> None:
    for number in range(count):
        await storage.database.write(storage.audit.record(event, ADA, {"number": number}))


async def test_records_can_be_searched_and_shown(storage: Storage) -> None:
    await append(storage, 3)
    await append(storage, 1, "key.revoked")
    rows = await storage.audit.search(limit=10)
    assert [row["index"] for row in rows] == [3, 2, 1, 0]
    assert set(rows[0]) == {
        "index", "time", "event", "request_id", "conversation_id", "actor", "decision", "reason_id",
    }  # fmt: skip
    assert [row["index"] for row in await storage.audit.search(event="key.revoked")] == [3]
    (record,) = await storage.audit.show("2")
    (before,) = await storage.audit.show("1")
    assert record["previous"] == before["hash"]
    with pytest.raises(NotFoundError):
        await storage.audit.show("99")


async def test_a_record_takes_no_value_without_a_canonical_form(storage: Storage) -> None:
    with pytest.raises(AuditError):
        await storage.database.write(storage.audit.record("x", ADA, {"score": 0.5}))
    assert await storage.audit.search() == []


async def test_the_head_is_signed_after_each_commit(storage: Storage) -> None:
    await append(storage, 2)
    report = await storage.verified()
    assert report.ok
    assert report.records == report.head_records == 2


def _append_from_another_process(folder: Path, url: str) -> None:
    import asyncio

    async def work() -> None:
        keys = LocalKeys.load(folder / "keys")
        async with Database(url) as database:
            audit = SqlAudit(database, keys.signing_key)
            for number in range(50):
                await database.write(audit.record("user.added", ADA, {"number": number}))

    asyncio.run(work())


async def test_two_processes_append_to_one_chain(storage: Storage, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append_from_another_process, args=(tmp_path, storage.url)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    report = await storage.verified()
    assert report.problems == []
    assert report.records == 100
