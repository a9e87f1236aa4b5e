"""Scans in this process, with detectors that find given words and structured identifiers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path

from guard.cleaning.cleaner import Cleaner, Cleaning
from guard.cleaning.finding import find
from guard.cleaning.model import Cleaned, Result, Task
from guard.cleaning.run import Run, settings_hash
from guard.cleaning.state import State
from guard.redact.patterns import PatternDetector
from guard.redact.protocol import Detector
from guard.testing.fakes import WordDetector, grant

ADA, MAIL = "Ada Lovelace", "ada.lovelace@example.com"
WORDS = {ADA: "PERSON", "José García": "PERSON", "Zürich": "LOCATION"}
KEY = b"k" * 32


@asynccontextmanager
async def loading() -> AsyncIterator[Sequence[Detector]]:
    """As processes of their own load them."""
    yield [WordDetector(WORDS), PatternDetector()]


def cleaner(*skip: str, key: bytes = KEY, **changes: object) -> Cleaner:
    cleaning = Cleaning.of(grant(**changes), skip)
    return Cleaner([WordDetector(WORDS), PatternDetector()], Cleaning(cleaning.grant, key, skip))


class Here:
    """Tasks are done at once."""

    waiting = 3

    def __init__(self, does: Cleaner) -> None:
        self._cleaner = does
        self._runner = asyncio.Runner()
        self.tasks = 0

    def clean(self, task: Task) -> Future[Cleaned]:
        self.tasks += 1
        future: Future[Cleaned] = Future()
        future.set_result(self._runner.run(self._cleaner.clean(task)))
        return future


def opened(out: Path, *skip: str, resume: bool = False) -> State:
    state = State.open(out, resume=resume)
    state.settings = settings_hash(Cleaning.of(grant(), skip), cleaner().model_ids)
    return state


def scan(path: Path, out: Path | None = None, *skip: str, resume: bool = False, keep_key: bool = False) -> Result:
    """A whole scan, as the command does it."""
    sources, skipped = find([path], out)
    state = opened(out, *skip, resume=resume) if out else None
    is_done = False
    here = Here(cleaner(*skip, key=state.key if state else b""))
    try:
        result = Run(here, state)(sources, skipped)
        is_done = True
    finally:
        here._runner.close()
        if state:
            state.close(forget_key=is_done and not keep_key)
    return result
