"""Somebody who chats and keeps the histories that they saw, as a client does."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.model import JSON, ChatRequest, Chunk, Credential, Reply, ToolCall
from guard.services import Services
from guard.store.identity import text_of
from guard.testing.fakes import GrantAll
from tests.conftest import Storage
from tests.unit.reviewing import Installation
from tests.unit.serving import House

History = list[dict[str, JSON]]
KEY = Credential(api_key="key-emma")


class Parrot:
    """A generator that says back the last message, each choice in its own words; in tool calls where it is asked to."""

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        said = text_of(body["messages"][-1])
        for choice in range(int(body.get("n") or 1)):
            # Equal answers of several choices, too.
            text = f"You said: {said}. " if choice < 2 else f"{choice} times: {said.lower()}. "
            for position in range(0, len(text), 7):
                yield Chunk(choice, text[position : position + 7])
            if body.get("tools"):
                arguments = '{"to": "' + said.replace('"', "") + '"}'
                yield Chunk(choice, tool_call=ToolCall(choice, 0, f"call_{choice}", "send", arguments))
            yield Chunk(choice, finish_reason="stop")

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


@dataclass
class Person:
    """Chats over the pipeline and remembers, for each answer, what it saw up to there."""

    services: Services
    credential: Credential = field(default_factory=lambda: Credential(api_key="key-ada"))
    conversation: str | None = None
    seen: dict[tuple[str, int], History] = field(default_factory=dict)
    asked: dict[str, History] = field(default_factory=dict)

    async def ask(self, history: History, *new: str | dict[str, JSON], **members: Any) -> str:
        """One turn that goes on from a history; returns its request id."""
        messages = [*history, *({"role": "user", "content": m} if isinstance(m, str) else m for m in new)]
        request_id = "req_" + secrets.token_hex(12)
        body = {"model": "echo", "messages": messages, **members}
        reply = await self.services.pipeline.complete(
            ChatRequest(request_id, self.credential, body, conversation=self.conversation)
        )
        assert self.conversation in (None, reply.conversation)
        self.conversation = reply.conversation
        self.asked[request_id] = messages
        for choice in reply.choices:
            self.seen[request_id, choice.index] = [*messages, _got(reply, choice.index)]
        return request_id


def _got(reply: Reply, index: int) -> dict[str, JSON]:
    """An answer as clients keep it: OpenAI's own shape."""
    choice = reply.choices[index]
    message: dict[str, JSON] = {"role": "assistant", "content": choice.text}
    if choice.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in choice.tool_calls
        ]
    return message


async def records(storage: Storage, event: str) -> list[dict[str, Any]]:
    rows = await storage.audit.search(event=event)
    return [record for row in reversed(rows) for record in await storage.audit.show(str(row["index"]))]


def granting(installation: Installation, authorize: GrantAll) -> Services:
    """Services with another authorizer than the shipped policy's."""
    storage = installation.storage
    assert storage
    commit = storage.database.write
    installation.stages = {
        "store": storage.transcripts, "audit": storage.audit, "commit": commit, "authorize": authorize
    }  # fmt: skip
    return House.services(installation)
