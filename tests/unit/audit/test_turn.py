"""However a turn ends, exactly one record says how."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.audit import base
from guard.audit.sql import SqlAudit
from guard.audit.turn import ChatTurn, reached
from guard.errors import AuditError, AuthenticationError, GeneratorError, StorageError
from guard.model import ChatRequest, Credential, Principal
from guard.shield import shielded
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("employee",), name="Ada Lovelace")
REQUEST = ChatRequest("req_1", Credential(api_key="gk_secret"), {"model": "m", "messages": [{"content": "private"}]})


async def ends(storage: Storage) -> list[tuple[Any, ...]]:
    rows = await storage.audit.search()
    return [(row["event"], row["reason_id"]) for row in reversed(rows)]


async def open_requests(storage: Storage) -> int:
    return (await storage.verified()).open_requests


class Slow:
    """A write that lets the test act while its transaction is open."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()

    async def __call__(self, _: AsyncConnection) -> None:
        self.entered.set()
        await asyncio.sleep(0.02)


async def cancelled_in_commit(storage: Storage, slow: Slow, which: str) -> None:
    async def work() -> None:
        async with storage.audit.turn(REQUEST) as turn:
            turn.principal = ADA
            if which == "closed":
                await storage.database.write(turn.opened())
            await storage.database.write(slow, getattr(turn, which)())
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await slow.entered.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    assert task.cancelled()


async def test_a_client_that_leaves_while_the_turn_is_opened(storage: Storage) -> None:
    await cancelled_in_commit(storage, Slow(), "opened")
    assert await ends(storage) == [("chat.opened", None), ("chat.closed", "client_disconnected")]
    assert await open_requests(storage) == 0


async def test_a_client_that_leaves_while_the_turn_is_closed(storage: Storage) -> None:
    await cancelled_in_commit(storage, Slow(), "closed")
    assert await ends(storage) == [("chat.opened", None), ("chat.closed", None)]


async def test_a_client_that_leaves_before_the_turn_is_opened(storage: Storage) -> None:
    async def work() -> None:
        async with storage.audit.turn(REQUEST):
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ends(storage) == [("chat.refused", "client_disconnected")]


async def test_a_failure_closes_what_was_opened(storage: Storage) -> None:
    async def work() -> None:
        async with storage.audit.turn(REQUEST) as turn:
            turn.principal, turn.step = ADA, "generate"
            await storage.database.write(turn.opened())
            raise GeneratorError

    with pytest.raises(GeneratorError):
        await work()
    assert await ends(storage) == [("chat.opened", None), ("chat.closed", "generator_failed")]
    (_, closed) = await storage.audit.show("req_1")
    assert (closed["step"], closed["outcome"], closed["actor"]) == ("generate", "failed", "usr_ada")


async def test_a_record_holds_nothing_of_the_person_and_of_the_request(storage: Storage) -> None:
    async with storage.audit.turn(REQUEST) as turn:
        turn.principal = ADA
        await storage.database.write(turn.opened(), turn.closed())
    written = json.dumps(await storage.audit.show("req_1"))
    assert all(word not in written for word in ("Ada", "private", "gk_secret"))


async def test_an_end_that_cannot_be_recorded_is_an_error_of_the_log(storage: Storage) -> None:
    async def broken(*_: Any) -> None:
        raise StorageError

    storage.audit.commit = broken  # type: ignore[method-assign]
    with pytest.raises(AuditError):
        async with storage.audit.turn(REQUEST):
            raise GeneratorError


async def refuse(audit: SqlAudit, reason_id: str = "invalid_api_key") -> None:
    with pytest.raises(AuthenticationError):
        async with audit.turn(REQUEST):
            raise AuthenticationError(reason_id=reason_id)


async def test_strangers_make_one_record_a_minute(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "WINDOW", 0.5)
    for reason_id in ("invalid_api_key", "api_key_expired", "api_key_expired"):
        await refuse(storage.audit, reason_id)
    assert len(await ends(storage)) == 1
    await asyncio.sleep(1.2)  # Nobody has to come for the rest to be recorded.
    rows = [await storage.audit.show(str(index)) for index in range(2)]
    assert [row[0]["counts"] for row in rows] == [{"invalid_api_key": 1}, {"api_key_expired": 2}]
    await storage.audit.aclose()
    assert len(await ends(storage)) == 2


async def test_what_was_counted_is_recorded_on_closing(storage: Storage) -> None:
    for _ in range(3):
        await refuse(storage.audit)
    await storage.audit.aclose()
    assert [row[0]["counts"] for row in [await storage.audit.show("1")]] == [{"invalid_api_key": 2}]


async def test_what_was_counted_is_kept_while_it_cannot_be_recorded(storage: Storage) -> None:
    commit = storage.audit.commit

    async def broken(*_: Any) -> None:
        raise StorageError

    storage.audit.commit = broken  # type: ignore[method-assign]
    with pytest.raises(AuditError):
        async with storage.audit.turn(REQUEST):
            raise AuthenticationError
    storage.audit.commit = commit  # type: ignore[method-assign]
    await storage.audit.aclose()
    assert (await storage.audit.show("0"))[0]["counts"] == {"invalid_api_key": 1}


async def test_shielded_work_ends_however_often_it_is_cancelled() -> None:
    done: list[bool] = []

    async def work() -> None:
        await asyncio.sleep(0.02)
        done.append(True)

    task = asyncio.create_task(shielded(work()))
    while not task.done():
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    assert done == [True]


async def test_shielded_work_passes_its_error_on() -> None:
    async def work() -> None:
        raise StorageError

    with pytest.raises(StorageError):
        await shielded(work())


def test_a_turn_says_nothing_of_what_was_typed() -> None:
    turn = ChatTurn(REQUEST, None, {})  # type: ignore[arg-type]
    assert "private" not in repr(turn)
    assert "gk_secret" not in repr(turn)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_a_recorded_score_reaches_the_thresholds_that_the_score_reached(per_mille: int, score: float) -> None:
    threshold = float(f"{per_mille / 1000:.3f}")
    assert (reached({"toxicity": score})["toxicity"] >= per_mille) == (score >= threshold)
    assert reached({"toxicity": threshold}) == {"toxicity": per_mille}
