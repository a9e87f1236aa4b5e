"""Identifiers of persons, accounts and machines by Presidio's patterns and checksums.

Only Presidio's patterns, context words and checks are taken. Its own matching drops what fails a check, drops published
example numbers, and goes on without a pattern that ran out of time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from presidio_analyzer import PatternRecognizer
from presidio_analyzer.predefined_recognizers import (
    CryptoRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    MedicalLicenseRecognizer,
    NhsRecognizer,
    UkNinoRecognizer,
    UsBankRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsPassportRecognizer,
    UsSsnRecognizer,
)

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_ALONE, _UNTIL = r"(?<![\w.-])", r"(?![\w-])"
_ACCOUNT = ("account", "acct", "bank", "routing", "checking", "savings", "debit")
_LICENSE = ("driver", "driving", "licence", "license", "lic#")


def identifiers() -> list[Recognizer]:
    """The recognizers. Bare runs of digits count only beside a word that says what they are."""
    return [
        _taken(IpRecognizer()),
        _taken(MacAddressRecognizer(), checked=False),
        _taken(CryptoRecognizer()),
        _taken(UsSsnRecognizer(), checked=False, context=("social security", "ssn", "social sec")),
        _taken(UsItinRecognizer(), context=("itin", "taxpayer", "tax id", "tin")),
        _taken(UsPassportRecognizer(), prefix=_ALONE, suffix=_UNTIL, context=("passport", "travel document")),
        _taken(UsBankRecognizer(), prefix=_ALONE, suffix=_UNTIL, context=_ACCOUNT),
        _taken(UsLicenseRecognizer(), prefix=_ALONE + r"(?=[\w-]{6})", suffix=_UNTIL, context=_LICENSE),
        _taken(MedicalLicenseRecognizer(), prefix=_ALONE, suffix=_UNTIL, context=("medical", "dea", "certificate")),
        _taken(NhsRecognizer(), context=("nhs", "national health", "health service"), weaker=0.3),
        _taken(UkNinoRecognizer(), context=("national insurance", "ni number", "nino")),
    ]


def _taken(
    source: PatternRecognizer,
    *,
    checked: bool = True,
    context: Sequence[str] = (),
    prefix: str = "",
    suffix: str = "",
    weaker: float = 0.0,
) -> Recognizer:
    """One of Presidio's recognizers as ours.

    Args:
        checked: whether its checksum is asked. Lists of well-known examples are not a checksum.
        context: other context words than its own.
        prefix, suffix: patterns put around its patterns.
        weaker: taken off its scores.
    """
    shapes = [shape(f"{prefix}(?:{each.regex}){suffix}", max(each.score - weaker, 0.0)) for each in source.patterns]
    words = context or [word for word in source.context or () if len(word) > 2]
    return Shapes(source.supported_entities[0], shapes, words, _check(source) if checked else None)


def _check(source: PatternRecognizer) -> Callable[[str], bool | None]:
    def check(text: str) -> bool | None:
        valid = source.validate_result(text)
        return False if source.invalidate_result(text) else valid

    return check
