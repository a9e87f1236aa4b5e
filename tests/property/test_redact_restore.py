"""What was taken out is put back exactly: redact, then restore, is the identity."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.restore.stream import PlaceholderRestorers
from guard.testing.fakes import WordDetector, grant

NAMES = ["Ada Lovelace", "Zoe\u0301 Müller-Lüdenscheidt", "محمد علي", "José O'Brien", "李 小龙", "👩🏽\u200d🔬 Grace"]
PLANTED = ["ada@lovelace.example", "4111 1111 1111 1111", "+1 415 555 0132", "078-05-1120", *NAMES]
TEXT = st.lists(
    st.one_of(
        st.sampled_from(PLANTED),
        st.sampled_from([" ", "\r\n", "\n", "\t", ", ", "**", "<", "[", "]", ">", "&lt;", "'s", "\u202e", "\u0301"]),
        st.text(max_size=12),
    ),
    max_size=14,
).map("".join)
ENGINE = RedactionEngine([WordDetector(dict.fromkeys(NAMES, "PERSON"))], PatternDetector())


async def redacted(text: str, vault: Vault) -> str:
    result = await ENGINE({"messages": [{"role": "user", "content": text}]}, grant(), vault)
    return str(result.body["messages"][0]["content"])


@settings(max_examples=150, deadline=None)
@given(TEXT, st.lists(st.integers(1, 30), max_size=20))
async def test_text_comes_back_as_it_was(text: str, cuts: list[int]) -> None:
    vault = Vault.new()
    sent = await redacted(text, vault)
    restorer = PlaceholderRestorers().text(vault, restore=True)
    shown, position = "", 0
    for length in cuts:
        shown += restorer.feed(sent[position : position + length])
        position += length
    assert shown + restorer.feed(sent[position:]) + restorer.flush() == text


@settings(max_examples=75, deadline=None)
@given(TEXT)
async def test_what_is_planted_as_a_word_is_not_left(text: str) -> None:
    sent = await redacted(f"{text} bob@babbage.example 5105 1051 0510 5100 Ada Lovelace", Vault.new())
    for value in ("Lovelace", "babbage", "5105 1051"):
        assert value not in sent


@settings(max_examples=75, deadline=None)
@given(TEXT, TEXT)
async def test_arguments_come_back_as_they_were(name: str, text: str) -> None:
    vault, arguments = Vault.new(), {name: [text, 1.5, None, {"to": text}]}
    document = json.dumps(arguments)
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": document}}
    result = await ENGINE({"messages": [{"role": "assistant", "tool_calls": [call]}]}, grant(), vault)
    sent = result.body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    json.loads(sent)
    assert json.loads(PlaceholderRestorers().json(sent, vault, restore=True)) == arguments


@settings(max_examples=50, deadline=None)
@given(TEXT)
@example("4111 1111 1111 11114111 1111 1111 1111+1 415 555 01324111 1111 1111 11114111 1111 1111 1111")
async def test_the_same_text_is_the_same_placeholders_in_one_conversation_and_others_in_another(text: str) -> None:
    vault, other = Vault.new(), Vault.new()
    first = await redacted(text, vault)
    assert await redacted(text, vault) == first
    assert await redacted(text, Vault.loads(vault.dumps())) == first
    await redacted(text, other)
    mine, others = ({entry.placeholder for entry in each.entries()} for each in (vault, other))
    assert not mine & others
