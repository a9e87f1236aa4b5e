"""A text as the tagger reads it: WordPiece tokens with their places, their words and the shape of each.

The encoder does not see case; the shape says what it lost: capitals, digits, and what stood before the word.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SEGMENT: Final = 8_000
"""Characters tokenized at once, so that a long text needs little memory."""

_RUN: Final = re.compile(r"[^\s!-/:-@\[-`{-~]{80}(?=[^\s!-/:-@\[-`{-~])")
"""A WordPiece tokenizer reads a word of over 100 characters as one unknown token, which would hide what is in it."""

KINDS: Final = 14
BEFORE: Final = 4
SHAPES: Final = 1 + KINDS * BEFORE
"""How many shapes there are; 0 is that of the two marks at the ends of a window."""


@dataclass(slots=True)
class Pieces:
    """Tokens, side by side.

    Attributes:
        ids: in the vocabulary. shapes: see `shape`. starts, ends: in code points of the text.
        words: number of the word that a token is part of; rises along the text.
    """

    ids: array[int]
    shapes: array[int]
    starts: array[int]
    ends: array[int]
    words: array[int]


def kind(word: str) -> int:
    """What a word is made of, as a number below `KINDS`."""
    if word.isdigit():
        return 5 + min(len(word), 5)  # 6 to 10
    if word.isalpha():
        if word.islower():
            return 0
        if word.isupper():
            return 3 if len(word) > 1 else 2
        return 1 if word[0].isupper() and word[1:].islower() else 4 if any(c.isupper() for c in word) else 5
    if len(word) == 1:
        return 11 if word.isascii() else 12
    return 13 if any(c.isdigit() for c in word) else 12


def before(gap: str) -> int:
    """What stands between a word and the one before it: nothing, a space, more, a new line."""
    if not gap:
        return 0
    if "\n" in gap or "\r" in gap:
        return 3
    return 1 if len(gap) == 1 and gap != "\t" else 2


def segments(text: str) -> Iterator[tuple[int, str]]:
    """Parts of `text` that are tokenized alone, with the place of each."""
    start = 0
    while start < len(text):
        stop = min(start + _SEGMENT, len(text))
        if stop < len(text):
            space = max(text.rfind(" ", start + _SEGMENT // 2, stop), text.rfind("\n", start + _SEGMENT // 2, stop))
            stop = space if space > 0 else stop
        at = start
        for run in _RUN.finditer(text, start, stop):
            yield at, text[at : run.end()]
            at = run.end()
        yield at, text[at:stop]
        start = stop


def readable(text: str) -> str:
    """`text`, as long as before, without the unpaired surrogates that no tokenizer takes."""
    return text if text.isascii() else "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """Return the tokens of `text`. The tokenizer must neither cut nor pad."""
    out = Pieces(*(array("i") for _ in range(5)))
    text = readable(text)
    word, last = -1, 0
    for base, part in segments(text):
        code = tokenizer.encode(part, add_special_tokens=False)
        known: int | None = -1
        shape = 0
        offsets = code.offsets
        word_ids = code.word_ids
        at, count = 0, len(offsets)
        while at < count:
            known = word_ids[at]
            stop = at + 1
            while stop < count and word_ids[stop] == known:
                stop += 1
            start, end = base + offsets[at][0], base + offsets[stop - 1][1]
            word += 1
            shape = 1 + kind(text[start:end] or " ") * BEFORE + before(text[last:start] if word else "\n")
            last = end
            for each in range(at, stop):
                out.starts.append(base + offsets[each][0])
                out.ends.append(base + offsets[each][1])
                out.shapes.append(shape if each == at else 1 + (shape - 1) // BEFORE * BEFORE)
                out.words.append(word)
            at = stop
        out.ids.extend(code.ids)
    return out
