"""Limiter in the memory of one process: requests per minute (moving window) and at the same time, per principal."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from guard.errors import LimitExceededError, UnavailableError
from guard.model import LimitProfile, Principal

BUSY_RETRY = 1.0
"""Seconds after which a caller with too many requests under way may try again."""


class MemoryLimiter:
    """Counts per principal and limit profile. The `limits` library keeps the window; its failure is a refusal."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[tuple[str, str, str]] = Counter()

    @asynccontextmanager
    async def __call__(self, principal: Principal, limit: LimitProfile) -> AsyncIterator[None]:
        key = (principal.tenant, principal.id, limit.name)
        # No await between the look and the count. A request that finds no place is not counted in the window.
        if self._under_way[key] >= limit.concurrent:
            raise LimitExceededError(
                "Too many of your requests are under way. Wait for one to end.",
                reason_id="too_many_concurrent",
                retry_after=BUSY_RETRY,
            )
        self._under_way[key] += 1
        try:
            await self._count(key, limit)
            yield
        finally:
            self._under_way[key] -= 1
            if self._under_way[key] <= 0:
                del self._under_way[key]

    async def _count(self, key: tuple[str, str, str], limit: LimitProfile) -> None:
        try:
            item = RateLimitItemPerMinute(limit.requests_per_minute)
            if await self._window.hit(item, *key):
                return
            free_at, _ = await self._window.get_window_stats(item, *key)
        except Exception:  # noqa: BLE001  (what cannot be counted is not let in)
            raise UnavailableError("Requests could not be counted.", reason_id="limiter_failed") from None
        raise LimitExceededError(retry_after=float(max(1, math.ceil(free_at - time.time()))))
