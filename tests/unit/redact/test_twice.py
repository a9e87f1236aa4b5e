"""Text that holds placeholders of its conversation already is not masked twice, whatever stands around them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.model import Redacted
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.restore.stream import PlaceholderRestorers
from guard.testing.fakes import WordDetector, grant

ADA = "Ada Lovelace"
VAULT = Vault(bytes(range(32)), {})
HER = VAULT.placeholder("PERSON", ADA)
MAIL = VAULT.placeholder("EMAIL_ADDRESS", "ada@lovelace.example")
CODE = HER[-7:-1]
# A detector that takes any part of a placeholder for a name, as models do.
EAGER = {
    "PERSON": "PERSON",
    "person": "PERSON",
    CODE: "LOCATION",
    CODE.lower(): "LOCATION",
    "EMAIL": "ORGANIZATION",
    ADA: "PERSON",
}
ENGINE = RedactionEngine([WordDetector(EAGER)], PatternDetector())


async def sent(message: dict[str, Any] | str, vault: Vault | None = None) -> Redacted:
    each = {"role": "user", "content": message} if isinstance(message, str) else message
    return await ENGINE({"messages": [each]}, grant(), vault or Vault.loads(VAULT.dumps()))


@pytest.mark.parametrize(
    "text",
    [
        f"{HER}",
        f"{HER}{HER}{MAIL}",
        f"<<{HER}>>",
        f"[{HER}]({MAIL})",
        f"\"{HER}\" said '{MAIL}'",
        f"“{HER}”",
        f"**{HER}** _{HER}_ `{HER}`",
        f"x{HER}y",
        f"re{HER}'s",
        f"a.b{MAIL}c.d",
        f"https://example.org/?q={HER}",
        f"{HER.lower()} and {HER.title()}",
        f"{{{{{HER}}}}}",
        f"| {HER} | {MAIL} |",
        f"<b>{HER}</b>",
    ],
)
async def test_a_placeholder_stays_as_it_is(text: str) -> None:
    result = await sent(text)
    left = result.body["messages"][0]["content"]
    assert [part for part in (HER, MAIL) if part in text] == [part for part in (HER, MAIL) if part in left]
    assert left.upper().count(HER) == text.upper().count(HER)
    assert result.foreign == 0
    assert not any(value in (CODE, CODE.lower(), "PERSON", "person") for value in _values(result, text))


@pytest.mark.parametrize(
    "message",
    [
        {"role": "tool", "tool_call_id": "c", "content": json.dumps({"to": [HER, {"deep": f"Dear {HER}"}]})},
        {"role": "user", "content": [{"type": "text", "text": f"{HER} and {MAIL}"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": json.dumps({"a": HER})}}
            ],
        },
    ],
    ids=["tool", "parts", "arguments"],
)
async def test_inside_of_documents(message: dict[str, Any]) -> None:
    assert (await sent(message)).body["messages"] == [message]


async def test_a_value_beside_its_placeholder_becomes_the_same() -> None:
    result = await sent(f"{HER} is {ADA}")
    assert result.body["messages"][0]["content"] == f"{HER} is {HER}"


async def test_a_foreign_one_in_other_case_is_text_for_the_detectors() -> None:
    vault = Vault.new()
    result = await sent("<person_zzzzzz>", vault)
    assert result.foreign == 0
    assert "<PERSON_" in result.body["messages"][0]["content"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([HER, MAIL, HER.lower(), " ", '"', "<", ">", "{", "x", ADA, "\n", "_"]), max_size=12))
async def test_to_redact_twice_is_to_redact_once(parts: list[str]) -> None:
    vault = Vault.loads(VAULT.dumps())
    once = (await sent("".join(parts), vault)).body["messages"][0]["content"]
    twice = (await sent(once, vault)).body["messages"][0]["content"]
    assert twice == once
    restore = PlaceholderRestorers().text(vault, restore=True)
    shown = restore.feed(twice) + restore.flush()
    assert shown.count(ADA) == "".join(parts).upper().count(HER) + "".join(parts).count(ADA)


def _values(result: Redacted, text: str) -> list[str]:
    return [text[each.span.start : each.span.end] for each in result.replaced]
