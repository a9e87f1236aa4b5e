"""Other ways to read a text, each with a map from its characters to places in the text.

A reading is made where something in a text is encoded: percent-encoding (RFC 3986), character references of HTML,
escapes of JSON and of programming languages, compatibility forms of Unicode (NFKC), characters that nobody sees. Only
the surroundings of what is encoded are read again.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

_LEVELS = 3
"""An encoding may be encoded again: so often it is undone."""

_AROUND = 200
"""Characters on each side of a change that are read with it."""

_TO_SPACE = 100
"""And so many more, to the next white space."""

_GROWTH = 4
"""A character whose compatibility form has more characters stays as it is."""

_BEFORE, _AFTER = 60, 25
"""Decoded letters so near to a span may be the word of context that it was found by."""


class Edit(NamedTuple):
    """What stands between two places of a text, and what it is read as. `worth`: whether that alone is worth a look."""

    start: int
    end: int
    put: str
    worth: bool = True


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

    Of each part there is one with everything decoded, up to `_LEVELS` times, and, where they differ from it, one for each
    kind of encoding: what looks like an escape may be part of a value.
    """
    if not _may_be_encoded(text):
        return []
    found: list[Reading] = []
    for start, end in _windows(text):
        base = Reading.of(text[start:end], start)
        texts = {base.text, ""}
        for reading in (_decoded(base), *_singly(base)):
            if reading.text not in texts:
                texts.add(reading.text)
                found.append(reading)
    return found


def described(kinds: int) -> str:
    """The kinds of a reading in words, for an explanation."""
    return ", ".join(name for bit, name in KINDS.items() if bit & kinds)


def _may_be_encoded(text: str) -> bool:
    return not text.isascii() or "%" in text or "&" in text or "\\" in text or ("+" in text and "?" in text)


def _windows(text: str) -> list[tuple[int, int]]:
    """The surroundings of what is worth it, cut at white space where there is any; they do not overlap."""
    places = sorted((e.start, e.end) for _, edits in _STEPS for e in edits(text) if e.worth)
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


def _decoded(reading: Reading) -> Reading:
    """Everything decoded."""
    reading = reading.edited(_pluses(reading.text), _PERCENT)
    for _ in range(_LEVELS):
        before = reading.text
        for bit, edits in (*_CHARACTER_STEPS, *_CODE_STEPS):
            if changes := edits(reading.text):
                reading = reading.edited(changes, bit)
        if reading.text == before:
            return reading
    for bit, edits in _CHARACTER_STEPS:
        reading = reading.edited(edits(reading.text), bit)
    return reading


def _singly(reading: Reading) -> Iterator[Reading]:
    """One kind of encoding decoded, once: each that is there."""
    for bit, edits in _STEPS:
        changes = edits(reading.text)
        if any(each.worth for each in changes):
            yield reading.edited(changes, bit)


_BYTES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# A name of a form and its value, behind `?` or `&`, or first in a form of several.
_QUERY = re.compile(
    r"(?:[?&][\w.\[\]%-]{1,64}=|(?<![^\s\"'])[\w.\[\]%-]{1,64}=(?=[^\s&\"']{0,2000}&))(?P<v>[^\s&#\"'<>]{1,2000})"
)
_BREAKS = "\t\n\r"


def _percent(text: str) -> list[Edit]:
    if "%" not in text:
        return []
    edits: list[Edit] = []
    for match in _BYTES.finditer(text):
        data, place = bytes.fromhex(match[0].replace("%", "")), 0
        while place < len(data):
            character, size = _character(data, place)
            start = match.start() + 3 * place
            # `%02d` is a format; nobody encodes a control character in a value.
            if character.isprintable() or character in _BREAKS or not character.isascii():
                edits.append(Edit(start, start + 3 * size, character))
            place += size
    return edits


def _character(data: bytes, place: int) -> tuple[str, int]:
    """The character that begins at a byte, and its bytes: UTF-8, or Latin-1 where it is not."""
    first = data[place]
    size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    try:
        return data[place : place + size].decode(), size
    except UnicodeDecodeError:
        return chr(first), 1


def _pluses(text: str) -> list[Edit]:
    """A plus is a space in a query (application/x-www-form-urlencoded), and nowhere else."""
    if "+" not in text or "=" not in text:
        return []
    values = [match.span("v") for match in _QUERY.finditer(text)]
    return [Edit(at, at + 1, " ") for start, end in values for at in range(start, end) if text[at] == "+"]


def _percent_and_pluses(text: str) -> list[Edit]:
    return sorted([*_percent(text), *_pluses(text)])


_REFERENCE = re.compile(r"&(?:#[0-9]{1,20};?|#[xX][0-9a-fA-F]{1,20};?|[A-Za-z][A-Za-z0-9]{1,31};?)")


