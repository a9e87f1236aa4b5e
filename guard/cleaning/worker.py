"""A process that cleans. It loads the detectors once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass

from guard.cleaning.cleaner import Cleaner, Cleaning
from guard.cleaning.model import Cleaned, Task
from guard.errors import DetectorError, GuardError, UnavailableError
from guard.redact.protocol import Detector

Loading = Callable[[], AbstractAsyncContextManager[Sequence[Detector]]]
"""Loads the detectors, in the process that they are used in."""


@dataclass(frozen=True, slots=True)
class _Working:
    runner: asyncio.Runner
    opened: AbstractAsyncContextManager[Sequence[Detector]]
    """Kept, never left: it would close the detectors, and they end with the process."""

    cleaner: Cleaner


_THREADS = "OMP_NUM_THREADS"

_here: list[_Working | GuardError] = []
"""What this process works with, or why it cannot."""


class Workers:
    """Processes that clean."""

    def __init__(self, pool: ProcessPoolExecutor, number: int) -> None:
        self._pool = pool
        self.waiting = 2 * number + 2
        """Tasks that may be under way: enough that no process waits, few enough that memory is bounded."""

    def clean(self, task: Task) -> Future[Cleaned]:
        """Begin with a task."""
        return self._pool.submit(_clean, task)

    def model_ids(self) -> tuple[str, ...]:
        """The detectors; waits until a process has loaded them. Raises what loading raises, UnavailableError."""
        return self._pool.submit(_model_ids).result()


@contextmanager
def workers(number: int, loading: Loading, cleaning: Cleaning) -> Iterator[Workers]:
    """So many processes, which end with the block. They start when there is work for them.

    Raises UnavailableError when one of them ended by itself.
    """
    pool = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _start, (loading, cleaning))
    threads = os.environ.get(_THREADS)
    # Processes share the processors. Numeric libraries read this once, when a process imports them.
    os.environ[_THREADS] = threads or str(max(1, (os.cpu_count() or 1) // number))
    try:
        yield Workers(pool, number)
    except BrokenProcessPool:
        raise UnavailableError(
            "A process of the scan ended, maybe for lack of memory. Give fewer --processes, and --resume with --out."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if threads is None:
            del os.environ[_THREADS]


def _start(loading: Loading, cleaning: Cleaning) -> None:
    # The terminal interrupts all; the first process tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from guard.telemetry.logging import configure

    configure()
    runner = asyncio.Runner()
    opened = loading()
    try:
        detectors = runner.run(_entered(opened))
    except GuardError as error:
        _here.append(error)  # It is raised with the first task: what fails here would only say that a process ended.
        return
    _here.append(_Working(runner, opened, Cleaner(detectors, cleaning)))


async def _entered(opened: AbstractAsyncContextManager[Sequence[Detector]]) -> Sequence[Detector]:
    return await opened.__aenter__()


def _end_with_parent() -> None:
    """Without it a killed scan would leave processes that wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _clean(task: Task) -> Cleaned:
    working = _loaded()
    try:
        return working.runner.run(working.cleaner.clean(task))
    except GuardError:
        raise
    except Exception:  # noqa: BLE001
        # What failed may quote the text.
        raise DetectorError("A part of a file could not be scanned, so nothing of it was written.") from None


def _model_ids() -> tuple[str, ...]:
    return _loaded().cleaner.model_ids


def _loaded() -> _Working:
    if isinstance(_here[0], GuardError):
        raise _here[0]
    return _here[0]
