"""What a measurement is doing, on stderr: a bar on a terminal, and a line for each step that is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from guard.cli.progress import Advance, bar


@contextmanager
def step(what: str, total: int | None = None) -> Iterator[Advance]:
    """One step, of `total` parts where it has any."""
    begun = time.perf_counter()
    with bar(what, total) as advance:
        yield advance
    print(f"guard bench: {what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
