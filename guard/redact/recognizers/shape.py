"""What a shape is, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from guard.model import Explanation, Span
from guard.redact.recognizers.needs import Needs, needs

CONTEXT = 60
"""Characters before a match in which its context words count."""

AFTER = 25
"""And after it: `4155550132 call me`."""

_LOWER_CASE = 0.3
"""The most that a match in lower case scores where capitals are the rule."""

Check = Callable[[str], bool | None]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One pattern of one entity type.

    Args:
        entity_type: Presidio's name where it has one.
        pattern: linear-time expression; the group `v`, where there is one, is the value.
        score: of a match by itself. `checked`: of a match that `validate` accepts. `failed`: the most that one has that
            it does not accept; `validate` may also have no opinion.
        context: words that, shortly before the match (`after` characters behind it), raise the score to `near`; one in
            the plural counts as well.
        name, check: of the pattern and of what `validate` does, for the explanation.
        country: that it belongs to, as the setting spells it; empty: any.
        upper: letters in lower case are a weak sign: such a match needs context, and with
            spaces in it, it is none: `for 250 ms` is no number plate.
    """

    entity_type: str
    pattern: re.Pattern[str]
    score: float
    checked: float = 1.0
    validate: Check | None = None
    context: tuple[str, ...] = ()
    near: float = 0.85
    name: str = ""
    check: str = ""
    country: str = ""
    failed: float = 1.0
    after: int = AFTER
    upper: bool = False
    detector: str = "shape"
    needs: Needs = field(init=False, default=Needs())
    words: re.Pattern[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", needs(self.pattern))
        if self.context:
            object.__setattr__(self, "words", _any_of(self.context))

    @property
    def alone(self) -> float:
        """The best score that a match can have without a word of context."""
        return max(self.score, self.checked) if self.validate else self.score

    def find(self, text: str, least: float = 0.0) -> Iterator[Span]:
        """All matches in the text that score `least`."""
        group = "v" if "v" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            start, end = match.span(group)
            if start < end:
                span = self._scored(text, start, end)
                if span.score >= least:
                    yield span

    def _scored(self, text: str, start: int, end: int) -> Span:
        value = text[start:end]
        score, check, context = self.score, "", ""
        if self.validate and (verdict := self.validate(value)) is not None:
            score = max(score, self.checked) if verdict else min(score, self.failed)
            check = ("" if verdict else "!") + (self.check or "valid")
        if self.upper and value != value.upper():
            score = min(score, _LOWER_CASE)
            if " " in value:
                return Span(start, end, self.entity_type, 0.0)
        if self.words and self.near > score and (context := self._context(text, start, end)):
            score = self.near
        explanation = Explanation(self.name or self.entity_type.lower(), self.score, check, context)
        return Span(start, end, self.entity_type, score, f"{self.detector}/{self.entity_type}", explanation)

    def _context(self, text: str, start: int, end: int) -> str:
        assert self.words
        found = self.words.search(text, max(0, start - CONTEXT), start) or (
            self.words.search(text, end, end + self.after) if self.after else None
        )
        return found[0] if found else ""


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole; where a script has no spaces, anywhere."""
    spaced = "|".join(re.escape(word) for word in words if _is_spaced(word))
    other = "|".join(re.escape(word) for word in words if not _is_spaced(word))
    whole = rf"(?<![^\W\d_])(?:{spaced})(?:e?s)?(?![^\W\d_])" if spaced else ""
    return re.compile("|".join(filter(None, (whole, other))), re.IGNORECASE)


def _is_spaced(word: str) -> bool:
    return all(character < "\u0e00" for character in word)


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
