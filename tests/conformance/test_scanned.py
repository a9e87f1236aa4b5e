"""Every transcript store keeps what was found in a conversation, for its next turn alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from guard.errors import TamperedError
from guard.model import ChatRequest, ChoiceReply, Credential, Span, Verdict
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.store import remembering
from guard.store.memory import MemoryTranscripts
from guard.store.sql import SqlTranscripts
from guard.testing.fakes import WordDetector, grant
from tests.conformance.storing import ADA, Store
from tests.conftest import Storage

WORDS = {"Ada Lovelace": "PERSON", "Grace Hopper": "PERSON", "London": "LOCATION"}


class Client:
    """Somebody who chats, each turn through the engine and the store."""

    def __init__(self, store: Store, *, delay: float = 0.0) -> None:
        self.store, self.delay = store, delay
        self.asked: list[str] = []
        self.history: list[Any] = []
        self.bodies: list[Any] = []
        self.named: str | None = None
        self.vault = Vault.new()
        self._count = 0

    @property
    def model_id(self) -> str:
        return "words/1"

    async def detect(self, texts: Any, language: str = "en") -> list[list[Span]]:
        self.asked += texts
        await asyncio.sleep(self.delay)
        return await WordDetector(WORDS).detect(texts)

    async def aclose(self) -> None:
        return None

    async def say(self, *texts: str, number: int | None = None) -> str:
        self._count += 1
        messages = [*self.history, *({"role": "user", "content": text} for text in texts)]
        request = ChatRequest(
            f"req_{number or self._count}", Credential(), {"messages": messages}, conversation=self.named
        )
        transcripts = self.store.transcripts
        async with transcripts.turn(ADA, request) as conversation:
            redacted = await RedactionEngine([self])(request.body, grant(), conversation.vault, conversation.known)
            await self.store.commit(transcripts.prompt(conversation, request.id, redacted, grant()))
            reply = {0: ChoiceReply(0, f"Fine, {request.id}.", (), "stop", Verdict())}
            await self.store.commit(transcripts.finished(conversation, request, reply))
        self.bodies.append(redacted.body["messages"])
        self.history = [*messages, {"role": "assistant", "content": reply[0].text}]
        self.vault = conversation.vault
        return conversation.id


async def test_a_turn_scans_what_is_new_in_it(store: Store) -> None:
    client = Client(store)
    one = await client.say("I am Ada Lovelace.")
    for number in range(2, 40):  # More turns than rows are kept.
        assert await client.say(f"Number {number}: Grace Hopper of London.") == one
    assert len(client.asked) == len(set(client.asked)) == 39 + 38
    for before, after in zip(client.bodies, client.bodies[1:], strict=False):
        assert after[: len(before)] == before


@pytest.mark.parametrize("at_once", [2, 5])
async def test_turns_at_the_same_time_agree_and_lose_nothing(store: Store, at_once: int) -> None:
    client = Client(store, delay=0.01)
    client.named = await client.say("I am Ada Lovelace.")
    client.history = []
    texts = [f"{number}: Ada Lovelace, person{number}@a.example, in London." for number in range(at_once)]
    others = [Client(store, delay=0.01) for _ in texts]
    for each in others:
        each.named = client.named
    await asyncio.gather(*(o.say(text, number=10 + n) for n, (o, text) in enumerate(zip(others, texts, strict=True))))
    written = {each.bodies[0][0]["content"].split(", ")[0].partition(": ")[2] for each in others}
    assert written == {client.bodies[0][0]["content"].removeprefix("I am ").rstrip(".")}
    last = Client(store)
    last.named = client.named
    await last.say("I am Ada Lovelace.", *texts, number=90)
    assert last.asked == []
    assert {entry.value for entry in last.vault.entries()} == {"Ada Lovelace", "London"}


async def test_what_was_found_is_erased_with_its_conversation(store: Store) -> None:
    client = Client(store)
    conversation = await client.say("I am Ada Lovelace.")
    await store.commit(store.transcripts.erase(conversation))
    if isinstance(store.transcripts, MemoryTranscripts):
        assert store.transcripts.kept == {}


@pytest.fixture
def sql(storage: Storage) -> Store:
    return Store(storage.transcripts, storage.database.write)


async def test_the_rows_hold_no_text_and_are_gone_when_erased(storage: Storage, sql: Store) -> None:
    client = Client(sql)
    conversation = await client.say("I am Ada Lovelace.")
    ((sealed,),) = await storage.outside("SELECT sealed FROM scanned")
    assert all(word not in bytes(sealed) for word in (b"Lovelace", b"PERSON", b"words"))
    await storage.database.write(sql.transcripts.erase(conversation))
    assert await storage.outside("SELECT * FROM scanned") == []
    assert await storage.outside("SELECT * FROM conversations WHERE vault_key IS NOT NULL") == []


async def test_rows_become_one_when_they_are_many(storage: Storage, sql: Store) -> None:
    client, counts = Client(sql), list[int]()
    for number in range(2 * remembering.ROWS + 3):
        await client.say(f"Number {number}.")
        counts += (await storage.outside("SELECT count(*) FROM scanned"))[0]
    assert max(counts) == remembering.ROWS
    assert counts.count(1) == 3


async def test_a_row_that_was_changed_or_moved_is_refused(storage: Storage, sql: Store) -> None:
    client = Client(sql)
    await client.say("One")
    await client.say("Two")
    await storage.outside("UPDATE scanned SET sealed = (SELECT sealed FROM scanned WHERE request_id = 'req_1')")
    with pytest.raises(TamperedError):
        await client.say("Three")


async def test_what_nobody_needed_for_long_is_scanned_again_and_deleted(
    storage: Storage, sql: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(sql)
    await client.say("One")
    in_a_month = remembering.now() + 31 * 86_400_000
    monkeypatch.setattr(remembering, "now", lambda: in_a_month)
    await client.say("Two")
    assert client.asked.count("One") == 2
    assert await storage.outside("SELECT request_id FROM scanned") == [("req_2",)]


async def test_nothing_is_kept_where_the_settings_say_so(storage: Storage) -> None:
    forgetful = SqlTranscripts(storage.database, storage.keys, storage.keys.derive, remember_days=0)
    client = Client(Store(forgetful, storage.database.write))
    await client.say("One")
    await client.say("Two")
    assert client.asked.count("One") == 2
    assert await storage.outside("SELECT * FROM scanned") == []
