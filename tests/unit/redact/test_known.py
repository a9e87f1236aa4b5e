"""What was taken out once stays out, in other spellings and scripts too."""

from __future__ import annotations

from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.testing.fakes import WordDetector, grant


async def redacted(*texts: str) -> list[str]:
    engine = RedactionEngine([WordDetector({"Ada Lovelace": "PERSON"}), PatternDetector()], PatternDetector())
    body = {"messages": [{"role": "user", "content": text} for text in texts]}
    result = await engine(body, grant(), Vault.new())
    return [message["content"] for message in result.body["messages"]]


async def test_a_name_in_other_case_is_the_same_name() -> None:
    _, shouted, whispered = await redacted("I am Ada Lovelace.", "ADA LOVELACE!", "ada lovelace?")
    assert "LOVELACE" not in shouted
    assert "lovelace" not in whispered


async def test_numbers_beside_han_letters_are_found() -> None:
    (text,) = await redacted("我的卡号4111111111111111，邮箱a@b.example。")
    assert "4111" not in text


async def test_a_context_word_may_come_after() -> None:
    (text,) = await redacted("4155550132 is my phone")
    assert "4155550132" not in text
