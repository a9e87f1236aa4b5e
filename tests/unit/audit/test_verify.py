"""Every kind of tampering is seen and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guard.audit.record import Head
from guard.audit.verify import verify
from guard.errors import AuditError, KeyUnavailableError, TamperedError
from guard.model import Principal
from tests.conftest import ON_SQLITE, Storage

ADA = Principal("usr_ada", "default", ("admin",))


@pytest.fixture
async def log(storage: Storage) -> Storage:
    for number in range(6):
        await storage.database.write(storage.audit.record("user.added", ADA, {"number": number}))
    await storage.database.forget()
    return storage


TAMPERING: dict[str, tuple[tuple[str, ...], str]] = {
    "changed": (
        ("UPDATE audit_records SET record = (SELECT record FROM audit_records WHERE \"index\" = 1) WHERE \"index\" = 3",),
        "Record 3 was changed",
    ),
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
    assert (await log.verified()).ok
    statements, named = TAMPERING[kind]
    await log.outside(*statements)
    report = await log.verified()
    assert not report.ok
    assert any(named in problem for problem in report.problems), report.problems


async def test_a_chain_that_was_made_anew_does_not_fit_its_head(log: Storage) -> None:
    await log.make_anew()
    problems = (await log.verified()).problems
    assert any("not the one that the head was signed for" in problem for problem in problems)


async def test_a_head_that_was_removed_forged_or_signed_by_another(log: Storage) -> None:
    genuine = await log.head()
    assert genuine is not None
    await log.put_head(None)
    assert any("no signed head" in problem for problem in (await log.verified()).problems)
    await log.put_head(genuine.replace(b"\n6\n", b"\n4\n"))
    assert any("not genuine" in problem for problem in (await log.verified()).problems)
    await log.put_head(Head(6, bytes(32), 0).sign(Ed25519PrivateKey.generate()))
    assert any("not genuine" in problem for problem in (await log.verified()).problems)
    await log.put_head(b"")
    assert not (await log.verified()).ok


async def test_a_log_that_is_longer_than_its_head_is_no_tampering(log: Storage) -> None:
    """A file's head is written after the commit, and a crash may come between."""
    genuine = await log.head()
    await log.database.write(log.audit.record("user.added", ADA, {}))
    await log.put_head(genuine)
    report = await log.verified()
    assert report.ok
    assert (report.records, report.head_records) == (7, 6)


@ON_SQLITE
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
