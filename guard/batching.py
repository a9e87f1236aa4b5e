"""Work for a model, gathered into batches: a bounded queue and one worker thread.

Waiting items are grouped so that little of a batch is padding. Nothing waits for a batch to fill: the worker takes
what is there, so a lone item runs at once and batches grow only under load.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from guard.errors import OverloadedError, UnavailableError

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(slots=True)
class _Waiting(Generic[In, Out]):
    item: In = field(repr=False)
    size: int
    future: Future[Out] = field(default_factory=Future)


class Batcher(Generic[In, Out]):
    """Runs items through `run` in batches, on a thread of its own that starts with the first item.

    Args:
        run: the model: one result per item, in order. Only ever called by the one worker thread.
        name: of the thread.
        capacity: how many items may wait; more are refused.
        padded: how large a batch may be, as its longest item's size times the number of its items. An item that is
            larger alone still runs, alone.
        most: how many items a batch may have.
    """

    def __init__(
        self,
        run: Callable[[list[In]], list[Out]],
        *,
        name: str = "batcher",
        capacity: int = 512,
        padded: int = 2048,
        most: int = 32,
    ) -> None:
        self._run = run
        self._name = name
        self._capacity = capacity
        self._padded = padded
        self._most = most
        self._queue: deque[_Waiting[In, Out]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def submit(self, item: In, size: int) -> Out:
        """Return what `run` gave for `item`. An item whose caller was cancelled while it waited is never run.

        Args:
            item: what `run` takes.
            size: its length in tokens, to group items of like length.

        Raises OverloadedError when the queue is full, UnavailableError after `aclose`, and whatever `run` raised.
        """
        waiting: _Waiting[In, Out] = _Waiting(item, size)
        with self._changed:
            if self._closed:
                raise UnavailableError
            if len(self._queue) >= self._capacity:
                self._drop_abandoned()
            if len(self._queue) >= self._capacity:
                raise OverloadedError(retry_after=1.0)
            self._queue.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
        return await asyncio.wrap_future(waiting.future)

    async def aclose(self) -> None:
        """Refuse what waits and what comes, and return when the running batch is done."""
        with self._changed:
            self._closed = True
            left = list(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        for waiting in left:
            if waiting.future.set_running_or_notify_cancel():
                waiting.future.set_exception(UnavailableError())
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _drop_abandoned(self) -> None:
        self._queue = deque(waiting for waiting in self._queue if not waiting.future.cancelled())

    def _work(self) -> None:
        while batch := self._next():
            live = [waiting for waiting in batch if waiting.future.set_running_or_notify_cancel()]
            if live:
                self._serve(live)

    def _next(self) -> list[_Waiting[In, Out]]:
        """Wait for work and return a batch; empty means closed."""
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            return self._taken()

    def _taken(self) -> list[_Waiting[In, Out]]:
        """Take the oldest item, so that none starves, and the others that fit beside it, oldest first."""
        taken: list[_Waiting[In, Out]] = []
        left: list[_Waiting[In, Out]] = []
        longest = 0
        while self._queue and len(taken) < self._most:
            waiting = self._queue.popleft()
            longer = max(longest, waiting.size)
            if taken and longer * (len(taken) + 1) > self._padded:
                left.append(waiting)
            else:
                taken.append(waiting)
                longest = longer
        self._queue.extendleft(reversed(left))
        return taken

    def _serve(self, batch: list[_Waiting[In, Out]]) -> None:
        try:
            results = self._run([waiting.item for waiting in batch])
            if len(results) != len(batch):
                raise RuntimeError("the model returned another number of results than it was given items")
        except BaseException as error:  # noqa: BLE001  # Whatever it is, it belongs to the waiting callers.
            self._failed(batch, error)
            return
        for waiting, result in zip(batch, results, strict=True):
            waiting.future.set_result(result)

    def _failed(self, batch: list[_Waiting[In, Out]], error: BaseException) -> None:
        """Give a lone item its error; run the items of a larger batch one by one, so that only the bad one fails."""
        if len(batch) == 1:
            batch[0].future.set_exception(error)
            return
        for waiting in batch:
            self._serve([waiting])
