"""Chat completions and models over HTTP: JSON and events from one pipeline."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from guard.errors import GeneratorError, OverloadedError
from guard.model import JSON, Chunk, ToolCall, Usage
from guard.testing.broken import SECRET, BrokenGenerator, BrokenInspector, BrokenRedactor
from guard.testing.deny import DenyInspector, DenyLimiter, DenyRedactor
from guard.testing.fakes import ChunkedGenerator
from tests.unit.serving import KEY, House, chat, events

PATH = "/v1/chat/completions"


class Scripted:
    """A generator of given chunks; an exception among them is raised."""

    def __init__(self, *chunks: Chunk | Exception) -> None:
        self._chunks = chunks

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


CALL = Scripted(
    Chunk(tool_call=ToolCall(0, 0, "call_1", "send", '{"to": "ada@example.org"}')),
    Chunk(finish_reason="tool_calls"),
)


async def test_a_whole_answer() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat("I am Ada Lovelace."))
    assert answer.status_code == 200
    body = answer.json()
    assert body["object"] == "chat.completion"
    assert body["id"] == answer.headers["x-guard-request-id"].replace("req_", "chatcmpl-")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello there. ", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 11, "total_tokens": 18}
    guard = body["guard"]
    assert guard["request_id"] == answer.headers["x-guard-request-id"]
    assert guard["conversation"] == answer.headers["x-guard-conversation"]
    assert guard["policy"] == answer.headers["x-guard-policy"]
    assert guard["redactions"] == {"PERSON": 1}
    assert guard["foreign_placeholders"] == 0
    assert guard["choices"] == [
        {"index": 0, "action": "allow", "flagged": [], "scores": {"toxicity": 0.0, "bias": 0.0}, "withheld": None}
    ]
    assert answer.headers["x-guard-redactions"] == "PERSON=1"
    assert answer.headers["cache-control"] == "no-store"


async def test_nothing_taken_out_is_an_empty_header() -> None:
    async with House().client(headers=KEY) as client:
        assert (await client.post(PATH, json=chat())).headers["x-guard-redactions"] == ""


async def test_a_stream_has_the_shape_of_chunks() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat("I am Ada Lovelace.", stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-guard-redactions"] == "PERSON=1"
    *chunks, done = events(answer.text)
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["id"] for chunk in chunks} == {answer.headers["x-guard-request-id"].replace("req_", "chatcmpl-")}
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert [delta.get("role") for delta in deltas] == ["assistant"] + [None] * (len(deltas) - 1)
    assert "".join(delta.get("content", "") for delta in deltas) == "Hello there. "
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert reasons == [None] * (len(reasons) - 1) + ["stop"]
    assert [bool(chunk.get("guard")) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["guard"]["choices"][0]["action"] == "allow"
    assert all(not chunk.get("usage") for chunk in chunks)


async def test_usage_comes_last_where_it_is_asked_for() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(stream=True, stream_options={"include_usage": True}))
    *_, last, done = events(answer.text)
    assert done == "[DONE]"
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 18
    assert last["guard"]["choices"]


async def test_several_choices_each_begin_with_a_role_and_end_once() -> None:
    house = House({"echo": ChunkedGenerator(["One. "], ["Two. ", "Three. "])})
    async with house.client(headers=KEY) as client:
        whole = (await client.post(PATH, json=chat(n=2))).json()
        chunks = events((await client.post(PATH, json=chat(n=2, stream=True))).text)[:-1]
    assert [choice["message"]["content"] for choice in whole["choices"]] == ["One. ", "Two. Three. "]
    for index, text in enumerate(("One. ", "Two. Three. ")):
        mine = [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]
        assert [choice["delta"].get("role") for choice in mine] == ["assistant"] + [None] * (len(mine) - 1)
        assert "".join(choice["delta"].get("content", "") for choice in mine) == text
        assert [choice["finish_reason"] for choice in mine if choice["finish_reason"]] == ["stop"]
    assert [choice["index"] for choice in chunks[-1]["guard"]["choices"]] == [0, 1]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_withheld_answer_is_an_answer(stream: bool) -> None:
    house = House({"echo": ChunkedGenerator(["A good start. ", "A toxicword here. ", "Never said. "])})
    async with house.client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(stream=stream))
    assert answer.status_code == 200
    assert "toxicword" not in answer.text
    assert "Never said" not in answer.text
    if stream:
        chunks = [chunk for chunk in events(answer.text) if chunk != "[DONE]"]
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        text = "".join(choice["delta"].get("content", "") for choice in choices)
        reason, guard = choices[-1]["finish_reason"], chunks[-1]["guard"]
    else:
        body = answer.json()
        text, reason = body["choices"][0]["message"]["content"], body["choices"][0]["finish_reason"]
        guard = body["guard"]
    assert text.startswith("A good start. ")
    assert "toxicity" in text.removeprefix("A good start. ")
    assert reason == "content_filter"
    assert (guard["choices"][0]["action"], guard["choices"][0]["withheld"]) == ("withhold", "toxicity")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_call_comes_whole(stream: bool) -> None:
    async with House({"echo": CALL}).client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat("Write to ada@example.org.", stream=stream))
    function = {"name": "send", "arguments": '{"to": "ada@example.org"}'}
    if stream:
        deltas = [choice["delta"] for chunk in events(answer.text)[:-1] for choice in chunk["choices"]]
        calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
        assert calls == [{"index": 0, "id": "call_1", "type": "function", "function": function}]
        assert deltas[0]["role"] == "assistant"
    else:
        message = answer.json()["choices"][0]["message"]
        assert message["tool_calls"] == [{"id": "call_1", "type": "function", "function": function}]
        assert message["content"] is None


REFUSED: dict[str, tuple[House, dict[str, Any], int, str]] = {
    "unknown model": (House(), chat(model="quokka7741"), 404, "model_not_found"),
    "forbidden model": (House(), chat(model="forbidden"), 403, "permission_denied"),
    "over a limit": (House(stages={"limit": DenyLimiter()}), chat(), 429, "rate_limit_exceeded"),
    "blocked prompt": (House(stages={"inspect": DenyInspector()}), chat(), 400, "prompt_blocked"),
    "no detector": (House(stages={"redact": DenyRedactor()}), chat(), 503, "detector_failed"),
    "image": (
        House(),
        chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "quokka7741"}}]}),
        400,
        "content_not_text",
    ),
    "generator down": (House({"echo": Scripted(GeneratorError())}), chat(), 503, "generator_failed"),
    "generator full": (House({"echo": Scripted(OverloadedError(retry_after=3))}), chat(), 429, "overloaded"),
    "a bug in redaction": (House(stages={"redact": BrokenRedactor()}), chat(), 500, "internal_error"),
    "a bug in inspection": (House(stages={"inspect": BrokenInspector()}), chat(), 500, "internal_error"),
    "a bug in a generator": (House({"echo": BrokenGenerator()}), chat(), 500, "internal_error"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_is_a_status_streamed_or_not(name: str, stream: bool) -> None:
    house, body, status, code = REFUSED[name]
    async with house.client(headers=KEY) as client:
        answer = await client.post(PATH, json=body | {"stream": stream})
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.headers["x-guard-request-id"].startswith("req_")
    assert "quokka7741" not in answer.text
    assert SECRET not in answer.text
    if status == 429:
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("error", "code"), [(GeneratorError(), "generator_failed"), (RuntimeError(SECRET), "internal_error")]
)
async def test_what_fails_in_mid_stream_is_one_last_event(error: Exception, code: str) -> None:
    house = House({"echo": Scripted(Chunk(text="One whole sentence. And"), error)})
    async with house.client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(stream=True))
    assert answer.status_code == 200
    *chunks, last = events(answer.text)
    assert [choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"]] == ["One whole sentence. "]
    assert last == {"error": {**last["error"], "code": code, "param": None}}
    assert SECRET not in answer.text
    assert house.audit.records[-1]["event"] == "chat.closed"
    assert house.audit.records[-1]["reason_id"] == code


CREDENTIALS: list[tuple[dict[str, str], str]] = [
    ({}, "api_key_missing"),
    ({"authorization": "Bearer"}, "api_key_missing"),
    ({"authorization": "Bearer   "}, "api_key_missing"),
    ({"authorization": "Basic YWRhOnJpZ2h0"}, "api_key_missing"),
    ({"authorization": "Bearer wrong"}, "invalid_api_key"),
    ({"cookie": "guard_session=wrong"}, "invalid_api_key"),
]


@pytest.mark.parametrize(("headers", "code"), CREDENTIALS)
async def test_without_a_credential_there_is_nothing(headers: dict[str, str], code: str) -> None:
    async with House().client(headers=headers) as client:
        for answer in (await client.post(PATH, json=chat()), await client.get("/v1/models")):
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == code
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_key_is_not_made_good_by_a_session() -> None:
    house = House()
    session = await house.ring.login("ada", "right")
    async with house.client(headers={"authorization": "Bearer wrong", "cookie": f"guard_session={session}"}) as client:
        assert (await client.post(PATH, json=chat())).status_code == 401


async def test_the_scheme_is_read_in_any_case() -> None:
    async with House().client(headers={"authorization": "bearer key-ada"}) as client:
        assert (await client.post(PATH, json=chat())).status_code == 200


HEADERS: list[tuple[dict[str, str], int, str]] = [
    ({"x-guard-conversation": "conv_00ff"}, 404, "conversation_not_found"),
    ({"x-guard-conversation": "quokka7741"}, 404, "conversation_not_found"),
    ({"x-guard-conversation": ""}, 404, "conversation_not_found"),
    ({"x-guard-scenario": "Quokka 7741"}, 400, "invalid_request"),
    ({"x-guard-scenario": ""}, 400, "invalid_request"),
    ({"x-guard-scenario": "a" * 65}, 400, "invalid_request"),
]


@pytest.mark.parametrize(("headers", "status", "code"), HEADERS)
async def test_headers_have_a_grammar(headers: dict[str, str], status: int, code: str) -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(), headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert "7741" not in answer.text + str(answer.headers)


async def test_a_named_conversation_goes_on() -> None:
    async with House().client(headers=KEY) as client:
        first = await client.post(PATH, json=chat("First."))
        named = {"x-guard-conversation": first.headers["x-guard-conversation"]}
        second = await client.post(PATH, json=chat("Something else."), headers=named)
        other = await client.post(PATH, json=chat("Something else."))
    assert second.headers["x-guard-conversation"] == first.headers["x-guard-conversation"]
    assert other.headers["x-guard-conversation"] != first.headers["x-guard-conversation"]


async def test_a_caller_cannot_choose_the_request_id() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(), headers={"x-guard-request-id": "req_mine"})
    assert answer.headers.get_list("x-guard-request-id") != ["req_mine"]
    assert len(answer.headers.get_list("x-guard-request-id")) == 1


async def test_models_are_those_that_the_caller_may_use() -> None:
    async with House({"echo": CALL, "org/other": CALL}).client(headers=KEY) as client:
        listed = (await client.get("/v1/models")).json()
        one = await client.get("/v1/models/org/other")
        missing = [await client.get(f"/v1/models/{name}") for name in ("forbidden", "quokka7741")]
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["echo", "org/other"]
    assert {model["object"] for model in listed["data"]} == {"model"}
    assert one.json()["id"] == "org/other"
    # A model that is forbidden looks like one that is not there.
    assert [answer.status_code for answer in missing] == [404, 404]
    assert missing[0].json() == missing[1].json()


async def test_usage_is_the_generators() -> None:
    house = House({"echo": Scripted(Chunk(text="Hi. "), Chunk(finish_reason="length"), Chunk(usage=Usage(3, 4)))})
    async with house.client(headers=KEY) as client:
        body = (await client.post(PATH, json=chat())).json()
    assert body["usage"]["total_tokens"] == 7
    assert body["choices"][0]["finish_reason"] == "length"


async def test_every_event_has_a_choice_unless_usage_is_asked_for() -> None:
    """The loop of OpenAI's own documents reads `chunk.choices[0]` of each."""
    house = House({"echo": ChunkedGenerator(["One. "], ["Two. "])})
    async with house.client(headers=KEY) as client:
        for body in (chat(), chat(n=2)):
            *chunks, _ = events((await client.post(PATH, json=body | {"stream": True})).text)
            assert all(len(chunk["choices"]) == 1 for chunk in chunks)
            assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_turn_that_fails_after_it_was_opened_has_its_headers(stream: bool) -> None:
    async with House({"echo": Scripted(GeneratorError())}).client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat("I am Ada Lovelace.", stream=stream))
    assert answer.status_code == 503
    assert answer.headers["x-guard-conversation"].startswith("conv_")
    assert answer.headers["x-guard-policy"].startswith("sha256:")
    assert answer.headers["x-guard-redactions"] == "PERSON=1"
