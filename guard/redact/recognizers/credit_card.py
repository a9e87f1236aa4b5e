"""Payment card numbers: 12 to 19 digits (ISO/IEC 7812) that begin like one, checked by Luhn's sum."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, digits, shape

_CONTEXT = ("card", "credit", "debit", "visa", "master", "amex", "american express", "maestro", "discover", "diners", "cvv", "cvc")
_PREFIX = r"(?:4|5[0-8]|6|3[04-9]|2[2-7]|1800|2131)"


def luhn(text: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits(text))):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def credit_card() -> Recognizer:
    """14 to 19 digits count even when the sum is wrong; 12 and 13, which telephones have too, need sum or context."""
    begin, end = r"(?<![\w+.-])(?<!\d[ ,])", r"(?![\w-])(?![.,]\d)"
    return Shapes(
        "CREDIT_CARD",
        [
            shape(rf"{begin}(?={_PREFIX})\d{{4}}(?:([ -]?)\d{{4}}(?:\1\d{{4}}){{2}}(?:\1\d{{1,3}})?){end}", 0.7),
            shape(rf"{begin}(?={_PREFIX})\d{{4}}[ -]\d{{6}}[ -]\d{{4,5}}{end}", 0.7),
            shape(rf"{begin}(?={_PREFIX})\d{{14,19}}{end}", 0.6),
            shape(rf"{begin}(?={_PREFIX})\d{{12,13}}{end}", 0.3),
            shape(rf"{begin}(?:\d[ -]?){{11,18}}\d{end}", 0.15, 0),
        ],
        _CONTEXT,
        lambda text: luhn(text) if digits(text)[0] in "23456" or digits(text)[:4] == "1800" else None,
    )
