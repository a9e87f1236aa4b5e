"""kill -9 at any time: the log verifies, and every piece that a client received is in the transcript."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from guard.config import load
from guard.wiring import opened
from tests.functional.server import Server

REQUESTS = 50


@dataclass
class Received:
    """What one client has of its answer."""

    request_id: str = ""
    conversation: str = ""
    text: str = ""


def ask(server: Server, key: str, number: int, received: Received, *, stream: bool) -> None:
    body = {"model": "slow", "stream": stream, "messages": [{"role": "user", "content": f"Question {number}"}]}
    headers = {"authorization": f"Bearer {key}"}
    try:
        with httpx.stream(
            "POST", server.url + "/v1/chat/completions", json=body, headers=headers, timeout=30, trust_env=False
        ) as response:
            received.request_id = response.headers.get("x-guard-request-id", "")
            received.conversation = response.headers.get("x-guard-conversation", "")
            if not stream:
                received.text = json.loads(response.read())["choices"][0]["message"]["content"]
                return
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    for choice in json.loads(line[6:]).get("choices", []):
                        received.text += choice["delta"].get("content") or ""
    except httpx.TransportError:
        return  # The server was killed: what was received until then counts.


async def transcripts(server: Server, conversations: set[str]) -> dict[str, list[dict[str, Any]]]:
    """What is stored of each. Not by `guard transcript show`, which would be a process for each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.env.items():
            patch.setenv(name, value)
        settings = load()
    async with opened(settings) as parts:
        return {each: await parts.transcripts.messages(each) for each in conversations}


def test_kill_during_fifty_requests(install: Server) -> None:
    install.init().start()
    # Two callers, because one may have 32 requests under way.
    keys = [install.user(name, "employee") for name in ("emma", "ed")]
    received = [Received() for _ in range(REQUESTS)]
    threads = [
        threading.Thread(
            target=ask, args=(install, keys[number // 25], number, box), kwargs={"stream": number % 2 == 0}
        )
        for number, box in enumerate(received)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and sum(bool(box.text) for box in received) < 10:
        time.sleep(0.01)
    install.kill()
    for thread in threads:
        thread.join(30)

    with_text = [box for box in received if box.text]
    assert len(with_text) >= 10, "the server was killed before it had answered anything"

    install.start()
    report = install.json("audit", "verify")
    assert report["ok"], report["problems"]
    begun = {row["request_id"] for row in install.json("audit", "search", "--event", "chat.opened", "--limit", "1000")}
    stored = asyncio.run(transcripts(install, {box.conversation for box in with_text}))
    for box in with_text:
        messages = stored[box.conversation]
        said = (m["text"] for m in messages if m["role"] == "assistant" and m["request_id"] == box.request_id)
        assert "".join(said).startswith(box.text)
        assert box.request_id in begun
    # And it goes on working.
    assert install.chat("Still there?").json()["choices"][0]["message"]["content"]
