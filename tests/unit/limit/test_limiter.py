"""Requests a minute, tokens a day and requests at the same time, in memory and in Redis."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from guard.errors import LimitExceededError, UnavailableError
from guard.limit import storage
from guard.limit.limiter import CountingLimiter
from guard.limit.storage import Counting
from guard.model import Budget, Coverage, LimitProfile, Principal, Redacted, Released, ToolCall, Usage

ADA = Principal("user_ada", "default", ("employee",), api_key_id="key_1")
BOB = Principal("user_bob", "default", ("employee", "admin"), api_key_id="key_2")
EVE = Principal("user_eve", "acme", ("employee",))


class Said:
    """What the generator said that it used."""

    def __init__(self, *tokens: int) -> None:
        self.usage = Usage(*tokens)


def prompt(text: str) -> Redacted:
    return Redacted({"model": "any", "messages": [{"content": text}]}, {}, Coverage())


async def refused(limiter: CountingLimiter, principal: Principal, limit: LimitProfile) -> LimitExceededError:
    with pytest.raises(LimitExceededError) as error:
        await pass_through(limiter, principal, limit)
    return error.value


async def pass_through(limiter: CountingLimiter, principal: Principal, limit: LimitProfile, tokens: int = 0) -> None:
    async with limiter(principal, limit) as spent:
        if tokens:
            spent.begins(prompt(""), Said(tokens))


async def test_requests_a_minute(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(requests_per_minute=3))
    for _ in range(3):
        await pass_through(limiter, ADA, limit)
    error = await refused(limiter, ADA, limit)
    assert error.reason_id == "rate_limit_exceeded"
    assert error.quota
    assert (error.quota.scope, error.quota.unit, error.quota.amount, error.quota.window) == ("user", "requests", 3, 60)
    assert error.retry_after == error.quota.reset
    assert 50 <= error.quota.reset <= 60
    await pass_through(limiter, BOB, limit)


async def test_requests_at_the_same_time(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(concurrent=2))
    async with limiter(ADA, limit), limiter(ADA, limit):
        error = await refused(limiter, ADA, limit)
        assert error.reason_id == "too_many_concurrent"
        assert error.retry_after
        assert error.quota
        assert (error.quota.scope, error.quota.amount) == ("user", 2)
        await pass_through(limiter, BOB, limit)
    await pass_through(limiter, ADA, limit)


async def test_a_place_is_given_back_however_the_request_ends(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("one", Budget(concurrent=1))
    with pytest.raises(ValueError, match="failed"):
        async with limiter(ADA, limit):
            raise ValueError("failed")

    async def hold() -> None:
        async with limiter(ADA, limit):
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    await pass_through(limiter, ADA, limit)


SHARED = {
    # Two callers who share the budget, and one who does not.
    "key": (ADA, ADA, BOB),
    "tenant": (ADA, BOB, EVE),
    "role/employee": (ADA, BOB, EVE),
    "role/admin": (BOB, replace(ADA, roles=("admin",)), ADA),
}


@pytest.mark.parametrize("scope", SHARED)
@pytest.mark.parametrize("unit", ["requests", "tokens", "concurrent"])
async def test_a_budget_is_shared_by_those_it_is_for(counting: Counting, scope: str, unit: str) -> None:
    budget = {"requests": Budget(1), "tokens": Budget(None, 10), "concurrent": Budget(None, None, 1)}[unit]
    kind, _, role = scope.partition("/")
    given: dict[str, Any] = {"roles": {role: budget}} if role else {kind: budget}
    limiter, limit = CountingLimiter(counting), LimitProfile("p", Budget(), **given)
    one, other, stranger = SHARED[scope]
    async with AsyncExitStack() as stack:
        spent = await stack.enter_async_context(limiter(one, limit))
        spent.begins(prompt(""), Said(10))
        if unit == "tokens":
            await stack.aclose()
        error = await refused(limiter, other, limit)
        await pass_through(limiter, stranger, limit)
    assert error.quota
    assert (error.quota.scope, error.quota.unit) == (scope, unit)
    for name in ("user_ada", "user_bob", "key_1", "default"):
        assert name not in str(error)


async def test_a_refused_request_is_counted_nowhere(counting: Counting) -> None:
    limiter = CountingLimiter(counting)
    limit = LimitProfile("p", Budget(2, None, 5), tenant=Budget(1, 100, 5))
    await pass_through(limiter, BOB, limit)
    for _ in range(5):
        error = await refused(limiter, ADA, limit)
        assert error.quota
        assert error.quota.scope == "tenant"
    # Ada has both of her own requests left, and none of the refused ones holds a place.
    wider = replace(limit, tenant=Budget())
    await pass_through(limiter, ADA, wider)
    await pass_through(limiter, ADA, wider)
    assert (await refused(limiter, ADA, wider)).reason_id == "rate_limit_exceeded"


async def test_in_one_process_nothing_comes_between_the_look_and_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = storage.in_memory()
    acquire = counting.storage.acquire_entry  # type: ignore[attr-defined]

    async def slow(*arguments: Any, **named: Any) -> bool:
        await asyncio.sleep(0.001)
        return bool(await acquire(*arguments, **named))

    monkeypatch.setattr(counting.storage, "acquire_entry", slow)
    limiter, limit = CountingLimiter(counting), LimitProfile("p", Budget(1), tenant=Budget(1))
    ended = await asyncio.gather(*(pass_through(limiter, who, limit) for who in (ADA, BOB)), return_exceptions=True)
    assert [type(each) for each in ended] == [type(None), LimitExceededError]
    # Of Bob's own budget nothing is used.
    await pass_through(limiter, BOB, replace(limit, tenant=Budget()))


async def test_each_profile_counts_for_itself(counting: Counting) -> None:
    limiter = CountingLimiter(counting)
    await pass_through(limiter, ADA, LimitProfile("one", Budget(1)))
    await pass_through(limiter, ADA, LimitProfile("two", Budget(1)))
    await refused(limiter, ADA, LimitProfile("one", Budget(1)))


async def test_tokens_a_day(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(tokens_per_day=100))
    await pass_through(limiter, ADA, limit, 99)
    await pass_through(limiter, ADA, limit, 50)
    error = await refused(limiter, ADA, limit)
    assert error.reason_id == "token_limit_exceeded"
    assert error.quota
    assert (error.quota.unit, error.quota.amount, error.quota.window) == ("tokens", 100, 86400)
    assert 86300 < error.quota.reset <= 86401
    # A budget that is raised remembers what was used.
    more = LimitProfile("low", Budget(tokens_per_day=150))
    await pass_through(limiter, ADA, more, 1)
    await refused(limiter, ADA, more)


async def test_without_a_count_of_the_generator_four_characters_are_a_token(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(tokens_per_day=1_000))
    async with limiter(ADA, limit) as spent:
        spent.begins(prompt("x" * 10), Said())
        spent.released(Released(0, "y" * 7))
        spent.released(Released(0, tool_call=ToolCall(0, 0, "call", "name", "z" * 4)))
    assert spent.tokens == 7
    used = CountingLimiter(counting)
    await pass_through(used, ADA, LimitProfile("low", Budget(tokens_per_day=8)))
    await refused(used, ADA, LimitProfile("low", Budget(tokens_per_day=7)))


async def test_a_turn_that_never_came_to_its_generator_costs_nothing(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(tokens_per_day=1))
    for _ in range(3):
        await pass_through(limiter, ADA, limit)


async def test_what_is_cancelled_again_and_again_is_charged(counting: Counting) -> None:
    limiter, limit = CountingLimiter(counting), LimitProfile("low", Budget(tokens_per_day=1, concurrent=1))

    async def turn() -> None:
        async with limiter(ADA, limit) as spent:
            spent.begins(prompt("long"), Said())
            await asyncio.sleep(60)

    task = asyncio.create_task(turn())
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    assert task.cancelled()
    assert (await refused(limiter, ADA, limit)).reason_id == "token_limit_exceeded"


async def test_what_cannot_be_counted_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = storage.in_memory()
    limiter = CountingLimiter(counting)

    async def fail(*_: object) -> bool:
        raise RuntimeError("storage")

    with monkeypatch.context() as broken:
        broken.setattr(counting.storage, "acquire_entry", fail)
        with pytest.raises(UnavailableError) as error:
            await pass_through(limiter, ADA, LimitProfile("low", Budget(10, None, 1)))
    assert error.value.reason_id == "limiter_failed"
    await pass_through(limiter, ADA, LimitProfile("low", Budget(10, None, 1)))


async def test_an_answer_that_has_left_is_not_taken_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counting = storage.in_memory()
    limiter = CountingLimiter(counting)

    async def fail(*_: object, **__: object) -> int:
        raise RuntimeError("storage")

    monkeypatch.setattr(counting.storage, "incr", fail)
    with caplog.at_level(logging.WARNING):
        await pass_through(limiter, ADA, LimitProfile("low", Budget(None, 100, 1)), 10)
    assert [record.reason_id for record in caplog.records] == ["limiter_failed"]  # type: ignore[attr-defined]
    await pass_through(limiter, ADA, LimitProfile("low", Budget(None, 100, 1)))
