"""What is encoded in a text, and what it stands for: one function for each kind of encoding."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

_GROWTH = 4
"""A character whose compatibility form has more characters stays as it is."""


class Edit(NamedTuple):
    """What stands between two places of a text, and what it is read as. `worth`: whether that alone is worth a look."""

    start: int
    end: int
    put: str
    worth: bool = True


_LEFT_OUT, _FORMS, PERCENT, _HTML, _CODE, HIDDEN = (1 << bit for bit in range(6))
KINDS = {
    _LEFT_OUT: "invisible characters left out",
    _FORMS: "plain forms",
    PERCENT: "percent-decoded",
    _HTML: "HTML-unescaped",
    _CODE: "unescaped",
    HIDDEN: "tag characters",
}
"""Bits to what they are called in explanations."""


def described(kinds: int) -> str:
    """The kinds of a reading in words, for an explanation."""
    return ", ".join(name for bit, name in KINDS.items() if bit & kinds)


def may_be_encoded(text: str) -> bool:
    """The cheap look: of plain prose nothing else is done."""
    return not text.isascii() or "%" in text or "&" in text or "\\" in text or ("+" in text and "?" in text)


_BYTES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# A name of a form and its value, behind `?` or `&`, or first in a form of several.
_QUERY = re.compile(
    r"(?:[?&][\w.\[\]%-]{1,64}=|(?<![^\s\"'])[\w.\[\]%-]{1,64}=(?=[^\s&\"']{0,2000}&))(?P<v>[^\s&#\"'<>]{1,2000})"
)
_BREAKS = "\t\n\r"


def _percent(text: str) -> list[Edit]:
    """Bytes of UTF-8 alone."""
    return [edit for edit, size in _decoded(text) if size]


def any_percent(text: str) -> list[Edit]:
    """Bytes that are no UTF-8 as Latin-1: after all else, what is encoded twice may not be whole yet."""
    return [edit for edit, _ in _decoded(text)]


def _decoded(text: str) -> Iterator[tuple[Edit, int]]:
    """Each encoded character, and its bytes of UTF-8; 0 when it is none."""
    for match in _BYTES.finditer(text) if "%" in text else ():
        data, place = bytes.fromhex(match[0].replace("%", "")), 0
        while place < len(data):
            character, size = _character(data, place)
            start, width = match.start() + 3 * place, size or 1
            # `%02d` is a format; nobody encodes a control character in a value.
            if character.isprintable() or character in _BREAKS or not character.isascii():
                yield Edit(start, start + 3 * width, character), size
            place += width


def _character(data: bytes, place: int) -> tuple[str, int]:
    """The character that begins at a byte, and how many bytes of UTF-8 it has; of Latin-1 with 0 where it is not."""
    first = data[place]
    size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    try:
        return data[place : place + size].decode(), size
    except UnicodeDecodeError:
        return chr(first), 0


def pluses(text: str) -> list[Edit]:
    """A plus is a space in a query (application/x-www-form-urlencoded), and nowhere else."""
    if "+" not in text or "=" not in text:
        return []
    values = [match.span("v") for match in _QUERY.finditer(text)]
    return [Edit(at, at + 1, " ") for start, end in values for at in range(start, end) if text[at] == "+"]


def _percent_and_pluses(text: str) -> list[Edit]:
    return sorted([*any_percent(text), *pluses(text)])


# A semicolon may be missing; where an escape follows, its characters may belong to the reference.
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,20}+(?:;|(?![\\%]))|#[xX][0-9a-fA-F]{1,20}+(?:;|(?![\\%]))|[A-Za-z][A-Za-z0-9]{1,31}+(?:;|(?![\\%])))"
)


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
    worth = {each: _is_worth(each, form) for each, form in forms.items()}
    return [
        Edit(at, at + 1, forms[each], worth[each] and (forms[each] not in _JOINS or _joins(text, at, forms[each])))
        for at, each in enumerate(text)
        if each in forms
    ]


_JOINS = frozenset("- .+")
"""What counts between two parts of a value alone, or before one."""


def _is_worth(character: str, form: str) -> bool:
    """Punctuation is not, or every Chinese text would be read twice; what may stand inside a value is."""
    if form in _JOINS or form in "@%&\\":
        return True
    return character not in _PROSE and any(c.isascii() and c.isalnum() for c in form)


def _joins(text: str, at: int, form: str) -> bool:
    """Whether a dash, a space, a dot or a plus stands where it does in a value."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if form == "+":
        return after.isdecimal() or after == "("
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


def _in_value(one: str, other: str) -> bool:
    """Whether a value may go on with a character; with a space where its next is a digit."""
    return one != "" and (one.isalnum() or one in _IN_VALUE or (one == " " and other.isdecimal()))


def _invisible(text: str) -> list[Edit]:
    """Without what nobody sees. Between signs of a picture or letters of scripts with joiners it is usual."""
    if text.isascii():
        return []
    edits = []
    for match in _INVISIBLE.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        inside = _in_value(before, after) and _in_value(after, before)
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


Step = tuple[int, Callable[[str], list[Edit]]]
CHARACTER_STEPS: tuple[Step, ...] = ((_LEFT_OUT, _invisible), (_FORMS, _characters))
CODE_STEPS: tuple[Step, ...] = ((PERCENT, _percent), (_HTML, _references), (_CODE, _escapes))
STEPS: tuple[Step, ...] = (
    *CHARACTER_STEPS,
    (PERCENT, _percent_and_pluses),
    *CODE_STEPS[1:],
    (HIDDEN, _tags),
)
