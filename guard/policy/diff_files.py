"""Which files differ, and how: what people read when they approve."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from guard.model import JSON

_CONTEXT = 3
_MOST = 25_000_000
"""Old times new lines that are compared line by line; a change over more lines is shown as one."""

_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file, and its unified diff."""

    path: str
    change: Literal["added", "removed", "changed"]
    diff: str

    def as_json(self) -> JSON:
        """The three fields."""
        return {"path": self.path, "change": self.change, "diff": self.diff}


def file_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FileChange, ...]:
    """The files that differ, by path."""
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        change: Literal["added", "removed", "changed"] = (
            "added" if old is None else "removed" if new is None else "changed"
        )
        found.append(FileChange(path, change, _unified(path, old or "", new or "")))
    return tuple(found)


def _unified(path: str, old: str, new: str) -> str:
    """The diff; the lines before and behind all changes are left out first, because a file may have 100,000."""
    a, b = _lines(old), _lines(new)
    shared = next((n for n, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))
    start = max(0, shared - _CONTEXT)
    behind, most = 0, min(len(a), len(b)) - shared
    while behind < most and a[-1 - behind] == b[-1 - behind]:
        behind += 1
    end = max(0, behind - _CONTEXT)
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    names = (f"before/{path}", f"after/{path}")
    if len(a) * len(b) > _MOST:
        return "".join(
            [f"--- {names[0]}\n+++ {names[1]}\n@@ -{start + 1},{len(a)} +{start + 1},{len(b)} @@\n"]
            + ["-" + line for line in a]
            + ["+" + line for line in b]
        )
    lines = difflib.unified_diff(a, b, *names, n=_CONTEXT)
    return "".join(
        _HUNK.sub(lambda hunk: _moved(hunk, start), line) if line.startswith("@@") else line for line in lines
    )


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def _moved(hunk: re.Match[str], start: int) -> str:
    """The head of a hunk with the numbers of the whole file."""
    old, old_size, new, new_size = hunk.groups(default="")
    return f"@@ -{int(old) + start}{old_size} +{int(new) + start}{new_size} @@"
