"""Values of a TOML file changed where they stand: comments, order and layout stay.

What is written is read again and compared with what it must say. Where that does not come out right, because the file is
written in a way that this does not know, nothing is changed and `CannotPlaceError` says so.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from guard.errors import PolicyRefusedError
from guard.policy.places import places

_SCALAR = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s,\]}#\"'\[{]+")
_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#|\[|\]|[^\"'#\[\]]+")


class CannotPlaceError(PolicyRefusedError):
    """The file is written in a way that is changed as text."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is written in a way that this form cannot change. Change it as text.")


def with_value(file: str, text: str, path: Sequence[str], value: str | float | None) -> str:
    """The text with another value at a path of keys; a new key comes behind the last one of its table.

    Args:
        value: `None` takes the key away, with its line.

    Raises CannotPlaceError.
    """
    wanted = _data(file, text)
    _assign(wanted, path, value)
    found = places(text).by_path.get(tuple(path))
    if value is None:
        after = _without_line(text, found.key) if found else text
    elif found:
        after = _replaced(text, found.value, _written(value))
    else:
        after = _with_line(file, text, path, _written(value))
    return _checked(file, after, wanted)


def with_list(file: str, text: str, key: str, values: Sequence[str]) -> str:
    """The text with another list of strings at a key of the top. Raises CannotPlaceError, also for a list with comments."""
    wanted = _data(file, text)
    _assign(wanted, [key], list(values) or None)
    found = places(text).by_path.get((key,))
    row = "[" + ", ".join(map(_written, values)) + "]"
    if found is None:
        after = _with_line(file, text, [key], row) if values else text
    else:
        end = _end_of_list(file, text, found.value)
        if values:
            after = text[: found.value] + row + text[end:]
        else:
            after = text[: text.rfind("\n", 0, found.key) + 1] + text[end:].partition("\n")[2]
    return _checked(file, after, wanted)


def _data(file: str, text: str) -> dict[str, Any]:
    try:
        return copy.deepcopy(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        raise CannotPlaceError(file) from None


def _checked(file: str, after: str, wanted: dict[str, Any]) -> str:
    if _data(file, after) != wanted:
        raise CannotPlaceError(file)
    return after


def _assign(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        data = data.setdefault(key, {})
    if value is None:
        data.pop(path[-1], None)
    else:
        data[path[-1]] = value


def _written(value: str | float) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _replaced(text: str, at: int, row: str) -> str:
    found = _SCALAR.match(text, at)
    return text[:at] + row + text[found.end() :] if found else text


def _without_line(text: str, at: int) -> str:
    return text[: text.rfind("\n", 0, at) + 1] + text[at:].partition("\n")[2]


def _with_line(file: str, text: str, path: Sequence[str], row: str) -> str:
    """The text with a new key behind the last one of its table, or with a new table at the end."""
    table, key = tuple(path[:-1]), path[-1]
    text = text if text.endswith("\n") or not text else text + "\n"
    known = places(text).by_path
    beside = [place for each, place in known.items() if each[:-1] == table and _is_pair(text, each, place.key)]
    line = f"{key} = {row}\n"
    if beside:
        last = max(beside, key=lambda place: place.key).value
        at = text.index("\n", _end_of_list(file, text, last) if text.startswith("[", last) else last) + 1
    elif table in known:
        at = text.index("\n", known[table].key) + 1
    elif table:
        return f"{text}\n[{'.'.join(table)}]\n{line}"
    else:
        # Behind the comments that the file begins with, before every table.
        at = next((m.start() for m in re.finditer(r"(?m)^(?!#)", text)), len(text))
    return text[:at] + line + text[at:]


def _is_pair(text: str, path: tuple[str | int, ...], at: int) -> bool:
    """Whether a key stands before its value, in a line of its own, and is not the name of a table."""
    start = text.rfind("\n", 0, at) + 1
    return bool(re.match(r"[ \t]*[A-Za-z0-9_\"'-]+[ \t]*=", text[start:])) and isinstance(path[-1], str)


def _end_of_list(file: str, text: str, at: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] == "#":
            break  # A comment in a list would be lost.
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    raise CannotPlaceError(file)
