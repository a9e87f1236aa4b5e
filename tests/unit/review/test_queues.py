"""Queues on a real database: which records are cases, who has one, what it is closed with, and two people at once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from guard.errors import ConflictError, GuardError, InvalidRequestError, NotFoundError, PermissionDeniedError
from guard.model import Principal
from guard.review.casting import Casting
from guard.review.queues import Queues
from tests.conftest import ON_SQLITE, Storage
from tests.unit.reviewing import PEOPLE, Installation

EMMA, AUDREY, OTTO, TESS = (PEOPLE[name] for name in ("emma", "audrey", "otto", "tess"))
WHY = "the quokka was right about it"


async def chat(storage: Storage, number: int, decision: str = "withheld", who: Principal = EMMA) -> None:
    """A record as a chat leaves it."""
    event = "chat.refused" if decision == "blocked" else "chat.closed"
    fields = {"request_id": f"req_{number}", "conversation_id": f"conv_{number}", "decision": decision}
    await storage.database.write(storage.audit.record(event, who, fields))


def queues(storage: Storage, sample: float = 0.0, **more: Any) -> Queues:
    return Installation(storage=storage, sample=sample, **more).services().queues


async def events(storage: Storage, event: str) -> list[dict[str, Any]]:
    rows = await storage.audit.search(event=event)
    return [(await storage.audit.show(str(row["index"])))[0] for row in reversed(rows)]


async def opened(desk: Queues, name: str = "withheld", which: Any = "open", who: Principal = AUDREY) -> list[int]:
    return [case.record for case in (await desk.queue(who, name, which)).cases]


async def test_records_become_cases_of_their_queues(storage: Storage) -> None:
    desk = queues(storage, sample=1.0)
    for number, decision in enumerate(("allow", "withheld", "blocked", "error", "withheld")):
        await chat(storage, number, decision)
    await storage.database.write(storage.audit.record("reveal.granted", AUDREY, {}))
    await chat(storage, 9, "withheld", PEOPLE["wile"])
    assert await opened(desk) == [1, 4]
    assert await opened(desk, "blocked") == [2]
    assert await opened(desk, "reveals") == [5]
    assert await opened(desk, "sample") == [0, 1, 4]
    assert await opened(desk, who=TESS) == [6]
    backlog = await desk.backlog("default")
    assert {name: each["open"] for name, each in backlog.items()} == {
        "withheld": 2, "blocked": 1, "reveals": 1, "sample": 3,
    }  # fmt: skip
    first = (await storage.audit.show("1"))[0]["time"]
    assert backlog["withheld"]["oldest"] == first
    assert await desk.backlog("nowhere") == {name: {"open": 0, "oldest": None} for name in backlog}


@ON_SQLITE
async def test_the_sample_is_the_same_whoever_draws_it_and_about_as_large_as_set(storage: Storage) -> None:
    one, other = (Casting(storage.database, 0.25, bytes([key]) * 32) for key in (1, 2))
    drawn = {f"req_{number}" for number in range(2000) if one.queues("chat.closed", "allow", f"req_{number}")}
    assert 400 < len(drawn) < 600
    again = Casting(storage.database, 0.25, bytes([1]) * 32)
    assert drawn == {f"req_{n}" for n in range(2000) if again.queues("chat.closed", "allow", f"req_{n}")}
    assert drawn != {f"req_{n}" for n in range(2000) if other.queues("chat.closed", "allow", f"req_{n}")}
    for share, count in ((0.0, 0), (1.0, 2000)):
        all_ = Casting(storage.database, share, bytes(32))
        assert sum(len(all_.queues("chat.closed", "allow", f"req_{n}")) for n in range(2000)) == count


async def test_a_case_is_taken_closed_and_opened_again(storage: Storage) -> None:
    desk = queues(storage)
    await chat(storage, 1)
    (case,) = (await desk.queue(AUDREY, "withheld")).cases
    taken = await desk.assign(AUDREY, case.id, AUDREY.id, case.updated)
    assert await opened(desk, which="mine") == [0]
    assert await opened(desk, which="unassigned") == []
    given = await desk.assign(AUDREY, case.id, OTTO.id, taken.updated)
    with pytest.raises(ConflictError) as refused:
        await desk.close(AUDREY, case.id, "correct")
    assert refused.value.reason_id == "case_taken"
    with pytest.raises(InvalidRequestError):
        await desk.close(OTTO, case.id, "wrong_alarm", "  ")
    with pytest.raises(InvalidRequestError):
        await desk.close(OTTO, case.id, "justified", WHY)
    closed = await desk.close(OTTO, case.id, "wrong_alarm", WHY, given.updated)
    assert await opened(desk) == []
    (listed,) = (await desk.queue(AUDREY, "withheld", "closed")).cases
    assert (listed.disposition, listed.reason, listed.closed_by) == ("wrong_alarm", WHY, OTTO.id)
    for late in (desk.close(OTTO, case.id, "correct"), desk.assign(OTTO, case.id, None)):
        with pytest.raises(ConflictError) as refused:
            await late
        assert refused.value.reason_id == "case_closed"
    reopened = await desk.reopen(AUDREY, case.id, closed.updated)
    assert (reopened.assignee, reopened.disposition, reopened.reason) == (AUDREY.id, None, None)
    assert (await desk.assign(AUDREY, case.id, None)).assignee is None
    told = [(each["event"], each["actor"], each.get("assignee"), each.get("disposition")) for name in
            ("case.assigned", "case.closed", "case.reopened", "case.released") for each in await events(storage, name)]  # fmt: skip
    assert told == [
        ("case.assigned", AUDREY.id, AUDREY.id, None), ("case.assigned", AUDREY.id, OTTO.id, None),
        ("case.closed", OTTO.id, None, "wrong_alarm"), ("case.reopened", AUDREY.id, None, "wrong_alarm"),
        ("case.released", AUDREY.id, None, None),
    ]  # fmt: skip
    records = [await storage.audit.show(str(index)) for index in range(6)]
    assert "quokka" not in json.dumps(records)
    assert (await storage.verified()).ok


async def test_of_two_at_once_one_is_told(storage: Storage) -> None:
    desk = queues(storage)
    await chat(storage, 1)
    (case,) = (await desk.queue(AUDREY, "withheld")).cases
    done = await asyncio.gather(
        desk.close(AUDREY, case.id, "correct", "", case.updated),
        desk.close(OTTO, case.id, "wrong_alarm", WHY, case.updated),
        desk.assign(OTTO, case.id, OTTO.id, case.updated),
        return_exceptions=True,
    )
    refused = [each for each in done if isinstance(each, ConflictError)]
    assert [each.reason_id for each in refused] == ["case_moved"] * 2
    with pytest.raises(ConflictError):
        await desk.assign(OTTO, case.id, OTTO.id, case.updated)


async def test_the_next_case_is_given_to_one_person(storage: Storage) -> None:
    desk = queues(storage)
    for number in range(4):
        await chat(storage, number)
    people = [AUDREY, OTTO, AUDREY, OTTO]
    taken = await asyncio.gather(*(desk.next(who, "withheld") for who in people))
    records = [case.record for case in taken if case]
    assert sorted(records) == [0, 1, 2, 3]
    # Nobody's are left: now it is their own, one after another.
    mine = sorted(record for record, who in zip(records, people, strict=True) if who == AUDREY)
    following = await desk.next(AUDREY, "withheld", mine[0])
    assert following
    assert following.record == mine[1]
    round_ = await desk.next(AUDREY, "withheld", mine[1])
    assert round_
    assert round_.record == mine[0]
    assert await desk.next(AUDREY, "blocked") is None


@ON_SQLITE
async def test_a_queue_has_pages(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.review.queues.PAGE", 3)
    desk, found, after = queues(storage), [], None
    for number in range(7):
        await chat(storage, number)
    while True:
        page = await desk.queue(AUDREY, "withheld", "open", after)
        found.append([case.record for case in page.cases])
        if (after := page.after) is None:
            break
    assert found == [[0, 1, 2], [3, 4, 5], [6]]


@ON_SQLITE
async def test_cases_are_for_those_who_may_work_on_them_in_their_tenant(storage: Storage) -> None:
    desk = queues(storage)
    await chat(storage, 1)
    (case,) = (await desk.queue(AUDREY, "withheld")).cases
    for name in ("emma", "root", "paul", "wile"):
        for asked in (desk.overview(PEOPLE[name]), desk.queue(PEOPLE[name], "withheld"),
                      desk.next(PEOPLE[name], "withheld"), desk.assign(PEOPLE[name], case.id, None),
                      desk.close(PEOPLE[name], case.id, "correct"), desk.reopen(PEOPLE[name], case.id)):  # fmt: skip
            with pytest.raises(PermissionDeniedError):
                await asked
        assert await desk.of_record(PEOPLE[name], 0) == []
    with pytest.raises(NotFoundError):
        await desk.assign(TESS, case.id, TESS.id)
    with pytest.raises(NotFoundError):
        await desk.close(TESS, case.id, "correct")
    with pytest.raises(PermissionDeniedError):
        await desk.close(PEOPLE["scan"], case.id, "correct")
    # To nobody of another tenant, nor without the right.
    for somebody in (TESS.id, EMMA.id, "user_nobody"):
        with pytest.raises(NotFoundError):
            await desk.assign(AUDREY, case.id, somebody)
    assert await desk.of_record(TESS, 0) == []
    denied = await events(storage, "permission.denied")
    assert {(each["object"], each["action"]) for each in denied} == {("queue", "work")}
    for name in ("nowhere", "", "\0"):
        with pytest.raises(GuardError):
            await desk.queue(AUDREY, name)
        with pytest.raises(NotFoundError):
            await desk.assign(AUDREY, name, None)


@ON_SQLITE
async def test_a_reason_that_was_moved_to_another_case_does_not_open(storage: Storage) -> None:
    desk = queues(storage)
    for number in range(2):
        await chat(storage, number)
    for case in (await desk.queue(AUDREY, "withheld")).cases:
        await desk.close(AUDREY, case.id, "wrong_alarm", f"{WHY} {case.record}")
    await storage.outside("UPDATE cases SET reason = (SELECT reason FROM cases WHERE record = 0)")
    with pytest.raises(GuardError) as refused:
        await desk.queue(AUDREY, "withheld", "closed")
    assert refused.value.reason_id == "tampered"
    assert b"quokka" not in storage.path.read_bytes()


@ON_SQLITE
async def test_nobody_says_of_their_own_reveal_whether_it_was_right(storage: Storage) -> None:
    desk, double, solo = queues(storage), PEOPLE["double"], PEOPLE["solo"]
    for who, asker in ((double, AUDREY.id), (solo, solo.id)):
        await storage.database.write(storage.audit.record("reveal.granted", who, {"asker": asker}))
    (case,) = (await desk.queue(AUDREY, "reveals")).cases
    for who in (AUDREY, double):
        with pytest.raises(PermissionDeniedError) as refused:
            await desk.close(who, case.id, "justified")
        assert refused.value.reason_id == "own_reveal"
    assert (await desk.close(OTTO, case.id, "justified")).status == "closed"
    # Where there is nobody else, it is closed all the same, and the record says by whom.
    rules = "p, auditor, tiny, reveal, alone, allow"
    alone = queues(storage, rules=f"\n{rules}\n")
    (own,) = (await alone.queue(solo, "reveals")).cases
    assert (await alone.close(solo, own.id, "justified")).closed_by == solo.id
