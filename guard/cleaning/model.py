"""What goes to a worker and what comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from guard.model import JSON

Kind = Literal["text", "table", "lines", "elements", "document"]
"""Running text; rows of a table; JSON, a document a line; elements of a JSON array; one JSON document."""

TEXT = "(text)"
"""The column of what has none: running text, and records that are not of their format."""

REST = "(further columns)"
MOST_COLUMNS = 1000
"""Columns that are told apart; objects that are keyed by ids have no end of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """A part of a file that is scanned by itself.

    Args:
        head: the first record of a table, which may name its columns. delimiter: between its cells.
        is_first: whether the part is the first of its file, which has that record, or opens the array.
    """

    kind: Kind
    text: str = field(repr=False)
    head: str = field(default="", repr=False)
    delimiter: str = ","
    is_first: bool = False


@dataclass(slots=True)
class Tally:
    """A column: records that have it, those with findings in it, and how many findings of which type."""

    rows: int = 0
    found_rows: int = 0
    found: Counter[str] = field(default_factory=Counter)
    skipped: bool = False

    def add(self, other: Tally) -> None:
        """Count the other one's as well."""
        self.rows += other.rows
        self.found_rows += other.found_rows
        self.found.update(other.found)
        self.skipped = self.skipped or other.skipped


@dataclass(slots=True)
class Counts:
    """What was found in a part, a file or a run, by column. `broken` are records that are not of their format."""

    records: int = 0
    found_records: int = 0
    broken: int = 0
    columns: dict[str, Tally] = field(default_factory=dict)

    def column(self, name: str) -> Tally:
        """The tally of a column."""
        if name not in self.columns and len(self.columns) >= MOST_COLUMNS:
            name = REST
        return self.columns.setdefault(name, Tally())

    def add(self, other: Counts) -> None:
        """Count the other one's as well."""
        self.records += other.records
        self.found_records += other.found_records
        self.broken += other.broken
        for name, tally in other.columns.items():
            self.column(name).add(tally)

    @property
    def found(self) -> dict[str, int]:
        """Findings by type, the most frequent first."""
        total: Counter[str] = Counter()
        for tally in self.columns.values():
            total.update(tally.found)
        return dict(sorted(total.items(), key=lambda each: (-each[1], each[0])))

    def as_json(self) -> dict[str, JSON]:
        """As the journal keeps it; `loads` reads it."""
        columns: dict[str, JSON] = {
            name: [each.rows, each.found_rows, dict(each.found), each.skipped] for name, each in self.columns.items()
        }
        return {
            "records": self.records,
            "found_records": self.found_records,
            "broken": self.broken,
            "columns": columns,
        }

    @staticmethod
    def loads(stored: Mapping[str, JSON]) -> Counts:
        """The counts that `as_json` wrote. Raises KeyError, TypeError, ValueError for anything else."""
        columns = {
            str(name): Tally(int(rows), int(found_rows), Counter(found), bool(skipped))
            for name, (rows, found_rows, found, skipped) in stored["columns"].items()
        }
        return Counts(int(stored["records"]), int(stored["found_records"]), int(stored["broken"]), columns)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A task that was done. `text` is the part without personal data; `None`: as it was."""

    counts: Counts
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not scanned, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Result:
    """A run. `kept` are files that an earlier run had done already; `seconds` is set by who timed it."""

    files: int = 0
    bytes: int = 0
    kept: int = 0
    counts: Counts = field(default_factory=Counts)
    skipped: list[Skipped] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, JSON]:
        """What `--json` prints: counts and names of columns, no values."""
        return {
            "files": self.files,
            "bytes": self.bytes,
            "kept": self.kept,
            "records": self.counts.records,
            "records_with_findings": self.counts.found_records,
            "broken_records": self.counts.broken,
            "findings": {**self.counts.found},
            "columns": [
                {
                    "column": name,
                    "rows": each.rows,
                    "rows_with_findings": each.found_rows,
                    "share": round(each.found_rows / each.rows, 4) if each.rows else 0.0,
                    "findings": dict(sorted(each.found.items(), key=lambda pair: (-pair[1], pair[0]))),
                    "skipped": each.skipped,
                }
                for name, each in sorted(self.counts.columns.items(), key=lambda pair: -pair[1].found.total())
            ],
            "skipped": [{"path": each.path, "reason": each.reason} for each in self.skipped],
            "seconds": round(self.seconds, 2),
        }
