"""Attempts to sign in, counted: a brake on guessing, for each name and altogether."""

from __future__ import annotations

import hashlib
import secrets
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from guard.errors import LimitExceededError, Quota, UnavailableError

PER_NAME = RateLimitItemPerMinute(10, namespace="sign-in")
ALTOGETHER = RateLimitItemPerMinute(300, namespace="sign-in")


class Attempts:
    """Counts attempts.

    Args:
        storage: where they are counted; `None`: in memory.
        name_key: names are counted under their keyed hash, so that a shared storage learns none; `None`: a random key.
    """

    def __init__(self, storage: Storage | None = None, name_key: bytes | None = None) -> None:
        self._limiter = MovingWindowRateLimiter(storage or MemoryStorage())
        self._name_key = name_key or secrets.token_bytes(32)

    async def count(self, *name: str) -> None:
        """Count one, of a tenant and a name if they are known.

        Raises LimitExceededError when there were too many, UnavailableError when it cannot be counted.
        """
        try:
            error = await self._counted(ALTOGETHER)
            if error is None and name:
                error = await self._counted(PER_NAME, self._hashed("/".join(name)))
        except Exception:  # noqa: BLE001  (an attempt that cannot be counted is not made)
            raise UnavailableError("Attempts to sign in could not be counted.", reason_id="limiter_failed") from None
        if error:
            raise error

    async def _counted(self, item: RateLimitItemPerMinute, *whose: str) -> LimitExceededError | None:
        if await self._limiter.hit(item, *whose):
            return None
        free_at, _ = await self._limiter.get_window_stats(item, *whose)
        reset = max(0.0, free_at - time.time())
        error = LimitExceededError("Too many attempts to sign in. Wait a minute and try again.", retry_after=reset)
        error.quota = Quota("sign-in", "requests", item.amount, reset, item.get_expiry())
        return error

    def _hashed(self, name: str) -> str:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._name_key, digest_size=16).hexdigest()
