"""The texts in a part of a file, each with its place, and writing them back: all else stays, letter for letter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from guard.cleaning.model import TEXT, Task
from guard.cleaning.splitting import by_line, by_record

Form = Literal["plain", "csv", "json", "number", "key"]

ITEM = "[]"
"""The step of a path into an array."""

_UNITS = {
    "csv": re.compile(r'""|[^"]'),
    "json": re.compile(
        r"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]|\\", re.DOTALL
    ),
}
"""How each character of a text may be written."""

_JSON = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|([{}\[\],:])|([^\s{}\[\],:"]+)', re.DOTALL)
_LONG_NUMBER = re.compile(r"-?\d{7,}(?:\.0*)?")
"""Numbers that may be a telephone's or a card's; tables with empty cells write them with a fraction of zero."""

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(slots=True)
class Cell:
    """One text of a record.

    Args:
        start: where it stands in the part. raw: as it is written there. text: as it is read.
        path: the names that lead to it. form: how it is written; of a `key`, `path` leads to the object.
    """

    start: int
    raw: str = field(repr=False)
    text: str = field(repr=False)
    path: tuple[str, ...]
    form: Form = "plain"

    @property
    def member(self) -> str:
        """The name that it is the value of; empty: it has none."""
        return next((name for name in reversed(self.path) if name != ITEM), "")

    def written(self, replaced: Sequence[tuple[int, int, str]]) -> str:
        """What stands in place of `raw`: each `start, end, replacement` of the text, in order."""
        units = self._units()
        parts, position = [], 0
        for start, end, replacement in replaced:
            parts += [*units[position:start], replacement]
            position = end
        written = "".join([*parts, *units[position:]])
        return f'"{written}"' if self.form == "number" else written

    def _units(self) -> Sequence[str]:
        if self.raw == self.text:
            return self.raw
        return _UNITS["csv" if self.form == "csv" else "json"].findall(self.raw)


@dataclass(slots=True)
class Record:
    """A row, a document, a stretch of text: what is taken out in one place of it is taken out in all."""

    cells: list[Cell] = field(default_factory=list)
    is_broken: bool = False


def read(task: Task, columns: Sequence[str] | None = None) -> list[Record]:
    """The records of a part.

    Args:
        columns: of a table: the names of its columns, if its first record says them.
    """
    if task.kind == "text":
        return [Record([Cell(0, task.text, task.text, (TEXT,))])]
    if task.kind == "table":
        return _table(task, columns)
    if task.kind == "lines":
        return _json_lines(task.text)
    if task.kind == "document":
        return [Record(list(_strings(task.text, 0, [])))]
    return _elements(task)


def row(record: str, start: int, delimiter: str, name: Callable[[int], str]) -> Iterator[Cell]:
    """The cells of a row."""
    end = len(record.rstrip("\r\n"))
    place = number = 0
    while place <= end:
        number += 1
        close = _close(record, place, end, delimiter) if record.startswith('"', place) else -1
        if close > 0:
            raw = record[place + 1 : close]
            yield Cell(start + place + 1, raw, raw.replace('""', '"'), (name(number),), "csv")
            place = close + 2
            continue
        stop = record.find(delimiter, place, end)
        stop = end if stop < 0 else stop
        yield Cell(start + place, record[place:stop], record[place:stop], (name(number),))
        place = stop + 1


def _close(record: str, place: int, end: int, delimiter: str) -> int:
    """Where the quote that ends a cell stands; -1: there is none, and the first one is a letter like others."""
    place += 1
    while (place := record.find('"', place, end)) >= 0:
        if record.startswith('"', place + 1) and place + 1 < end:
            place += 2
            continue
        return place if place + 1 == end or record.startswith(delimiter, place + 1) else -1
    return -1


def _table(task: Task, columns: Sequence[str] | None) -> list[Record]:
    names = columns or ()

    def name(number: int) -> str:
        return (names[number - 1] if number <= len(names) else "") or f"column {number}"

    result, start = [], 0
    for index, record in enumerate(by_record(by_line([task.text]), task.delimiter)):
        is_head = columns is not None and task.is_first and index == 0
        if record.strip() and not is_head:
            result.append(Record(list(row(record, start, task.delimiter, name))))
        start += len(record)
    return result


def _json_lines(text: str) -> list[Record]:
    result, start = [], 0
    for line in by_line([text]):
        if line.strip():
            try:
                json.loads(line)
                result.append(Record(list(_strings(line, start, []))))
            except (ValueError, RecursionError):
                # It is read as strings are: an escaped `@` would hide an address.
                result.append(Record([Cell(start, line, _leniently(line), (TEXT,), "json")], is_broken=True))
        start += len(line)
    return result


def _elements(task: Task) -> list[Record]:
    """The elements of the outer array, a record each."""
    records: list[Record] = []
    begun = None
    for cell, element in _walk(task.text, 0, [] if task.is_first else [ITEM]):
        if element != begun:
            records.append(Record())
            begun = element
        if cell is not None:
            records[-1].cells.append(cell)
    return records


def _strings(text: str, start: int, stack: list[str]) -> Iterator[Cell]:
    for cell, _ in _walk(text, start, stack):
        if cell is not None:
            yield cell


def _walk(text: str, start: int, path: list[str]) -> Iterator[tuple[Cell | None, int]]:
    """Every string and long number of JSON that was checked to be JSON, and the number of its element in the outermost
    array. An element without a text is told as well.

    Args:
        path: the arrays that the text begins in; the last step of an open object is the name of the member.
    """
    is_name = False  # Whether the next string is the name of a member.
    element = 0
    for match in _JSON.finditer(text):
        string, sign, other = match.groups()
        if sign == "{":
            path.append("")
            is_name = True
            yield None, element
        elif sign == "[":
            path.append(ITEM)
            is_name = False
        elif sign and sign in "}]":
            path.pop()
            is_name = False
        elif sign == ",":
            is_name = bool(path) and path[-1] != ITEM
            element += len(path) == 1
        elif string is not None and is_name:
            key = _text(string)
            yield Cell(start + match.start(1), string, key, tuple(path[:-1]), "key"), element
            path[-1] = "[ ]" if key == ITEM else key
            is_name = False
        elif string is not None:
            yield Cell(start + match.start(1), string, _text(string), tuple(path), "json"), element
        elif other and _LONG_NUMBER.fullmatch(other):
            yield Cell(start + match.start(3), other, other, tuple(path), "number"), element
        elif other:
            yield None, element


def _text(raw: str) -> str:
    return str(json.loads(f'"{raw}"', strict=False)) if "\\" in raw else raw


def _leniently(raw: str) -> str:
    """What is no JSON as it would be read in a string: a character for each of its units."""
    return "".join(map(_read_unit, _UNITS["json"].findall(raw))) if "\\" in raw else raw


def _read_unit(unit: str) -> str:
    if unit[0] != "\\" or len(unit) == 1:
        return unit
    return _text(unit) if len(unit) > 2 else _ESCAPES.get(unit[1], unit[1])
