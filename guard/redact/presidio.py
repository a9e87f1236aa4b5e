"""The country packs of presidio-analyzer as shapes, run by Guard's scanner behind the Detector protocol.

Of Presidio come the patterns, their scores, their words of context and their checks; its engine, spaCy and the list of
domains that it fetches from the network are not even imported. What Presidio does not tie to a country (cards, IBAN,
addresses of the network, dates …) Guard's own shapes cover, in more forms.

Scores follow Presidio: a check that holds or fails moves the score, a word of context adds .35 and makes it .4 at least.
Three things differ. A check that fails leaves a number that stands in its context; one check digit over bare digits
does not make a number somebody's, because one of ten numbers has it by chance; and lower case (`for 250ms`) is a weak
sign for what is written in capitals.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from guard.errors import ConfigurationError
from guard.model import Span
from guard.redact.light import bare
from guard.redact.packs import is_chosen, version_of
from guard.redact.recognizers.shape import Check, Shape
from guard.redact.scanned import scanned
from guard.redact.scanner import Scanner

THRESHOLD = 0.4
"""Presidio drops nothing by itself; .4 is the least that a word of context gives."""

_PACKAGE = "presidio_analyzer"
_EXPORTS = {
    "AnalysisExplanation": "analysis_explanation",
    "RecognizerResult": "recognizer_result",
    "EntityRecognizer": "entity_recognizer",
    "LocalRecognizer": "local_recognizer",
    "Pattern": "pattern",
    "PatternRecognizer": "pattern_recognizer",
}
_AFRICA = "predefined_recognizers.country_specific.south_africa"  # It imports the recognizers of e-mail addresses.
_STUBS = {"nlp_engine": ("NlpArtifacts", "NlpEngine"), "predefined_recognizers": (), _AFRICA: ()}

LEFT_OUT = {
    "UsSsnRecognizer": "US_SSN in recognizers/identity",
    "UsItinRecognizer": "US_ITIN in recognizers/identity",
    "UkNinoRecognizer": "UK_NINO in recognizers/identity",
    "UsLicenseRecognizer": "US_DRIVER_LICENSE in recognizers/identity",
    "UsHealthInsuranceMemberIdRecognizer": "labelled, in recognizers/medical: any word with a digit has its shape",
    "UsClaimNumberRecognizer": "labelled, in recognizers/medical",
    "UsPriorAuthorizationNumberRecognizer": "labelled, in recognizers/medical",
    "UsReferralNumberRecognizer": "labelled, in recognizers/medical",
    "UsPrescriptionNumberRecognizer": "labelled, in recognizers/medical",
    "UsProviderTaxIdRecognizer": "labelled, in recognizers/medical",
    "ZaPhoneNumberRecognizer": "PHONE_NUMBER in recognizers/contact",
}
"""What is not run, and what is in its place."""

_PATTERNS = {
    # Looks ahead to the end of the line from every word; any ten letters with four digits would do.
    ("IN_PAN", "PAN (Low)"): None,
    ("UK_VEHICLE_REGISTRATION", "UK Vehicle Registration (prefix)"): None,
    ("UK_VEHICLE_REGISTRATION", "UK Vehicle Registration (suffix)"): None,
    # The next two stand in any longer run of letters and digits, a hash for one, and make it quadratic or a false alarm.
    ("FI_PERSONAL_IDENTITY_CODE", "Finnish Personal Identity Code (Very Weak)"): None,
    ("SE_PERSONNUMMER", "Swedish Personnummer (Very Weak)"): None,
    ("SE_ORGANISATIONSNUMMER", "Swedish Organisationsnummer (Weak)"): None,
    ("PL_PESEL", "PESEL"): r"\b[0-9]{2}(?:[02468][1-9]|[13579][012])(?:0[1-9]|[12][0-9]|3[01])[0-9]{5}\b",
    ("MEDICAL_LICENSE", "USA DEA Certificate Number (weak)"): r"\b[abcdefghjklmprstux][a-z9]\d{7}\b",
    ("DE_HANDELSREGISTER", "Handelsregisternummer HRA/HRB"): r"\bHR[AB]\s{0,3}\d{1,6}\b",
    ("IT_VAT_CODE", "IT Vat code (piva)"): r"\b(?:[0-9][ _]?){10}[0-9]\b",
}
"""Patterns that are replaced, or left out, because they are slow on some texts or find what is nothing."""

_CHECKED_WELL = frozenset(
    {"PL_PESEL", "KR_RRN", "KR_FRN", "ZA_ID_NUMBER", "TR_NATIONAL_ID", "DE_TAX_ID", "FI_PERSONAL_IDENTITY_CODE"}
)
"""Bare digits of which fewer than one of thirty pass the check by chance: dates in them, or two check digits."""

_WEAK = frozenset(
    {"UK_VEHICLE_REGISTRATION", "IN_VEHICLE_REGISTRATION", "TR_LICENSE_PLATE", "ZA_LICENSE_PLATE", "ZA_DRIVER_LICENSE"}
    | {"SG_UEN", "DE_PASSPORT", "DE_ID_CARD", "ZA_PASSPORT", "ZA_COMPANY_REGISTRATION"}
)
"""Whose check is of the shape alone, or one digit: like bare digits."""

_STRONG = 0.5
"""A shape with letters and this score of Presidio's stays when its check fails."""

