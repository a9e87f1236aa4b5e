"""The official `openai` client works unchanged."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.functional.server import Server

PROMPT: Any = [{"role": "user", "content": "I am Margaret Holloway, write to margaret.holloway@example.org. Thanks!"}]


@pytest.fixture
def client(server: Server, employee: str) -> OpenAI:
    return OpenAI(base_url=server.url + "/v1", api_key=employee, max_retries=0)


def test_an_answer(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="echo", messages=PROMPT)
    assert answer.choices[0].message.content == PROMPT[0]["content"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens > 0
    assert answer.model_extra
    assert answer.model_extra["guard"]["redactions"] == {"PERSON": 1, "EMAIL_ADDRESS": 1}


def test_a_stream_is_the_same_text(client: OpenAI) -> None:
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(client.chat.completions.create(model="echo", messages=PROMPT, **options))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == PROMPT[0]["content"]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]
    assert chunks[-1].usage
    assert chunks[-1].model_extra["guard"]["choices"][0]["action"] == "allow"


def test_headers(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="echo", messages=PROMPT)
    assert raw.headers["x-guard-redactions"] == "PERSON=1, EMAIL_ADDRESS=1"
    assert raw.headers["x-guard-policy"].startswith("sha256:")
    assert raw.headers["x-guard-conversation"].startswith("conv_")
    assert raw.headers["x-guard-request-id"].startswith("req_")


def test_a_second_turn_is_the_same_conversation(client: OpenAI) -> None:
    first = client.chat.completions.with_raw_response.create(model="echo", messages=PROMPT)
    text = first.parse().choices[0].message.content
    more = [*PROMPT, {"role": "assistant", "content": text}, {"role": "user", "content": "And once more, please."}]
    second = client.chat.completions.with_raw_response.create(model="echo", messages=more)
    assert second.headers["x-guard-conversation"] == first.headers["x-guard-conversation"]


def test_several_choices(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="echo", messages=PROMPT, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert {choice.message.content for choice in answer.choices} == {PROMPT[0]["content"]}


@pytest.mark.parametrize("stream", [False, True])
def test_tool_calls_come_back_restored_and_valid(client: OpenAI, stream: bool) -> None:
    answer: Any = client.chat.completions.create(model="tool", messages=PROMPT, stream=stream)
    if stream:
        calls = [call for chunk in answer for choice in chunk.choices for call in choice.delta.tool_calls or []]
    else:
        calls = answer.choices[0].message.tool_calls
    assert calls[0].function.name == "send_mail"
    assert json.loads(calls[0].function.arguments) == {"text": PROMPT[0]["content"]}


def test_models(client: OpenAI, server: Server, auditor: str) -> None:
    assert [model.id for model in client.models.list()][:2] == ["echo", "slow"]
    assert client.models.retrieve("echo").id == "echo"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")
    nobody = OpenAI(base_url=server.url + "/v1", api_key=auditor, max_retries=0)
    assert list(nobody.models.list()) == []


def test_errors_are_the_clients_own(server: Server, client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="nothing", messages=PROMPT)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError):
        OpenAI(base_url=server.url + "/v1", api_key="wrong", max_retries=0).models.list()


async def test_the_async_client(server: Server, employee: str) -> None:
    async with AsyncOpenAI(base_url=server.url + "/v1", api_key=employee, max_retries=0) as client:
        stream = await client.chat.completions.create(model="echo", messages=PROMPT, stream=True)
        text = "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])
    assert text == PROMPT[0]["content"]


def test_a_client_that_leaves_ends_its_turn(server: Server, client: OpenAI) -> None:
    stream = client.chat.completions.create(model="slow", messages=PROMPT, stream=True)
    first = next(iter(stream))
    stream.close()
    request = f"req_{first.id.removeprefix('chatcmpl-')}"
    for _ in range(50):
        rows = server.json("audit", "search", "--request", request)
        if len(rows) == 2:
            break
    assert rows[0]["event"] == "chat.closed"
    assert rows[0]["reason_id"] == "client_disconnected"
