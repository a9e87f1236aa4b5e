"""Server-sent events: a response that closes its source when the client leaves, with comments that keep it alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
SILENCE_S = 5.0
"""Seconds without an event after which a comment is sent."""


def event(value: Mapping[str, Any]) -> bytes:
    """One event."""
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


class EventStream(StreamingResponse):
    """Streams events; `source` is closed when the stream is over or the client has gone."""

    def __init__(self, events: AsyncIterator[bytes], source: AsyncExitStack, headers: Mapping[str, str]) -> None:
        super().__init__(_kept_alive(events), media_type="text/event-stream", headers=headers)
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._source.aclose()


async def _kept_alive(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The events, and a comment whenever none came for a while."""
    waiting: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait({waiting}, timeout=SILENCE_S)
            if not done:
                yield KEEP_ALIVE
                continue
            written, waiting = waiting.result(), None
            if written is None:
                return
            yield written
    finally:
        if waiting is not None:
            # The client has gone: the pipeline sees the cancellation, stops the generator and closes its record.
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def _next(events: AsyncIterator[bytes]) -> bytes | None:
    return await anext(events, None)
