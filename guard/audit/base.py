"""What every audit log does the same way: open turns, close them whatever happens, count failed authentications."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from guard.audit.turn import ChatTurn, who
from guard.errors import AuditError, AuthenticationError
from guard.model import JSON, ChatRequest, Principal
from guard.shield import shielded

Write = Callable[[Any], Awaitable[None]]
WINDOW = 60.0
"""Seconds for which failed authentications are counted into one record."""


class BaseAudit(ABC):
    """Audit over an `append` of one record.

    Args:
        models: ids of the detectors and classifiers, for each record of a chat.
    """

    def __init__(self, models: Mapping[str, Sequence[str]] | None = None) -> None:
        self._models = {kind: list(ids) for kind, ids in (models or {}).items()}
        self._failed: Counter[str] = Counter()
        self._window: asyncio.Task[None] | None = None

    @abstractmethod
    def append(self, fields: Mapping[str, JSON], after: Callable[[], None] | None = None) -> Write:
        """The Write that appends a record; `index` and `time` are added. `after` runs once it is on disk."""

    @abstractmethod
    async def commit(self, *writes: Write) -> None:
        """Run writes in one transaction."""

    def record(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat turn."""
        return self.append({"event": event, "decision": "allow", **who(principal), **fields})

    @asynccontextmanager
    async def turn(self, request: ChatRequest) -> AsyncIterator[ChatTurn]:
        turn = ChatTurn(request, self.append, self._models)
        try:
            yield turn
        except AuthenticationError as error:
            await shielded(self.count_failed(error.reason_id))
            raise
        except BaseException as error:
            if not turn.is_closed:
                await shielded(self._close(turn.ended(error)))
            raise

    async def aclose(self) -> None:
        """Write what was counted and not yet recorded."""
        if self._window is not None:
            self._window.cancel()
            await asyncio.gather(self._window, return_exceptions=True)
        await self._flush_failed()

    async def _close(self, write: Write) -> None:
        try:
            await self.commit(write)
        except Exception:  # noqa: BLE001
            # The turn has failed already and this is the reason that counts: there is no record of its end.
            raise AuditError from None

    async def count_failed(self, reason_id: str) -> None:
        """Count a failed proof of who one is: the first is recorded at once, those of the following minute in one record.

        Raises AuditError.
        """
        self._failed[reason_id] += 1
        if self._window is None or self._window.done():
            self._window = asyncio.create_task(self._pass_window())
            await self._flush_failed()

    async def _pass_window(self) -> None:
        """Record what was counted, once for each window, until there is one without a failure."""
        while True:
            await asyncio.sleep(WINDOW)
            if not self._failed:
                return
            # If it cannot be written the numbers stay, and the next window tries again.
            with suppress(AuditError):
                await shielded(self._flush_failed())

    async def _flush_failed(self) -> None:
        if not self._failed:
            return
        counted, self._failed = self._failed, Counter()
        fields = {"event": "authentication.failed", "decision": "deny", "counts": dict(counted)}
        reason_id = counted.most_common(1)[0][0]
        try:
            await self._close(self.append(fields | {"reason_id": reason_id, "step": "authenticate"}))
        except AuditError:
            self._failed += counted
            raise
