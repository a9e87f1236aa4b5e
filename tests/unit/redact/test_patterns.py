"""Structured identifiers and secrets: found with a wrong check digit and as the well-known examples that they are."""

from __future__ import annotations

import pytest

from guard.errors import DetectorError
from guard.redact.patterns import PatternDetector
from guard.redact.recognizers import SHAPES

FOUND = [
    ("EMAIL_ADDRESS", "write to {test@example.com}, please"),
    ("EMAIL_ADDRESS", "({o.brien+tag@sub.example.co.uk})"),
    ("CREDIT_CARD", "my card is {4111 1111 1111 1111}"),
    ("CREDIT_CARD", "my card is {4111-1111-1111-1112}"),
    ("CREDIT_CARD", "{378282246310005}"),
    ("IBAN_CODE", "to {DE89 3704 0044 0532 0130 00} please"),
    ("IBAN_CODE", "to {DE89370400440532013001}"),
    ("US_SSN", "ssn {078-05-1120}"),
    ("PHONE_NUMBER", "call {+1 415 555 0132}"),
    ("PHONE_NUMBER", "call {(415) 555-0132}"),
    ("PHONE_NUMBER", "my phone: {4155550132}"),
    ("IP_ADDRESS", "from {192.168.10.7}"),
    ("STREET_ADDRESS", "at {12 Main Street}"),
    ("STREET_ADDRESS", "in der {Hauptstraße 12}"),
    ("PASSWORD", "password: {hunter2}"),
    ("PASSWORD", "postgres://ada:{s3cret}@db.local/x"),
    ("API_KEY", "key {sk-proj-abcdefghijklmnop1234}"),
    ("API_KEY", "{AKIAIOSFODNN7EXAMPLE}"),
    ("PRIVATE_KEY", "{-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----}"),
    ("AGE", "she is {34 years old}"),
    ("URL", "see {https://example.com/a?b=c}"),
]
NOT_FOUND = [
    "item 1234567890 at 1700000000",
    "version 2.10.3 of setup.py and node.js",
    "in 2019-2020 we sold 1,234,567 pieces for $12,345,678.90",
    "def f(x: int) -> dict[str, int]: return {'a': 1}",
    "Two weeks ago, 34 people came.",
    "the password policy is described below",
]


@pytest.mark.parametrize(("entity_type", "marked"), FOUND)
async def test_it_finds(entity_type: str, marked: str) -> None:
    before, _, rest = marked.partition("{")
    value, _, after = rest.rpartition("}")
    (spans,) = await PatternDetector.create().detect([before + value + after])
    held = [s for s in spans if s.start <= len(before) and s.end >= len(before) + len(value)]
    assert entity_type in {span.entity_type for span in held}


@pytest.mark.parametrize("text", NOT_FOUND)
async def test_it_lets_pass(text: str) -> None:
    assert await PatternDetector.create().detect([text]) == [[]]


async def test_what_it_raises_holds_no_text() -> None:
    with pytest.raises(DetectorError) as caught:
        await PatternDetector.create().detect([b"secretive"])  # type: ignore[list-item]
    assert caught.value.__cause__ is None
    assert "secretive" not in str(caught.value)


@pytest.mark.parametrize("piece", ["a", "1 ", "a.", "1-", "A1 ", "(1) ", ":", "Rue de ", "password ", "Ab ", "@a."])
def test_no_pattern_runs_away(piece: str) -> None:
    """A pattern that is not near linear would not come to an end of this before the test's own time-out."""
    text = piece * (100_000 // len(piece))
    for shape in SHAPES:
        list(shape.find(text))
