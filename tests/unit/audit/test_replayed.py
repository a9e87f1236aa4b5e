"""Requests read back from the log in a database: each once, completed, in bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import insert, update

from guard.audit import replayed
from guard.audit.record import canonical
from guard.audit.replayed import Requests, window
from guard.errors import AuthenticationError
from guard.model import ChatRequest, Credential
from guard.policy.recorded import Recorded
from guard.tables import audit_records as table
from tests.conftest import Storage
from tests.replaying import Told, aged, changes, policy, replay

SHIPPED = policy()
CLEARING = policy(redaction_default='clear = ["names"]')


def told(storage: Storage) -> Told:
    """A pipeline whose records and transcripts are in the database."""
    parts = {"audit": storage.audit, "commit": storage.database.write, "store": storage.transcripts}
    return Told(SHIPPED, parts=parts)


async def read(storage: Storage, **bounds: int) -> tuple[list[Recorded], Requests]:
    source = Requests(storage.database, await window(storage.database, **bounds))
    return [each async for batch in source.batches() for each in batch], source


async def rewrite(storage: Storage, index: int, record: Mapping[str, Any] | bytes) -> None:
    """Put another record in the place of one."""
    content = record if isinstance(record, bytes) else canonical(record)

    async def write(connection: Any) -> None:
        await connection.execute(update(table).where(table.c.index == index).values(record=content))

    await storage.database.write(write)


async def add(storage: Storage, record: Mapping[str, Any]) -> None:
    async def write(connection: Any) -> None:
        columns = {name: record[name] for name in ("index", "time", "event", "request_id", "decision")}
        await connection.execute(insert(table).values(**columns, record=canonical(record), hash=bytes(32)))

    await storage.database.write(write)


async def shown(storage: Storage, index: int) -> dict[str, Any]:
    (record,) = await storage.audit.show(str(index))
    return {name: value for name, value in record.items() if name not in ("hash", "previous")}


@pytest.mark.parametrize("batch", [1, 2, 3, 4_000])
async def test_each_request_is_read_once_whatever_the_batches(
    storage: Storage, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replayed, "BATCH", batch)
    house = told(storage)
    for number in range(4):
        await house.chat(f"I am Ada Lovelace {number}.")
    await house.chat(key="usr_o auditor")
    found, source = await read(storage)
    assert [each.request_id for each in found] == [f"req_{number}" for number in range(1, 6)]
    assert [each.index for each in found] == [1, 3, 5, 7, 8]
    assert source.read == 9
    answer = replay(CLEARING, found)
    assert changes(answer) == {"more_cleared": 4}
    assert changes(replay(SHIPPED, found)) == {}


async def test_a_log_without_records(storage: Storage) -> None:
    found, source = await read(storage)
    assert (found, source.window.records) == ([], 0)


async def test_failed_authentications_come_with_their_number(storage: Storage) -> None:
    with pytest.raises(AuthenticationError):
        async with storage.audit.turn(ChatRequest("req_1", Credential(), {})):
            raise AuthenticationError
    found, _ = await read(storage)
    answer = replay(SHIPPED, found)
    assert (answer.requests, answer.unknown["authentication_failures"]) == (0, 1)


async def test_records_of_an_earlier_version_are_completed_by_their_first(storage: Storage) -> None:
    house = told(storage)
    for _ in range(3):
        await house.chat("I am Ada Lovelace.")
    for index in range(6):
        await rewrite(storage, index, aged(await shown(storage, index)))
    found, _ = await read(storage)
    assert [each.entities for each in found] == [{"PERSON": 1}] * 3
    assert [each.found for each in found] == [None] * 3
    assert changes(replay(CLEARING, found)) == {"more_cleared": 3}


async def test_bounds_in_time(storage: Storage) -> None:
    house = told(storage)
    await house.chat()
    record = await shown(storage, 1)
    later = record["time"] + 1000
    await add(storage, record | {"index": 2, "time": later, "request_id": "req_2"})
    assert [each.request_id for each in (await read(storage, since=later))[0]] == ["req_2"]
    assert [each.request_id for each in (await read(storage, until=later))[0]] == ["req_1"]
    assert (await read(storage, since=later + 1))[0] == []
    bounds = await window(storage.database, since=later)
    assert bounds.as_json() == {"since": later, "until": None, "first_record": 2, "last_record": 2}


@pytest.mark.parametrize("since", [None, 1])
async def test_requests_without_an_end_come_last(
    storage: Storage, since: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = told(storage)
    await house.chat("I am Ada Lovelace.")
    opened = await shown(storage, 0)
    for index in (2, 3, 4):
        await add(storage, opened | {"index": index, "request_id": f"req_open_{index}"})
    bounds = {} if since is None else {"since": since}
    found, source = await read(storage, **bounds)
    assert [each.index for each in found] == [1, 2, 3, 4]
    assert source.never_closed == 0
    monkeypatch.setattr(replayed, "OPEN", 1)
    found, source = await read(storage, **bounds)
    assert [each.index for each in found] == [1, 2]
    assert source.never_closed == 2


async def test_a_record_that_cannot_be_read_is_counted(storage: Storage) -> None:
    house = told(storage)
    for _ in range(3):
        await house.chat()
    await rewrite(storage, 1, b"\xff{")
    await rewrite(storage, 3, {"event": "chat.closed", "index": "three"})
    found, source = await read(storage)
    assert [each.index for each in found] == [5]
    assert source.unreadable == 2
