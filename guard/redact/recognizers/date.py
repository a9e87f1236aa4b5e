"""Calendar dates, and times of day beside them. Words such as `today` point to nobody and are left."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[5-9]|20)\d\d"
_TIME = r"(?:[ T,]{1,2}(?:at )?\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?[ap]\.?m\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def date() -> Recognizer:
    """ISO dates, numeric dates, and dates with the name of a month."""
    return Shapes(
        "DATE_TIME",
        [
            shape(rf"(?<![\w.-]){_YEAR}([-/.])(?:0?[1-9]|1[0-2])\1{_DAY}(?!\d){_TIME}", 0.7),
            shape(rf"(?<![\w.-]){_DAY}([-/.])(?:0?[1-9]|1[0-2])\1(?:{_YEAR}|\d\d)(?![\w-])(?!\.\d){_TIME}", 0.6),
            shape(rf"(?<![\w.-])(?:0?[1-9]|1[0-2])([-/])(?:1[3-9]|2\d|3[01])\1(?:{_YEAR}|\d\d)(?![\w-]){_TIME}", 0.6),
            shape(rf"\b{_DAY}(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH}\.?(?:,?[ -]{_YEAR})?\b{_TIME}", 0.65),
            shape(rf"\b{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?\b(?:,? {_YEAR}\b)?{_TIME}", 0.65),
            shape(rf"\b{_MONTH}\.?,? {_YEAR}\b", 0.6),
        ],
    )
