"""What a limiter is, and what it counts with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from guard.model import LimitProfile, Principal, Redacted, Released, Usage


class Counted(Protocol):
    """What knows, once the generator has said it, how many tokens the turn was."""

    usage: Usage


class Spending(Protocol):
    """What one turn spends of the token budgets. It is charged when the turn ends, however it ends."""

    def begins(self, redacted: Redacted, counted: Counted) -> None:
        """The generator is about to be called with this prompt. A turn that never comes here costs nothing."""
        ...

    def released(self, piece: Released) -> None:
        """A piece of the answer leaves."""
        ...


class Limiter(Protocol):
    """Counts a request against the budgets that apply to its caller."""

    def __call__(self, principal: Principal, limit: LimitProfile) -> AbstractAsyncContextManager[Spending]:
        """Hold a place in each budget for the time of the `async with`, and charge what was spent at its end.

        Raises on entering LimitExceededError (`too_many_concurrent`, `token_limit_exceeded`, `rate_limit_exceeded`) with
        the `quota` that is used up, and UnavailableError (`limiter_failed`) when nothing can be counted.
        """
        ...


class Places(Protocol):
    """Requests at the same time."""

    async def take(self, lease: str, wanted: Sequence[tuple[str, int]]) -> int | None:
        """Take one place in each, all or none; a lease holds them.

        Args:
            lease: a new random id.
            wanted: key and number of places there are.

        Returns the index of the first that is full; `None` when the places were taken.
        """
        ...

    async def give_back(self, lease: str) -> None:
        """Give back what the lease holds; an unknown one holds nothing."""
        ...

    async def held(self, key: str) -> int:
        """How many places are taken."""
        ...
