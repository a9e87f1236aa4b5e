"""Every transcript store keeps turns in a row, and lets go of what is erased while one goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from guard.errors import ConversationNotFoundError, LimitExceededError, TamperedError
from guard.model import ChatRequest, ChoiceReply, Coverage, Credential, Principal, Redacted, Released, Verdict
from guard.store import turns
from guard.store.memory import MemoryTranscripts, memory_commit
from guard.store.protocol import Commit, Conversation, Transcripts, Write
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("employee",))
EVE = Principal("usr_eve", "default", ("employee",))
BODY = {"messages": [{"role": "user", "content": "One"}]}
Parts = tuple[Transcripts, Commit]


@pytest.fixture(params=["memory", "sql"])
def parts(request: pytest.FixtureRequest, storage: Storage) -> Parts:
    made: dict[str, Callable[[], Parts]] = {
        "memory": lambda: (MemoryTranscripts(), memory_commit),
        "sql": lambda: (storage.transcripts, storage.database.write),
    }
    return made[request.param]()


def request(number: int = 1, *, named: str | None = None) -> ChatRequest:
    return ChatRequest(f"req_{number}", Credential(), BODY, conversation=named)


def prompt(store: Transcripts, conversation: Conversation, number: int = 1) -> Write:
    return store.prompt(conversation, f"req_{number}", Redacted(BODY, {}, Coverage()))


def finished(store: Transcripts, conversation: Conversation, text: str = "Fine.") -> Write:
    return store.finished(conversation, request(), {0: ChoiceReply(0, text, (), "stop", Verdict())})


async def test_the_first_turn_of_a_conversation_is_held_too(parts: Parts) -> None:
    store, commit = parts
    order: list[str] = []

    async def second(conversation_id: str) -> None:
        async with store.turn(ADA, request(2, named=conversation_id)):
            order.append("second")

    async with store.turn(ADA, request()) as conversation:
        await commit(prompt(store, conversation))
        waiting = asyncio.create_task(second(conversation.id))
        await asyncio.sleep(0.03)
        order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_a_turn_that_fails_lets_the_next_one_in(parts: Parts) -> None:
    store, commit = parts
    async with store.turn(ADA, request()) as conversation:
        await commit(prompt(store, conversation))

    async def failing() -> None:
        async with store.turn(ADA, request(2, named=conversation.id)):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    async with store.turn(ADA, request(3, named=conversation.id)) as again:
        assert again.id == conversation.id


async def test_a_turn_does_not_wait_for_ever(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    store, commit = parts
    monkeypatch.setattr(turns, "LOCK_SECONDS", 0.02)
    async with store.turn(ADA, request()) as conversation:
        await commit(prompt(store, conversation))
        with pytest.raises(LimitExceededError) as caught:
            await store.turn(ADA, request(2, named=conversation.id)).__aenter__()
    assert caught.value.reason_id == "conversation_busy"


@pytest.mark.parametrize("what", ["prompt", "units", "finished"])
async def test_what_is_erased_during_a_turn_takes_nothing_more(parts: Parts, what: str) -> None:
    store, commit = parts
    async with store.turn(ADA, request()) as conversation:
        await commit(prompt(store, conversation))
    async with store.turn(ADA, request(2, named=conversation.id)) as held:
        await commit(store.erase(held.id))
        writes = {
            "prompt": prompt(store, held, 2),
            "units": store.units(held, "req_2", (Released(0, "Late."),)),
            "finished": finished(store, held),
        }
        with pytest.raises(ConversationNotFoundError):
            await commit(writes[what])
    with pytest.raises(ConversationNotFoundError):
        await store.messages(conversation.id)


async def test_of_two_equal_histories_the_later_one_is_continued(parts: Parts) -> None:
    store, commit = parts
    begun: list[str] = []
    for number in range(4):
        async with store.turn(ADA, request(number)) as conversation:
            await commit(prompt(store, conversation, number))
            await commit(finished(store, conversation))
        begun.append(conversation.id)
        await asyncio.sleep(0.003)  # Times are in milliseconds.
    assert len(set(begun)) == 4
    messages = [*BODY["messages"], {"role": "assistant", "content": "Fine."}, {"role": "user", "content": "Two"}]
    async with store.turn(ADA, ChatRequest("req_9", Credential(), {"messages": messages})) as continued:
        assert continued.id == begun[-1]
        assert continued.known == 2


async def test_a_conversation_cannot_be_made_somebody_elses_in_the_database(storage: Storage) -> None:
    store = storage.transcripts
    async with store.turn(ADA, request()) as conversation:
        conversation.vault.placeholder("PERSON", "Ada Lovelace")
        await storage.database.write(prompt(store, conversation))

    async def stolen(connection: object) -> None:
        await connection.exec_driver_sql("UPDATE conversations SET principal_id = 'usr_eve'")  # type: ignore[attr-defined]

    await storage.database.write(stolen)
    with pytest.raises(TamperedError):
        await store.turn(EVE, request(2, named=conversation.id)).__aenter__()
    with pytest.raises(TamperedError):
        await store.messages(conversation.id)


async def test_a_message_that_was_removed_in_the_database_is_missed(storage: Storage) -> None:
    store = storage.transcripts
    async with store.turn(ADA, request()) as conversation:
        await storage.database.write(prompt(store, conversation))
        await storage.database.write(store.units(conversation, "req_1", (Released(0, "a"), Released(0, "b"))))

    async def removed(connection: object) -> None:
        await connection.exec_driver_sql("DELETE FROM messages WHERE sequence = 1")  # type: ignore[attr-defined]

    await storage.database.write(removed)
    with pytest.raises(TamperedError):
        await store.messages(conversation.id)
