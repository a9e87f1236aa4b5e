"""A message that the script sends: its answer streams as blocks, and a refusal says why."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from guard.errors import GeneratorError
from guard.testing.fakes import ChunkedGenerator
from guard.web.markdown import data, tree
from tests.unit.serving import House, Stuck, events
from tests.unit.web.chatting import OWN, Chat
from tests.unit.web.evil import EVIL
from tests.unit.web.test_chat import AsAsked, Fails

ANSWER = "# Plan\n\nFirst, *wait*. Then call Ada Lovelace.\n\n```python\nprint(1)\n```\n\n- a\n- b\n\nDone. "


def shown(told: list[Any]) -> dict[int, list[Any]]:
    """The blocks of each choice, as the script puts them together."""
    found: dict[int, list[Any]] = {}
    for each in told:
        if "blocks" in each:
            blocks = found.setdefault(each["choice"], [])
            assert each["first"] <= len(blocks)
            blocks[each["first"] :] = each["blocks"]
    return found


async def sent(chat: Chat, **fields: str) -> Any:
    form = chat.page.one("#chat").values() | fields
    return await chat.client.post("/chat/turn", data=form)


async def test_an_answer_comes_as_blocks_and_says_where_it_belongs() -> None:
    pieces = [ANSWER[at : at + 5] for at in range(0, len(ANSWER), 5)]
    async with House({"echo": ChunkedGenerator(pieces, ["Other. "])}).client(headers=OWN) as client:
        chat = await Chat.begin(client)
        answer = await sent(chat, message="I am Ada Lovelace.", n="2")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        told = events(answer.text)
        assert told[-1] == "[DONE]"
        opened = told[0]["opened"]
        assert shown(told[1:-1]) == {0: data(tree(ANSWER)), 1: data(tree("Other. "))}
        # The page of the conversation has the same, and its turn alone is what the script takes over.
        await chat.get(f"/chat/{opened['conversation']}/turn?at={opened['request']}.0")
        assert chat.said == ["I am Ada Lovelace."]
        assert len(chat.answers) == 2
        assert chat.page.all("#conversations li")
        await chat.get(f"/chat/{opened['conversation']}/turn?at={opened['request']}")
        assert [each.text(without="type") for each in chat.page.all(".user mark")][:1] == ["Ada Lovelace"]


async def test_a_refusal_says_why() -> None:
    async with House(stages={"authorize": AsAsked(denied=("forbidden",))}).client(headers=OWN) as client:
        chat = await Chat.begin(client)
        answer = await sent(chat, message="Hi.", model="forbidden")
        assert answer.status_code == 403
        assert answer.json()["error"]["why"] == ["Rule: default deny"]
        answer = await sent(chat, message=" ")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Write a message first."
        client.cookies.clear()
        answer = await sent(chat, message="Hi.")
        assert answer.status_code == 401
        assert "Sign in in another tab" in answer.json()["error"]["message"]


async def test_a_failure_after_the_beginning_is_the_last_event() -> None:
    async with House({"echo": Fails()}).client(headers=OWN) as client:
        chat = await Chat.begin(client)
        answer = await sent(chat, message="Hi.")
        told = events(answer.text)
        assert "opened" in told[0]
        assert told[-1] == {"error": {"message": str(GeneratorError()), "code": "generator_failed", "why": []}}


async def test_a_turn_under_way_can_be_opened() -> None:
    stuck = Stuck()
    house = House({"echo": stuck})
    async with house.client(headers=OWN) as client:
        chat = await Chat.begin(client)
        form = chat.page.one("#chat").values() | {"message": "I am Ada Lovelace."}
        sending = asyncio.ensure_future(client.post("/chat/turn", data=form))
        await asyncio.to_thread(stuck.waits.wait, 5)
        await chat.get("/chat")
        [link] = chat.page.all("#conversations li a")
        await asyncio.wait_for(chat.get(link.attributes["href"]), 5)
        assert chat.said == ["I am Ada Lovelace."]
        assert chat.answers == ["One sentence."]
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize("evil", EVIL)
async def test_what_streams_is_of_the_tree_alone(evil: str) -> None:
    async with House({"echo": ChunkedGenerator([*evil, " "])}).client(headers=OWN) as client:
        chat = await Chat.begin(client)
        told = events((await sent(chat, message="Hi.")).text)
    assert shown(told[1:-1]).get(0, []) == data(tree(evil.replace("\x00", "\ufffd") + " ")) or "\x00" in evil
