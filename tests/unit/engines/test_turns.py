"""Turns of one conversation are in a row, whichever process they are in, and a dead process holds nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guard.database import Database
from guard.errors import LimitExceededError, StorageError
from guard.model import ChatRequest, Coverage, Credential, Principal, Redacted, Released
from guard.store import turns
from guard.store.sql import SqlTranscripts
from tests.conftest import ON_POSTGRES, Storage

ADA = Principal("usr_ada", "default", ("employee",))
BODY = {"messages": [{"role": "user", "content": "One"}]}


def request(conversation: str | None = None) -> ChatRequest:
    return ChatRequest("req_1", Credential(), BODY, conversation=conversation)


@pytest.fixture
async def conversation(storage: Storage) -> str:
    async with storage.transcripts.turn(ADA, request()) as begun:
        await storage.database.write(storage.transcripts.prompt(begun, "req_1", Redacted(BODY, {}, Coverage())))
    return begun.id


@contextmanager
def holder(storage: Storage, tmp_path: Path, conversation: str, seconds: float) -> Iterator[subprocess.Popen[str]]:
    args = ("tests.unit.engines.holder", storage.url, str(tmp_path / "keys"), conversation, str(seconds))
    process = subprocess.Popen([sys.executable, "-m", *args], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


async def said(process: subprocess.Popen[str]) -> tuple[str, float]:
    assert process.stdout is not None
    word, moment = (await asyncio.to_thread(process.stdout.readline)).split()
    return word, float(moment)


async def test_turns_of_two_processes_do_not_overlap(storage: Storage, tmp_path: Path, conversation: str) -> None:
    with holder(storage, tmp_path, conversation, 0.3) as first, holder(storage, tmp_path, conversation, 0.3) as second:
        times = [[await said(process) for _ in range(2)] for process in (first, second)]
    (one_in, one_out), (two_in, two_out) = [[moment for _, moment in each] for each in times]
    assert one_out <= two_in or two_out <= one_in
    assert one_out - one_in >= 0.3
    assert two_out - two_in >= 0.3


async def test_a_turn_of_another_process_is_waited_for_and_not_for_ever(
    storage: Storage, tmp_path: Path, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with holder(storage, tmp_path, conversation, 60) as other:
        assert (await said(other))[0] == "in"
        monkeypatch.setattr(turns, "LOCK_SECONDS", 0.1)
        with pytest.raises(LimitExceededError) as caught:
            await storage.transcripts.turn(ADA, request(conversation)).__aenter__()
        assert caught.value.reason_id == "conversation_busy"
        async with storage.transcripts.turn(ADA, request()) as free:
            assert free.id != conversation


async def test_a_process_that_is_killed_holds_nothing(storage: Storage, tmp_path: Path, conversation: str) -> None:
    with holder(storage, tmp_path, conversation, 60) as other:
        assert (await said(other))[0] == "in"
        other.kill()
        async with asyncio.timeout(10), storage.transcripts.turn(ADA, request(conversation)) as again:
            assert again.id == conversation


async def test_two_openings_in_one_process_keep_each_other_out(storage: Storage, conversation: str) -> None:
    async with Database(storage.url) as database:
        other = SqlTranscripts(database, storage.keys, storage.keys.derive)
        async with storage.transcripts.turn(ADA, request(conversation)):
            assert await database.locks.take(conversation) is None
        async with other.turn(ADA, request(conversation)):
            assert await storage.database.locks.take(conversation) is None
    # Closing one drops none of the other's.
    async with storage.transcripts.turn(ADA, request(conversation)):
        async with Database(storage.url):
            pass
        async with Database(storage.url) as database:
            assert await database.locks.take(conversation) is None


async def test_who_leaves_while_waiting_leaves_nothing_locked(storage: Storage, conversation: str) -> None:
    async with Database(storage.url) as database:
        other = SqlTranscripts(database, storage.keys, storage.keys.derive)

        async def turn() -> None:
            async with other.turn(ADA, request(conversation)):
                pass

        for step in range(12):
            waiting = asyncio.create_task(turn())
            for _ in range(step):
                await asyncio.sleep(0)
            await asyncio.sleep(0.001 * step)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), storage.transcripts.turn(ADA, request(conversation)):
            pass


@ON_POSTGRES
@pytest.mark.parametrize("session", ["ended", "another"])
async def test_a_turn_whose_hold_is_lost_writes_nothing_more(storage: Storage, conversation: str, session: str) -> None:
    sessions = (
        "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    begun = storage.transcripts.turn(ADA, request(conversation))
    held = await begun.__aenter__()
    ((pid,),) = await storage.outside(sessions)
    if session == "ended":
        await storage.outside(f"SELECT pg_terminate_backend({pid}, 5000)")
    else:
        # Behind a pooler the connection may live on, and what it locked is gone.
        await held.secrets.hold._driver.execute("SELECT pg_advisory_unlock_all()")
    before = await storage.transcripts.messages(conversation)
    writes = (
        storage.transcripts.prompt(held, "req_2", Redacted(BODY, {}, Coverage())),
        storage.transcripts.units(held, "req_2", (Released(0, "Late."),)),
        storage.transcripts.finished(held, request(), {}),
    )
    for write in writes:
        with pytest.raises(StorageError) as caught:
            await storage.database.write(write)
        assert caught.value.reason_id == "conversation_hold_lost"
    assert await storage.transcripts.messages(conversation) == before
    async with asyncio.timeout(5), Database(storage.url) as database:
        other = SqlTranscripts(database, storage.keys, storage.keys.derive)
        async with other.turn(ADA, request(conversation)) as taken:  # It is free for the next one.
            assert taken.id == conversation
    await begun.__aexit__(None, None, None)
    # And this process goes on with a new session.
    async with storage.transcripts.turn(ADA, request(conversation)) as again:
        await storage.database.write(storage.transcripts.units(again, "req_3", (Released(0, "On."),)))
