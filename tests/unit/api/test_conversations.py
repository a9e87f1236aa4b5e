"""`/api/conversations` over fakes: shapes, refusals, what is never echoed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from guard.model import Rule
from guard.testing.fakes import ChunkedGenerator, GrantAll
from tests.unit.serving import KEY, House, chat, events


@pytest.fixture
def house() -> House:
    answers = {"echo": ChunkedGenerator(["Hello ", "there. "]), "toxic": ChunkedGenerator(["Fine. ", "A toxicword. "])}
    return House(generators=answers)


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(headers=KEY) as client:
        yield client


async def said(client: httpx.AsyncClient, *messages: Any, **members: Any) -> dict[str, Any]:
    """The `guard` member of an answer."""
    answer = await client.post("/v1/chat/completions", json=chat(*messages, **members))
    return answer.json()["guard"]


async def test_a_conversation_is_listed_and_opened(client: httpx.AsyncClient) -> None:
    told = await said(client, "I am Ada Lovelace.")
    listed = (await client.get("/api/conversations")).json()
    assert listed["next"] is None
    (summary,) = listed["conversations"]
    assert (summary["id"], summary["title"]) == (told["conversation"], "I am Ada Lovelace.")
    answer = await client.get(f"/api/conversations/{told['conversation']}")
    assert answer.headers["cache-control"] == "no-store"
    opened = answer.json()
    assert opened.items() >= summary.items()
    (turn,) = opened["turns"]
    assert (turn["request_id"], turn["parent"], turn["model"]) == (told["request_id"], None, "echo")
    (message,) = turn["said"]
    assert (message["role"], message["text"]) == ("user", "I am Ada Lovelace.")
    (mark,) = message["marks"]
    assert message["seen"] == f"I am {mark['placeholder']}."
    assert (mark["start"], mark["end"], mark["entity_type"]) == (5, 17, "PERSON")
    (reply,) = turn["answers"]
    assert (reply["text"], reply["whole"], reply["feedback"]) == ("Hello there. ", True, None)


async def test_a_branch_is_gone_on_from(client: httpx.AsyncClient) -> None:
    told = await said(client, "I am Ada Lovelace.")
    named = told["conversation"]
    address = f"/api/conversations/{named}/messages"
    history = (await client.get(address, params={"parent": told["request_id"], "choice": 0})).json()["messages"]
    assert history == [
        {"role": "user", "content": "I am Ada Lovelace."},
        {"role": "assistant", "content": "Hello there. "},
    ]
    again = (await client.get(address, params={"parent": told["request_id"]})).json()["messages"]
    assert again == history[:1]
    assert (await client.get(address)).json()["messages"] == []
    following = await said(client, *history, "And?")
    assert following["conversation"] == named
    turns = (await client.get(f"/api/conversations/{named}")).json()["turns"]
    assert [(each["parent"], each["parent_choice"]) for each in turns] == [(None, None), (told["request_id"], 0)]


async def test_why_a_part_was_withheld_is_told(client: httpx.AsyncClient) -> None:
    told = await said(client, "Hi", model="toxic")
    opened = (await client.get(f"/api/conversations/{told['conversation']}")).json()
    (turn,) = opened["turns"]
    assert turn["answers"][0]["withheld"] == "toxicity"
    (why,) = turn["explained"]
    assert why.items() >= {"choice": 0, "action": "withheld", "category": "toxicity", "score": 1000}.items()
    assert why["threshold"] == 500


async def test_the_record_is_for_who_may_read_it(house: House) -> None:
    for denied, is_there in (((), True), (("audit", ""), False)):
        house.stages = {"authorize": Denying(denied)}
        async with house.client(headers=KEY) as client:
            told = await said(client, "Hi")
            (turn,) = (await client.get(f"/api/conversations/{told['conversation']}")).json()["turns"]
            assert (turn["record"] is not None) is is_there


class Denying(GrantAll):
    """Everything but these objects."""

    def __init__(self, objects: tuple[str, ...]) -> None:
        super().__init__()
        self._objects = objects

    def decide(self, principal: Any, obj: str, act: str) -> Any:
        return Rule("default deny", allowed=False) if obj in self._objects else super().decide(principal, obj, act)


async def test_pages_of_the_list(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await said(client, f"Number {number}")
        await asyncio.sleep(0.002)
    titles, following = [], "/api/conversations?limit=2"
    while following:
        page = (await client.get(following)).json()
        titles += [each["title"] for each in page["conversations"]]
        following = page["next"]
    assert titles == [f"Number {number}" for number in (4, 3, 2, 1, 0)]
    found = (await client.get("/api/conversations", params={"search": "NUMBER 3"})).json()
    assert [each["title"] for each in found["conversations"]] == ["Number 3"]


async def test_a_title_is_changed(client: httpx.AsyncClient) -> None:
    told = await said(client, "Hi")
    address = f"/api/conversations/{told['conversation']}"
    answer = await client.patch(address, json={"title": " About  Ada Lovelace "})
    assert answer.json() == {"id": told["conversation"], "title": "About Ada Lovelace"}
    assert (await client.get(address)).json()["title"] == "About Ada Lovelace"
    for wrong in ({"title": ""}, {"title": 3}, {}, {"title": "x", "more": 1}, {"title": "x" * 200}):
        refused = await client.patch(address, json=wrong)
        assert refused.status_code == 400
        assert "xxx" not in refused.text


async def test_feedback(client: httpx.AsyncClient, house: House) -> None:
    told = await said(client, "Hi")
    given = {"request_id": told["request_id"], "choice": 0, "rating": -1, "text": "Ada Lovelace knows better"}
    answer = await client.post("/api/conversations/feedback", json=given)
    assert answer.json() == {"request_id": told["request_id"], "choice": 0, "rating": -1}
    opened = (await client.get(f"/api/conversations/{told['conversation']}")).json()
    assert opened["turns"][0]["answers"][0]["feedback"] == -1
    assert "Lovelace" not in str(house.audit.records)
    for wrong, status in (({"rating": 2}, 400), ({"request_id": "req_0"}, 404), ({"request_id": "<b>"}, 404)):
        assert (await client.post("/api/conversations/feedback", json=given | wrong)).status_code == status


async def test_a_draft_is_looked_at(client: httpx.AsyncClient) -> None:
    draft = {"text": "Mail ada@example.org", "model": "echo"}
    found = (await client.post("/api/conversations/preview", json=draft)).json()
    (mark,) = found["marks"]
    assert (mark["start"], mark["end"], mark["entity_type"]) == (5, 20, "EMAIL_ADDRESS")
    assert found["seen"] == f"Mail {mark['placeholder']}"
    assert found["blocked"] == []
    assert (await client.get("/api/conversations")).json()["conversations"] == []
    told = await said(client, "Hi")
    named = await client.post("/api/conversations/preview", json=draft | {"conversation": told["conversation"]})
    assert named.status_code == 200
    for wrong, status in (({"model": "none"}, 404), ({"model": "forbidden"}, 403), ({"conversation": "zanzibar"}, 404)):
        refused = await client.post("/api/conversations/preview", json=draft | wrong)
        assert refused.status_code == status
        assert "zanzibar" not in refused.text
        assert "ada@" not in refused.text


@pytest.mark.parametrize("named", ["conv_0", "conv_" + "a" * 70, "zanzibar", "feedback"])
async def test_what_is_not_there_is_not_echoed(client: httpx.AsyncClient, named: str) -> None:
    for answer in (
        await client.get(f"/api/conversations/{named}"),
        await client.get(f"/api/conversations/{named}/messages"),
        await client.patch(f"/api/conversations/{named}", json={"title": "Mine"}),
    ):
        assert answer.status_code == 404
        assert "zanzibar" not in answer.text


async def test_wrong_numbers_are_refused(client: httpx.AsyncClient) -> None:
    for query in ("before=x", "limit=201", "limit=-1", "before=%D9%A1"):
        assert (await client.get(f"/api/conversations?{query}")).status_code == 400
    assert (await client.get("/api/conversations/conv_0/messages?parent=a%20b")).status_code == 404


async def test_nobody_without_a_key(house: House) -> None:
    async with house.client() as client:
        for method, path in (
            ("GET", "/api/conversations"),
            ("GET", "/api/conversations/conv_0"),
            ("GET", "/api/conversations/conv_0/messages"),
            ("PATCH", "/api/conversations/conv_0"),
            ("POST", "/api/conversations/feedback"),
        ):
            assert (await client.request(method, path, json={"title": "x"})).status_code == 401
        draft = {"text": "Hi", "model": "echo"}
        assert (await client.post("/api/conversations/preview", json=draft)).status_code == 401


async def test_it_is_in_the_openapi_document(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {path for path in paths if path.startswith("/api/conversations")} == {
        "/api/conversations",
        "/api/conversations/preview",
        "/api/conversations/feedback",
        "/api/conversations/{conversation}",
        "/api/conversations/{conversation}/messages",
    }


async def test_a_streamed_turn_is_a_turn(client: httpx.AsyncClient) -> None:
    streamed = events((await client.post("/v1/chat/completions", json=chat("Hi", stream=True))).text)
    told = streamed[-2]["guard"]
    turns = (await client.get(f"/api/conversations/{told['conversation']}")).json()["turns"]
    assert [each["answers"][0]["text"] for each in turns] == ["Hello there. "]
