"""Placeholders over HTTP: of another conversation they stay text and are counted; one-way values never come back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from guard.model import JSON, Chunk, Operator
from guard.placeholders import PLACEHOLDER
from guard.testing.fakes import GrantAll, grant
from tests.unit.serving import KEY, House, chat, events

PATH = "/v1/chat/completions"
PLANTED = "<PERSON_ZZZZZZ>"


class Echo:
    """Answers with all that it was sent, as JSON."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        self.seen.append(json.dumps(body["messages"]))
        yield Chunk(text=" ".join(str(message.get("content")) for message in body["messages"]))
        yield Chunk(finish_reason="stop")

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


def house(**operators: Operator) -> tuple[House, Echo]:
    echo = Echo()
    return House({"echo": echo}, stages={"authorize": GrantAll(grant(operators=operators))}), echo


async def asked(house: House, *messages: str | dict[str, Any], **members: Any) -> dict[str, Any]:
    async with house.client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(*messages, **members))
    assert answer.status_code == 200
    return dict(events(answer.text)[-2] if members.get("stream") else answer.json())


def records(house: House) -> dict[str, int]:
    return {record["event"]: record["foreign_placeholders"] for record in house.audit.records}


TOOL = {"role": "tool", "tool_call_id": "c", "content": json.dumps({"say": f"hello {PLANTED}"})}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("message", "count"),
    [
        (f"Who is {PLANTED}?", 1),
        (f"{PLANTED}{PLANTED} <EMAIL_ADDRESS_000000>", 3),
        (TOOL, 1),
        ("Ada Lovelace", 0),
        ("<b>bold</b> a<b_123456>c <PERSON> <PERSON:000000000000>", 0),
    ],
    ids=["typed", "several", "tool", "value", "others"],
)
async def test_a_placeholder_of_elsewhere_stays_text_and_is_counted(
    message: str | dict[str, Any], count: int, *, stream: bool
) -> None:
    place, echo = house()
    guard = (await asked(place, message, stream=stream))["guard"]
    assert guard["foreign_placeholders"] == count
    assert records(place) == {"chat.opened": count, "chat.closed": count}
    written = message if isinstance(message, str) else message["content"]
    assert echo.seen[0].count("_ZZZZZZ>") == written.count("_ZZZZZZ>")


async def test_the_conversations_own_placeholders_are_not_foreign_and_come_back() -> None:
    place, echo = house()
    first = await asked(place, "I am Ada Lovelace.")
    placeholder = PLACEHOLDER.search(echo.seen[0])
    assert placeholder is not None
    history = ["I am Ada Lovelace.", {"role": "assistant", "content": first["choices"][0]["message"]["content"]}]
    again = await asked(place, *history, f"Is it {placeholder[0]} or {PLANTED}?")
    assert again["guard"]["conversation"] == first["guard"]["conversation"]
    assert again["guard"]["foreign_placeholders"] == 1
    assert again["choices"][0]["message"]["content"].endswith(f"Is it Ada Lovelace or {PLANTED}?")
    assert PLACEHOLDER.findall(echo.seen[1])[-2:] == [(placeholder[1], placeholder[2]), ("PERSON", "ZZZZZZ")]


async def test_a_placeholder_of_another_conversation_is_no_way_to_its_value() -> None:
    place, echo = house()
    await asked(place, "I am Ada Lovelace.")
    stolen = re.search(r"<PERSON_\w{6}>", echo.seen[0])
    assert stolen is not None
    other = await asked(place, f"Say {stolen[0]}")
    assert other["choices"][0]["message"]["content"] == f"Say {stolen[0]}"
    assert other["guard"]["foreign_placeholders"] == 1


@pytest.mark.parametrize("name", ["mask", "hash", "generalize", "drop"])
async def test_one_way_values_stay_away_and_are_in_nothing_that_is_stored(name: Any) -> None:
    place, echo = house(PERSON=Operator(name))
    answer = await asked(place, "I am Ada Lovelace, ada@example.org")
    text = answer["choices"][0]["message"]["content"]
    assert "Lovelace" not in text + echo.seen[0]
    assert text.endswith("ada@example.org")
    [kept] = place.store.kept.values()
    assert b"Lovelace" not in kept.vault
    assert "Lovelace" not in repr([(row, each.facts) for row in kept.rows for each in kept.turns.values()]) + kept.title
    assert [record["one_way"] for record in place.audit.records] == [1, 1]
