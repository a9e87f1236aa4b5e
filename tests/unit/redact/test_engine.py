"""Values leave a request as placeholders, everywhere, and come back the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from guard.errors import DetectorError, PersonalDataInNameError, PromptBlockedError
from guard.model import Redacted, Span
from guard.placeholders import PLACEHOLDER, Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.restore.stream import PlaceholderRestorers
from guard.testing.broken import BrokenDetector
from guard.testing.fakes import WordDetector, grant

ADA, MAIL, CARD, SSN = "Ada Lovelace", "ada.lovelace@example.com", "4111 1111 1111 1111", "078-05-1120"
USER = {"role": "user", "content": "hi"}


def engine(**words: str) -> RedactionEngine:
    return RedactionEngine([WordDetector({ADA: "PERSON", "José García": "PERSON"} | words)], PatternDetector())


async def redacted(vault: Vault | None = None, new_from: int = 0, **body: Any) -> Redacted:
    return await engine()({"messages": [USER], **body}, grant(), Vault.new() if vault is None else vault, new_from)


def user(*contents: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content} for content in contents]


def called(arguments: str, name: str = "send", call_id: str = "call_1") -> list[dict[str, Any]]:
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return [{"role": "assistant", "content": None, "tool_calls": [call]}]


SAID = f"I am {ADA}, {MAIL}, card {CARD}, ssn {SSN}."
FIELDS: dict[str, dict[str, Any]] = {
    "system": {"messages": [{"role": "system", "content": SAID}]},
    "parts": {"messages": user([{"type": "text", "text": SAID}])},
    "assistant": {"messages": [{"role": "assistant", "content": SAID}]},
    "arguments": {"messages": called(json.dumps({"a": [SAID]}))},
    "arguments that are no JSON": {"messages": called("{" + SAID)},
    "names in arguments": {"messages": called(json.dumps({SAID: 1}))},
    "tool result": {"messages": [{"role": "tool", "tool_call_id": "c", "content": SAID}]},
    "tool result in JSON": {"messages": [{"role": "tool", "tool_call_id": "c", "content": json.dumps({"a": SAID})}]},
    "tool description": {"tools": [{"type": "function", "function": {"name": "f", "description": SAID}}]},
    "schema": {"tools": [{"function": {"name": "f", "parameters": {"properties": {"q": {"enum": [SAID]}}}}}]},
    "format": {"response_format": {"type": "json_schema", "json_schema": {"name": "r", "description": SAID}}},
    "stop": {"stop": [SAID]},
    "metadata": {"metadata": {"note": SAID}},
    "user": {"user": SAID},
    "name": {"messages": [{"role": "user", "name": SAID, "content": "hi"}]},
    "unknown": {"unknown": {"deep": [{"er": SAID}]}},
    "unknown of a message": {"messages": [{"role": "user", "content": "hi", "extra": SAID}]},
}


@pytest.mark.parametrize("field", FIELDS)
async def test_no_value_is_left_in_any_field(field: str) -> None:
    result = await redacted(**FIELDS[field])
    sent = json.dumps(result.body, ensure_ascii=False)
    for value in (ADA, "Lovelace", MAIL, "example.com", CARD, SSN):
        assert value not in sent
    assert sum(result.counts.values()) >= 1
    assert sum(result.coverage.scanned.values()) >= 1


async def test_the_structured_detector_reads_every_text() -> None:
    """Wiring that gives it for names alone must not leave e-mail addresses in."""
    result = await RedactionEngine([WordDetector({})], PatternDetector())(
        {"messages": user(f"{MAIL} {CARD}")}, grant(), Vault.new()
    )
    assert result.counts == {"EMAIL_ADDRESS": 1, "CREDIT_CARD": 1}


def test_without_a_detector_there_is_no_redactor() -> None:
    with pytest.raises(ValueError, match="detector"):
        RedactionEngine([])


async def test_numbers_become_placeholders() -> None:
    result = await redacted(unknown={"phone": 4155550132, "card": 4111111111111111, "year": 1815, "big": 12345678})
    unknown = result.body["unknown"]
    assert PLACEHOLDER.fullmatch(unknown["phone"])
    assert PLACEHOLDER.fullmatch(unknown["card"])
    assert (unknown["year"], unknown["big"]) == (1815, 12345678)


async def test_a_member_named_password_is_one_to_its_last_word() -> None:
    result = await redacted(unknown={"password": "correct horse battery"})
    assert PLACEHOLDER.fullmatch(result.body["unknown"]["password"].strip('"'))


@pytest.mark.parametrize(
    "body",
    [
        {"unknown": {MAIL: 1}},
        {MAIL: 1},
        {"unknown": {ADA: 1}},
        {"metadata": {SSN: "x"}},
        {"messages": [{**USER, MAIL: None}]},
        {"messages": called("{}", name=SSN)},
        {"messages": called("{}", call_id="4111111111111111")},
        {"tools": [{"function": {"name": "f", "parameters": {"properties": {MAIL: {}}}}}]},
    ],
)
async def test_personal_data_in_a_name_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(PersonalDataInNameError) as caught:
        await redacted(**body)
    assert MAIL not in str(caught.value) + str(caught.value.param)


async def test_ids_and_dates_are_no_personal_data_in_names() -> None:
    uuid = "123e4567-e89b-12d3-a456-426614174000"
    body = {"messages": [{"role": "tool", "tool_call_id": uuid, "content": "ok"}], "unknown": {uuid: {"2026-01-31": 1}}}
    assert (await redacted(**body)).body == body


async def test_what_is_found_once_is_taken_out_everywhere() -> None:
    class Once(WordDetector):
        """Sees the name in its first text only."""

        async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
            found = await super().detect(texts)
            return [spans if "I am" in text else [] for text, spans in zip(texts, found, strict=True)]

    messages = [*user(f"I am {ADA}."), *called(json.dumps({"who": ADA})), *user(f"Is {ADA} here? Miss Lovelace?")]
    vault = Vault.new()
    result = await RedactionEngine([Once({ADA: "PERSON"})])({"messages": messages}, grant(), vault)
    sent = json.dumps(result.body)
    assert "Lovelace" not in sent
    assert sent.count(vault.placeholder("PERSON", ADA)) == 3


async def test_a_participant_named_user_does_not_take_the_word_away() -> None:
    vault = Vault.new()
    messages = [{"role": "user", "name": "user", "content": "The user said so."}]
    first, second = [await redacted(vault, messages=messages) for _ in range(2)]
    assert first.body == second.body
    assert first.body["messages"][0]["content"] == "The user said so."
    assert first.body["messages"][0]["name"].startswith("PERSON_")


async def test_placeholders_of_this_conversation_are_not_masked_twice() -> None:
    vault = Vault.new()
    mine, foreign = vault.placeholder("PERSON", ADA), Vault.new().placeholder("PERSON", "Eve")
    detector = WordDetector({f"Dear {'x' * len(mine)}": "PERSON", mine: "PERSON"})
    text = f"Dear {mine} and {foreign}"
    result = await RedactionEngine([detector])({"messages": user(text)}, grant(), vault)
    content = result.body["messages"][0]["content"]
    assert content.endswith(f" {mine} and {foreign}")
    assert not any(PLACEHOLDER.search(entry.value) for entry in vault.entries())


async def test_a_restored_answer_becomes_the_placeholders_that_it_was() -> None:
    vault, detector = Vault.new(), WordDetector({ADA: "PERSON", f"Dear {ADA}": "PERSON"})
    placeholder = vault.placeholder("PERSON", ADA)
    wrote = f"{placeholder}: hello, {placeholder}! **{placeholder}**"
    restorer = PlaceholderRestorers().text(vault, restore=True)
    shown = restorer.feed(wrote) + restorer.flush()
    result = await RedactionEngine([detector])({"messages": [{"role": "assistant", "content": shown}]}, grant(), vault)
    assert result.body["messages"][0]["content"] == wrote
    again = await RedactionEngine([detector])(
        {"messages": [{"role": "assistant", "content": f"Dear {ADA}"}]}, grant(), vault
    )
    assert again.body["messages"][0]["content"].endswith(placeholder)


async def test_history_is_redacted_to_the_same_bytes_every_turn() -> None:
    vault = Vault.new()
    first = await redacted(vault, messages=user(SAID))
    second = await redacted(Vault.loads(vault.dumps()), messages=user(SAID, "And now?"))
    assert second.body["messages"][0] == first.body["messages"][0]


async def test_texts_are_those_of_the_new_messages() -> None:
    result = await redacted(new_from=1, messages=[*user("old"), *user(f"I am {ADA}"), *called('{"a": "b"}')])
    assert result.texts[0].startswith("I am <PERSON_")
    assert "old" not in result.texts
    assert "b" in result.texts


async def test_replacements_are_reported_with_their_places() -> None:
    result = await redacted(messages=user(f"I am {ADA}."))
    (replaced,) = result.replaced
    assert (replaced.span.start, replaced.span.end, replaced.span.entity_type) == (5, 17, "PERSON")
    assert result.body["messages"][0]["content"] == f"I am {replaced.replacement}."
    assert replaced.path == "messages[].content"


async def test_cleared_types_stay_and_blocked_ones_block() -> None:
    body = {"messages": user(f"I am {ADA}, {MAIL}")}
    vault = Vault.new()
    vault.placeholder("PERSON", ADA)
    result = await engine()(body, grant(entities={"PERSON": "clear"}), vault)
    assert ADA in result.body["messages"][0]["content"]
    assert result.counts == {"EMAIL_ADDRESS": 1}
    with pytest.raises(PromptBlockedError) as caught:
        await engine()(body, grant(entities={"EMAIL_ADDRESS": "block"}), Vault.new())
    assert "EMAIL_ADDRESS" in str(caught.value)
    assert MAIL not in str(caught.value)


async def test_unknown_members_are_counted_without_their_names() -> None:
    coverage = (await redacted(secretive={"a": ["b", "c"]})).coverage
    assert coverage.unknown >= 2
    assert "secretive" not in str(coverage)


async def test_a_failing_detector_fails_the_request() -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  # Whatever it raises must come out.
        await RedactionEngine([WordDetector({}), BrokenDetector()])({"messages": [USER]}, grant(), Vault.new())

    class Short(WordDetector):
        async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
            return []

    with pytest.raises((DetectorError, ValueError)):
        await RedactionEngine([Short({})])({"messages": [USER]}, grant(), Vault.new())


async def test_what_goes_out_in_clear_is_counted_by_type_and_without_its_value() -> None:
    words = {ADA: "PERSON", "Dutch": "NRP", "Leiden": "LOCATION", "of Leiden University": "ORGANIZATION"}
    detectors = [WordDetector(words), WordDetector({"Leiden": "LOCATION"})]
    body = {
        "messages": [*user(f"{ADA} is Dutch.", "The Dutch of Leiden University, in Leiden."), {**USER, "name": "ada"}]
    }
    given = grant(entities={"NRP": "clear", "LOCATION": "clear"})
    result = await RedactionEngine(detectors)(body, given, Vault.new())
    assert result.counts == {"PERSON": 2, "ORGANIZATION": 1}
    # The Leiden in the university's name is covered by what stands for the whole of it.
    assert result.cleared == {"NRP": 2, "LOCATION": 1}
    assert result.found == ("LOCATION", "NRP", "ORGANIZATION", "PERSON")
    assert not any(word in repr(result) for word in ("Leiden", "Dutch", ADA))


async def test_a_blocked_prompt_says_all_types_that_were_found() -> None:
    given = grant(entities={"EMAIL_ADDRESS": "block"})
    with pytest.raises(PromptBlockedError) as caught:
        await engine(**{MAIL: "EMAIL_ADDRESS"})({"messages": user(ADA, MAIL)}, given, Vault.new())
    assert caught.value.found == ("EMAIL_ADDRESS", "PERSON")
