"""Sums over the log by tenant and hour, kept in memory and made only once.

The log is append-only. It is read in pieces of `PIECE` records that begin at fixed indexes; the sums of a piece never
change once it is full, and of the last one only what is new is read. So it does not matter how hours and pieces lie, or
whether the clocks of several writers agree. Each read of the database is short, and nothing holds the loop.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, literal_column, select

from guard.audit.search import Tenants
from guard.database import Database
from guard.insight.counted import EVENTS, Cell, Key, count
from guard.insight.period import HOUR, Period
from guard.tables import audit_records as table

PIECE = 4_096
"""Records of a piece."""

MOST_READ = 250_000
"""Records that one look reads from the database; those it finds in memory are not among them."""

MOST_KEPT = 300_000
"""Counts that are kept in memory, of some hundred bytes each."""


@dataclass(slots=True)
class _Piece:
    """The sums of the records from the start of a piece up to before `end`."""

    end: int
    cells: dict[Cell, dict[Key, int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.cells.values()))


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums of a period, by hour since 1970.

    Args:
        records: how many records the log has in it, of any tenant and event.
        cut: only records from this time on were counted: there are too many for one look. `None`: all were.
        read: how many had to be read for it.
    """

    hours: dict[int, dict[Key, int]]
    records: int = 0
    cut: int | None = None
    read: int = 0


class Sums:
    """Adds up the log of a database. It only reads."""

    def __init__(self, database: Database, most_kept: int = MOST_KEPT) -> None:
        self._database, self._most_kept = database, most_kept
        self._pieces: OrderedDict[int, _Piece] = OrderedDict()  # The least recently used first.
        self._sizes: dict[int, int] = {}
        self._turn = asyncio.Lock()

    @property
    def kept(self) -> int:
        """Counts in memory."""
        return sum(self._sizes.values())

    async def over(self, period: Period, tenants: Tenants, most: int = MOST_READ) -> Counted:
        """The sums of a period over the records of these tenants; `None` among them: those of no tenant.

        Args:
            most: records to read at the most, the newest.

        Raises StorageError.
        """
        first, last = await self._bounds(period)
        if last < 0:
            return Counted({})
        # One look at a time: others would read the same.
        async with self._turn:
            wanted, read = await self._filled(first, last, most)
            pieces = [self._pieces[number] for number in wanted]
            hours = await asyncio.to_thread(_merged, pieces, period, tenants)
        cut = None
        if (oldest := wanted[-1] * PIECE if wanted else last + 1) > first:
            cut = await self._time(oldest) if wanted else period.until
        return Counted(hours, last - first + 1, cut, read)

    async def _filled(self, first: int, last: int, most: int) -> tuple[list[int], int]:
        """Which pieces were brought up to date, the newest first, and how many records had to be read."""
        found: list[int] = []
        read = 0
        for number in range(last // PIECE, first // PIECE - 1, -1):
            end = min(last + 1, (number + 1) * PIECE)
            piece = self._pieces.get(number) or _Piece(number * PIECE)
            if (new := end - piece.end) > 0:
                if read + new > most or not self._has_room(found):
                    break
                await self._read(piece, end)
                read += new
            self._pieces[number] = piece
            self._pieces.move_to_end(number)
            self._sizes[number] = piece.size
            found.append(number)
        return found, read

    def _has_room(self, needed: Sequence[int]) -> bool:
        """Forget what was not used for longest, but for what this look needs."""
        for number in list(self._pieces):
            if self.kept < self._most_kept:
                return True
            if number not in needed:
                del self._pieces[number], self._sizes[number]
        return self.kept < self._most_kept

    async def _read(self, piece: _Piece, end: int) -> None:
        query = select(table.c.time, table.c.record).where(
            table.c.index.between(piece.end, end - 1), table.c.event.in_(EVENTS)
        )
        async with self._database.read() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
        # Into a piece of its own: a look that is given up in between leaves nothing half counted.
        fresh: dict[Cell, dict[Key, int]] = {}
        await asyncio.to_thread(count, rows, fresh)
        for cell, counts in fresh.items():
            add(piece.cells.setdefault(cell, {}), counts)
        piece.end = end

    async def _bounds(self, period: Period) -> tuple[int, int]:
        # The sum keeps SQLite at the index on times.
        place = table.c.index + literal_column("0")
        query = select(func.min(place), func.max(place)).where(
            table.c.time >= period.since, table.c.time < period.until
        )
        async with self._database.read() as connection:
            first, last = (await connection.execute(query)).one()
        return (0, -1) if last is None else (first, last)

    async def _time(self, index: int) -> int:
        query = select(func.min(table.c.time)).where(table.c.index.between(index, index + PIECE - 1))
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one() or 0)


def _merged(pieces: Sequence[_Piece], period: Period, tenants: Tenants) -> dict[int, dict[Key, int]]:
    first, end = period.since // HOUR, period.until // HOUR
    hours: dict[int, dict[Key, int]] = {}
    for piece in pieces:
        for (tenant, hour), counts in piece.cells.items():
            if tenant in tenants and first <= hour < end:
                add(hours.setdefault(hour, {}), counts)
    return hours


def add(to: dict[Key, int], counts: dict[Key, int]) -> None:
    """Add counts to others."""
    for key, number in counts.items():
        to[key] = to.get(key, 0) + number
