"""Requests a minute and at the same time, each principal by itself."""

from __future__ import annotations

import asyncio

import pytest

from guard.errors import LimitExceededError, UnavailableError
from guard.limit.memory import MemoryLimiter
from guard.model import LimitProfile, Principal

ADA = Principal("user_ada", "default", ("employee",))
BOB = Principal("user_bob", "default", ("employee",))


async def test_requests_a_minute() -> None:
    limiter, limit = MemoryLimiter(), LimitProfile("low", requests_per_minute=3, concurrent=10)
    for _ in range(3):
        async with limiter(ADA, limit):
            pass
    with pytest.raises(LimitExceededError) as error:
        async with limiter(ADA, limit):
            pytest.fail("let in")
    assert error.value.reason_id == "rate_limit_exceeded"
    assert error.value.retry_after is not None
    assert 1 <= error.value.retry_after <= 60
    async with limiter(BOB, limit):
        pass


async def test_requests_at_the_same_time() -> None:
    limiter, limit = MemoryLimiter(), LimitProfile("low", requests_per_minute=100, concurrent=2)
    async with limiter(ADA, limit), limiter(ADA, limit):
        with pytest.raises(LimitExceededError) as error:
            async with limiter(ADA, limit):
                pytest.fail("let in")
        assert error.value.reason_id == "too_many_concurrent"
        assert error.value.retry_after
        async with limiter(BOB, limit):
            pass
    async with limiter(ADA, limit):
        pass


async def test_a_place_is_given_back_however_the_request_ends() -> None:
    limiter, limit = MemoryLimiter(), LimitProfile("one", requests_per_minute=2, concurrent=1)
    with pytest.raises(ValueError, match="failed"):
        async with limiter(ADA, limit):
            raise ValueError("failed")

    async def hold() -> None:
        async with limiter(ADA, limit):
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    # Refused by the window, not for want of a place: none is left over.
    with pytest.raises(LimitExceededError) as error:
        async with limiter(ADA, limit):
            pytest.fail("let in")
    assert error.value.reason_id == "rate_limit_exceeded"
    assert not limiter._under_way


async def test_no_more_than_allowed_get_in_together() -> None:
    limiter, limit = MemoryLimiter(), LimitProfile("low", requests_per_minute=1000, concurrent=5)
    inside, most, refused = 0, 0, 0

    async def request() -> None:
        nonlocal inside, most, refused
        try:
            async with limiter(ADA, limit):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.01)
                inside -= 1
        except LimitExceededError:
            refused += 1

    await asyncio.gather(*(request() for _ in range(40)))
    assert (most, refused) == (5, 35)


async def test_what_cannot_be_counted_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = MemoryLimiter()

    async def fail(*_: object) -> bool:
        raise RuntimeError("storage")

    monkeypatch.setattr(limiter._window, "hit", fail)
    with pytest.raises(UnavailableError) as error:
        async with limiter(ADA, LimitProfile("low", 10, 10)):
            pytest.fail("let in")
    assert error.value.reason_id == "limiter_failed"
    assert not limiter._under_way
