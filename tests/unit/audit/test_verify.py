"""Every kind of tampering is seen and named."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guard.audit.record import GENESIS, Head, canonical, chain
from guard.audit.sql import head_path
from guard.audit.verify import Report, verify
from guard.errors import AuditError, KeyUnavailableError, TamperedError
from guard.model import Principal
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("admin",))


@pytest.fixture
async def log(storage: Storage) -> Storage:
    for number in range(6):
        await storage.database.write(storage.audit.record("user.added", ADA, {"number": number}))
    await storage.database.forget()
    return storage


def check(log: Storage) -> Report:
    return verify(log.path, head_path(log.path), log.keys.signing_key.public_key())


def change(log: Storage, *statements: str) -> None:
    with closing(sqlite3.connect(log.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


TAMPERING: dict[str, tuple[tuple[str, ...], str]] = {
    "changed": (("UPDATE audit_records SET record = replace(record, 'usr_ada', 'usr_eve') WHERE \"index\" = 3",), "Record 3"),
    "columns": (("UPDATE audit_records SET decision = 'deny' WHERE \"index\" = 2",), "Record 2: the columns decision"),
    "removed": (("DELETE FROM audit_records WHERE \"index\" = 2",), "Record 2 was removed"),
    "several removed": (("DELETE FROM audit_records WHERE \"index\" IN (1, 2)",), "Records 1 to 2 were removed"),
    "the first removed": (("DELETE FROM audit_records WHERE \"index\" = 0",), "Record 0 was removed"),
    "cut off": (("DELETE FROM audit_records WHERE \"index\" >= 4",), "cut off"),
    "all removed": (("DELETE FROM audit_records",), "cut off"),
    "reordered": (
        (
            "UPDATE audit_records SET \"index\" = 99 WHERE \"index\" = 1",
            "UPDATE audit_records SET \"index\" = 1 WHERE \"index\" = 2",
            "UPDATE audit_records SET \"index\" = 2 WHERE \"index\" = 99",
        ),
        "reordered",
    ),
    "inserted": (
        (
            "INSERT INTO audit_records SELECT 6, time, event, request_id, conversation_id, actor, decision, reason_id, "
            "record, hash FROM audit_records WHERE \"index\" = 5",
        ),
        "Record 6",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERING)
async def test_tampering_is_named(log: Storage, kind: str) -> None:
    assert check(log).ok
    statements, named = TAMPERING[kind]
    change(log, *statements)
    report = check(log)
    assert not report.ok
    assert any(named in problem for problem in report.problems), report.problems


async def test_a_chain_that_was_made_anew_does_not_fit_its_head(log: Storage) -> None:
    with closing(sqlite3.connect(log.path)) as connection:
        previous = GENESIS
        for index, record in connection.execute(
            'SELECT "index", record FROM audit_records ORDER BY "index"'
        ).fetchall():
            fields = json.loads(record) | {"actor": "usr_eve"}
            forged = canonical(fields)
            previous = chain(previous, forged)
            connection.execute(
                "UPDATE audit_records SET record = ?, hash = ?, actor = 'usr_eve' WHERE \"index\" = ?",
                (forged, previous, index),
            )
        connection.commit()
    assert any("not the one that the head was signed for" in problem for problem in check(log).problems)


async def test_a_head_that_was_removed_forged_or_signed_by_another(log: Storage) -> None:
    path = head_path(log.path)
    genuine = path.read_bytes()
    path.unlink()
    assert any("no signed head" in problem for problem in check(log).problems)
    path.write_bytes(genuine.replace(b"\n6\n", b"\n4\n"))
    assert any("not genuine" in problem for problem in check(log).problems)
    path.write_bytes(Head(6, bytes(32), 0).sign(Ed25519PrivateKey.generate()))
    assert any("not genuine" in problem for problem in check(log).problems)
    path.write_bytes(b"")
    assert not check(log).ok


async def test_a_crash_between_commit_and_head_is_no_tampering(log: Storage) -> None:
    genuine = head_path(log.path).read_bytes()
    await log.database.write(log.audit.record("user.added", ADA, {}))
    head_path(log.path).write_bytes(genuine)
    report = check(log)
    assert report.ok
    assert (report.records, report.head_records) == (7, 6)


async def test_what_is_not_there_is_an_error(tmp_path: Path, log: Storage) -> None:
    with pytest.raises(AuditError):
        verify(tmp_path / "nothing.db", tmp_path / "nothing.head", log.keys.signing_key.public_key())


def test_a_head_reads_back() -> None:
    key = Ed25519PrivateKey.generate()
    head = Head(7, bytes(range(32)), 123)
    assert Head.read(head.sign(key), key.public_key()) == head
    with pytest.raises(TamperedError):
        Head.read(head.sign(key)[:-10], key.public_key())


def test_a_public_key_that_is_none(tmp_path: Path) -> None:
    from guard.audit.verify import load_public_key

    for content in (b"", b"not a key"):
        (tmp_path / "audit.pub").write_bytes(content)
        with pytest.raises(KeyUnavailableError):
            load_public_key(tmp_path / "audit.pub")
