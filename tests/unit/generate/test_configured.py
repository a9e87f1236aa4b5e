"""Generators by name: one that cannot start is refused when asked, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import pytest

from guard.errors import ConfigurationError, GeneratorError, ModelNotFoundError
from guard.generate.configured import ConfiguredGenerators
from guard.generate.scripted import create
from guard.model import JSON, Chunk

BODY: dict[str, JSON] = {"messages": [{"role": "user", "content": "x"}]}


class Slow:
    """Starts when it is let, or fails with what it is given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.may_start = asyncio.Event()
        self.closed = False
        self._failure = failure

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        yield Chunk(finish_reason="stop")

    async def start(self) -> None:
        await self.may_start.wait()
        if self._failure:
            raise self._failure

    async def aclose(self) -> None:
        self.closed = True


async def test_names_keep_their_order_and_unknown_ones_are_refused() -> None:
    fake = create({"echo": True}, cache_dir=Path("unused"))
    generators = ConfiguredGenerators({"b": (fake, None), "a": (fake, "education")})
    assert generators.names() == ("b", "a")
    assert (generators.scenario("a"), generators.scenario("b")) == ("education", None)
    with pytest.raises(ModelNotFoundError):
        generators.find("c")


async def test_a_request_waits_for_a_start_in_the_background() -> None:
    slow = Slow()
    generators = ConfiguredGenerators({"slow": (slow, None)})
    await generators.start()
    asking = asyncio.create_task(anext(generators.find("slow")(BODY)))
    await asyncio.sleep(0.01)
    assert not asking.done()
    slow.may_start.set()
    assert (await asking).finish_reason == "stop"
    await generators.aclose()
    assert slow.closed


@pytest.mark.parametrize("failure", [ConfigurationError("Run this."), RuntimeError("secret prompt")])
async def test_one_that_cannot_start_is_refused_and_the_others_answer(failure: Exception) -> None:
    broken = Slow(failure)
    broken.may_start.set()
    fake = create({"replies": ["fine"]}, cache_dir=Path("unused"))
    generators = ConfiguredGenerators({"broken": (broken, None), "fine": (fake, None)})
    await generators.start()
    with pytest.raises(GeneratorError) as caught:
        await anext(generators.find("broken")(BODY))
    assert caught.value.reason_id == "generator_not_ready"
    assert (await anext(generators.find("fine")(BODY))).text == "fine"
    # The way out is for `guard doctor`; callers and logs never see a foreign message.
    problem = str(generators.find("broken").problem)
    assert "secret" not in problem
    assert isinstance(failure, RuntimeError) or problem == "Run this."
    await generators.aclose()


async def test_a_caller_that_leaves_does_not_stop_the_start() -> None:
    slow = Slow()
    generators = ConfiguredGenerators({"slow": (slow, None)})
    await generators.start()
    leaving = asyncio.create_task(anext(generators.find("slow")(BODY)))
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    slow.may_start.set()
    assert (await anext(generators.find("slow")(BODY))).finish_reason == "stop"
    await generators.aclose()
