"""Server-sent events: a response that closes its source when the client leaves, with comments that keep it alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

Failed = Callable[[Exception], bytes]
"""Writes the last event of a stream that failed."""

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
SILENCE_S = 5.0
"""Seconds without an event after which a comment is sent."""


def event(value: Mapping[str, Any]) -> bytes:
    """One event."""
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


async def begun(events: AsyncIterator[bytes], source: AsyncExitStack, failed: Failed) -> AsyncGenerator[bytes, None]:
    """Wait for the first event, for a moment at the most, and return the whole stream, kept alive.

    What is raised in that moment is raised here, and can still become a status; what is raised later becomes one error
    event, after which the stream ends without `[DONE]`.
    """
    first = asyncio.ensure_future(_next(events))
    # Whatever becomes of the stream: nobody may wait for an event when the source is closed.
    source.push_async_callback(_cancelled, first)
    await asyncio.wait({first}, timeout=SILENCE_S)
    if first.done():
        first.result()
    return _kept_alive(first, events, failed)


class EventStream(StreamingResponse):
    """Streams events; `source` is closed when the stream is over or the client has gone."""

    def __init__(self, events: AsyncGenerator[bytes, None], source: AsyncExitStack, headers: Mapping[str, str]) -> None:
        # The second header asks proxies not to hold the events back (nginx).
        super().__init__(events, media_type="text/event-stream", headers={**headers, "x-accel-buffering": "no"})
        self._events = events
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # In this order: the task that waits for an event first, then what it waits on.
            await self._events.aclose()
            await self._source.aclose()


async def _kept_alive(
    first: asyncio.Task[bytes | None], events: AsyncIterator[bytes], failed: Failed
) -> AsyncGenerator[bytes, None]:
    """The events, and a comment whenever none came for a while."""
    waiting: asyncio.Task[bytes | None] = first
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=SILENCE_S)
            if not done:
                yield KEEP_ALIVE
                continue
            try:
                written = waiting.result()
            except Exception as error:  # noqa: BLE001  (the boundary of the stream: mapped, never passed on)
                yield failed(error)
                return
            if written is None:
                return
            yield written
            waiting = asyncio.ensure_future(_next(events))
    finally:
        # The client has gone: the pipeline sees the cancellation, stops the generator and closes its record.
        await _cancelled(waiting)


async def _cancelled(task: asyncio.Task[bytes | None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _next(events: AsyncIterator[bytes]) -> bytes | None:
    return await anext(events, None)
