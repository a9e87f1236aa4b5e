"""Whoever comes at the same moment: no budget is exceeded, and what is refused costs nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import LimitExceededError
from guard.limit import storage
from guard.limit.limiter import CountingLimiter
from guard.limit.scopes import applying
from guard.limit.storage import Counting
from guard.model import Budget, LimitProfile, Principal
from tests.unit.limit.redis import URL, own_prefix

PEOPLE = [
    Principal(f"usr_{number}", tenant, roles, api_key_id=f"key_{number}")
    for number, (tenant, roles) in enumerate(
        [("a", ("employee",)), ("a", ("employee", "admin")), ("a", ("admin",)), ("b", ("employee",))]
    )
]
budgets = st.builds(
    Budget,
    requests_per_minute=st.none() | st.integers(1, 6),
    concurrent=st.none() | st.integers(1, 4),
)
profiles = st.builds(
    LimitProfile,
    st.just("p"),
    budgets,
    budgets,
    budgets,
    st.dictionaries(st.sampled_from(["employee", "admin"]), budgets),
)
callers = st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 3)), min_size=1, max_size=30)


@asynccontextmanager
async def counted(where: str, instances: int) -> AsyncIterator[list[CountingLimiter]]:
    """So many limiters that share their counts."""
    if where == "memory":
        one = CountingLimiter(storage.in_memory())
        yield [one] * instances
        return
    async with AsyncExitStack() as stack:
        prefix = await stack.enter_async_context(own_prefix())
        opened: list[Counting] = [
            await stack.enter_async_context(storage.opened(URL, prefix=prefix)) for _ in range(instances)
        ]
        yield [CountingLimiter(each) for each in opened]


async def play(where: str, limit: LimitProfile, asked: list[tuple[Principal, int]]) -> None:
    inside: Counter[tuple[str, ...]] = Counter()
    served: Counter[tuple[str, ...]] = Counter()
    refusals: list[LimitExceededError] = []
    budget_of = {scope.key: scope.budget for person in PEOPLE for scope in applying(person, limit)}

    async def one(limiter: CountingLimiter, person: Principal, pauses: int) -> None:
        keys = [scope.key for scope in applying(person, limit)]
        for _ in range(pauses):
            await asyncio.sleep(0)
        try:
            async with limiter(person, limit):
                for counter in (inside, served):
                    counter.update(keys)
                for key in keys:
                    assert inside[key] <= (budget_of[key].concurrent or 1_000)
                    assert served[key] <= (budget_of[key].requests_per_minute or 1_000)
                for _ in range(pauses):
                    await asyncio.sleep(0)
                inside.subtract(keys)
        except LimitExceededError as error:
            refusals.append(error)

    async with counted(where, 2) as limiters:
        await asyncio.gather(*(one(limiters[n % 2], person, pauses) for n, (person, pauses) in enumerate(asked)))
        assert all(error.quota and error.quota.scope in limit.budgets for error in refusals)
        # Afterwards nobody holds a place: whoever has requests left is let in, one after the other.
        for person in PEOPLE:
            scopes = applying(person, limit)
            left = all(served[s.key] < (s.budget.requests_per_minute or 1_000) for s in scopes)
            reason_id = await asked_alone(limiters[0], person, limit)
            if reason_id is None:
                assert left
                served.update(scope.key for scope in scopes)
                continue
            assert reason_id == "rate_limit_exceeded"
            # In one process exactly those are refused that must be. See guard.limit.limiter for several.
            assert not left or where == "redis"


async def asked_alone(limiter: CountingLimiter, person: Principal, limit: LimitProfile) -> str | None:
    """Why a single request is refused; `None`: it is let in."""
    try:
        async with limiter(person, limit):
            return None
    except LimitExceededError as error:
        return error.reason_id


@pytest.mark.parametrize("where", ["memory", "redis"])
@given(limit=profiles, asked=callers)
@settings(max_examples=60, deadline=None)
def test_no_budget_is_exceeded(where: str, limit: LimitProfile, asked: list[tuple[Principal, int]]) -> None:
    asyncio.run(play(where, limit, asked))
