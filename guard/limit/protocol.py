"""What a limiter is."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from guard.model import LimitProfile, Principal


class Limiter(Protocol):
    """Counts a request against its principal's limits."""

    def __call__(self, principal: Principal, limit: LimitProfile) -> AbstractAsyncContextManager[None]:
        """Hold one of the principal's places for the time of the `async with`.

        Raises LimitExceededError (`rate_limit_exceeded`, `too_many_concurrent`) on entering, with `retry_after`.
        """
        ...
