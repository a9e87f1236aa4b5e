"""Numbers and marks by which a state, an employer or a clinic knows a person; ages; names that people give."""

from __future__ import annotations

import re

from guard.redact.recognizers.shape import Shape, luhn

_ID = r"(?P<v>[A-Z0-9][A-Z0-9-]{4,18}[A-Z0-9])"
_NAME = r"(?P<v>[^\W\d_a-z][\w'’-]+(?:[ \t]+(?:(?:de|da|van|von|der|den|la|le|bin|al)[ \t]+)?[^\W\d_a-z][\w'’-]+){%s})"


def labelled(words: str, value: str = _ID) -> re.Pattern[str]:
    """A value after its label: `passport no. X1234567`, `Driver's license: D123-4567`."""
    return re.compile(rf"(?i:\b(?:{words})\b(?:\s*(?:number|num|no|nr|id|#)\b)?)(?:\s+is)?[ \t.:#=]{{1,5}}{value}\b")


def has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _is_vin(text: str) -> bool:
    values = [int(c) if c.isdecimal() else _VIN_VALUES[c] for c in text]
    return text[8] == "0123456789X"[sum(v * w for v, w in zip(values, _VIN_WEIGHTS, strict=True)) % 11]


SHAPES = (
    Shape(
        "US_SSN",
        re.compile(r"(?<![A-Za-z0-9_.-])\d{3}([- .])\d{2}\1\d{4}(?![A-Za-z0-9_-])"),
        0.75,
        context=("ssn", "social", "security", "sin"),
        near=0.95,
    ),
    Shape(
        "US_SSN", re.compile(r"(?i:\b(?:ssn|social security(?: number| no\.?)?)\b[^\d\n]{0,12})(?P<v>\d{9})(?!\d)"), 0.9
    ),
    Shape("US_ITIN", re.compile(r"(?<![A-Za-z0-9_.-])9\d{2}[- ][5-9]\d[- ]\d{4}(?![A-Za-z0-9_-])"), 0.8),
    Shape("US_PASSPORT", labelled("passport"), 0.4, checked=0.85, validate=has_digit),
    Shape(
        "US_DRIVER_LICENSE",
        labelled("driver'?s?[’']?s? licen[cs]e|driving licen[cs]e|licen[cs]e|dl"),
        0.2,
        checked=0.8,
        validate=has_digit,
    ),
    Shape("UK_NHS", re.compile(r"(?i:\bnhs\b[^\d\n]{0,16})(?P<v>\d{3}[ -]?\d{3}[ -]?\d{4})(?!\d)"), 0.9),
    Shape(
        "UK_NINO",
        re.compile(r"(?<![A-Za-z0-9_])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9_])"),
        0.8,
    ),
    Shape(
        "ID",
        labelled(
            "customer|client|member(?:ship)?|employee|staff|student|account|policy|case|ticket|order|invoice|tax|vat"
        ),
        0.1,
        checked=0.55,
        validate=lambda text: sum(c.isdecimal() for c in text) >= 4,
    ),
    # Of things more often than of people: where it stands says whose it is.
    Shape(
        "ID",
        re.compile(r"(?<![A-Za-z0-9_-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![A-Za-z0-9_-])", re.I),
        0.35,
        context=(
            "user",
            "customer",
            "client",
            "patient",
            "account",
            "member",
            "employee",
            "person",
            "device",
            "subject",
        ),
        near=0.6,
        name="uuid",
    ),
    Shape(
        "VIN",
        re.compile(
            r"(?<![A-Za-z0-9_-])(?=[A-Z]*\d)[A-HJ-NPR-Z0-9]{9}[A-HJ-NPR-Z0-9]{3}[A-HJ-NPR-Z0-9]\d{4}(?![A-Za-z0-9_-])"
        ),
        0.3,
        checked=0.85,
        validate=_is_vin,
        context=("vin", "vehicle", "chassis"),
        near=0.9,
        check="check digit of ISO 3779",
    ),
    Shape(
        "IMEI",
        re.compile(r"(?<![\w.-])\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d(?![\w-])"),
        0.2,
        checked=0.3,
        validate=luhn,
        context=("imei",),
        near=0.9,
        check="luhn",
    ),
    # The machine-readable zone of a passport or an identity card (ICAO 9303), one line of it.
    Shape(
        "PASSPORT_MRZ",
        re.compile(r"(?<![A-Z0-9<])[PIACV][A-Z<][A-Z<]{3}[A-Z0-9<]{25,39}(?![A-Z0-9<])"),
        0.2,
        checked=0.9,
        validate=lambda text: "<<" in text,
        check="has fillers",
    ),
    Shape(
        "PASSPORT_MRZ",
        re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{2,16}(?![A-Z0-9<])"),
        0.9,
    ),
    Shape(
        "LICENSE_PLATE",
        labelled("licen[cs]e plate|number plate|plate|registration", r"(?P<v>[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5})"),
        0.2,
        checked=0.7,
        validate=has_digit,
    ),
    Shape(
        "AGE",
        re.compile(r"(?<![A-Za-z0-9_.-])(?P<v>\d{1,3}[ -]?(?:years?|yrs?|months?)[ -]olds?)(?![A-Za-z0-9_])", re.I),
        0.8,
    ),
    Shape("AGE", re.compile(r"(?i:\b(?:aged?|age of|age is|age:)\s+)(?P<v>\d{1,3})(?![A-Za-z0-9_.-]*\d)"), 0.7),
    Shape(
        "DATE_TIME",
        re.compile(
            r"(?i:\b(?:born(?: on)?|dob|date of birth|birthday(?: is)?|birth date)\b[^\w\n]{0,6})"
            r"(?P<v>[\w]{1,9}[ /.,-]{1,2}\w{1,9}[ /.,-]{1,2}\d{2,4})"
        ),
        0.85,
    ),
    Shape(
        "DATE_TIME",
        re.compile(
            r"(?<![\w./-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2}))(?![\w/-]|\.\d)"
        ),
        0.6,
    ),
    # A person says their own name: one word after "my name is", two or more after the weaker openings.
    Shape(
        "PERSON",
        re.compile(r"(?i:\b(?:my (?:full )?name is|my name's|call me|i am called)\s+)" + _NAME % "0,3"),
        0.8,
    ),
    Shape(
        "PERSON",
        re.compile(
            r"\b(?:[Ii] am|[Ii]['’]m|[Tt]his is|[Rr]egards,|[Ss]incerely,|[Ss]igned,?|(?:[Ff]ull )?[Nn]ame:)\s+"
            + _NAME % "1,3"
        ),
        0.6,
    ),
    Shape(
        "PERSON",
        re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx|Sir|Dame|Herr|Frau|Mme|Señora?)\.?[ \t]+" + _NAME % "0,2"),
        0.8,
    ),
)
