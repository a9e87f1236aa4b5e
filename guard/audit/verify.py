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
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from guard.audit.record import GENESIS, Head, chain
from guard.errors import AuditError, KeyUnavailableError, TamperedError

COLUMNS = ("index", "time", "event", "request_id", "conversation_id", "actor", "decision", "reason_id")
"""Columns that repeat what a record says."""

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


class Row(Protocol):
    """A row of the log, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any:
        """A column."""
        ...


class Check:
    """One verification: takes the records in order, then says what it found.

    The head is read before the records: those that come meanwhile make the log longer than it, which is as it should be.

    Args:
        note: the signed head; nothing when there is none.
        key: the public key that it was signed with.
        start: the index of the first record that is taken. previous: the hash of the one before it.
    """

    def __init__(self, note: bytes | None, key: Ed25519PublicKey, *, start: int = 0, previous: bytes = GENESIS) -> None:
        self._report = Report()
        self._head: Head | None = None
        self._has_note = note is not None
        self._opened: set[str] = set()
        self._misfits: list[str] = []
        self._start = start
        self._previous, self._expected = previous, start
        if note is not None:
            try:
                self._head = Head.read(note, key)
            except TamperedError as error:
                self._report.problems.append(str(error))
        self._seen_head = self._head is None or self._head.records <= start

    def take(self, row: Row) -> None:
        """Check the next row: `COLUMNS`, `record` and `hash`."""
        index, record, stored = row["index"], _bytes(row["record"]), _bytes(row["hash"])
        problems = self._report.problems
        if index > self._expected:
            problems.append(_missing(self._expected, index - 1))
        elif index < self._expected:
            problems.append(f"Record {index} was inserted.")
        digest = chain(self._previous, record)
        if digest != stored:
            # Either this record was changed, or the one before it and its hash with it.
            problems.append(f"Record {index} was changed, or the record before it is another one.")
        problems += _contradictions(row)
        _note_open(row, self._opened)
        self._report.records += 1
        # Going on from the stored hash reports one change once; the head tells of a chain that was made anew.
        self._previous, self._expected = stored, index + 1
        if self._head is not None and index == self._head.records - 1:
            self._seen_head = True
            if digest != self._head.hash:
                self._misfits.append(f"The log up to record {index} is not the one that the head was signed for.")

    def report(self, *, reached: bool = True) -> Report:
        """What was found, once all records were taken.

        Args:
            reached: records up to the head were taken, as far as there are any.
        """
        report, head = self._report, self._head
        report.open_requests = len(self._opened)
        if not self._has_note:
            self._misfits.append("There is no signed head: it was removed.")
        if reached and head is not None and not self._seen_head:
            self._misfits.append(
                f"The log was cut off: the signed head counts {head.records} records, "
                f"the database has {self._start + report.records}."
            )
        report.problems = report.problems[:_MOST] + self._misfits
        report.head_records = head.records if head else None
        return report


def verify(database: Path, head_file: Path, key: Ed25519PublicKey) -> Report:
    """Check every record in an SQLite file against the chain and the chain against its signed head.

    Raises AuditError when there is no log to read.
    """
    check = Check(read_note(head_file), key)
    for row in _rows(database):
        check.take(row)
    return check.report()


def read_note(path: Path) -> bytes | None:
    """The signed head in a file; `None` when there is none. Raises AuditError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise AuditError(f"The signed head {path} cannot be read.") from None


def _bytes(value: object) -> bytes:
    """A column's bytes; SQLite stores whatever type it is given, so a changed one may be another."""
    return value if isinstance(value, bytes) else str(value).encode()


def _rows(database: Path) -> Iterator[sqlite3.Row]:
    names = ", ".join(f'"{name}"' for name in (*COLUMNS, "record", "hash"))
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            yield from connection.execute(f'SELECT {names} FROM audit_records ORDER BY "index"')  # noqa: S608
    except sqlite3.Error:
        raise AuditError(f"There is no audit log to read in {database}.") from None


def _contradictions(row: Row) -> Iterator[str]:
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
    if wrong := [name for name in COLUMNS if row[name] != fields.get(name)]:
        yield f"Record {row['index']}: the columns {', '.join(wrong)} were changed."


def _note_open(row: Row, opened: set[str]) -> None:
    if row["event"] == "chat.opened":
        opened.add(row["request_id"])
    elif row["event"] == "chat.closed":
        opened.discard(row["request_id"])


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Record {first} was removed."
    return f"Records {first} to {last} were removed."
