"""What a run remembers beside its copy: the key of its placeholders and the files that are done. No value is in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from guard.cleaning.finding import Looked, Source
from guard.cleaning.model import Counts
from guard.errors import ConflictError

FOLDER = ".guard-scan"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is done, with the size of its copy."""

    size: int
    sha256: str
    settings: str
    written: int
    counts: Counts


class State:
    """The folder `.guard-scan` of a copy.

    Args:
        out: the folder of the copy. settings: what the copy depends on, as a hash.
    """

    def __init__(self, out: Path, key: bytes, entries: Mapping[str, Entry], lock: IO[bytes]) -> None:
        self._out = out
        self._lock = lock
        self._entries = dict(entries)
        self._journal = (out / FOLDER / "journal.jsonl").open("a", encoding="utf-8")
        self.key = key
        self.settings = ""
        self.part = out / FOLDER / "output.part"
        """Where a file is written until it is whole."""

    @staticmethod
    def open(out: Path, *, resume: bool) -> State:
        """Begin a run, or go on with one. Raises ConflictError, OSError.

        The folder must be new or empty, or with `resume` one that a scan was writing to.
        """
        folder = out / FOLDER
        if out.is_dir() and any(out.iterdir()) and not (resume and folder.is_dir()):
            raise ConflictError(f"{out} has files in it. Give a new folder to --out, or --resume to go on with a scan.")
        out.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = (folder / "lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ConflictError(f"Another scan writes to {out}. Let it end first.") from None
        entries = _entries(folder / "journal.jsonl")
        return State(out, _key(folder / "key", is_new=not entries), entries, lock)

    def done(self, source: Source, looked: Looked) -> Entry | None:
        """The entry of a file that an earlier run did under the same settings, whose copy is still there."""
        entry = self._entries.get(source.name)
        if entry is None or (entry.size, entry.sha256, entry.settings) != (source.size, looked.sha256, self.settings):
            return None
        copy = self._out / source.name
        return entry if copy.is_file() and copy.stat().st_size == entry.written else None

    def refuse_without_key(self) -> None:
        """Raises ConflictError when more is to be written and the key is gone: placeholders would not agree."""
        if not self.key:
            raise ConflictError(
                "The scan of this folder was done and its key deleted, so placeholders in further files would not agree."
                " Scan into a new folder, the next time with --keep-key."
            )

    def finish(self, source: Source, looked: Looked, counts: Counts) -> None:
        """Put the part in its place, whole, and remember it. Raises OSError."""
        target = self._out / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        written = self.part.stat().st_size
        self.part.replace(target)
        line = {
            "name": source.name,
            "size": source.size,
            "sha256": looked.sha256,
            "settings": self.settings,
            "written": written,
            "counts": counts.as_json(),
        }
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def close(self, *, forget_key: bool) -> None:
        """End. `forget_key`: all is done and nothing can be added to the copy any more."""
        # All lines were written by `finish`, or it said that they could not be.
        with contextlib.suppress(OSError):
            self._journal.close()
        if forget_key:
            (self._out / FOLDER / "key").unlink(missing_ok=True)
        self._lock.close()


def _key(path: Path, *, is_new: bool) -> bytes:
    """The key of the run; empty: it was deleted when the run was done."""
    if path.exists():
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
        if not is_new:
            raise ConflictError(f"{path} is damaged. Scan into a new folder.")
    elif not is_new:
        return b""
    key = secrets.token_bytes(_KEY_BYTES)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _entries(path: Path) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    if not path.exists():
        return entries
    text = path.read_text("utf-8", "replace")
    for line in text.splitlines():
        try:
            each: dict[str, Any] = json.loads(line)
            entries[each["name"]] = Entry(
                each["size"], each["sha256"], each["settings"], each["written"], Counts.loads(each["counts"])
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # The run was killed while it wrote the line: that file is scanned again.
    if text and not text.endswith("\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return entries
