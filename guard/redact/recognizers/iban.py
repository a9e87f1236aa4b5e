"""International bank account numbers (ISO 13616): country, two check digits, a body of the country's length."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from guard.model import Span
from guard.redact.recognizers.base import TIMEOUT

_LENGTHS = {
    int(group.split(":")[0]): group.split(":")[1].split()
    for group in (
        "15:NO", "16:BE", "18:DK FI FO GL NL SD FK", "19:MK SI", "20:AT BA EE KZ LT LU MN XK", "21:CH HR LI LV",
        "22:BG BH CR DE GB GE IE ME RS VA", "23:AE GI IL IQ OM SO TL", "24:AD CZ ES MD PK RO SA SE SK TN VG",
        "25:LY PT ST", "26:IS TR", "27:BI DJ FR GR IT MC MR SM", "28:AL AZ BY CY DO GT HU LB NI PL SV",
        "29:BR EG PS QA UA", "30:JO KW MU YE", "31:MT SC", "32:LC", "33:RU",
    )
}  # fmt: skip
_LENGTH = {country: length for length, countries in _LENGTHS.items() for country in countries}
_BEGIN = regex.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9]{2})", regex.IGNORECASE)
_ANY = regex.compile(r"(?:[ -]?[A-Z0-9]){11,30}(?![A-Z0-9])")


def mod97(text: str) -> bool:
    """Whether the check digits are right (ISO/IEC 7064, MOD 97-10)."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


class Iban:
    """Finds IBANs of known countries at their exact length, so that a word behind one is not taken for its end."""

    entity_types = frozenset(("IBAN_CODE",))

    def __init__(self) -> None:
        self._bodies = {
            length: regex.compile(rf"(?:[ -]?[A-Z0-9]){{{length - 4}}}(?![A-Z0-9])", regex.IGNORECASE)
            for length in set(_LENGTH.values())
        }

    def find(self, text: str) -> Iterator[Span]:
        for match in _BEGIN.finditer(text, timeout=TIMEOUT):
            length = _LENGTH.get(match[0][:2].upper())
            body = (self._bodies[length] if length else _ANY).match(text, match.end())
            if body is None:
                continue
            start, end = match.start(), body.end()
            value = text[start:end]
            if not value.isascii():
                continue
            if mod97(value):
                yield Span(start, end, "IBAN_CODE", 1.0, "shape")
            elif length:
                # Lower case with spaces is prose more often than a number with a slip.
                yield Span(start, end, "IBAN_CODE", 0.6 if value.upper() == value or " " not in value else 0.3, "shape")
