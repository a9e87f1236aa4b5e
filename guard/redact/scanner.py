"""Many shapes over one text, of which only those run that can match and can score enough.

Three cheap looks decide. Shapes that count for nothing without a word of context are left out where no such word is in
the text. Shapes whose every match holds some literal are left out where it is not. And what needs digits reads not the
text, but its digits with a margin: of prose, next to nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from guard.model import Span
from guard.redact.recognizers.secret import Finder
from guard.redact.recognizers.shape import Shape

_MARGIN = 64
"""Characters on each side of a digit that patterns see; wider ones read the whole text."""

_GAP = "\n\x00\n"
"""Between two parts of the text that do not touch: no pattern spans it."""

_DIGITS = re.compile(r"\d(?:[^\d]{0,63}\d)*+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Digits:
    """The parts of a text around its digits, one after the other, and where each part comes from."""

    text: str
    count: int
    starts: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Digits:
        parts: list[tuple[int, int]] = []
        count = len(_DIGIT.findall(text))
        for match in _DIGITS.finditer(text):
            start, end = max(match.start() - _MARGIN, 0), min(match.end() + _MARGIN, len(text))
            if parts and start <= parts[-1][1]:
                parts[-1] = (parts[-1][0], end)
            else:
                parts.append((start, end))
        if not parts or (len(parts) == 1 and parts[0][1] - parts[0][0] == len(text)):
            return cls(text if parts else "", count, (0,), (0,))
        starts, shifts, position = [], [], 0
        for start, end in parts:
            starts.append(position)
            shifts.append(start - position)
            position += end - start + len(_GAP)
        return cls(_GAP.join(text[start:end] for start, end in parts), count, tuple(starts), tuple(shifts))

    def back(self, span: Span) -> Span:
        shift = self.shifts[bisect_right(self.starts, span.start) - 1]
        return span.at(span.start + shift, span.end + shift) if shift else span


class Scanner:
    """All shapes over one text.

    Args:
        shapes: what is looked for.
        finders: what else looks at the text, in its own way.
        least: spans that score less are dropped.
    """

    def __init__(self, shapes: Iterable[Shape], least: float, finders: Sequence[Finder] = ()) -> None:
        self.shapes = tuple(shapes)
        self._finders = tuple(finders)
        self._least = least
        self._always: list[Shape] = []
        self._by_word: dict[str, list[Shape]] = {}
        self._unspaced: list[Shape] = []
        for shape in self.shapes:
            if shape.alone >= least:
                self._always.append(shape)
            elif shape.near >= least and shape.words:
                self._index(shape)

    def _index(self, shape: Shape) -> None:
        """Find the shape by the first word of each of its words of context, in the singular and the plural."""
        for word in shape.context:
            first = _WORD.search(word.casefold())
            if first is None or any(character >= "\u0e00" for character in word):
                self._unspaced.append(shape)
                continue
            for form in (first[0], first[0] + "s", first[0] + "es"):
                self._by_word.setdefault(form, []).append(shape)

    def scan(self, text: str) -> list[Span]:
        """The spans of all shapes that can match and score enough; they may overlap."""
        lower = text.lower()
        digits = _Digits.of(text)
        spans: list[Span] = []
        for shape in self._candidates(text, lower):
            needs = shape.needs
            if needs.literals and not any(literal in lower for literal in needs.literals):
                continue
            if not needs.digits or needs.width > _MARGIN:
                if needs.digits <= digits.count:
                    spans += shape.find(text, self._least)
            elif needs.digits <= digits.count:
                spans += [digits.back(span) for span in shape.find(digits.text, self._least)]
        for finder in self._finders:
            spans += [span for span in finder.find(text) if span.score >= self._least]
        return sorted(spans, key=lambda span: (span.start, span.end, span.entity_type, span.score))

    def _candidates(self, text: str, lower: str) -> Iterator[Shape]:
        yield from self._always
        by_word = self._by_word
        words = set(_WORD.findall(lower))
        if text.isascii():
            found = [by_word[word] for word in words if word in by_word]
        else:
            found = [by_word[word] for word in {word.casefold() for word in words} if word in by_word]
            found.append([shape for shape in self._unspaced if shape.words and shape.words.search(text)])
        yield from dict.fromkeys(_flat(found))


def _flat(lists: Sequence[Sequence[Shape]]) -> Iterator[Shape]:
    for each in lists:
        yield from each
