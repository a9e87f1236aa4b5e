"""A text as the tagger reads it: words, their pieces in the vocabulary, and the shape that an uncased vocabulary loses.

Training and detection share it: what differs between the two would be an error of every result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FIRST, LAST, UNKNOWN = 101, 102, 100
"""[CLS], [SEP] and [UNK] of BERT's uncased vocabulary."""

SHAPES = 18
"""Number of word shapes, that of no word (0) included."""

SPACES = 4
"""What stands before a word: nothing known (0), another word at once, a space, a line break."""

_LONGEST = 32
"""Letters of a word that are read as one; the vocabulary knows none that is longer."""

_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+|\S")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a sign: where it stands in the text, its pieces, its shape, and what stands before it."""

    start: int
    end: int
    pieces: tuple[int, ...]
    shape: int
    space: int


class Reader:
    """Reads texts with one vocabulary; pieces of short words are remembered."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}

    def words(self, text: str) -> list[Word]:
        """The words of `text`, with offsets in its code points. Unpaired surrogates are read as unknown signs."""
        found: list[Word] = []
        end = 0
        for match in _WORD.finditer(text):
            space = _space(text, end, match.start())
            end = match.end()
            for start in range(match.start(), end, _LONGEST):
                stop = min(start + _LONGEST, end)
                word = text[start:stop]
                found.append(Word(start, stop, self._pieces(word), shape(word), space if start == match.start() else 1))
        return found

    def _pieces(self, word: str) -> tuple[int, ...]:
        known = self._known.get(word)
        if known is None:
            readable = word.encode("utf-8", "replace").decode()
            known = tuple(self._tokenizer.encode(readable, add_special_tokens=False).ids) or (UNKNOWN,)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[word] = known
        return known


_REMEMBERED = 50_000
"""Words whose pieces are kept. They are words of anybody's text: they stay in memory and are never listed."""


def _space(text: str, start: int, end: int) -> int:
    if start == end:
        return 1 if start else 3
    return 3 if "\n" in text[start:end] else 2


def shape(word: str) -> int:
    """What kind of word it is: digits by their number, letters by their case, signs; 1 to 17."""
    if word.isdigit():
        return min(len(word), 6)
    if any(c.isdigit() for c in word):
        return 7 if word.isupper() else 8
    if not any(c.isalpha() for c in word):
        return _SIGNS.get(word, 17)
    if word.isupper():
        return 9 if len(word) == 1 else 10 if len(word) <= 3 else 11
    if word.islower():
        return 12
    return 13 if word[0].isupper() and word[1:].islower() else 14 if word[0].isupper() else 15


_SIGNS = dict.fromkeys(".,;:!?", 16)
