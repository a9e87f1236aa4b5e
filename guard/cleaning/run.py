"""A scan from the first file to the last: tasks go to processes, and what comes back is written in order."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import IO, Protocol

from guard import __version__
from guard.cleaning import splitting
from guard.cleaning.cleaner import Cleaning
from guard.cleaning.finding import FORMATS, Looked, Source, blocks, look
from guard.cleaning.model import Cleaned, Counts, Result, Skipped, Task
from guard.cleaning.state import State
from guard.errors import InvalidRequestError, StorageError

VERSION = 1
"""Of what is found and written; files that another version did are done again."""

_MARK = "\ufeff"


class Cleans(Protocol):
    """Takes tasks."""

    waiting: int

    def clean(self, task: Task) -> Future[Cleaned]:
        """Begin with a task."""
        ...


@dataclass(slots=True)
class _File:
    """A file whose parts are under way."""

    source: Source
    looked: Looked
    counts: Counts = field(default_factory=Counts)
    told: int = 0


@dataclass(slots=True)
class _Step:
    """What is done next with a file: a part, or its end when there is no task."""

    file: _File
    task: Task | None = None
    future: Future[Cleaned] | None = None


def settings_hash(cleaning: Cleaning, model_ids: Sequence[str]) -> str:
    """The same for scans that write the same copy under the same key."""
    grant = cleaning.grant
    # The hash of the policy stands for its lists.
    entities = sorted(grant.entities.items())
    parts = [VERSION, __version__, grant.policy, entities, grant.other_entities, cleaning.skip, list(model_ids)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Run:
    """One scan.

    Args:
        state: of the copy; `None`: there is a report alone.
        told: is called with the number of bytes that are done more.
    """

    def __init__(
        self, cleans: Cleans, state: State | None = None, told: Callable[[int], None] = lambda _: None
    ) -> None:
        self._cleans = cleans
        self._state = state
        self._told = told
        self._output: IO[str] | None = None
        self.result = Result()

    def __call__(self, sources: Sequence[Source], skipped: Sequence[Skipped] = ()) -> Result:
        """Scan the files.

        Raises:
            InvalidRequestError: a file that cannot be read, or that changed meanwhile. StorageError: the copy cannot be
            written. ConflictError: the key of the copy is gone. UnavailableError: a detector failed.
        """
        self.result.skipped += skipped
        try:
            self._do_all(sources)
        finally:
            # Only after an error, which is the one to be told.
            with contextlib.suppress(OSError):
                if self._output:
                    self._output.close()
        return self.result

    def _do_all(self, sources: Sequence[Source]) -> None:
        waiting: deque[_Step] = deque()
        under_way = 0
        for step in self._steps(sources):
            waiting.append(step)
            under_way += step.future is not None
            while waiting and (under_way > self._cleans.waiting or waiting[0].future is None):
                under_way -= waiting[0].future is not None
                self._do(waiting.popleft())
        while waiting:
            self._do(waiting.popleft())

    def _steps(self, sources: Sequence[Source]) -> Iterator[_Step]:
        for source in sources:
            try:
                yield from self._of(source)
            except OSError as error:
                raise InvalidRequestError(f"{source.path} cannot be read: {error.strerror}.") from None
            except UnicodeDecodeError:
                raise InvalidRequestError(f"{source.path} was changed while it was read.") from None

    def _of(self, source: Source) -> Iterator[_Step]:
        looked = look(source.path)
        if looked.reason:
            self.result.skipped.append(Skipped(str(source.path), looked.reason))
            self._told(source.size)
            return
        if self._state and (entry := self._state.done(source, looked)):
            self._add(source, entry.counts)
            self.result.kept += 1
            self._told(source.size)
            return
        if self._state:
            self._state.refuse_without_key()
        file = _File(source, looked)
        for task in tasks(source, looked):
            yield _Step(file, task, None if not task.text.strip(_MARK) else self._cleans.clean(task))
        yield _Step(file)

    def _do(self, step: _Step) -> None:
        cleaned = step.future.result() if step.future else None
        try:
            self._write(step, cleaned)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise StorageError(
                f"The copy cannot be written: {error.strerror}. Then go on with --resume.",
                reason_id="disk_full" if full else "storage_failed",
            ) from None

    def _write(self, step: _Step, cleaned: Cleaned | None) -> None:
        file = step.file
        if self._state and self._output is None:
            looked = file.looked
            self._output = self._state.part.open("w", encoding=looked.encoding, errors=looked.errors, newline="")
        if step.task is None:
            self._end(file)
            return
        if cleaned:
            file.counts.add(cleaned.counts)
        if self._output:
            self._output.write(cleaned.text if cleaned and cleaned.text is not None else step.task.text)
        done = min(len(step.task.text), file.source.size - file.told)
        file.told += done
        self._told(done)

    def _end(self, file: _File) -> None:
        if self._output and self._state:
            self._output.flush()
            os.fsync(self._output.fileno())
            self._output.close()
            self._output = None
            self._state.finish(file.source, file.looked, file.counts)
        self._add(file.source, file.counts)
        self._told(file.source.size - file.told)

    def _add(self, source: Source, counts: Counts) -> None:
        self.result.files += 1
        self.result.bytes += source.size
        self.result.counts.add(counts)


def tasks(source: Source, looked: Looked) -> Iterator[Task]:
    """The parts of a file. What was put together again is the file. Raises InvalidRequestError, OSError."""
    read = blocks(source.path, looked)
    first = next(read, "")
    if first.startswith(_MARK):
        yield Task("text", _MARK)
        first = first.removeprefix(_MARK)

    def rest() -> Iterator[str]:
        yield first
        yield from read

    kind = FORMATS[source.extension]
    if kind == "document":
        yield from splitting.document("".join(rest()))
    elif kind == "table":
        yield from splitting.rows(rest(), source.extension)
    else:
        yield from (splitting.lines if kind == "lines" else splitting.texts)(rest())
