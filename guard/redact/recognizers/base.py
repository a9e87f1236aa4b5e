"""What a recognizer is, and the one that most are: shapes, context words and a check.

A check (Luhn, mod 97, a checksum) moves the score. It never vetoes a strong shape: a card number with a slip of the pen
is still somebody's. And there are no lists of well-known examples that pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import regex

from guard.model import Span

TIMEOUT = 10.0
"""Seconds that one pattern may take over one text. A pattern that takes longer fails the detection."""

_BEFORE, _AFTER = 70, 25
_CONTEXT = 0.4
_FAILED = 0.8


class Recognizer(Protocol):
    """Finds one kind of personal data in a text."""

    @property
    def entity_types(self) -> frozenset[str]:
        """The types of the spans that it may find."""
        ...

    def find(self, text: str) -> Iterable[Span]:
        """Return the spans of `text`, weak ones included: the detector has a threshold. Raises TimeoutError."""
        ...


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern and how sure it is alone. Its group `value`, if it has one, is the span."""

    pattern: regex.Pattern[str]
    score: float


def shape(pattern: str, score: float, flags: int = regex.IGNORECASE) -> Shape:
    """Compile a shape. Spaces in the pattern count."""
    return Shape(regex.compile(pattern, flags), score)


class Shapes:
    """A recognizer by shapes.

    Args:
        entity_type: of its spans.
        shapes: what it looks for.
        context: words that, shortly before or after, add 0.4; matched at the beginning of a word.
        check: says of a match that it is right (the score is at least 0.95), wrong (it is lowered) or nothing.
    """

    def __init__(
        self,
        entity_type: str,
        shapes: Sequence[Shape],
        context: Sequence[str] = (),
        check: Callable[[str], bool | None] | None = None,
    ) -> None:
        self.entity_types = frozenset((entity_type,))
        self._entity_type = entity_type
        self._shapes = tuple(shapes)
        self._near = near(context)
        self._check = check

    def find(self, text: str) -> Iterator[Span]:
        for each in self._shapes:
            group = "value" if "value" in each.pattern.groupindex else 0
            for match in each.pattern.finditer(text, timeout=TIMEOUT):
                start, end = match.span(group)
                if start < end:
                    yield Span(start, end, self._entity_type, self._score(each.score, text, start, end), "shape")

    def _score(self, score: float, text: str, start: int, end: int) -> float:
        verdict = self._check(text[start:end]) if self._check else None
        if verdict is True:
            return max(score, 0.95)
        if verdict is False:
            score *= _FAILED
        return min(score + _CONTEXT, 1.0) if self._near(text, start, end) else score


def near(words: Sequence[str]) -> Callable[[str, int, int], bool]:
    """A test for whether one of the words begins shortly before or after a span, on the same line or the next."""
    if not words:
        return lambda text, start, end: False
    choice = "|".join(regex.escape(word) for word in sorted(words, key=len, reverse=True))
    pattern = regex.compile(rf"(?<![^\W_])(?:{choice})", regex.IGNORECASE)

    def test(text: str, start: int, end: int) -> bool:
        before = max(start - _BEFORE, 0)
        return bool(pattern.search(text, before, start) or pattern.search(text, end, end + _AFTER))

    return test


def digits(text: str) -> str:
    """The digits of a text, as ASCII."""
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())
