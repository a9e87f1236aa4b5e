"""Reveals over HTTP on a real database: who may ask, decide and see, when, and what is on record of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guard.review import reveal_rows
from guard.store import values as store_values
from tests.conftest import ON_SQLITE, Storage
from tests.unit.reviewing import Installation, key
from tests.unit.serving import chat

VALUE, WHY, ANSWER = "Ada Lovelace", "the quokka complained twice", "agreed with the axolotl"
EVENTS = ("reveal.asked", "reveal.granted", "reveal.refused", "reveal.withdrawn", "reveal.shown")


@pytest.fixture
async def client(storage: Storage) -> AsyncIterator[httpx.AsyncClient]:
    async with Installation(storage=storage).client() as opened:
        yield opened


async def chatted(
    client: httpx.AsyncClient, name: str = "emma", reader: str = "audrey", text: str = f"I am {VALUE}, ada@example.org."
) -> tuple[int, str]:
    """A chat of somebody: the record of its end, and the placeholder of a name in it."""
    body = chat(text)
    answer = await client.post("/v1/chat/completions", headers=key(name), json=body)
    conversation = answer.headers["x-guard-conversation"]
    found = await client.get(f"/api/audit?conversation_id={conversation}&event=chat.closed", headers=key(reader))
    transcript = await client.get(f"/api/transcripts/{conversation}", headers=key(reader))
    return found.json()["records"][0]["index"], re.findall(r"<PERSON_\w{6}>", transcript.text)[0]


async def asked(client: httpx.AsyncClient, name: str = "audrey", **wish: Any) -> httpx.Response:
    record, placeholder = (wish.pop("record"), wish.pop("placeholder")) if "record" in wish else await chatted(client)
    body = {"record": record, "placeholder": placeholder, "reason": "complaint", "text": WHY, "minutes": 15} | wish
    return await client.post("/api/reveals", headers=key(name), json=body)


async def one(client: httpx.AsyncClient, **wish: Any) -> str:
    answer = await asked(client, **wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def does(client: httpx.AsyncClient, name: str, reveal: str, step: str) -> tuple[int, Any]:
    """A step of somebody: the status and the code of the error, or the body."""
    sent = {"text": ANSWER} if step in ("grant", "refuse") else None
    answer = await client.post(f"/api/reveals/{reveal}/{step}", headers=key(name), json=sent)
    body = answer.json()
    return answer.status_code, body["error"]["code"] if "error" in body else body


async def events(storage: Storage, *names: str) -> list[dict[str, Any]]:
    rows = [row for name in names for row in await storage.audit.search(event=name)]
    found = [(await storage.audit.show(str(row["index"])))[0] for row in rows]
    return sorted(found, key=lambda each: each["index"])


async def test_a_second_person_grants_it_and_each_look_is_on_record(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    record, placeholder = await chatted(client)
    reveal = await one(client, record=record, placeholder=placeholder)
    assert await does(client, "audrey", reveal, "show") == (409, "reveal_state")
    waiting = (await client.get("/api/reveals", headers=key("paul"))).json()
    assert [each["id"] for each in waiting["waiting"]] == [reveal]
    seen = (await client.get(f"/api/reveals/{reveal}", headers=key("paul"))).json()
    assert (seen["actor"], seen["text"], seen["entity_type"], seen["may_decide"]) == (
        "user_audrey", WHY, "PERSON", True,
    )  # fmt: skip
    assert VALUE not in json.dumps(seen)
    status, granted = await does(client, "paul", reveal, "grant")
    assert (status, granted["state"], granted["alone"]) == (200, "granted", False)
    assert granted["expires"] - granted["decided"] == 15 * 60_000
    for look in (1, 2):
        status, shown = await does(client, "audrey", reveal, "show")
        assert (status, shown["looks"]) == (200, look)
        assert shown["values"] == {placeholder: {"type": "PERSON", "value": VALUE}}
        assert placeholder in shown["messages"][0]["text"]
        assert VALUE not in json.dumps(shown["messages"])
    steps = await events(storage, *EVENTS)
    assert [(each["event"], each["actor"]) for each in steps] == [
        ("reveal.asked", "user_audrey"), ("reveal.granted", "user_paul"),
        ("reveal.shown", "user_audrey"), ("reveal.shown", "user_audrey"),
    ]  # fmt: skip
    for each in steps:
        told = {name: each[name] for name in ("reveal", "record", "reason", "minutes", "entity_type", "whole")}
        assert told == {
            "reveal": reveal, "record": record, "reason": "complaint", "minutes": 15, "entity_type": "PERSON", "whole": 0,
        }  # fmt: skip
        assert not [text for text in (WHY, ANSWER, VALUE, placeholder) if text in json.dumps(each)]
    assert (await storage.verified()).ok


@ON_SQLITE
async def test_a_whole_transcript_is_shown_with_all_of_its_values(client: httpx.AsyncClient) -> None:
    record, placeholder = await chatted(client)
    reveal = await one(client, record=record, placeholder=None)
    await does(client, "paul", reveal, "grant")
    status, shown = await does(client, "audrey", reveal, "show")
    assert status == 200
    assert {each["value"] for each in shown["values"].values()} == {VALUE, "ada@example.org"}
    assert placeholder in shown["values"]


async def test_what_is_said_after_it_was_granted_is_no_part_of_it(client: httpx.AsyncClient) -> None:
    record, _ = await chatted(client, text=f"I am {VALUE}.")
    reveal = await one(client, record=record, placeholder=None)
    await does(client, "paul", reveal, "grant")
    before = (await does(client, "audrey", reveal, "show"))[1]
    assert [each["value"] for each in before["values"].values()] == [VALUE]
    conversation = before["conversation_id"]
    body = chat("Write to ada@example.org.")
    named = key("emma") | {"x-guard-conversation": conversation}
    assert (await client.post("/v1/chat/completions", headers=named, json=body)).status_code == 200
    after = (await does(client, "audrey", reveal, "show"))[1]
    assert (after["values"], after["messages"]) == (before["values"], before["messages"])
    whole = (await client.get(f"/api/transcripts/{conversation}", headers=key("audrey"))).json()["messages"]
    assert len(whole) > len(after["messages"]) > 0


@ON_SQLITE
async def test_nobody_else_sees_or_decides_it(client: httpx.AsyncClient, storage: Storage) -> None:
    reveal = await one(client)
    refused = {
        "audrey": (403, "own_reveal"), "otto": (403, "permission_denied"), "root": (403, "permission_denied"),
        "emma": (403, "permission_denied"), "pia": (404, "not_found"), "tess": (404, "not_found"),
        "scan": (403, "person_needed"),
    }  # fmt: skip
    for name, expected in refused.items():
        for step in ("grant", "refuse"):
            assert (name, await does(client, name, reveal, step)) == (name, expected)
    await does(client, "paul", reveal, "grant")
    others = {
        "paul": (403, "reveal_not_yours"), "otto": (403, "reveal_not_yours"), "double": (403, "reveal_not_yours"),
        "scan": (403, "reveal_not_yours"), "emma": (403, "permission_denied"), "root": (403, "permission_denied"),
        "pia": (404, "not_found"), "tess": (404, "not_found"),
    }  # fmt: skip
    for name, expected in others.items():
        assert (name, await does(client, name, reveal, "show")) == (name, expected)
    assert await events(storage, "reveal.shown") == []
    # Of another tenant it answers exactly as one that there is not.
    unknown = await client.get("/api/reveals/rvl_0", headers=key("pia"))
    foreign = await client.get(f"/api/reveals/{reveal}", headers=key("pia"))
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
    listed = (await client.get("/api/reveals", headers=key("pia"))).json()
    assert listed == {"mine": [], "waiting": [], "decided": []}


@ON_SQLITE
async def test_nobody_grants_their_own_even_where_they_are_alone(client: httpx.AsyncClient) -> None:
    record, placeholder = await chatted(client, "solo", "solo")
    reveal = await one(client, name="solo", record=record, placeholder=placeholder)
    assert await does(client, "solo", reveal, "grant") == (403, "own_reveal")
    assert await does(client, "solo", reveal, "show") == (409, "reveal_state")
    assert (await does(client, "solo", reveal, "withdraw"))[0] == 200


@ON_SQLITE
async def test_who_holds_the_right_needs_nobody_and_the_record_says_so(storage: Storage) -> None:
    rules = "\np, auditor, *, reveal, alone, allow\n"
    async with Installation(storage=storage, rules=rules).client() as client:
        reveal = await one(client)
        status, granted = await does(client, "audrey", reveal, "grant")
        assert (status, granted["alone"]) == (200, True)
        assert (await does(client, "audrey", reveal, "show"))[0] == 200
        # The right is for one's own: others' reveals still take the right to grant.
        other = await one(client)
        assert await does(client, "otto", other, "grant") == (403, "permission_denied")
    (record,) = await events(storage, "reveal.granted")
    assert (record["alone"], record["asker"], record["actor"]) == (1, "user_audrey", "user_audrey")


async def test_a_decision_is_made_once(client: httpx.AsyncClient, storage: Storage) -> None:
    reveal = await one(client)
    answers = await asyncio.gather(
        *(
            does(client, name, reveal, step)
            for name, step in (("paul", "grant"), ("petra", "refuse"), ("paul", "grant"))
        )
    )
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    assert {code for status, code in answers if status == 409} == {"reveal_state"}
    assert len(await events(storage, "reveal.granted", "reveal.refused")) == 1
    for name, step in (("petra", "refuse"), ("paul", "grant")):
        assert await does(client, name, reveal, step) == (409, "reveal_state")


@ON_SQLITE
@pytest.mark.parametrize("by", ["audrey", "paul", "petra"])
async def test_what_was_withdrawn_is_not_shown(client: httpx.AsyncClient, storage: Storage, by: str) -> None:
    reveal = await one(client)
    await does(client, "paul", reveal, "grant")
    assert (await does(client, "audrey", reveal, "show"))[0] == 200
    assert await does(client, "otto", reveal, "withdraw") == (403, "permission_denied")
    assert (await does(client, by, reveal, "withdraw"))[0] == 200
    assert await does(client, "audrey", reveal, "show") == (409, "reveal_state")
    assert await does(client, by, reveal, "withdraw") == (409, "reveal_state")
    # Nor when somebody puts the row back as it was: the log knows.
    await storage.outside("UPDATE reveals SET status = 'granted'")
    assert await does(client, "audrey", reveal, "show") == (409, "reveal_state")
    (record,) = await events(storage, "reveal.withdrawn")
    assert record["by"] == ("asker" if by == "audrey" else "granter")
    assert len(await events(storage, "reveal.shown")) == 1


@ON_SQLITE
async def test_what_waits_is_refused_and_not_ended_by_who_may_grant(client: httpx.AsyncClient) -> None:
    reveal = await one(client)
    assert await does(client, "paul", reveal, "withdraw") == (403, "permission_denied")
    assert (await does(client, "paul", reveal, "refuse"))[1]["answer"] == ANSWER
    assert await does(client, "audrey", reveal, "show") == (409, "reveal_state")


@ON_SQLITE
async def test_its_time_ends(client: httpx.AsyncClient, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    reveal = await one(client)
    status, granted = await does(client, "paul", reveal, "grant")
    assert status == 200
    monkeypatch.setattr(reveal_rows, "now", lambda: granted["expires"] - 1)
    assert (await does(client, "audrey", reveal, "show"))[0] == 200
    monkeypatch.setattr(reveal_rows, "now", lambda: granted["expires"])
    assert await does(client, "audrey", reveal, "show") == (409, "reveal_state")
    assert (await client.get(f"/api/reveals/{reveal}", headers=key("audrey"))).json()["state"] == "expired"
    assert len(await events(storage, "reveal.shown")) == 1


@ON_SQLITE
async def test_whose_right_to_ask_is_gone_sees_nothing_any_more(storage: Storage) -> None:
    async with Installation(storage=storage).client() as client:
        reveal = await one(client)
        await does(client, "paul", reveal, "grant")
    rules = "\np, auditor, *, reveal, ask, deny\n"
    async with Installation(storage=storage, rules=rules).client() as client:
        assert await does(client, "audrey", reveal, "show") == (403, "permission_denied")
    rules = "\np, auditor, *, transcript, read, deny\n"
    async with Installation(storage=storage, rules=rules).client() as client:
        assert (await does(client, "audrey", reveal, "show"))[1]["messages"] is None
        record = (await client.get(f"/api/reveals/{reveal}", headers=key("audrey"))).json()["record"]
        assert (await asked(client, record=record, placeholder=None)).status_code == 403


async def test_what_was_erased_stays_erased(client: httpx.AsyncClient, storage: Storage) -> None:
    record, placeholder = await chatted(client)
    reveal = await one(client, record=record, placeholder=placeholder)
    await does(client, "paul", reveal, "grant")
    await storage.outside("UPDATE conversations SET vault_key = NULL, vault = NULL")
    assert await does(client, "audrey", reveal, "show") == (404, "values_erased")
    conversation = (await client.get(f"/api/reveals/{reveal}", headers=key("audrey"))).json()["conversation_id"]
    await storage.database.write(storage.transcripts.erase(conversation))
    assert await does(client, "audrey", reveal, "show") == (404, "values_erased")
    assert (await asked(client, record=record, placeholder=placeholder)).json()["error"]["code"] == "values_erased"
    assert await events(storage, "reveal.shown") == []


FORGED = (
    "status = 'granted', expires = 99999999999999, decider = 'user_paul', decided = 1",
    "status = 'granted', expires = 99999999999999",
    "expires = expires + 1", "actor = 'user_otto'", "placeholder = NULL", "minutes = 1440", "decider = 'user_petra'",
    "conversation_id = 'conv_0'", "reason = 'legal'", "status = 'granted'", "answer = text",
)  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("step", [None, "grant", "refuse"])
async def test_a_row_that_was_made_outside_guard_shows_nothing(
    client: httpx.AsyncClient, storage: Storage, step: str | None
) -> None:
    reveal = await one(client)
    if step:
        await does(client, "paul", reveal, step)
    await storage.outside("CREATE TABLE kept AS SELECT * FROM reveals")
    for change in FORGED:
        if (step, change) == ("grant", "status = 'granted'"):
            continue  # It is already.
        await storage.outside(f"UPDATE reveals SET {change}")
        for name in ("audrey", "otto"):
            status, _ = await does(client, name, reveal, "show")
            assert status in (403, 409, 500), change
        await storage.outside("DELETE FROM reveals", "INSERT INTO reveals SELECT * FROM kept")
    assert await events(storage, "reveal.shown") == []


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"reason": "curiosity"}, 400), ({"minutes": 16}, 400), ({"text": " \n "}, 400), ({"text": "q" * 4001}, 400),
    ({"record": 10**9}, 404), ({"placeholder": "<PERSON_000000>"}, 404), ({"placeholder": "quokka"}, 404),
    ({"record": -1}, 400), ({"nonsense": 1}, 400), ({"minutes": "15"}, 400),
]  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize(("change", "status"), REFUSED)
async def test_what_is_no_wish_is_refused_without_an_echo(
    client: httpx.AsyncClient, storage: Storage, change: dict[str, Any], status: int
) -> None:
    record, placeholder = await chatted(client)
    answer = await asked(client, **{"record": record, "placeholder": placeholder} | change)
    assert answer.status_code == status, answer.text
    assert "quokka" not in answer.text
    assert await storage.outside("SELECT id FROM reveals") == []


async def test_the_same_is_asked_for_once(client: httpx.AsyncClient, storage: Storage) -> None:
    record, placeholder = await chatted(client)
    wish = {"record": record, "placeholder": placeholder}
    answers = await asyncio.gather(*(asked(client, **wish) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    assert (await asked(client, name="otto", **wish)).status_code == 200
    reveal = next(each.json()["id"] for each in answers if each.status_code == 200)
    await does(client, "paul", reveal, "refuse")
    assert (await asked(client, **wish)).status_code == 200


@ON_SQLITE
async def test_a_record_of_another_tenant_is_not_asked_from(client: httpx.AsyncClient) -> None:
    record, placeholder = await chatted(client)
    for name, status in (("tess", 404), ("emma", 403), ("root", 403), ("paul", 403), ("scan", 403)):
        answer = await asked(client, name=name, record=record, placeholder=placeholder)
        assert (name, answer.status_code) == (name, status)


@ON_SQLITE
async def test_nothing_that_was_written_lies_in_a_file_in_clear(tmp_path: Path, storage: Storage) -> None:
    async with Installation(storage=storage).client() as client:
        reveal = await one(client)
        await does(client, "paul", reveal, "grant")
        await does(client, "audrey", reveal, "show")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        for text in (VALUE, "Lovelace", WHY, "quokka", ANSWER, "axolotl"):
            assert text.encode() not in data, (path.name, text)


@ON_SQLITE
async def test_a_value_that_is_no_utf8_is_shown_all_the_same(
    client: httpx.AsyncClient, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reveal = await one(client)
    await does(client, "paul", reveal, "grant")
    load = store_values.Vault.loads

    def odd(data: bytes) -> Any:
        return load(data.replace(b"Ada Lovelace", b"Ada\\ud800"))

    monkeypatch.setattr(store_values.Vault, "loads", staticmethod(odd))
    status, shown = await does(client, "audrey", reveal, "show")
    assert (status, [each["value"] for each in shown["values"].values()]) == (200, ["Ada?"])
