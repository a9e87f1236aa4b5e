"""What a shape is, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from guard.model import Span

CONTEXT = 60
"""Characters before a match in which its context words count."""

AFTER = 25
"""And after it: `4155550132 call me`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern of one entity type.

    Args:
        entity_type: Presidio's name where it has one.
        pattern: linear-time expression; the group `v`, where there is one, is the value.
        score: of a match by itself. `checked`: of a match that `validate` accepts.
        context: words that, shortly before the match, raise the score to `near`.
    """

    entity_type: str
    pattern: re.Pattern[str]
    score: float
    checked: float = 1.0
    validate: Callable[[str], bool] | None = None
    context: tuple[str, ...] = ()
    near: float = 0.85
    _words: re.Pattern[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.context:
            words = "|".join(re.escape(word) for word in self.context)
            object.__setattr__(self, "_words", re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE))

    def find(self, text: str) -> Iterator[Span]:
        """All matches in the text."""
        for match in self.pattern.finditer(text):
            start, end = match.span("v") if "v" in self.pattern.groupindex else match.span()
            if start < end:
                yield Span(start, end, self.entity_type, self._score(text, start, end), f"shape/{self.entity_type}")

    def _score(self, text: str, start: int, end: int) -> float:
        score = self.score
        if self.validate and self.validate(text[start:end]):
            score = max(score, self.checked)
        if self._words and (
            self._words.search(text, max(0, start - CONTEXT), start) or self._words.search(text, end, end + AFTER)
        ):
            score = max(score, self.near)
        return score


def luhn(number: str) -> bool:
    """Whether the digits have a right check digit (ISO/IEC 7812-1)."""
    digits = [int(c) for c in number if c.isdecimal()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(digits) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def mod97(iban: str) -> bool:
    """Whether an IBAN has right check digits (ISO 13616)."""
    text = "".join(c for c in iban.upper() if c.isalnum())
    moved = text[4:] + text[:4]
    return moved.isascii() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
