from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest
from sqlalchemy import text

from guard.errors import TamperedError
from guard.model import ChatRequest, Coverage, Credential, Principal, Redacted
from tests.conftest import ON_SQLITE, Storage

ADA = Principal("usr_ada", "default", ("employee",))
CANARIES = ("Zephyrine Quillfeather", "zq@quillfeather.example")


def request(name: str, *, conversation: str | None = None) -> ChatRequest:
    body = {"messages": [{"role": "user", "content": "One " + name}]}
    return ChatRequest(f"req_{name}", Credential(), body, conversation=conversation)


async def turn(storage: Storage, name: str = "a", *, conversation: str | None = None) -> str:
    asked = request(name, conversation=conversation)
    async with storage.transcripts.turn(ADA, asked) as held:
        for canary in CANARIES:
            held.vault.placeholder("PERSON", canary)
        redacted = Redacted(asked.body, {}, Coverage())
        await storage.database.write(storage.transcripts.prompt(held, asked.id, redacted))
    return held.id


def readable(folder: Path, *values: str) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for value in values:
            forms = (value.encode(), value.encode("utf-16-le"), base64.b64encode(value.encode())[2:-4])
            found += [path.name for form in forms if form in data]
    return found


@ON_SQLITE
async def test_nothing_is_readable_at_rest(storage: Storage) -> None:
    await turn(storage)
    assert readable(storage.path.parent, *CANARIES, "One a") == []


async def test_a_row_does_not_open_in_another_place(storage: Storage) -> None:
    first = await turn(storage)
    await turn(storage, "b", conversation=first)

    async def swap(connection: object) -> None:
        await connection.execute(  # type: ignore[attr-defined]
            text(
                "UPDATE messages SET sealed = (SELECT sealed FROM messages AS m WHERE m.sequence = 1) WHERE sequence = 0"
            )
        )

    await storage.database.write(swap)
    with pytest.raises(TamperedError):
        await storage.transcripts.messages(first)


@ON_SQLITE
async def test_erasing_destroys_the_keys_and_every_trace(storage: Storage) -> None:
    first = await turn(storage)
    async with storage.database.read() as connection:
        row = (await connection.execute(text("SELECT transcript_key, vault_key, vault FROM conversations"))).one()
    await storage.database.write(storage.transcripts.erase(first))
    await storage.database.forget()
    everything = b"".join(path.read_bytes() for path in storage.path.parent.iterdir() if path.is_file())
    assert all(bytes(secret) not in everything for secret in row)
    (listed,) = await storage.transcripts.listing()
    assert listed["erased"] is not None


async def test_turns_of_one_conversation_are_in_a_row(storage: Storage) -> None:
    first = await turn(storage)
    inside: list[str] = []

    async def hold(name: str) -> None:
        async with storage.transcripts.turn(ADA, request(name, conversation=first)):
            inside.append(name)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.remove(name)

    await asyncio.gather(*(hold(name) for name in "abcde"))


async def test_the_listing_says_who_and_when(storage: Storage) -> None:
    first = await turn(storage)
    (listed,) = await storage.transcripts.listing()
    assert listed["conversation_id"] == first
    assert listed["principal_id"] == "usr_ada"
    assert listed["parts"] == 1
