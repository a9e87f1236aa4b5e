"""Requests at the same time, counted in the memory of one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


class MemoryPlaces:
    """Implements Places. There is no await between the look and the count."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._leases: dict[str, tuple[str, ...]] = {}

    async def take(self, lease: str, wanted: Sequence[tuple[str, int]]) -> int | None:
        for index, (key, places) in enumerate(wanted):
            if self._taken[key] >= places:
                return index
        self._leases[lease] = tuple(key for key, _ in wanted)
        self._taken.update(self._leases[lease])
        return None

    async def give_back(self, lease: str) -> None:
        for key in self._leases.pop(lease, ()):
            self._taken[key] -= 1
            if self._taken[key] <= 0:
                del self._taken[key]

    async def held(self, key: str) -> int:
        return self._taken[key]
