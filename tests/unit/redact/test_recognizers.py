"""Own shapes of structured identifiers: checks move the score, weak shapes need context, and examples are found."""

from __future__ import annotations

import pytest

from guard.redact.patterns import PatternDetector

DETECTOR = PatternDetector.create()


async def found(text: str) -> dict[str, str]:
    (spans,) = await DETECTOR.detect([text])
    return {span.entity_type: text[span.start : span.end] for span in spans}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("CREDIT_CARD", "5018 2345 6789", None),
        ("CREDIT_CARD", "pay with 4222222222222", "4222222222222"),
        ("CREDIT_CARD", "pay with 30569309025904", "30569309025904"),
        ("CREDIT_CARD", "4111-1111-1111-1112", "4111-1111-1111-1112"),
        ("US_SSN", "123-45-6789", "123-45-6789"),
        ("PHONE_NUMBER", "call 001-555-010-1234x567", "001-555-010-1234x567"),
        ("PHONE_NUMBER", "+44 20 7946 0958 ext 12", "+44 20 7946 0958 ext 12"),
        ("PHONE_NUMBER", "phone: 78 651 450", "78 651 450"),
        ("PHONE_NUMBER", "there were 78 651 450 of them", None),
        ("PHONE_NUMBER", "call 1914-1918 a war", None),
        ("IBAN_CODE", "gb29nwbk60161331926819", "gb29nwbk60161331926819"),
        ("IP_ADDRESS", "from 192.0.2.7:8080", "192.0.2.7"),
        ("IP_ADDRESS", "on 127.0.0.1", None),
        ("IP_ADDRESS", "2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334"),
        ("MAC_ADDRESS", "001b.4411.3ab7", "001b.4411.3ab7"),
        ("VIN", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        ("IMEI", "IMEI 35-686800-004141-8", "35-686800-004141-8"),
        ("COORDINATES", "gps 48.85837, 2.294481", "48.85837, 2.294481"),
        ("COORDINATES", "weights 0.85837, 0.294481", None),
        (
            "PASSPORT_MRZ",
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        ),
        (
            "PASSPORT_MRZ",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ),
        ("ID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", None),
        ("ID", "user 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("BR_CPF", "231.002.999-01", "231.002.999-01"),
        ("NL_BSN", "order 111222333", None),
        ("NL_BSN", "BSN: 111222334", "111222334"),
        ("US_PRESCRIPTION_NUMBER", "prescription no. RX-123456", "RX-123456"),
        ("LOCATION", "my zip code is 35350", "35350"),
    ],
)
async def test_what_is_found_as_what(kind: str, text: str, value: str | None) -> None:
    assert (await found(text)).get(kind) == value


async def test_a_span_says_why() -> None:
    text = "my card is 4111 1111 1111 1111"
    (spans,) = await DETECTOR.detect([text])
    span = max((s for s in spans if s.entity_type == "CREDIT_CARD"), key=lambda s: s.score)
    assert span.explanation
    assert (span.explanation.check, span.explanation.score) == ("luhn", 0.6)
    assert span.score == 1.0


async def test_a_failed_check_is_said() -> None:
    (spans,) = await DETECTOR.detect(["4111 1111 1111 1112"])
    assert {s.explanation.check for s in spans if s.explanation and s.entity_type == "CREDIT_CARD"} == {"!luhn"}


async def test_only_the_chosen_countries_are_looked_for() -> None:
    chosen = PatternDetector.create(["br"])
    (spans,) = await chosen.detect(["CPF 231.002.999-01, AHV 756.9217.0769.85, mail ada@example.org"])
    assert {span.entity_type for span in spans} == {"BR_CPF", "EMAIL_ADDRESS"}
