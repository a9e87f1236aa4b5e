"""Other ways to read a text, each with a map from its characters to places in the text.

A reading is made where something in a text is encoded: percent-encoding (RFC 3986), character references of HTML,
escapes of JSON and of programming languages, compatibility forms of Unicode (NFKC), characters that nobody sees. Only
the surroundings of what is encoded are read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guard.redact.decoding import (
    CHARACTER_STEPS,
    CODE_STEPS,
    HIDDEN,
    PERCENT,
    STEPS,
    Edit,
    Step,
    any_percent,
    may_be_encoded,
    pluses,
)

_LEVELS = 3
"""An encoding may be encoded again: so often it is undone."""

_AROUND = 200
"""Characters on each side of a change that are read with it."""

_TO_SPACE = 100
"""And so many more, to the next white space."""

_BEFORE, _AFTER = 60, 25
"""Decoded letters so near to a span may be the word of context that it was found by."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it may be read, and for each of its characters what it was read from.

    Args:
        starts, ends: places in the original text, in code points. They never fall; between the end of one character and
            the start of the next stand characters that were left out.
        how: bits of `KINDS`: what was decoded to have the character, or was left out beside it.
    """

    text: str = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    ends: Sequence[int] = field(repr=False)
    how: Sequence[int] = field(repr=False)

    @classmethod
    def of(cls, text: str, offset: int = 0) -> Reading:
        """A part of a text as it stands there."""
        after = offset + len(text)
        return cls(text, range(offset, after), range(offset + 1, after + 1), [0] * len(text))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original text stands what is read there; whole escapes."""
        return self.starts[start], self.ends[end - 1]

    def kinds(self, start: int, end: int) -> int:
        """Bits of what was decoded in a span, beside it, or in words so near that they may count for it; 0: the span
        reads as it did before."""
        bits = 0
        for each in self.how[max(start - 1, 0) : end + 1]:
            bits |= each
        if not bits:
            for place in (*range(max(start - _BEFORE, 0), start), *range(end, min(end + _AFTER, len(self.how)))):
                if self.how[place] and self.text[place].isalnum():
                    bits |= self.how[place]
        return bits

    def edited(self, edits: Iterable[Edit], bit: int) -> Reading:
        """The reading after edits: in order, not overlapping."""
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        how: list[int] = []
        position = left_out = 0
        for start, end, put, _ in [*edits, Edit(len(self.text), len(self.text), "")]:
            texts += (self.text[position:start], put)
            kept = len(how)
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            how += self.how[position:start]
            if left_out and len(how) > kept:
                how[kept] |= left_out
                left_out = 0
            position = end
            if start == end:
                continue
            bits = bit
            for each in self.how[start:end]:
                bits |= each
            if put:
                starts += [self.starts[start]] * len(put)
                ends += [self.ends[end - 1]] * len(put)
                how += [bits | left_out] * len(put)
                left_out = 0
            else:
                left_out |= bits
                if how:
                    how[-1] |= bits
        return Reading("".join(texts), starts, ends, how)


def readings(text: str) -> list[Reading]:
    """Readings of the parts of a text where something is encoded; none where nothing is.

    Of each part there is one with everything decoded, up to `_LEVELS` times. Where several kinds of encoding meet, there
    is one in the other order, and one for each kind: what looks like an escape may be part of a value.
    """
    if not may_be_encoded(text):
        return []
    found: list[Reading] = []
    for start, end in _windows(text):
        base = Reading.of(text[start:end], start)
        texts = {base.text, ""}
        for reading in (_decoded(base), *_otherwise(base)):
            if reading.text not in texts:
                texts.add(reading.text)
                found.append(reading)
    return found


def _windows(text: str) -> list[tuple[int, int]]:
    """The surroundings of what is worth it, cut at white space where there is any; they do not overlap."""
    places = sorted((e.start, e.end) for _, edits in STEPS for e in edits(text) if e.worth)
    near = _merged((start - _AROUND, end + _AROUND) for start, end in places)
    return _merged((_back(text, start), _forth(text, end)) for start, end in near)


def _merged(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Parts that touch, as one."""
    merged: list[tuple[int, int]] = []
    for start, end in parts:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _back(text: str, place: int) -> int:
    if place <= 0:
        return 0
    return next((at for at in range(place, max(place - _TO_SPACE, 0), -1) if text[at - 1].isspace()), place)


def _forth(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    return next((at for at in range(place, min(place + _TO_SPACE, len(text))) if text[at].isspace()), place)


def _decoded(reading: Reading, steps: Sequence[Step] = CODE_STEPS) -> Reading:
    """Everything decoded, in the order of the steps."""
    reading = _plain(reading.edited(pluses(reading.text), PERCENT))
    for _ in range(_LEVELS):
        before = reading.text
        for bit, edits in steps:
            if changes := edits(reading.text):
                # An escape may itself be written in look-alikes, or with what nobody sees in it.
                reading = _plain(reading.edited(changes, bit))
        if reading.text == before:
            break
    return _plain(reading.edited(any_percent(reading.text), PERCENT))


def _plain(reading: Reading) -> Reading:
    for bit, edits in CHARACTER_STEPS:
        if changes := edits(reading.text):
            reading = reading.edited(changes, bit)
    return reading


def _otherwise(reading: Reading) -> list[Reading]:
    """Where there are several kinds of encoding: all decoded in the other order, for it may be the one in which they were
    put around each other; and each alone, once."""
    kinds = [(bit, edits(reading.text)) for bit, edits in STEPS]
    kinds = [(bit, changes) for bit, changes in kinds if any(each.worth for each in changes)]
    if len(kinds) < 2 and not any(bit == HIDDEN for bit, _ in kinds):
        return []
    return [_decoded(reading, CODE_STEPS[::-1]), *(reading.edited(changes, bit) for bit, changes in kinds)]
