"""The shipped fake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guard.errors import ConfigurationError, GeneratorError
from guard.generate.scripted import create, validate
from guard.model import Chunk

USER = {"messages": [{"role": "user", "content": "I am <PERSON_7K3Q9D>"}]}


async def play(options: dict[str, Any], body: dict[str, Any] | None = None) -> list[Chunk]:
    return [chunk async for chunk in create(options, cache_dir=Path("unused"))(body or USER)]


def text(chunks: list[Chunk], choice: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.choice == choice)


async def test_replies_come_in_turn() -> None:
    generator = create({"replies": ["one", "two"]}, cache_dir=Path("unused"))
    said = [text([chunk async for chunk in generator(USER)]) for _ in range(3)]
    assert said == ["one", "two", "one"]


async def test_each_choice_takes_a_reply_and_ends() -> None:
    chunks = await play({"replies": ["a" * 30, "b"]}, {**USER, "n": 3})
    assert [text(chunks, choice) for choice in range(3)] == ["a" * 30, "b", "a" * 30]
    assert {c.choice: c.finish_reason for c in chunks if c.finish_reason} == dict.fromkeys(range(3), "stop")
    assert chunks[-1].usage is not None


async def test_echo_says_what_it_saw() -> None:
    assert text(await play({"echo": True})) == "I am <PERSON_7K3Q9D>"
    parts = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}
    assert text(await play({"echo": True}, parts)) == "ab"


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_chunks_have_the_size_asked_for(size: int) -> None:
    pieces = [chunk.text for chunk in await play({"replies": ["Hello there."], "chunk": size}) if chunk.text]
    assert "".join(pieces) == "Hello there."
    assert max(map(len, pieces)) == min(size, 12)


async def test_a_tool_call_is_whole() -> None:
    chunks = await play({"replies": ["Sending."], "tool_call": ["send", '{"to": "{last}"}']})
    calls = [chunk.tool_call for chunk in chunks if chunk.tool_call]
    assert [(call.name, call.arguments) for call in calls] == [("send", '{"to": "I am <PERSON_7K3Q9D>"}')]
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]


async def test_it_fails_where_it_is_told_to() -> None:
    generator = create({"replies": ["Hello there."], "chunk": 3, "fail_after": 2}, cache_dir=Path("unused"))
    chunks = generator(USER)
    assert [(await anext(chunks)).text, (await anext(chunks)).text] == ["Hel", "lo "]
    with pytest.raises(GeneratorError):
        await anext(chunks)


@pytest.mark.parametrize("options", [{}, {"replies": [1]}, {"replies": ["a"], "chunk": 0}, {"echo": True, "chnuk": 1}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        validate(options)
