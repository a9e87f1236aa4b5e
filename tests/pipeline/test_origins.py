"""A conversation of two: whoever asks gets back what they sent, not what the other one did."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from guard.model import ChatRequest, Principal
from guard.placeholders import PLACEHOLDER
from guard.store.memory import MemoryTranscripts
from guard.store.protocol import Conversation
from guard.testing.fakes import ChunkedGenerator
from tests.pipeline.conftest import ADA, Rig


class Shared(MemoryTranscripts):
    """Conversations of Ada's, which others may continue."""

    def turn(self, principal: Principal, request: ChatRequest) -> AbstractAsyncContextManager[Conversation]:
        return super().turn(ADA, request)


class Echo(ChunkedGenerator):
    async def __call__(self, body: Any) -> Any:
        self._choices = (("; ".join(message["content"] for message in body["messages"]),),)
        async for chunk in super().__call__(body):
            yield chunk


async def test_the_answer_to_one_has_no_values_of_the_other(build: Any) -> None:
    rig: Rig = build(generator=Echo(), store=Shared())
    first = await rig.pipeline.complete(rig.request("I am Ada Lovelace."))
    assert first.choices[0].text == "I am Ada Lovelace."
    hers = PLACEHOLDER.search(rig.generator.bodies[0]["messages"][0]["content"])
    assert hers is not None

    bob = rig.request(f"Write ada@lovelace.example, who is {hers[0]}", key="key-bob", conversation=first.conversation)
    second = await rig.pipeline.complete(bob)
    assert second.conversation == first.conversation
    assert second.choices[0].text == f"Write ada@lovelace.example, who is {hers[0]}"
    assert second.foreign == 0, "it is of this conversation"

    third = await rig.pipeline.complete(rig.request(f"And {hers[0]}?", conversation=first.conversation))
    assert third.choices[0].text == "And Ada Lovelace?"
    mail = PLACEHOLDER.search(rig.generator.bodies[1]["messages"][0]["content"])
    assert mail is not None
    fourth = await rig.pipeline.complete(rig.request(f"And {mail[0]}?", conversation=first.conversation))
    assert fourth.choices[0].text == f"And {mail[0]}?"

    told = rig.request("I am Ada Lovelace, too.", key="key-bob", conversation=first.conversation)
    assert (await rig.pipeline.complete(told)).choices[0].text == "I am Ada Lovelace, too."
