"""Whatever is done to a log, one change or several, verification says no, and says where."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit.heads import head_path
from guard.audit.sql import SqlAudit
from guard.audit.verify import Report, verify
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import Principal

RECORDS = 12
ADA = Principal("usr_ada", "default", ("admin",))


@dataclass(frozen=True)
class Log:
    """A genuine log, to be copied for each example."""

    path: Path
    key: Ed25519PublicKey


@pytest.fixture(scope="module")
def log() -> Iterator[Log]:
    folder = Path(tempfile.mkdtemp())
    keys = LocalKeys.create(folder / "keys")
    path = folder / "data" / "guard.db"

    async def fill() -> None:
        async with Database(f"sqlite+aiosqlite:///{path}") as database:
            audit = SqlAudit(database, keys.signing_key)
            for number in range(RECORDS):
                await database.write(audit.record(f"event.{number}", ADA, {"number": number}))

    asyncio.run(fill())
    yield Log(path, keys.signing_key.public_key())
    shutil.rmtree(folder)


def tampered(log: Log, *statements: tuple[str, tuple[object, ...]]) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(log.path, folder))
        shutil.copy(head_path(log.path), folder)
        with closing(sqlite3.connect(copy)) as connection:
            for sql, values in statements:
                connection.execute(sql, values)
            connection.commit()
        return verify(copy, head_path(copy), log.key)


def names(report: Report, index: int) -> bool:
    """Whether a problem names this record, alone or in a range."""
    for problem in report.problems:
        if found := re.search(r"Records (\d+) to (\d+)", problem):
            if int(found[1]) <= index <= int(found[2]):
                return True
        elif re.search(rf"[Rr]ecord {index}\b", problem):
            return True
    return False


indexes = st.integers(0, RECORDS - 1)


def test_the_genuine_log_verifies(log: Log) -> None:
    assert tampered(log).ok


@settings(max_examples=40, deadline=None)
@given(
    index=indexes, position=st.integers(0, 10_000), bit=st.integers(0, 7), column=st.sampled_from(["record", "hash"])
)
def test_a_flipped_bit(log: Log, index: int, position: int, bit: int, column: str) -> None:
    with closing(sqlite3.connect(f"{log.path.as_uri()}?mode=ro", uri=True)) as connection:
        query = f'SELECT {column} FROM audit_records WHERE "index" = ?'
        value = bytearray(connection.execute(query, (index,)).fetchone()[0])
    value[position % len(value)] ^= 1 << bit
    report = tampered(log, (f'UPDATE audit_records SET {column} = ? WHERE "index" = ?', (bytes(value), index)))
    assert not report.ok
    assert names(report, index)


@settings(max_examples=25, deadline=None)
@given(removed=st.sets(indexes, min_size=1))
def test_removed_records(log: Log, removed: set[int]) -> None:
    report = tampered(log, *(('DELETE FROM audit_records WHERE "index" = ?', (index,)) for index in removed))
    assert not report.ok
    kept = set(range(RECORDS)) - removed
    assert all(names(report, index) for index in removed if kept and index < max(kept))


@settings(max_examples=25, deadline=None)
@given(first=indexes, second=indexes)
def test_two_records_in_each_others_place(log: Log, first: int, second: int) -> None:
    if first == second:
        return
    move = 'UPDATE audit_records SET "index" = ? WHERE "index" = ?'
    report = tampered(log, (move, (99, first)), (move, (first, second)), (move, (second, 99)))
    assert not report.ok
    assert names(report, first)
    assert names(report, second)


@settings(max_examples=25, deadline=None)
@given(
    index=indexes,
    column=st.sampled_from(["time", "event", "request_id", "actor", "decision", "reason_id", "conversation_id"]),
    value=st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), st.integers(0, 9)),
)
def test_a_column_that_says_something_else(log: Log, index: int, column: str, value: object) -> None:
    report = tampered(log, (f'UPDATE audit_records SET {column} = ? WHERE "index" = ?', (value, index)))
    assert not report.ok
    assert names(report, index)


@settings(max_examples=20, deadline=None)
@given(index=indexes, junk=st.one_of(st.binary(), st.integers(), st.text(st.characters(codec="utf-8"))))
def test_a_record_that_is_anything_at_all(log: Log, index: int, junk: object) -> None:
    report = tampered(log, ('UPDATE audit_records SET record = ? WHERE "index" = ?', (_stored(junk), index)))
    assert not report.ok
    assert names(report, index)


def _stored(value: object) -> object:
    return value % 2**63 if isinstance(value, int) else value
