"""What the classifiers read: the unit with the one before it, placeholders as neutral words of their type."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9_]{0,40})_[0-9A-HJKMNP-TV-Z]{6}>")
_WORDS = {
    "PERSON": "someone",
    "LOCATION": "a place",
    "STREET_ADDRESS": "an address",
    "ORGANIZATION": "an organization",
    "DATE_TIME": "a date",
    "EMAIL_ADDRESS": "an e-mail address",
    "PHONE_NUMBER": "a phone number",
    "URL": "a web page",
    "AGE": "an age",
    "NRP": "a group",
}


def neutral(text: str) -> str:
    """Replace each placeholder by a word of its type, so that a verdict cannot depend on random letters."""
    return PLACEHOLDER.sub(lambda match: _WORDS.get(match[1], "a number"), text)


def judged_view(before: str, unit: str) -> str:
    """The text that is judged for `unit`, `before` being the unit released before it (empty for the first)."""
    return neutral(before + unit).strip()
