"""Every transcript store keeps the same promises."""

from __future__ import annotations

import pytest

from guard.errors import ConversationNotFoundError
from guard.model import ChatRequest, Coverage, Credential, Redacted, Released, ToolCall
from guard.store.protocol import Conversation
from tests.conformance.storing import ADA, EVE, TWIN, Store, assistant


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
