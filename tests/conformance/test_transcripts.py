"""Every transcript store keeps the same promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guard.errors import ConversationNotFoundError
from guard.model import ChatRequest, ChoiceReply, Coverage, Credential, Principal, Redacted, Released, ToolCall, Verdict
from guard.store.memory import MemoryTranscripts, memory_commit
from guard.store.protocol import Commit, Conversation, Transcripts
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("employee",))
EVE = Principal("usr_eve", "default", ("employee",))
TWIN = Principal("usr_ada", "other-tenant", ("employee",))


class Store:
    """A store and its commit."""

    def __init__(self, transcripts: Transcripts, commit: Commit) -> None:
        self.transcripts = transcripts
        self.commit = commit
        self._count = 0

    async def say(self, *messages: Any, answer: str = "Fine.", who: Principal = ADA, named: str | None = None,
                  answers: tuple[str, ...] = ()) -> str:  # fmt: skip
        """One whole turn; returns the conversation's id."""
        self._count += 1
        body = {"messages": [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]}
        request = ChatRequest(f"req_{self._count}", Credential(), body, conversation=named)
        async with self.transcripts.turn(who, request) as conversation:
            redacted = Redacted(body, {}, Coverage())
            await self.commit(self.transcripts.prompt(conversation, request.id, redacted))
            replies = {}
            for index, text in enumerate(answers or (answer,)):
                pieces = [Released(index, text[:2]), Released(index, text[2:]), Released(index, finish_reason="stop")]
                for piece in pieces:
                    await self.commit(self.transcripts.units(conversation, request.id, (piece,)))
                replies[index] = ChoiceReply(index, text, (), "stop", Verdict())
            await self.commit(self.transcripts.finished(conversation, request, replies))
        return conversation.id


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, storage: Storage) -> Store:
    made: dict[str, Callable[[], Store]] = {
        "memory": lambda: Store(MemoryTranscripts(), memory_commit),
        "sql": lambda: Store(storage.transcripts, storage.database.write),
    }
    return made[request.param]()


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


async def texts(store: Store, conversation: str) -> list[str]:
    return [message["text"] for message in await store.transcripts.messages(conversation)]


async def test_a_history_that_the_client_saw_is_continued(store: Store) -> None:
    first = await store.say("One")
    assert await store.say("One", assistant("Fine."), "Two") == first
    assert await store.say("One", assistant("Fine."), "Two", assistant(" Fine.\n"), "Three") == first
    assert await texts(store, first) == ["One", "Fine.", "Two", "Fine.", "Three", "Fine."]


async def test_only_new_messages_are_stored(store: Store) -> None:
    first = await store.say("One")
    await store.say("One", assistant("Fine."), "Two")
    assert (await texts(store, first)).count("One") == 1


async def test_another_history_starts_another_conversation(store: Store) -> None:
    first = await store.say("One")
    assert await store.say("One") != first
    assert await store.say("One", assistant("Not what was said."), "Two") != first
    assert await store.say("Uno", assistant("Fine."), "Two") != first


async def test_the_longest_history_is_taken(store: Store) -> None:
    first = await store.say("One")
    second = await store.say("One", assistant("Fine."), "Two")
    third = await store.say("One", assistant("Fine."), "Two", assistant("Fine."), "Three")
    assert first == second == third


async def test_any_of_several_answers_may_be_continued(store: Store) -> None:
    first = await store.say("One", answers=("Red.", "Green.", "Blue."))
    assert await store.say("One", assistant("Green."), "Two") == first
    assert await texts(store, first) == ["One", "Red.", "Green.", "Blue.", "Two", "Fine."]


async def test_content_parts_are_the_same_text(store: Store) -> None:
    first = await store.say("One")
    parts = [{"type": "text", "text": "O"}, {"type": "text", "text": "ne"}]
    assert await store.say({"role": "user", "content": parts}, assistant("Fine."), "Two") == first


async def test_nobody_elses_conversation_is_continued_or_named(store: Store) -> None:
    first = await store.say("One")
    for who in (EVE, TWIN):
        assert await store.say("One", assistant("Fine."), "Two", who=who) != first
        with pytest.raises(ConversationNotFoundError):
            await store.say("Two", who=who, named=first)
    with pytest.raises(ConversationNotFoundError):
        await store.say("Two", named="conv_unknown")


async def test_a_history_that_was_never_said_is_new_in_a_named_conversation_too(store: Store) -> None:
    """Otherwise it would reach the model unjudged, and the transcript would not show it."""
    first = await store.say("One")
    assert await store.say("Rewritten", assistant("Other."), "Two", named=first) == first
    assert await texts(store, first) == ["One", "Fine.", "Rewritten", "Other.", "Two", "Fine."]
    assert await store.say("Three", named=first) == first
    assert (await texts(store, first))[-2:] == ["Three", "Fine."]


async def test_the_vault_is_kept_with_the_conversation(store: Store) -> None:
    body = {"messages": [{"role": "user", "content": "One"}]}
    request = ChatRequest("req_a", Credential(), body)
    async with store.transcripts.turn(ADA, request) as conversation:
        made = conversation.vault.placeholder("PERSON", "Ada Lovelace")
        await store.commit(store.transcripts.prompt(conversation, "req_a", Redacted(body, {}, Coverage())))
    again = ChatRequest("req_b", Credential(), body, conversation=conversation.id)
    async with store.transcripts.turn(ADA, again) as reopened:
        assert reopened.vault.value(made) == "Ada Lovelace"
        assert not reopened.is_new


async def test_tool_calls_are_part_of_the_transcript(store: Store) -> None:
    body = {"messages": [{"role": "user", "content": "One"}]}
    request = ChatRequest("req_a", Credential(), body)
    async with store.transcripts.turn(ADA, request) as conversation:
        await store.commit(store.transcripts.prompt(conversation, "req_a", Redacted(body, {}, Coverage())))
        call = ToolCall(0, 0, "call_1", "send", '{"to": "x"}')
        await store.commit(store.transcripts.units(conversation, "req_a", (Released(0, tool_call=call),)))
    messages = await store.transcripts.messages(conversation.id)
    assert messages[1]["tool_calls"][0]["function"] == {"name": "send", "arguments": '{"to": "x"}'}


async def test_an_erased_conversation_is_gone(store: Store) -> None:
    first = await store.say("One")
    await store.commit(store.transcripts.erase(first))
    with pytest.raises(ConversationNotFoundError):
        await store.transcripts.messages(first)
    with pytest.raises(ConversationNotFoundError):
        await store.say("Two", named=first)
    assert await store.say("One", assistant("Fine."), "Two") != first
    with pytest.raises(ConversationNotFoundError):
        await store.commit(store.transcripts.erase(first))


async def test_nothing_is_kept_of_a_turn_that_never_committed(store: Store) -> None:
    body = {"messages": [{"role": "user", "content": "One"}]}
    async with store.transcripts.turn(ADA, ChatRequest("req_a", Credential(), body)) as conversation:
        kept: Conversation = conversation
    with pytest.raises(ConversationNotFoundError):
        await store.transcripts.messages(kept.id)
