"""Records of what somebody does again and again: one for many."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from guard.audit.protocol import Audit
from guard.model import Principal
from guard.store.protocol import Commit

WINDOW = 60.0
"""Seconds for which previews are counted into one record."""

LOOK = 600.0
"""Seconds for which looks at one thing are one look."""

_MOST = 10_000


@dataclass(slots=True)
class _Count:
    principal: Principal
    until: float
    counts: Counter[str] = field(default_factory=Counter)


class Counts:
    """Counts one event by person: the first is recorded at once, those of the next minute with the first one after it,
    or when the server stops."""

    def __init__(self, event: str, audit: Audit, commit: Commit, clock: Callable[[], float] = time.monotonic) -> None:
        self._event, self._audit, self._commit, self._clock = event, audit, commit, clock
        self._open: dict[tuple[str, str], _Count] = {}

    async def count(self, principal: Principal, *kinds: str) -> None:
        """Count one, of these kinds. Raises StorageError, AuditError."""
        key = principal.tenant, principal.id
        now = self._clock()
        if len(self._open) > _MOST:
            self._open = {name: each for name, each in self._open.items() if each.counts or each.until > now}
        held = self._open.setdefault(key, _Count(principal, now))
        held.counts.update(kinds)
        if now >= held.until:
            held.until = now + WINDOW
            await self._record(held)

    async def aclose(self) -> None:
        """Record what was counted and is on no record yet."""
        for held in [each for each in self._open.values() if each.counts]:
            await self._record(held)

    async def _record(self, held: _Count) -> None:
        counts, held.counts = held.counts, Counter()
        try:
            await self._commit(self._audit.record(self._event, held.principal, {"counts": dict(counts)}))
        except BaseException:
            held.counts += counts
            raise


class Looks:
    """Records looks: one, however often somebody looks at the same thing in the next minutes."""

    def __init__(self, audit: Audit, commit: Commit, clock: Callable[[], float] = time.monotonic) -> None:
        self._audit, self._commit, self._clock = audit, commit, clock
        self._until: dict[tuple[str, str, str, str], float] = {}

    async def look(self, event: str, principal: Principal, conversation_id: str = "") -> None:
        """Record a look, if it is a new one. Raises StorageError, AuditError."""
        key = event, principal.tenant, principal.id, conversation_id
        now = self._clock()
        if self._until.get(key, now) > now:
            return
        fields = {"conversation_id": conversation_id} if conversation_id else {}
        await self._commit(self._audit.record(event, principal, fields))
        if len(self._until) > _MOST:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[key] = now + LOOK
