"""Code and technical prose with nothing personal in it, from the packages that are installed with Python."""

from __future__ import annotations

import random
import re
import sysconfig
from pathlib import Path

from guard.models.training.tagging.labels import Marked

_FOLDERS = (
    "json",
    "http",
    "email",
    "asyncio",
    "logging",
    "xml",
    "urllib",
    "unittest",
    "concurrent",
    "collections",
    "importlib",
    "multiprocessing",
    "tkinter",
    "wsgiref",
    "sqlite3",
)
_PERSONAL = re.compile(
    r"@|copyright|author|written by|contributed|\bby [A-Z]|licen[sc]e|©|maintain|\b(19|20)\d\d\b|https?:|thanks|guido|\b[A-Z][a-z]+ [A-Z][a-z]+\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")


def _clean(line: str) -> bool:
    return len(line) < 160 and not _PERSONAL.search(_NAMES.sub("", line) if not line.lstrip().startswith("#") else line)


def code(count: int, rng: random.Random) -> list[Marked]:
    """Pieces of the standard library's source code, without lines that may name somebody or a date."""
    library = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for name in _FOLDERS for path in (library / name).glob("*.py")) + sorted(library.glob("*.py"))
    pieces: list[str] = []
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8", errors="ignore").splitlines() if _clean(line)]
        at = 0
        while at < len(lines):
            step = rng.choice((1, 3, 6, 10, 14))
            pieces.append("\n".join(lines[at : at + step]).strip("\n"))
            at += step
    pieces = [piece for piece in pieces if len(piece) > 15]
    return [Marked(piece, source="code") for piece in rng.sample(pieces, min(count, len(pieces)))]


def manual(count: int, rng: random.Random) -> list[Marked]:
    """Sentences of the manual that ships with Python (PSF licence)."""
    from pydoc_data.topics import topics

    parts = [re.sub(r"\s+", " ", part).strip() for text in topics.values() for part in re.split(r"\n\n+", text)]
    parts = [
        part[:500]
        for part in parts
        if len(part) > 20 and not re.search(r"\b(19|20)\d\d\b|PEP|@|Guido|John|Tim|Monty|Jack|Sjoerd|Spam", part)
    ]
    return [Marked(part, source="manual") for part in rng.sample(parts, min(count, len(parts)))]
