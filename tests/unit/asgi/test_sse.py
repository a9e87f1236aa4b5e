"""Streams: alive while nothing comes, and closed when the client has gone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import httpx
import pytest

from guard.api.errors import failed
from guard.asgi import sse
from guard.errors import GeneratorError
from guard.telemetry.logging import AllowListFormatter
from guard.testing.broken import SECRET, BrokenGenerator
from tests.unit.serving import KEY, House, Stuck, chat, events


@pytest.fixture(autouse=True)
def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "SILENCE_S", 0.02)


async def test_silence_is_filled_with_comments() -> None:
    async def slow() -> AsyncGenerator[bytes, None]:
        await asyncio.sleep(0.05)
        yield sse.event({"late": True})
        await asyncio.sleep(0.05)
        yield sse.DONE

    async with AsyncExitStack() as stack:
        written = [each async for each in await sse.begun(slow(), stack, failed)]
    assert written.count(sse.KEEP_ALIVE) >= 2
    assert [each for each in written if each != sse.KEEP_ALIVE] == [sse.event({"late": True}), sse.DONE]


async def test_what_fails_at_once_is_raised_and_what_fails_late_is_an_event() -> None:
    async def fails(after: float) -> AsyncGenerator[bytes, None]:
        await asyncio.sleep(after)
        raise GeneratorError
        yield b""

    async with AsyncExitStack() as stack:
        with pytest.raises(GeneratorError):
            await sse.begun(fails(0), stack, failed)
    async with AsyncExitStack() as stack:
        written = [each async for each in await sse.begun(fails(0.05), stack, failed)]
    assert events(written[-1].decode())[0]["error"]["code"] == "generator_failed"


async def test_a_stream_that_is_never_read_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def waits() -> AsyncGenerator[bytes, None]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            cancelled.set()

    async with AsyncExitStack() as stack:
        await sse.begun(waits(), stack, failed)
    assert cancelled.is_set()


def test_a_client_that_leaves_ends_the_generation_and_the_record() -> None:
    generator = Stuck()
    house = House({"echo": generator})
    with house.server() as url, httpx.Client(trust_env=False) as client:
        with client.stream("POST", f"{url}/v1/chat/completions", json=chat(stream=True), headers=KEY) as answer:
            assert answer.status_code == 200
            assert "One sentence." in next(answer.iter_text())
            assert generator.waits.wait(5)
        assert generator.closed.wait(5)
    assert house.audit.records[-1]["event"] == "chat.closed"
    assert house.audit.records[-1]["reason_id"] == "client_disconnected"


def test_a_client_that_leaves_an_unstreamed_answer_ends_it_too() -> None:
    generator = Stuck()
    house = House({"echo": generator})
    with house.server() as url, httpx.Client(trust_env=False) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{url}/v1/chat/completions", json=chat(), headers=KEY, timeout=httpx.Timeout(5, read=0.2))
        client.close()
        assert generator.closed.wait(5)
    assert house.audit.records[-1]["event"] == "chat.closed"
    assert house.audit.records[-1]["reason_id"] == "client_disconnected"


async def test_a_bug_in_mid_stream_is_logged_with_its_request() -> None:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(AllowListFormatter().format(record))

    handler = Lines()
    logging.getLogger("guard").addHandler(handler)
    try:
        async with House({"echo": BrokenGenerator(after=3)}).client(headers=KEY) as client:
            answer = await client.post("/v1/chat/completions", json=chat(stream=True))
    finally:
        logging.getLogger("guard").removeHandler(handler)
    assert events(answer.text)[-1]["error"]["code"] == "internal_error"
    (line,) = lines
    assert json.loads(line)["request_id"] == answer.headers["x-guard-request-id"]
    assert json.loads(line)["exception"] == "RuntimeError"
    assert SECRET not in line


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    written = sse.event({"text": "a\nb\r\u2028 \u0085 é \ud800"})
    assert written.endswith(b"\n\n")
    assert len(written.strip().splitlines()) == 1