def _references(text: str) -> list[Edit]:
    """As `html.unescape` does it: some names need no semicolon."""
    if "&" not in text:
        return []
    edits: list[Edit] = []
    for match in _REFERENCE.finditer(text):
        start, end, put = match.start(), match.end(), html.unescape(match[0])
        if put == match[0]:
            continue
        if match[0][1] != "#" and match[0][1:] not in html5:
            # A name without a semicolon, and letters that belong to the text.
            while len(put) > 1 and put[-1] == text[end - 1]:
                put, end = put[:-1], end - 1
        edits.append(Edit(start, end, put))
    return edits


_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[\\%]u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}"
    r"|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[nrt\"'/\\]"
)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


def _escapes(text: str) -> list[Edit]:
    if "\\" not in text and "%u" not in text:
        return []
    edits = [Edit(*match.span(), _unescaped(match[0])) for match in _ESCAPE.finditer(text)]
    return [each for each in edits if each.put]


def _unescaped(escape: str) -> str:
    """The character of an escape; "" for half a pair of surrogates and for what is no character."""
    kind = escape[1]
    if kind not in "uUx":
        return _LETTERS.get(kind, kind)
    if len(escape) == 12:
        code = 0x10000 + ((int(escape[2:6], 16) - 0xD800) << 10) + int(escape[8:], 16) - 0xDC00
    else:
        code = int(escape[2:].strip("{}"), 16)
    return "" if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_BETWEEN_PARTS = frozenset("\u2010\u2011\u2212\ufe63\uff0d")
"""Dashes that stand for a hyphen; the others join words of a sentence."""

_PROSE = frozenset("™℠²³¹½¼¾ªº℃℉№…")
"""Usual in prose: no sign of an encoding."""


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    """What a character is read as; "" when as itself."""
    if character in _DASHES:
        return "-"
    if character == "\u3002":
        return "."
    if character in "\u0085\u2028\u2029":
        return "\n"
    if character.isspace():
        return " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    form = unicodedata.normalize("NFKC", character)
    return "" if form == character or len(form) > _GROWTH else form


def _characters(text: str) -> list[Edit]:
    """Compatibility forms, decimal digits of other scripts, dashes and spaces that look like plain ones."""
    if text.isascii():
        return []
    forms = {each: form for each in set(text) if not each.isascii() and (form := _plain(each))}
    if not forms:
        return []
    return [
        Edit(at, at + 1, forms[each], _is_worth(text, at, forms[each])) for at, each in enumerate(text) if each in forms
    ]


def _is_worth(text: str, at: int, form: str) -> bool:
    """Punctuation is not, or every Chinese text would be read twice; what may stand inside a value is."""
    if form not in ("-", " ", "."):
        return text[at] not in _PROSE and (form in "@%&\\" or any(c.isascii() and c.isalnum() for c in form))
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if form == " ":
        return before.isdecimal() or after.isdecimal()
    if form == "-" and text[at] not in _BETWEEN_PARTS:
        return before.isdecimal() and after.isdecimal()
    return before.isalnum() and after.isalnum() and before.isascii() and after.isascii()


_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Default ignorable code points (Unicode, DerivedCoreProperties), and the marks of annotations."""

# They write joiners between letters.
_JOINING = re.compile("[\u0600-\u06ff\u0900-\u0dff]")
_IN_VALUE = "@._+-:/()#=%&;\\"


def _invisible(text: str) -> list[Edit]:
    """Without what nobody sees. Between signs of a picture or letters of scripts with joiners it is usual."""
    if text.isascii():
        return []
    edits = []
    for match in _INVISIBLE.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        inside = all(each and (each.isalnum() or each in _IN_VALUE) for each in (before, after))
        usual = inside and _JOINING.match(before) and _JOINING.match(after)
        edits.append(Edit(*match.span(), "", inside and not usual))
    return edits


_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")


def _tags(text: str) -> list[Edit]:
    """Letters that nobody sees, as the letters they stand for: a model reads them. Flags have fewer of them."""
    if text.isascii():
        return []
    return [
        Edit(at, at + 1, chr(ord(text[at]) - 0xE0000)) for match in _TAGS.finditer(text) for at in range(*match.span())
    ]


_LEFT_OUT, _FORMS, _PERCENT, _HTML, _CODE, _HIDDEN = (1 << bit for bit in range(6))
KINDS = {
    _LEFT_OUT: "invisible characters left out",
    _FORMS: "plain forms",
    _PERCENT: "percent-decoded",
    _HTML: "HTML-unescaped",
    _CODE: "unescaped",
    _HIDDEN: "tag characters",
}
"""Bits to what they are called in explanations."""

_Step = tuple[int, Callable[[str], list[Edit]]]
_CHARACTER_STEPS: tuple[_Step, ...] = ((_LEFT_OUT, _invisible), (_FORMS, _characters))
_CODE_STEPS: tuple[_Step, ...] = ((_PERCENT, _percent), (_HTML, _references), (_CODE, _escapes))
_STEPS: tuple[_Step, ...] = (
    *_CHARACTER_STEPS,
    (_PERCENT, _percent_and_pluses),
    *_CODE_STEPS[1:],
    (_HIDDEN, _tags),
)
