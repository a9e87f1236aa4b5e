"""Ages as they are written out."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_NUMBER = r"(?:1[0-2]\d|\d{1,2})"


def age() -> Recognizer:
    """`34 years old`, `34-year-old`, `aged 34`, `age: 34`, `34 y/o`."""
    return Shapes(
        "AGE",
        [
            shape(rf"(?<![\w.,-]){_NUMBER}(?: and a half)?[ -]?(?:years?|yrs?|months?|weeks?|days?)[ -](?:old|of age)\b", 0.85),
            shape(rf"(?<![\w.,]){_NUMBER} ?(?:y\.?/?o\.?|yo)\b", 0.7),
            shape(rf"\b(?:aged?|turn(?:ed|s|ing)?)(?: is| of|:)? (?P<value>{_NUMBER})\b(?![.,]\d)(?! ?(?:%|percent|minutes|hours))", 0.65),
            shape(rf"\b(?:I am|I'm|I’m|he is|she is|he's|she's) (?P<value>{_NUMBER})(?=[.,;!?]|$| and| now| years)(?![.,]\d)", 0.5),
        ],
    )
