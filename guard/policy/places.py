"""Where in a TOML text its keys and values stand. tomllib reads the text and says nothing of places; this adds them.

It walks text that tomllib has read or given up on, so it need not refuse anything: where it is lost, it stops.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

Path = tuple[str | int, ...]

_BETWEEN = re.compile(r"(?:[ \t\n\r]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets into the text, in code points: of the key, or of the element of a list, and of its value."""

    key: int
    value: int


class _LostError(Exception):
    """The text is no TOML from here on."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a text: by path, and that of the first key that stands twice."""

    by_path: dict[Path, Place]
    strings: dict[Path, str]
    twice: int | None


@lru_cache(maxsize=64)
def places(text: str) -> Places:
    """Find every key and value. A path is a chain of keys and of indexes, of lists and of arrays of tables alike."""
    walk = _Walk(text)
    # What was found before it was lost is right; the rest has no places, and its errors name the table around it.
    with contextlib.suppress(_LostError, RecursionError):
        walk.document()
    return Places(walk.by_path, walk.strings, walk.twice)


def of(text: str, path: Sequence[str | int], *, key: bool = False) -> int:
    """The offset of the value at a path, or of its key; that of the innermost part that is found."""
    known = places(text).by_path
    for end in range(len(path), 0, -1):
        found = known.get(tuple(path[:end]))
        if found is not None:
            return found.key if key or end < len(path) else found.value
    return 0


def of_string(text: str, wanted: str) -> int:
    """The offset of the first value that is this string, or 0."""
    found = places(text)
    return next((found.by_path[path].value for path, string in found.strings.items() if string == wanted), 0)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1, the column in code points."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Walk:
    def __init__(self, text: str) -> None:
        self.by_path: dict[Path, Place] = {}
        self.strings: dict[Path, str] = {}
        self.twice: int | None = None
        self._text, self._at = text, 0
        self._written: set[Path] = set()
        self._last: dict[Path, int] = {}  # the index of the newest table of each array of tables

    def document(self) -> None:
        base: Path = ()
        while True:
            self._take(_BETWEEN)
            if self._at == len(self._text):
                return
            if self._text[self._at] == "[":
                base = self._header()
            else:
                self._pair(base)

    def _header(self) -> Path:
        array = self._eat("[[")
        if not array:
            self._eat("[")
        keys = self._keys()
        path = self._through((), keys[:-1])
        name, offset = keys[-1]
        path = (*path, name)
        if array:
            self.by_path.setdefault(path, Place(offset, offset))
            self._last[path] = self._last.get(path, -1) + 1
            path = (*path, self._last[path])
        self._note(path, offset, offset)
        if not self._eat("]]" if array else "]"):
            raise _LostError
        return path

    def _pair(self, base: Path) -> None:
        keys = self._keys()
        if not self._eat("="):
            raise _LostError
        self._take(_BLANK)
        name, offset = keys[-1]
        path = (*self._through(base, keys[:-1]), name)
        self._note(path, offset, self._at)
        self._value(path)

    def _keys(self) -> list[tuple[str, int]]:
        """A dotted key: each part and its offset."""
        keys: list[tuple[str, int]] = []
        while True:
            self._take(_BLANK)
            offset = self._at
            keys.append((_plain(self._take(_KEY)), offset))
            self._take(_BLANK)
            if not self._eat("."):
                return keys

    def _through(self, base: Path, keys: Iterable[tuple[str, int]]) -> Path:
        """The path that the parts before the last one of a dotted key lead to."""
        path = base
        for name, offset in keys:
            path = (*path, name)
            self.by_path.setdefault(path, Place(offset, offset))
            if path in self._last:
                path = (*path, self._last[path])
        return path

    def _note(self, path: Path, key: int, value: int) -> None:
        if path in self._written:
            self.twice = key if self.twice is None else self.twice
            return
        self._written.add(path)
        self.by_path[path] = Place(key, value)

    def _value(self, path: Path) -> None:
        first = self._text[self._at : self._at + 1]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._table(path)
        elif first in ("'", '"'):
            self.strings[path] = _plain(self._take(_STRING))
        else:
            self._take(_SCALAR)

    def _list(self, path: Path) -> None:
        self._eat("[")
        index = 0
        while True:
            self._take(_BETWEEN)
            if self._eat("]"):
                return
            self._note((*path, index), self._at, self._at)
            self._value((*path, index))
            index += 1
            self._take(_BETWEEN)
            self._eat(",")

    def _table(self, path: Path) -> None:
        self._eat("{")
        while True:
            self._take(_BETWEEN)
            if self._eat("}"):
                return
            self._pair(path)
            self._take(_BETWEEN)
            self._eat(",")

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _LostError
        self._at = found.end()
        return found[0]

    def _eat(self, literal: str) -> bool:
        if not self._text.startswith(literal, self._at):
            return False
        self._at += len(literal)
        return True


def _plain(written: str) -> str:
    """What a key or a string stands for."""
    if written[:1] not in ("'", '"'):
        return written
    if "\\" not in written and written[:3] not in ("'''", '"""'):
        return written[1:-1]
    try:
        return str(tomllib.loads(f"v = {written}")["v"])
    except ValueError:
        raise _LostError from None
