"""The signed head: a log that was tampered with is not continued, so that no new head ever vouches for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guard.audit import heads
from guard.audit import verify as verification
from guard.audit.heads import _advance, head_path
from guard.audit.record import GENESIS, Head
from guard.audit.verify import verify
from guard.errors import AuditError
from guard.model import Principal
from tests.conftest import ON_SQLITE, Storage

ADA = Principal("usr_ada", "default", ("admin",))


async def append(storage: Storage, count: int = 1) -> None:
    for number in range(count):
        await storage.database.write(storage.audit.record("user.added", ADA, {"number": number}))


async def cut(storage: Storage) -> None:
    await storage.outside('DELETE FROM audit_records WHERE "index" >= 3')


async def emptied(storage: Storage) -> None:
    await storage.outside("DELETE FROM audit_records")


@pytest.mark.parametrize("tamper", [cut, emptied, Storage.make_anew])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_log_that_was_tampered_with_is_not_continued(
    storage: Storage, tamper: Callable[[Storage], Awaitable[None]], restarted: bool
) -> None:
    await append(storage, 6)
    await tamper(storage)
    if restarted:
        storage.restart()
    with pytest.raises(AuditError) as caught:
        await append(storage)
    assert caught.value.reason_id == "audit_contradicted"
    assert not (await storage.verified()).ok


async def test_a_running_log_goes_by_its_own_memory_and_not_by_a_head_that_was_put_back(storage: Storage) -> None:
    await append(storage, 3)
    older = await storage.head()
    await append(storage, 3)
    await cut(storage)
    await storage.put_head(older)
    assert (await storage.verified()).ok  # Nobody but the process that signed the later head can know.
    with pytest.raises(AuditError):
        await append(storage)


async def test_a_head_that_is_gone_leaves_a_record(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "_PATIENCE", 1)
    await append(storage, 3)
    await storage.put_head(None)
    storage.restart()
    await append(storage)
    events = [row["event"] for row in await storage.audit.search()]
    assert events == ["user.added", "audit.head_missing", "user.added", "user.added", "user.added"]
    assert (await storage.verified()).ok


async def test_a_head_that_is_forged_stops_the_log(storage: Storage) -> None:
    await append(storage, 3)
    await storage.put_head(Head(3, bytes(32), 0).sign(Ed25519PrivateKey.generate()))
    storage.restart()
    with pytest.raises(AuditError):
        await append(storage)


@ON_SQLITE
async def test_a_head_that_cannot_be_written_is_an_error(storage: Storage) -> None:
    await append(storage)
    head_path(storage.path).unlink()
    head_path(storage.path).mkdir()
    with pytest.raises(AuditError):
        await append(storage)


def test_a_late_head_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    key, path = Ed25519PrivateKey.generate(), tmp_path / "guard.db.head"
    for records in (1, 3, 2):
        _advance(path, Head(records, bytes(32), 0), key)
    assert Head.read(path.read_bytes(), key.public_key()).records == 3
    assert sorted(each.name for each in tmp_path.iterdir()) == ["guard.db.head", "guard.db.head.lock"]


async def test_an_empty_log_without_a_head_does_not_verify(storage: Storage) -> None:
    """Every installation's log begins when it is set up: nothing at all means that all of it was removed."""
    assert (await storage.verified()).problems == ["There is no signed head: it was removed."]


@ON_SQLITE
@pytest.mark.parametrize(
    "record", ["5", "'[]'", "x'5b5d'", "'null'", "'" + "[" * 50_000 + "'", "x'ff'", "'{}'"], ids=lambda sql: sql[:6]
)
async def test_what_is_no_record_is_named(storage: Storage, record: str) -> None:
    await append(storage, 4)
    await storage.outside(f'UPDATE audit_records SET record = {record} WHERE "index" = 2')
    report = await storage.verified()
    assert any("2" in problem for problem in report.problems)


async def test_a_record_before_the_first_is_named(storage: Storage) -> None:
    await append(storage, 2)
    await storage.outside(
        "INSERT INTO audit_records SELECT -1, time, event, request_id, conversation_id, actor, decision, reason_id, "
        'record, hash FROM audit_records WHERE "index" = 0'
    )
    assert "Record -1 was inserted." in (await storage.verified()).problems


async def test_a_head_that_does_not_fit_is_not_lost_among_the_records(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that was rewritten has a problem in each record, and only so many are listed."""
    monkeypatch.setattr(verification, "_MOST", 2)
    await append(storage, 4)
    await storage.outside("UPDATE audit_records SET decision = 'deny'")
    await cut(storage)
    problems = (await storage.verified()).problems
    assert len(problems) == 3
    assert "cut off" in problems[-1]


@pytest.mark.parametrize("name", ["a#b", "a?b", "50%25", "a b", "é"])
def test_a_log_is_found_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    path = tmp_path / name / "guard.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            'CREATE TABLE audit_records ("index" INTEGER, time, event, request_id, conversation_id, actor, decision, '
            "reason_id, record, hash)"
        )
    key = Ed25519PrivateKey.generate()
    head_path(path).write_bytes(Head(0, GENESIS, 0).sign(key))
    assert verify(path, head_path(path), key.public_key()).ok


async def test_a_number_that_is_no_index_is_not_found(storage: Storage) -> None:
    from guard.errors import NotFoundError

    with pytest.raises(NotFoundError):
        await storage.audit.show("9" * 30)
