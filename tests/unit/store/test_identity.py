"""Which messages are the same message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.model import ChoiceReply, ToolCall, Verdict
from guard.store.identity import canonical, extended, prefixes

KEY = bytes(range(32))
CALL = {"id": "c1", "type": "function", "function": {"name": "send", "arguments": '{"to": "x"}'}}


def user(content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **members}


@pytest.mark.parametrize(
    "again",
    [
        user(" One two\n"),
        user("One two", name=None, tool_calls=[], refusal=None, annotations=[]),
        user([{"type": "text", "text": "One "}, {"type": "text", "text": "two"}]),
        {"content": "One two", "role": "user"},
    ],
)
def test_what_clients_change_when_they_send_it_again(again: dict[str, Any]) -> None:
    assert canonical(again) == canonical(user("One two"))


@pytest.mark.parametrize(
    "other",
    [
        user("One  two"),
        user("one two"),
        user("One two", name="ada"),
        user("One two", tool_call_id="c1"),
        user("One two", tool_calls=[CALL]),
        # What Guard does not know is passed on to the model, so it makes another message.
        user("One two", note="and more"),
        user("One two", function_call={"name": "f", "arguments": "more"}),
        user([{"type": "text", "text": "One two"}, {"type": "note", "note": "more"}]),
        user([{"type": "text", "text": "One two", "note": "more"}]),
        {"role": "system", "content": "One two"},
    ],
)
def test_what_makes_another_message(other: dict[str, Any]) -> None:
    assert canonical(other) != canonical(user("One two"))


def test_an_answer_comes_back_as_it_was_given() -> None:
    calls = (ToolCall(0, 0, "c1", "send", '{"to": "x"}'),)
    reply = ChoiceReply(0, "Fine.", calls, "tool_calls", Verdict())
    sent = {"role": "assistant", "content": "Fine.", "tool_calls": [CALL | {"index": 0}], "refusal": None}
    (first, second) = prefixes([user("One"), sent], KEY)
    assert extended(first, reply, KEY) == second


def test_an_answer_of_tool_calls_alone() -> None:
    reply = ChoiceReply(0, "", (ToolCall(0, 0, "c1", "send", '{"to": "x"}'),), "tool_calls", Verdict())
    (first, second) = prefixes([user("One"), {"role": "assistant", "content": None, "tool_calls": [CALL]}], KEY)
    assert extended(first, reply, KEY) == second


messages = st.lists(st.builds(user, st.text(max_size=10)), max_size=6)


@given(messages, messages)
def test_prefixes_are_equal_as_far_as_the_messages_are(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    pairs = zip(prefixes(first, KEY), prefixes(second, KEY), strict=False)
    for position, (one, other) in enumerate(pairs, 1):
        same = [canonical(m) for m in first[:position]] == [canonical(m) for m in second[:position]]
        assert (one == other) == same


@given(messages.filter(bool))
def test_a_value_says_nothing_without_the_key(some: list[dict[str, Any]]) -> None:
    assert not set(prefixes(some, KEY)) & set(prefixes(some, bytes(32)))
