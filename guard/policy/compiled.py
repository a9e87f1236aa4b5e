"""Snapshots by the hash of their policy: a policy is read and indexed once, beside the event loop.

A policy of a hundred thousand rules takes seconds to read. Whoever asks it something waits for that at most once, and
nobody else does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from guard.policy.bundle import Bundle
from guard.policy.snapshot import Snapshot

KEPT = 2
"""Snapshots that are kept: the policy in force and the proposal that people look at."""


class Stored(Protocol):
    """A revision or a change set."""

    @property
    def hash(self) -> str:
        """Of the policy."""
        ...

    def bundle(self) -> Bundle:
        """Read it. Raises TamperedError, PolicyError."""
        ...


class Compiled:
    """The snapshots of one process that were used last."""

    def __init__(self) -> None:
        self._kept: dict[str, Snapshot] = {}
        # One at a time: it is work for the processor, which a second thread would not make faster.
        self._building = asyncio.Lock()

    def known(self, hash_: str) -> Snapshot | None:
        """The snapshot of a policy that was read before."""
        found = self._kept.pop(hash_, None)
        if found is not None:
            self._kept[hash_] = found  # Used last.
        return found

    async def __call__(self, stored: Stored) -> Snapshot:
        """The snapshot of a stored policy. Raises TamperedError, PolicyError."""
        return await self._get(stored.hash, stored.bundle)

    async def of(self, bundle: Bundle) -> Snapshot:
        """The snapshot of a policy that was read already."""
        return await self._get(bundle.hash, lambda: bundle)

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot that was built elsewhere."""
        self._kept.pop(snapshot.policy, None)
        self._kept[snapshot.policy] = snapshot
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]

    async def _get(self, hash_: str, read: Callable[[], Bundle]) -> Snapshot:
        async with self._building:
            found = self.known(hash_)
            if found is None:
                found = await asyncio.to_thread(lambda: Snapshot(read()))
                self.keep(found)
            return found
