"""What is accepted as the body of a chat completion, and what is refused before anything looks at it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from guard.api.body import check_chat, read_json
from guard.errors import InvalidRequestError
from tests.unit.serving import chat

CANARY = "quokka7741"


def request(body: bytes, **headers: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": listed}, receive)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1} trailing',
        b"{'a': 1}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_what_parsers_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await read_json(request(body))
    assert refused.value.reason_id == "invalid_json"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true"])
async def test_only_an_object_is_a_request(body: bytes) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await read_json(request(body))
    assert refused.value.reason_id == "invalid_request"


async def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(InvalidRequestError):
        await read_json(request(b"{}", content_encoding="gzip"))


async def test_any_script_and_emoji_pass() -> None:
    assert await read_json(request('{"a": "日本 \\ud83d\\ude00 שלום"}'.encode())) == {"a": "日本 😀 שלום"}


GOOD = {
    "one message": chat("Hi."),
    "several choices": chat(n=16),
    "a whole number written as a fraction": chat(n=2.0),
    "nulls": chat(n=None, temperature=None, stop=None, stream=None, tools=None, stream_options=None),
    "parts": chat({"role": "user", "content": [{"type": "text", "text": "Hi."}]}),
    "an assistant that only called a tool": chat({"role": "assistant", "content": None, "tool_calls": []}, "Hi."),
    "limits": chat(temperature=2, top_p=0, presence_penalty=-2, frequency_penalty=2.0, max_tokens=1, seed=-1),
    "a stop": chat(stop="."),
    "four stops": chat(stop=["a", "b", "c", "d"]),
    "unknown members": chat(extra={"deep": [1, "x"]}, user="somebody"),
    "a long model name": chat(model="m" * 128),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_requests_pass(name: str) -> None:
    check_chat(GOOD[name])


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"messages": [{"role": "user", "content": "x"}]}, "model"),
    "an empty model": (chat(model=""), "model"),
    "a very long model": (chat(model=CANARY * 20), "model"),
    "a model that is a list": (chat(model=[CANARY]), "model"),
    "messages that are text": ({"model": "echo", "messages": CANARY}, "messages"),
    "messages that are an object": ({"model": "echo", "messages": {CANARY: CANARY}}, "messages"),
    "no messages": (chat() | {"messages": []}, "messages"),
    "a message that is text": (chat() | {"messages": [CANARY]}, "messages[]"),
    "no role": (chat({"content": CANARY}), "messages[].role"),
    "an unknown role": (chat({"role": CANARY, "content": "x"}), "messages[].role"),
    "a role that is a list": (chat({"role": ["user"], "content": "x"}), "messages[].role"),
    "no content": (chat({"role": "user"}), "messages[].content"),
    "content that is a number": (chat({"role": "user", "content": 7}), "messages[].content"),
    "content that is an object": (chat({"role": "user", "content": {"text": CANARY}}), "messages[].content"),
    "no choice": (chat(n=0), "n"),
    "too many choices": (chat(n=17), "n"),
    "half a choice": (chat(n=1.5), "n"),
    "true choices": (chat(n=True), "n"),
    "choices in words": (chat(n=CANARY), "n"),
    "too hot": (chat(temperature=2.1), "temperature"),
    "too cold": (chat(temperature=-0.1), "temperature"),
    "an endless temperature": (chat(temperature=float("inf")), "temperature"),
    "top_p over one": (chat(top_p=1.01), "top_p"),
    "no tokens": (chat(max_tokens=0), "max_tokens"),
    "half a token": (chat(max_completion_tokens=1.5), "max_completion_tokens"),
    "a penalty too large": (chat(presence_penalty=3), "presence_penalty"),
    "a stream in words": (chat(stream=CANARY), "stream"),
    "a stream that is one": (chat(stream=1), "stream"),
    "a stop that is a number": (chat(stop=7), "stop"),
    "five stops": (chat(stop=["a", "b", "c", "d", "e"]), "stop"),
    "a stop in a list that is a number": (chat(stop=["a", 1]), "stop"),
    "tools that are an object": (chat(tools={CANARY: 1}), "tools"),
    "stream options that are a list": (chat(stream_options=[CANARY]), "stream_options"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_name_the_member_and_echo_nothing(name: str) -> None:
    body, param = BAD[name]
    with pytest.raises(InvalidRequestError) as refused:
        check_chat(body)
    assert refused.value.param == param
    assert refused.value.reason_id == "invalid_request"
    assert CANARY not in str(refused.value)