_LONG = frozenset({"IT_FISCAL_CODE"})
_CONTEXT_ALONE = 0.35
_MORE_WORDS = {
    "KR_RRN": ("주민등록번호", "주민번호"),
    "KR_FRN": ("외국인등록번호",),
    "KR_BRN": ("사업자등록번호",),
    "KR_PASSPORT": ("여권",),
    "KR_DRIVER_LICENSE": ("운전면허",),
    "TH_TNIN": ("เลขประจำตัวประชาชน",),
}
"""Words of context in the language of the country, where Presidio has them in English alone."""

_NO_CONTEXT = frozenset({"check", "save", "debit", "number", "id", "no", "num", "code", "card", "document", "reg"})
"""Words of context that stand beside any number."""


class PresidioDetector:
    """Detector over the packs of some countries; `("all",)`: of all."""

    def __init__(self, countries: Sequence[str] = ("all",)) -> None:
        self._scanner = Scanner(shapes(tuple(countries)), THRESHOLD)
        self.model_id = version_of(f"presidio-analyzer/{_version()}", countries)

    @classmethod
    def create(cls, countries: Sequence[str] = ("all",)) -> PresidioDetector:
        """Load the packs. Raises ConfigurationError when presidio-analyzer is not as it is expected."""
        return cls(countries)

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        return await scanned(self._scanner.scan, texts)

    async def aclose(self) -> None:
        return None


def shapes(countries: Sequence[str]) -> tuple[Shape, ...]:
    """The shapes of the packs of these countries."""
    return tuple(shape for shape in _every() if is_chosen(shape.country, countries))


@lru_cache(1)
def _every() -> tuple[Shape, ...]:
    try:
        return tuple(shape for recognizer in _recognizers() for shape in _shapes(recognizer))
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"The installed presidio-analyzer is not understood ({type(error).__name__}). "
            "Install the version that constraints.txt names."
        ) from None


def _recognizers() -> Iterator[Any]:
    """An instance of every recognizer that a country has."""
    logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)  # It quotes the text.
    with bare(_PACKAGE, _EXPORTS, _STUBS):
        module = importlib.import_module(f"{_PACKAGE}.pattern_recognizer")
        base = module.PatternRecognizer
        assert module.__file__
        root = Path(module.__file__).parent
        seen: dict[str, Any] = {}
        for path in sorted((root / "predefined_recognizers" / "country_specific").glob("*/[a-z]*.py")):
            if "phone" in path.stem:
                continue  # Imports the recognizers of telephone numbers and with them of e-mail addresses.
            loaded = importlib.import_module(".".join([_PACKAGE, *path.relative_to(root).with_suffix("").parts]))
            for name, found in vars(loaded).items():
                is_one = isinstance(found, type) and issubclass(found, base) and found is not base
                if is_one and name not in LEFT_OUT and getattr(found, "COUNTRY_CODE", None):
                    seen.setdefault(name, found)
        yield from [(found(), base) for found in seen.values()]


def _shapes(made: tuple[Any, Any]) -> Iterator[Shape]:
    recognizer, base = made
    kind = type(recognizer)
    entity = recognizer.supported_entities[0]
    checks = kind.validate_result is not base.validate_result or kind.invalidate_result is not base.invalidate_result
    context = tuple(word for word in (recognizer.context or ()) if word.lower() not in _NO_CONTEXT)
    context += _MORE_WORDS.get(entity, ())
    for pattern in recognizer.patterns:
        expression = _PATTERNS.get((entity, pattern.name), pattern.regex)
        if expression is None:
            continue
        compiled = _compiled(expression)
        weak = not _has_letters(compiled.pattern) or entity in _WEAK
        yield Shape(
            entity,
            compiled,
            min(pattern.score, 0.3) if weak and not _SEPARATED.search(expression) else pattern.score,
            checked=(0.6 if entity in _CHECKED_WELL else 0.3) if weak else 1.0,
            validate=_check(recognizer) if checks else None,
            context=context,
            near=max(pattern.score + _CONTEXT_ALONE, THRESHOLD),
            name=pattern.name,
            check=f"{entity.lower()} check" if checks else "",
            country=kind.COUNTRY_CODE,
            failed=THRESHOLD if not weak and (pattern.score >= _STRONG or entity in _LONG) else 0.3,
            after=0,
            upper=True,
            detector="presidio",
        )


_SEPARATED = re.compile(r"\[- \](?!\?)|\d\}/|\\d\}-|\]\{2,3\}-")


def _compiled(expression: str) -> re.Pattern[str]:
    """With Presidio's flags. Some say `(?i)` in the middle, which only the module `regex` takes."""
    return re.compile(expression.replace("(?i)", ""), re.IGNORECASE | re.MULTILINE | re.DOTALL)


def _has_letters(expression: str) -> bool:
    """Whether a match has to have letters: what is left of the expression without its escapes."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"\\.|\(\?<?[!=][^)]*\)|\(\?P?<?\w*>?", "", expression)))


def _check(recognizer: Any) -> Check:
    validate: Callable[[str], bool | None] = recognizer.validate_result
    invalidate: Callable[[str], bool | None] = recognizer.invalidate_result

    def check(value: str) -> bool | None:
        verdict = validate(value)
        return False if verdict is None and invalidate(value) else verdict

    return check


def _version() -> str:
    from importlib.metadata import version

    return version(_PACKAGE)
