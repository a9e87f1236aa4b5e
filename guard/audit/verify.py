"""Verify an audit log, read-only: works while a server writes, and needs no key but the public one.

Names every record that was changed, removed, inserted or moved, and a tail that was cut off.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from guard.audit.record import GENESIS, Head, chain
from guard.errors import AuditError, KeyUnavailableError, TamperedError

_COLUMNS = ("index", "time", "event", "request_id", "conversation_id", "actor", "decision", "reason_id")
_MOST = 100
"""Problems that are listed; a log that was rewritten has as many as it has records."""


@dataclass(slots=True)
class Report:
    """What was found. `open_requests` were begun and have no end yet: they go on, or died with their process."""

    records: int = 0
    open_requests: int = 0
    head_records: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The members that `guard audit verify --json` promises."""
        return {
            "ok": self.ok,
            "records": self.records,
            "problems": self.problems,
            "open_requests": self.open_requests,
            "head_records": self.head_records,
        }


def load_public_key(path: Path) -> Ed25519PublicKey:
    """The key that the heads are signed with. Raises KeyUnavailableError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise KeyUnavailableError(f"The public key {path} cannot be read. It was made by `guard init`.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnavailableError(f"The public key {path} is not an Ed25519 key.")
    return key


def verify(database: Path, head_file: Path, key: Ed25519PublicKey) -> Report:
    """Check every record against the chain and the chain against its signed head.

    Raises AuditError when there is no log to read.
    """
    # The head first: records that come while we read make the log longer than it, which is as it should be.
    report = Report()
    head = _read_head(head_file, key, report)
    seen_head = head is None or head.records == 0
    opened: set[str] = set()
    misfits: list[str] = []
    for index, digest in _walk(database, report, opened):
        if head is not None and index == head.records - 1:
            seen_head = True
            if digest != head.hash:
                misfits.append(f"The log up to record {index} is not the one that the head was signed for.")
    report.open_requests = len(opened)
    if head is None and not head_file.exists():
        misfits.append("There is no signed head: it was removed.")
    if head is not None and not seen_head:
        misfits.append(
            f"The log was cut off: the signed head counts {head.records} records, the database has {report.records}."
        )
    report.problems = report.problems[:_MOST] + misfits
    report.head_records = head.records if head else None
    return report


def _read_head(path: Path, key: Ed25519PublicKey, report: Report) -> Head | None:
    try:
        return Head.read(path.read_bytes(), key)
    except FileNotFoundError:
        return None
    except OSError:
        raise AuditError(f"The signed head {path} cannot be read.") from None
    except TamperedError as error:
        report.problems.append(str(error))
        return None


def _walk(database: Path, report: Report, opened: set[str]) -> Iterator[tuple[int, bytes]]:
    """Check record after record, and yield the index and the recomputed hash of each."""
    previous, expected = GENESIS, 0
    for row in _rows(database):
        index, record, stored = row["index"], _bytes(row["record"]), _bytes(row["hash"])
        if index > expected:
            report.problems.append(_missing(expected, index - 1))
        elif index < expected:
            report.problems.append(f"Record {index} was inserted.")
        expected = index
        digest = chain(previous, record)
        if digest != stored:
            # Either this record was changed, or the one before it and its hash with it.
            report.problems.append(f"Record {index} was changed, or the record before it is another one.")
        report.problems += _contradictions(row)
        _note_open(row, opened)
        report.records += 1
        # Going on from the stored hash reports one change once; the head tells of a chain that was made anew.
        previous, expected = stored, expected + 1
        yield index, digest


def _bytes(value: object) -> bytes:
    """A column's bytes; SQLite stores whatever type it is given, so a changed one may be another."""
    return value if isinstance(value, bytes) else str(value).encode()


def _rows(database: Path) -> Iterator[sqlite3.Row]:
    names = ", ".join(f'"{name}"' for name in (*_COLUMNS, "record", "hash"))
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            yield from connection.execute(f'SELECT {names} FROM audit_records ORDER BY "index"')  # noqa: S608
    except sqlite3.Error:
        raise AuditError(f"There is no audit log to read in {database}.") from None


def _contradictions(row: sqlite3.Row) -> Iterator[str]:
    """Columns that say something else than the record whose copies they are."""
    try:
        fields = json.loads(row["record"])
    except (ValueError, TypeError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        yield f"Record {row['index']} is not a record."
        return
    if fields.get("index") != row["index"]:
        yield f"Record {fields.get('index')} stands in the place of record {row['index']}: they were reordered."
        return
    if wrong := [name for name in _COLUMNS if row[name] != fields.get(name)]:
        yield f"Record {row['index']}: the columns {', '.join(wrong)} were changed."


def _note_open(row: sqlite3.Row, opened: set[str]) -> None:
    if row["event"] == "chat.opened":
        opened.add(row["request_id"])
    elif row["event"] == "chat.closed":
        opened.discard(row["request_id"])


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Record {first} was removed."
    return f"Records {first} to {last} were removed."
