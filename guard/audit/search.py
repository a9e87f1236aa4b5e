"""Pages of the log, newest first, for people who review it.

The log is walked by its index in short reads, so that no search holds the database or the loop, and each page stops at
`MOST` records: then it says from where to go on. So a search costs the log no index that every record would have to pay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from guard.audit.facts import COLUMNS, Facts, Filters, read
from guard.database import Database
from guard.tables import audit_records as table

MOST = 100_000
"""Records that one page looks at, where their columns tell."""

MOST_READ = 25_000
"""Records that one page looks at, where each has to be read."""

_STEP = 5_000
"""Records that are looked at in one read."""

_INDEXED = ("request_id", "conversation_id")
_NAMES = ("index", "time", "event", "decision", "reason_id", "actor", "request_id", "conversation_id", "record", "hash")
_QUERY = select(*(table.c[name] for name in _NAMES))


@dataclass(frozen=True, slots=True)
class Row:
    """A record that was found: its facts, its exact bytes and its hash."""

    facts: Facts
    record: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search.

    Args:
        rows: newest first.
        older: go on with the records before this index; `None`: there are no more.
        newer: go on with the records after this index; `None`: the page begins with the newest.
        is_partial: the page ended at the bound of records to look at, not because it was full.
        looked_at: how many records that were.
    """

    rows: Sequence[Row] = ()
    older: int | None = None
    newer: int | None = None
    is_partial: bool = False
    looked_at: int = 0


Tenants = frozenset[str | None]


class Search:
    """Searches the log of a database. It only reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        filters: Filters,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        tenants: Tenants | None = None,
    ) -> Page:
        """A page of the records that match. Raises StorageError.

        Args:
            before: only records with a lower index. after: only those with a higher one, and of these the oldest.
            tenants: only records of these, whatever the filters say; `None` among them: those of no tenant.
        """
        first, last = await self._bounds(filters)
        low, high = max(first, 0 if after is None else after + 1), min(last, last if before is None else before - 1)
        walk = _Walk(filters, tenants, limit, low, high, is_upward=after is not None)
        while not walk.is_over:
            start, end = walk.window()
            async with self._database.read() as connection:
                rows = (await connection.execute(walk.query(start, end))).all()
            await asyncio.to_thread(walk.take, rows, start, end)
        return walk.page(before)

    async def one(self, index: int, tenants: Tenants | None = None) -> Row | None:
        """The record of an index, if there is one (of these tenants). Raises StorageError."""
        async with self._database.read() as connection:
            found = (await connection.execute(_QUERY.where(table.c.index == index))).all()
        return next((row for row in map(_row, found) if tenants is None or row.facts.tenant in tenants), None)

    async def _bounds(self, filters: Filters) -> tuple[int, int]:
        """The first and the last index that may match; the last is lower where none does."""
        wanted = [table.c[name] == value for name in _INDEXED if (value := getattr(filters, name)) is not None]
        if filters.since is not None:
            wanted.append(table.c.time >= filters.since)
        if filters.until is not None:
            wanted.append(table.c.time < filters.until)
        # The sum keeps SQLite at the index of the condition; without one, each end is found by itself.
        place = table.c.index + literal_column("0") if wanted else table.c.index
        ends = [select(end).where(*wanted).scalar_subquery() for end in (func.min(place), func.max(place))]
        async with self._database.read() as connection:
            first, last = (await connection.execute(select(*ends))).one()
        return (0, -1) if last is None else (first, last)


class _Walk:
    """One walk over the log: what to read next, what was found, when it is over."""

    def __init__(
        self, filters: Filters, tenants: Tenants | None, limit: int, low: int, high: int, *, is_upward: bool
    ) -> None:
        self._filters, self._tenants, self._limit = filters, tenants, limit
        self._low, self._high, self._is_upward = low, high, is_upward
        self._reads = filters.reads_records or tenants is not None
        # An index of the database finds the records of a request or a conversation, however far apart they are.
        self._is_indexed = any(getattr(filters, name) is not None for name in _INDEXED)
        self._found: list[Row] = []
        self._looked_at = 0

    @property
    def is_over(self) -> bool:
        """Whether the log is at its end, or the page known to have a next one, or the way long enough."""
        is_far = self._looked_at >= (MOST_READ if self._reads else MOST)
        return self._low > self._high or len(self._found) > self._limit or is_far

    def window(self) -> tuple[int, int]:
        """The indexes to look at next."""
        if self._is_indexed:
            return self._low, self._high
        # Mostly the newest few are enough; the further away they are, the larger the steps.
        step = min(_STEP, max(self._limit * 4, self._looked_at))
        if self._is_upward:
            return self._low, min(self._high, self._low + step - 1)
        return max(self._low, self._high - step + 1), self._high

    def query(self, start: int, end: int) -> Select[Any]:
        """The rows of a window of which the columns match, at most `_STEP`."""
        place, given = table.c.index, self._filters.given()
        query = _QUERY.where(place.between(start, end)).order_by(place.asc() if self._is_upward else place.desc())
        for name in COLUMNS & given.keys():
            query = query.where(table.c[name] == given[name])
        time = table.c.time + literal_column("0")  # Here the log is read along its own index.
        if self._filters.since is not None:
            query = query.where(time >= self._filters.since)
        if self._filters.until is not None:
            query = query.where(time < self._filters.until)
        return query.limit(_STEP if self._reads else self._limit + 1 - len(self._found))

    def take(self, rows: Sequence[Any], start: int, end: int) -> None:
        """Keep what matches, up to one more than the page has room for, and go on behind what was looked at."""
        for row in rows:
            if len(self._found) > self._limit:
                break
            one = _row(row)
            is_seen = self._tenants is None or one.facts.tenant in self._tenants
            if is_seen and self._filters.match(one.facts):
                self._found.append(one)
        if self._is_indexed and len(rows) == _STEP:  # There may be more in the window.
            start, end = (start, rows[-1][0]) if self._is_upward else (rows[-1][0], end)
        self._looked_at += len(rows) if self._is_indexed else end - start + 1
        self._low, self._high = (end + 1, self._high) if self._is_upward else (self._low, start - 1)

    def page(self, before: int | None) -> Page:
        """What was found."""
        is_full = len(self._found) > self._limit
        rows, is_partial = self._found[: self._limit], not is_full and self._low <= self._high
        if self._is_upward:
            rows.reverse()
        newest = rows[0].facts.index if rows else None
        oldest = rows[-1].facts.index if rows else None
        if self._is_upward:
            return Page(
                rows,
                older=self._low if oldest is None else oldest,
                newer=newest if is_full else self._low - 1 if is_partial else None,
                is_partial=is_partial,
                looked_at=self._looked_at,
            )
        return Page(
            rows,
            older=oldest if is_full else self._high + 1 if is_partial else None,
            newer=None if before is None else before - 1 if newest is None else newest,
            is_partial=is_partial,
            looked_at=self._looked_at,
        )


def _row(row: Any) -> Row:
    record = bytes(row.record)
    return Row(read(row._mapping, record), record, bytes(row.hash))
