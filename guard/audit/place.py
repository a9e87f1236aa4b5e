"""Where a record stands in the log, and whether the chain from it to the signed head holds. It only reads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from guard.audit.heads import head_path
from guard.audit.record import GENESIS, Head
from guard.audit.verify import COLUMNS, Check, read_note
from guard.database import Database
from guard.errors import NotFoundError, TamperedError
from guard.model import JSON
from guard.tables import audit_heads, audit_records

MOST = 10_000
"""Records that are checked at the most: from further back it takes `guard audit verify`."""

_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place.

    Args:
        hash, previous: of the record, and of the one before it, as hexadecimal digits.
        head_records: how many records the signed head counts; `None` when there is no genuine head.
        head_time: when it was signed, in milliseconds since 1970.
        checked: how many records were checked, from this one on.
        problems: what does not hold.
        is_far: there are too many records up to the head to check them now.
    """

    index: int
    hash: str
    previous: str
    head_records: int | None
    head_time: int | None
    checked: int
    problems: tuple[str, ...]
    is_far: bool

    @property
    def holds(self) -> bool | None:
        """Whether the chain from the record to the signed head holds; `None`: that was not checked to its end."""
        if self.problems:
            return False
        return None if self.is_far or self.head_records is None or self.head_records <= self.index else True

    def as_json(self) -> dict[str, JSON]:
        """The member `place` of a record."""
        return {
            "hash": self.hash,
            "previous": self.previous,
            "head_records": self.head_records,
            "head_time": self.head_time,
            "checked": self.checked,
            "holds": self.holds,
            "problems": list(self.problems),
        }


async def place_of(database: Database, key: Ed25519PublicKey, index: int) -> Place:
    """The place of a record.

    Raises:
        NotFoundError: there is no record of that index.
        StorageError, AuditError: the log or its head cannot be read.
    """
    note = await _note(database)  # Before the records: those that come meanwhile only make the log longer than it.
    head = _head(note, key)
    hashes = await _hashes(database, index)
    previous = hashes.get(index - 1)
    check = Check(note, key, start=index, previous=previous or GENESIS)
    is_far = head is not None and head.records - index > MOST
    # Of a log that is longer than what can be checked, the record itself still is.
    last = index if is_far or head is None else max(index, head.records - 1)
    checked = 0
    for start in range(index, last + 1, _ROWS):
        checked += await _check(database, check, start, min(last, start + _ROWS - 1))
    # Whether the head was reached is a question only where the way there was walked.
    report = check.report(reached=not is_far)
    problems = list(report.problems)
    if previous is None and index > 0:
        problems.insert(0, f"Record {index - 1} was removed.")
    return Place(
        index=index,
        hash=hashes[index].hex(),
        previous=(previous or GENESIS).hex(),
        head_records=head.records if head else None,
        head_time=head.time if head else None,
        checked=checked,
        problems=tuple(problems),
        is_far=is_far,
    )


async def _note(database: Database) -> bytes | None:
    if database.path is not None:
        return await asyncio.to_thread(read_note, head_path(database.path))
    async with database.read() as connection:
        found = (await connection.execute(select(audit_heads.c.note))).scalar_one_or_none()
    return None if found is None else bytes(found)


def _head(note: bytes | None, key: Ed25519PublicKey) -> Head | None:
    if note is None:
        return None
    try:
        return Head.read(note, key)
    except TamperedError:
        return None  # `Check` says so.


async def _hashes(database: Database, index: int) -> dict[int, bytes]:
    """The hashes of a record and of the one before it. Raises NotFoundError."""
    table = audit_records
    query = select(table.c.index, table.c.hash).where(table.c.index.in_([index - 1, index]))
    async with database.read() as connection:
        found = {row[0]: bytes(row[1]) for row in await connection.execute(query)}
    if index not in found:
        raise NotFoundError("There is no record of that index.")
    return found


async def _check(database: Database, check: Check, start: int, end: int) -> int:
    table = audit_records
    query = select(*(table.c[name] for name in (*COLUMNS, "record", "hash")))
    query = query.where(table.c.index.between(start, end)).order_by(table.c.index)
    async with database.read() as connection:
        rows = [row._mapping for row in await connection.execute(query)]

    def take() -> None:
        for row in rows:
            check.take(row)

    await asyncio.to_thread(take)
    return len(rows)
