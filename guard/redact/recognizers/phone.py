"""Telephone numbers: candidates by shape, judged by the numbering plans of `phonenumbers`."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import regex

from guard.model import Span
from guard.redact.recognizers.base import TIMEOUT, digits, near

REGIONS = ("US", "GB", "DE", "FR", "IN", "AU")
"""Whose national form is understood without a country code."""

_NO_TRUNK = ("US", "IN")
"""Regions whose national form does not begin with a zero."""

_CONTEXT = ("phone", "telephone", "tel", "cell", "mobile", "call", "fax", "whatsapp", "text me", "sms", "dial", "reach me")
_CANDIDATE = regex.compile(
    r"(?<![\w@/.#$€£=-])(?<!\d[ ,])(?:\+|00)?[ ]?(?:\(\+?\d{1,4}\)[ ]?)?\(?\d"
    r"(?:\d|\)[ ]?|[.]|[ ]?[\-/][ ]?|[ ]\(?(?=\d)){5,20}(?<=\d)"
    r"(?:[ ]?(?:x|ext\.?)[ ]?\d{1,5})?(?![\w@-])(?![./:]\d)",
    regex.IGNORECASE,
)
_DATE = regex.compile(r"(?:\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4})(?:[ T]\d.*)?")
_RANGE = regex.compile(r"(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)?\d\d")
_OTHER = regex.compile(r"\d{3}-\d{2}-\d{4}")
_GROUPED = regex.compile(r"[().\-/ ]")


class Phone:
    """Finds telephone numbers, national forms of REGIONS included."""

    entity_types = frozenset(("PHONE_NUMBER",))

    def __init__(self, regions: tuple[str, ...] = REGIONS) -> None:
        self._regions = regions
        self._near = near(_CONTEXT)

    def find(self, text: str) -> Iterator[Span]:
        for match in _CANDIDATE.finditer(text, timeout=TIMEOUT):
            value = match[0].strip()
            if not 7 <= len(digits(value)) <= 16 or any(each.fullmatch(value) for each in (_DATE, _RANGE, _OTHER)):
                continue
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            score = self._score(value)
            if self._near(text, start, match.end()):
                score = min(score + 0.4, 1.0)
            yield Span(start, start + len(value), "PHONE_NUMBER", score, "shape")

    def _score(self, value: str) -> float:
        grouped = bool(_GROUPED.search(value))
        if value.startswith(("+", "00", "(+")):
            return 0.75 if _valid(value.replace("00", "+", 1) if value.startswith("00") else value, None) else 0.6
        national = value.startswith(("0", "("))
        if any(_valid(value, region) for region in self._regions if national or region in _NO_TRUNK):
            # Ten bare digits are as often an order or a record as a telephone.
            return 0.65 if grouped else 0.4
        if grouped:
            return 0.5 if national or _common(value) else 0.25
        return 0.1


def _valid(value: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False


def _common(value: str) -> bool:
    """Three, three and four digits, as on most forms, whatever the numbering plan says."""
    return [len(part) for part in regex.split(r"\D+", value) if part] in ([3, 3, 4], [1, 3, 3, 4], [2] * 4, [2] * 5)
