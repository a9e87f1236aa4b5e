"""Which files are scanned, and what can be said of one before it is."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from guard.cleaning.model import Skipped
from guard.errors import InvalidRequestError, RequestTooLargeError

FORMATS = {
    "txt": "text",
    "md": "text",
    "csv": "table",
    "tsv": "table",
    "json": "document",
    "jsonl": "lines",
    "ndjson": "lines",
}
"""What is scanned, by the ending of the name."""

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Bytes of a JSON document, which is read as a whole."""

BLOCK = 1024 * 1024

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = re.compile("[^\x00-\x7f]")
_WRONG = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be scanned. `name` is where its copy goes, in the folder of the copy."""

    path: Path
    name: str
    size: int

    @property
    def extension(self) -> str:
        """The ending of its name, which says its format."""
        return self.path.suffix.lower().removeprefix(".")


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pass over a file says: its hash and its encoding, or why it is skipped."""

    sha256: str
    encoding: str = "utf-8"
    reason: str = ""

    @property
    def errors(self) -> str:
        """How bytes that are no text go through, and come out as they were."""
        return "surrogateescape" if self.encoding == "utf-8" else "surrogatepass"


def find(
    paths: Sequence[Path], out: Path | None = None, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[list[Source], list[Skipped]]:
    """The files below the paths that are to be scanned, in order, and those that are not, with the reason.

    Raises:
        InvalidRequestError: no such path, a file that cannot be read, two files of one name in the copy, a copy inside
            of what is scanned. RequestTooLargeError: a JSON document that is too large.
    """
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for path in paths:
        if not os.path.lexists(path):
            raise InvalidRequestError(f"There is no file or folder {path}.")
        _refuse_inside(path, out)
        top = f"{path.resolve().name}/" if len(paths) > 1 and path.is_dir() else ""
        for file, name in _files(path, skipped):
            if _wanted(name, include, exclude) and (reason := _unfit(file)):
                skipped.append(Skipped(str(file), reason))
            elif _wanted(name, include, exclude):
                sources.append(_source(file, top + name))
    names = [source.name for source in sources]
    if out is not None and len(set(names)) < len(names):
        raise InvalidRequestError("Two files would have the same name in the copy. Scan their folders one by one.")
    return sources, skipped


def look(path: Path) -> Looked:
    """Read a file once: its hash, and the encoding. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        head = file.read(BLOCK)
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return Looked("", reason="UTF-32")
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
        if not encoding and b"\0" in head:
            return Looked("", reason="binary")
        decoder = codecs.getincrementaldecoder(encoding or "utf-8")(
            "surrogateescape" if encoding in ("", "utf-8") else "surrogatepass"
        )
        wide = wrong = 0
        block = head
        while True:
            digest.update(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                return Looked("", reason="not text")
            if not text.isascii():
                wide += len(_WIDE.findall(text))
                wrong += len(_WRONG.findall(text))
            if not block:
                break
            block = file.read(BLOCK)
    # Few wrong bytes are damage; many are another encoding, in which each byte is a letter.
    return Looked(digest.hexdigest(), encoding or ("latin-1" if wrong > wide - wrong else "utf-8"))


def blocks(path: Path, looked: Looked) -> Iterator[str]:
    """The text of a file, in blocks. Raises InvalidRequestError when it is not the file that was looked at."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(looked.encoding)(looked.errors)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            yield decoder.decode(block)
    if digest.hexdigest() != looked.sha256:
        raise InvalidRequestError(f"{path} was changed while it was read. Scan what nobody writes to.")
    yield decoder.decode(b"", final=True)


def _refuse_inside(path: Path, out: Path | None) -> None:
    if out is None:
        return
    inside, folder = out.resolve(), path.resolve()
    if inside == folder or folder in inside.parents or inside in folder.parents:
        raise InvalidRequestError(
            "The copy cannot lie in what is scanned, nor around it. Give another folder to --out."
        )


def _files(path: Path, skipped: list[Skipped]) -> Iterator[tuple[Path, str]]:
    """The files below a path, with their names from there; what is no file or folder of its own is skipped."""
    if path.is_symlink() or not path.is_dir():
        yield path, path.name
        return

    def refuse(error: OSError) -> None:
        raise InvalidRequestError(f"{error.filename} cannot be read: {error.strerror}.") from None

    for folder, folders, files in os.walk(path, onerror=refuse):
        here = Path(folder)
        for name in sorted(folders):
            if name.startswith(".") or (here / name).is_symlink():
                folders.remove(name)
                skipped.append(Skipped(str(here / name), "hidden" if name.startswith(".") else "symbolic link"))
        folders.sort()
        for name in sorted(files):
            yield here / name, (here / name).relative_to(path).as_posix()


def _wanted(name: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    def matches(patterns: Sequence[str]) -> bool:
        return any(fnmatchcase(name, each) or fnmatchcase(Path(name).name, each) for each in patterns)

    return (not include or matches(include)) and not matches(exclude)


def _unfit(path: Path) -> str:
    """Why a file is skipped, by what can be seen from outside."""
    if path.name.startswith("."):
        return "hidden"
    if path.is_symlink():
        return "symbolic link"
    if not stat.S_ISREG(path.stat().st_mode):
        return "no regular file"
    return "" if path.suffix.lower().removeprefix(".") in FORMATS else "format"


def _source(path: Path, name: str) -> Source:
    if not os.access(path, os.R_OK):
        raise InvalidRequestError(f"{path} cannot be read. Change its mode, or leave it out with --exclude.")
    source = Source(path, name, path.stat().st_size)
    if FORMATS[source.extension] == "document" and source.size > LARGEST_DOCUMENT:
        raise RequestTooLargeError(
            f"{path} is larger than {LARGEST_DOCUMENT >> 20} MB. Write it as JSON lines (.jsonl), which are read one by one."
        )
    return source
