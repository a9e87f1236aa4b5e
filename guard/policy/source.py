"""The text of policy files: what characters it may hold, and where in it something is."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from guard.errors import PolicyError

MAX_BYTES = 8_000_000
"""A file may not be larger."""

_Model = TypeVar("_Model", bound=BaseModel)


def wrong(file: str, line: int, message: str) -> PolicyError:
    """The error for a place in a file."""
    return PolicyError(f"{file}:{line}: {message}")


def text_of(file: str, data: bytes) -> str:
    """Decode a file and refuse characters that can hide something, comments included.

    Line ends become LF. Raises PolicyError for anything but UTF-8, for control, bidirectional and invisible characters.
    """
    if len(data) > MAX_BYTES:
        raise wrong(file, 1, "the file is too large.")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise wrong(file, data[: error.start].count(b"\n") + 1, "this is not UTF-8.") from None
    for number, line in enumerate(text.split("\n"), 1):
        for column, character in enumerate(line, 1):
            # Cc: control, Cf: bidirectional and zero-width, Co and Cn: without a meaning, Zl and Zp: line ends.
            if character != "\t" and unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp"):
                code = f"U+{ord(character):04X}"
                raise wrong(file, number, f"column {column} holds the character {code}, which is refused.")
    return text


def parse(file: str, text: str, model: type[_Model]) -> _Model:
    """Read a TOML file of a fixed form. Raises PolicyError that names file and line; unknown keys are refused."""
    try:
        return model.model_validate(document(file, text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        reason = "there is no such key." if first["type"] == "extra_forbidden" else f"{first['msg']}."
        raise wrong(file, line_of(text, first["loc"]), f"{key}: {reason}") from None


def document(file: str, text: str) -> dict[str, Any]:
    """Read any TOML file. Raises PolicyError that names file and line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise wrong(file, line, "this is not TOML.") from None


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1, of a key in TOML text; that of the innermost part that is found."""
    lines = text.split("\n")
    at, table = 0, ""
    for part in path:
        if isinstance(part, int):
            header = re.compile(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]")
            starts = [index for index, line in enumerate(lines) if header.match(line)]
            at = starts[part] if part < len(starts) else at
            continue
        table = part
        key = re.compile(rf"\s*(\[+[^\]]*(?<![\w-]){re.escape(part)}(?![\w-])[^\]]*\]|\"?{re.escape(part)}\"?\s*=)")
        at = next((index for index in range(at, len(lines)) if key.match(lines[index])), at)
    return at + 1


def line_with(text: str, quoted: str) -> int:
    """The first line, from 1, that holds a quoted name outside a comment."""
    for number, line in enumerate(text.split("\n"), 1):
        if f'"{quoted}"' in line.split("#")[0]:
            return number
    return 1
