"""What a measurement is doing, on stderr: a bar on a terminal, a line for each step that is done elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
"""Told how much of a step is done."""


@contextmanager
def step(what: str, total: int | None = None) -> Iterator[Advance]:
    """One step, of `total` parts where it has any."""
    begun = time.perf_counter()
    if sys.stderr.isatty():
        with _bar(what, total) as advance:
            yield advance
    else:
        yield lambda _: None
    print(f"guard bench: {what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)
