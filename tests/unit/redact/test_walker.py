"""Every string of a request is read, and what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guard.errors import InvalidRequestError, UnsupportedContentError
from guard.redact.walker import MAX_DEPTH, Place, walk

ID = "call_1"
ARGUMENTS = json.dumps({"to": "text-arg", "list": ["text-item", {"deep": "text-deep"}], "phone": 4155550132})
BODY: dict[str, Any] = {
    "model": "echo",
    "temperature": 0.5,
    "stream": True,
    "messages": [
        {"role": "system", "content": "text-system"},
        {"role": "developer", "content": [{"type": "text", "text": "text-part", "cache": {"x": "text-cache"}}]},
        {"role": "user", "name": "pseudo-name", "content": [{"type": "input_text", "text": "text-input"}]},
        {
            "role": "assistant",
            "content": None,
            "refusal": "text-refusal",
            "tool_calls": [{"id": ID, "type": "function", "function": {"name": "send", "arguments": ARGUMENTS}}],
        },
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "text-refused"}], "extra": "text-extra"},
        {"role": "assistant", "function_call": {"name": "old", "arguments": "text-not-json"}},
        {"role": "tool", "tool_call_id": ID, "content": '{"result": "text-result"}'},
        {"role": "function", "name": "old", "content": "text-function"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "send",
                "description": "text-description",
                "parameters": {
                    "type": "object",
                    "required": ["to"],
                    "properties": {"to": {"type": "string", "enum": ["text-enum"], "description": "text-schema"}},
                },
            },
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "send"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": {"title": "text-title"}}},
    "stop": ["text-stop"],
    "metadata": {"note": "text-metadata"},
    "user": "pseudo-user",
    "safety_identifier": "pseudo-safety",
    "unknown": {"deep": [{"er": "text-unknown"}], "card": 4111111111111111},
}


def places(body: dict[str, Any]) -> dict[str, Place]:
    seen: dict[str, Place] = {}

    def visit(place: Place, text: str) -> str:
        seen[text] = place
        return text

    assert walk(body, visit) == body
    return seen


def texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts_in(each)]
    return [text for each in value for text in texts_in(each)] if isinstance(value, list) else []


def test_every_string_of_a_full_request_is_visited_as_what_it_is() -> None:
    seen = places(BODY)
    sent = {*texts_in(BODY), *texts_in(json.loads(ARGUMENTS)), "text-result"}
    assert sum(text.startswith("text-") for text in sent) == 20
    for text in sent:
        if text.startswith("text-"):
            assert seen[text].kind == "text", text
        if text.startswith("pseudo-"):
            assert seen[text].kind == "pseudonym", text
    assert seen["send"].kind == seen[ID].kind == seen["old"].kind == "identifier"
    assert seen["4155550132"].member == "phone"
    assert seen["4111111111111111"].kind == "text"


def test_paths_have_no_indexes_and_no_names_of_the_caller() -> None:
    paths = {place.path for place in places(BODY).values()}
    assert {"messages[].content", "messages[].content[].text", "messages[].tool_calls[].function.arguments"} <= paths
    assert {"*", "messages[].*", "metadata"} <= paths
    assert not any("unknown" in path or "extra" in path for path in paths)


def test_what_the_visitor_returns_stands_in_the_same_place() -> None:
    written = walk(BODY, lambda place, text: text.upper() if place.kind == "text" else text)
    upper = [text for text in texts_in(written) if text.startswith("TEXT-")]
    assert len(upper) == 16  # The other four are inside documents.
    arguments = json.loads(written["messages"][3]["tool_calls"][0]["function"]["arguments"])
    assert arguments == {"TO": "TEXT-ARG", "LIST": ["TEXT-ITEM", {"DEEP": "TEXT-DEEP"}], "PHONE": 4155550132}
    assert written["tools"][0]["function"]["parameters"]["required"] == ["to"]
    assert BODY["messages"][0]["content"] == "text-system"


def test_a_document_without_a_change_stays_as_it_was_written() -> None:
    spaced = '{ "a" : 1.0,\n "b": "\\u00e9" }'
    call = {"id": ID, "type": "function", "function": {"name": "f", "arguments": spaced}}
    written = walk({"messages": [{"role": "assistant", "tool_calls": [call]}]}, lambda place, text: text)
    assert written["messages"][0]["tool_calls"][0]["function"]["arguments"] == spaced


def test_a_member_that_came_twice_hides_nothing() -> None:
    twice = '{"a": "first", "a": "second"}'
    assert twice in places({"messages": [{"role": "tool", "tool_call_id": ID, "content": twice}]})


def test_escapes_in_a_tool_result_hide_nothing() -> None:
    content = json.dumps({"name": "José García"})
    assert "José García" in places({"messages": [{"role": "tool", "tool_call_id": ID, "content": content}]})


@pytest.mark.parametrize(
    "extra",
    [
        {"stream_options": {"include_usage": "seen"}},
        {"logit_bias": {"seen": 1}},
        {"seed": {"seen": 1}},
        {"user": ["seen"]},
        {"messages": [{"role": "user", "content": "x", "seen": None}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": ID, "index": {"x": "seen"}}]}]},
        {"messages": [{"role": "assistant", "tool_calls": "seen"}]},
        {"messages": [{"role": "assistant", "audio": {"id": "seen"}}]},
        {"modalities": ["seen"]},
        {"seen": {}},
    ],
)
def test_nothing_passes_in_a_member_of_another_form(extra: dict[str, Any]) -> None:
    assert "seen" in places({"messages": [{"role": "user", "content": "x"}], **extra})


BASE64 = "QUJDRGVm" * 80
WRAPPED = ("QUJDRGVm" * 9 + "\n") * 10


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}],
        [{"type": "input_audio", "input_audio": {"data": "x"}}],
        [{"type": "file", "file": {"file_id": "x"}}],
        [{"type": "video_url"}],
        [{"no": "type"}],
        "look: data:image/png;base64,iVBORw0KGgo=",
        "DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=",
        "data:;base64,iVBORw0KGgo=",
        f"see {BASE64} there",
        WRAPPED,
    ],
)
def test_what_is_no_text_is_refused(content: Any) -> None:
    with pytest.raises(UnsupportedContentError) as caught:
        places({"messages": [{"role": "user", "content": content}]})
    assert (caught.value.param or "").startswith("messages[].content")


def test_encoded_data_is_refused_anywhere() -> None:
    for body in ({"x": {BASE64: 1}}, {"x": BASE64}, {"user": BASE64}, {"metadata": {"a": BASE64}}):
        with pytest.raises(UnsupportedContentError):
            places({"messages": [], **body})


def test_a_private_key_is_text_to_be_redacted() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + ("MIIEvQIB" * 8 + "\n") * 20 + "-----END PRIVATE KEY-----"
    assert key in places({"messages": [{"role": "user", "content": key}]})


@pytest.mark.parametrize(
    "message",
    [
        "text",
        {"content": "no role"},
        {"role": "robot", "content": "x"},
        {"role": "user", "content": 7},
        {"role": "user", "content": "x", "name": {"a": 1}},
        {"role": "tool", "tool_call_id": "with a space", "content": "x"},
        {"role": "assistant", "tool_calls": ["x"]},
        {"role": "assistant", "tool_calls": [{"id": ID, "function": {"name": "a name", "arguments": "{}"}}]},
    ],
)
def test_messages_of_another_form_are_refused(message: Any) -> None:
    with pytest.raises(InvalidRequestError):
        places({"messages": [message]})


def test_words_of_a_fixed_vocabulary_say_nothing_else() -> None:
    for extra in ({"tool_choice": "call Ada please"}, {"reasoning_effort": "Ada L"}, {"temperature": "Ada L"}):
        with pytest.raises(InvalidRequestError):
            places({"messages": [], **extra})


def test_limits() -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH + 2):
        deep = [deep]
    for body in ({"x": deep}, {"tools": deep}, {"x": ["a"] * 50_001}):
        with pytest.raises(InvalidRequestError):
            places({"messages": [], **body})
