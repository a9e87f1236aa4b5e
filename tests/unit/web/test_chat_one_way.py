"""The chat page where the policy takes values out for good: nobody sees them again, and the conversation goes on."""

from __future__ import annotations

from typing import Any

import pytest

from guard.model import Operator
from guard.testing.fakes import ChunkedGenerator, GrantAll, grant
from tests.unit.serving import House
from tests.unit.web.chatting import chatting


@pytest.mark.parametrize("name", ["mask", "hash", "generalize", "drop"])
async def test_two_turns(name: Any) -> None:
    echo = ChunkedGenerator(["Hello there."])
    house = House({"echo": echo}, stages={"authorize": GrantAll(grant(operators={"PERSON": Operator(name)}))})
    async with chatting(house) as chat:
        await chat.send("I am Ada Lovelace, ada@example.org")
        first = echo.bodies[0]["messages"][0]["content"]
        assert "Lovelace" not in chat.page.one("main").text()
        assert chat.said[0].endswith("ada@example.org"), "the address comes back, the name does not"
        assert "1 × EMAIL_ADDRESS" in chat.note
        assert "Taken out for good, and shown as the model saw it: 1." in chat.note
        conversation = chat.conversation
        await chat.send("And?")
        assert chat.conversation == conversation
        assert len(chat.said) == 2
        assert echo.bodies[1]["messages"][0]["content"] == first, "the history is the same in every turn"
    assert next(record["one_way"] for record in house.audit.records if record["event"] == "chat.closed") == 1


async def test_a_preview_marks_what_would_be_dropped() -> None:
    house = House(stages={"authorize": GrantAll(grant(operators={"PERSON": Operator("drop")}))})
    async with chatting(house) as chat:
        answer = await chat.client.post(
            "/chat/preview", data={**chat.page.one("#chat").values(), "message": "Ada Lovelace, hi"}
        )
    assert answer.status_code == 200
    assert "1 × PERSON" in answer.text
    assert "<mark>Ada Lovelace" in answer.text
