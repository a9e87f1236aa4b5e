"""What a turn costs, however it ends."""

from __future__ import annotations

import math
from contextlib import aclosing
from typing import Any

import pytest

from guard.errors import GuardError, LimitExceededError
from guard.events import Delta
from guard.limit import storage
from guard.limit.limiter import CountingLimiter
from guard.model import Budget, LimitProfile
from guard.testing.broken import BrokenGenerator
from guard.testing.deny import DenyInspector
from guard.testing.fakes import GrantAll, NamedGenerators, grant
from tests.pipeline.conftest import ADA, Rig


class Metered:
    """A rig with a budget of tokens, and how many of them are used."""

    def __init__(self, build: Any, *chunks: str, **parts: Any) -> None:
        self.limit = LimitProfile("p", Budget(tokens_per_day=1_000, concurrent=1))
        self.counting = storage.in_memory()
        self.limiter = CountingLimiter(self.counting)
        self.rig: Rig = build(*chunks, limit=self.limiter, authorize=GrantAll(grant(limit=self.limit)), **parts)

    async def used(self) -> int:
        async with self.limiter(ADA, self.limit):  # The place was given back.
            return await self.counting.storage.get("tokens/p/default/user/usr_ada")


def estimate(*texts: str) -> int:
    return math.ceil(sum(map(len, texts)) / 4)


async def test_a_whole_answer_costs_what_the_generator_says(build: Any) -> None:
    metered = Metered(build, "Hello. ")
    await metered.rig.pipeline.complete(metered.rig.request("Hi"))
    assert await metered.used() == 7 + 11


async def test_a_client_that_leaves_pays_for_what_it_got(build: Any) -> None:
    metered = Metered(build, "One. ", "Two. ", "Three. ")
    async with aclosing(metered.rig.pipeline.stream(metered.rig.request("How are you?"))) as events:
        async for event in events:
            if isinstance(event, Delta):
                break
    assert await metered.used() == estimate("user", "How are you?", "One. ")


async def test_an_answer_that_is_withheld(build: Any) -> None:
    metered = Metered(build, "One. ", "A toxicword. ", "Three. ")
    reply = await metered.rig.pipeline.complete(metered.rig.request("How are you?"))
    assert await metered.used() == estimate("user", "How are you?", reply.choices[0].text)


async def test_a_generator_that_breaks(build: Any) -> None:
    metered = Metered(build, generators=NamedGenerators({"echo": BrokenGenerator(after=2)}))
    with pytest.raises(RuntimeError):
        await metered.rig.pipeline.complete(metered.rig.request("Hi"))
    assert await metered.used() == estimate("user", "Hi", "One whole sentence. " * 2)


async def test_a_prompt_that_is_blocked_costs_nothing(build: Any) -> None:
    metered = Metered(build, inspect=DenyInspector())
    with pytest.raises(GuardError):
        await metered.rig.pipeline.complete(metered.rig.request("Hi"))
    assert await metered.used() == 0


async def test_a_refusal_is_recorded_with_its_scope_and_no_name(build: Any) -> None:
    metered = Metered(build, "Hello. ")
    limit = LimitProfile("p", Budget(), roles={"employee": Budget(requests_per_minute=1)})
    rig: Rig = build("Hello. ", limit=metered.limiter, authorize=GrantAll(grant(limit=limit)))
    await rig.pipeline.complete(rig.request("Hi"))
    with pytest.raises(LimitExceededError) as error:
        await rig.pipeline.complete(rig.request("Hi", key="key-bob"))
    assert "usr_" not in str(error.value)
    record = rig.audit.records[-1]
    assert (record["event"], record["reason_id"]) == ("chat.refused", "rate_limit_exceeded")
    assert record["limit"] == {"scope": "role/employee", "unit": "requests", "amount": 1}
