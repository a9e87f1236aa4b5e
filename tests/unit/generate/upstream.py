"""A small OpenAI-compatible server on loopback whose answers a test scripts: real sockets, real SSE."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = Callable[["Upstream", Send], Awaitable[None]]


class Upstream:
    """Plays `answers` in turn (the last one for ever) and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.left = threading.Event()
        self.url = ""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(json.loads(body))
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        playing = asyncio.ensure_future(answer(self, send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait([playing, leaving], return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            self.left.set()
            playing.cancel()
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionAbortedError):
            await playing


def event(**members: Any) -> bytes:
    chunk = {"id": "x", "object": "chat.completion.chunk", **members}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def delta(index: int = 0, *, finish: str | None = None, **members: Any) -> bytes:
    return event(choices=[{"index": index, "delta": members, "finish_reason": finish}])


DONE = b"data: [DONE]\n\n"


def sse(*pieces: bytes, pause: float = 0.0, after: float = 0.0, whole: bool = True) -> Answer:
    """A stream of `pieces`, each its own network chunk; then `after` seconds of silence, and an end, or a cut."""

    async def play(upstream: Upstream, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(pause)
        await asyncio.sleep(after)
        if not whole:
            raise ConnectionAbortedError
        await send({"type": "http.response.body", "body": b""})

    return play


def status(code: int, text: str = "secret upstream words", **headers: str) -> Answer:
    async def play(upstream: Upstream, send: Send) -> None:
        sent = {"content-type": "application/json", **headers}
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": code, "headers": pairs})
        await send({"type": "http.response.body", "body": json.dumps({"error": {"message": text}}).encode()})

    return play


@contextlib.contextmanager
def serving() -> Iterator[Upstream]:
    upstream = Upstream()
    config = uvicorn.Config(
        upstream, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    upstream.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    yield upstream
    server.should_exit = True
    thread.join(5)
