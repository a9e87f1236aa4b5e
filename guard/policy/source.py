"""The text of policy files: what characters it may hold, and where in it something is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import regex
from pydantic import BaseModel, ValidationError

from guard.errors import PolicyError
from guard.policy import places

MAX_BYTES = 8_000_000
"""A file may not be larger."""

REFUSED: Final = regex.compile(
    # Cc: control, Cf: bidirectional and zero-width, Cs: half a character, Co and Cn: without a meaning, Zl and Zp: line
    # ends. Characters of the last kind take no room when drawn: variation selectors, fillers, joiners.
    r"[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\t\n]]",
    regex.VERSION1,
)
"""Characters that can hide something."""
_REFUSED_ASCII: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_Model = TypeVar("_Model", bound=BaseModel)


def wrong(file: str, line: int, message: str, column: int = 1) -> PolicyError:
    """The error for a place in a file. Line and column count from 1, the column in code points."""
    error = PolicyError(f"{file}:{line}:{column}: {message}")
    error.file, error.line, error.column = file, line, column
    return error


def wrong_at(file: str, text: str, path: Sequence[str | int], message: str, *, key: bool = False) -> PolicyError:
    """The error for the value at a path of a TOML file, or for its key."""
    return _at(file, text, places.of(text, path, key=key), message)


def wrong_string(file: str, text: str, string: str, message: str) -> PolicyError:
    """The error for the first value of a TOML file that is this string."""
    return _at(file, text, places.of_string(text, string), message)


def text_of(file: str, data: bytes) -> str:
    """Decode a file and refuse characters that can hide something, comments included.

    Line ends become LF. Raises PolicyError for anything but UTF-8, for control, bidirectional and invisible characters.
    """
    if len(data) > MAX_BYTES:
        raise wrong(file, 1, "the file is too large.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise _at(file, before, len(before), "this is not UTF-8.") from None
    return checked(file, text)


def checked(file: str, text: str) -> str:
    """The text with LF as line ends. Raises PolicyError as `text_of` does."""
    text = text.replace("\r\n", "\n")
    for error in refused(file, text):
        raise error
    return text


def refused(file: str, text: str) -> Iterator[PolicyError]:
    """An error for each line that holds a character that is refused, at the first one."""
    if len(text) > MAX_BYTES:
        yield wrong(file, 1, "the file is too large.")
        return
    # Most files are ASCII, and for those the standard library is faster.
    pattern: Any = _REFUSED_ASCII if text.isascii() else REFUSED
    line, start, at = 1, 0, 0
    while (found := pattern.search(text, at)) is not None:
        line += text.count("\n", start, found.start())
        start = text.rfind("\n", 0, found.start()) + 1
        message = f"this is the character U+{ord(found[0]):04X}, which is refused."
        yield wrong(file, line, message, found.start() - start + 1)
        at = text.find("\n", found.start())
        if at < 0:
            return


def parse(file: str, text: str, model: type[_Model]) -> _Model:
    """Read a TOML file of a fixed form. Raises PolicyError that names the place; unknown keys are refused."""
    try:
        return model.model_validate(document(file, text))
    except ValidationError as error:
        found = [_invalid(file, text, each) for each in error.errors(include_input=False, include_url=False)]
        raise min(found, key=lambda each: (each.line or 0, each.column or 0)) from None


def document(file: str, text: str) -> dict[str, Any]:
    """Read any TOML file. Raises PolicyError that names the place."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise wrong(file, 1, "lists or tables are nested too deep.") from None
    except ValueError as error:  # tomllib's own error is one; a number of thousands of digits raises a plain one.
        found = re.search(r"line (\d+), column (\d+)", str(error))
        twice = places.places(text).twice
        line, column = places.line_and_column(text, len(text))
        if found:
            line, column = int(found[1]), int(found[2])
        if twice is not None and places.line_and_column(text, twice) <= (line, column):
            raise _at(file, text, twice, "this key or table stands here a second time.") from None
        raise wrong(file, line, "this is not TOML.", column) from None


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1, of a key in TOML text; that of the innermost part that is found."""
    return places.line_and_column(text, places.of(text, path, key=True))[0]


def line_with(text: str, quoted: str) -> int:
    """The first line, from 1, that holds a string in TOML text."""
    return places.line_and_column(text, places.of_string(text, quoted))[0]


def _at(file: str, text: str, offset: int, message: str) -> PolicyError:
    line, column = places.line_and_column(text, offset)
    return wrong(file, line, message, column)


def _invalid(file: str, text: str, found: Any) -> PolicyError:
    """What pydantic found, at its place. A key that is no plain name is not quoted."""
    path, unknown = found["loc"], found["type"] == "extra_forbidden"
    malformed = not unknown and len(path) > 1 and path[-1] == "[key]"
    if malformed:
        path = path[:-1]
    key = ".".join(str(part) if _NAME.fullmatch(str(part)) else "?" for part in path)
    reason = "there is no such key." if unknown else f"{found['msg']}."
    return wrong_at(file, text, path, f"{key}: {reason}", key=unknown or malformed)
