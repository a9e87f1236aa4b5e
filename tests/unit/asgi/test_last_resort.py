"""What nothing else handled: a fixed answer, or the end of the connection; and never the exception's text."""

from __future__ import annotations

import io
import logging
from typing import Any

import httpx
import pytest

from guard.api.errors import response
from guard.asgi.last_resort import LastResort
from guard.telemetry.logging import AllowListFormatter
from tests.unit.serving import House

SECRET = "quokka7741"


def wrapped(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(LastResort(app, response), raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://guard.test")


@pytest.fixture
def log() -> Any:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    logger = logging.getLogger("guard")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


async def test_a_bug_is_a_fixed_answer_and_a_line_without_its_text(log: io.StringIO) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(SECRET)

    async with wrapped(broken) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert '"exception": "RuntimeError"' in log.getvalue()
    assert SECRET not in answer.text + log.getvalue()


async def test_after_the_first_byte_no_second_answer_begins(log: io.StringIO) -> None:
    sent: list[str] = []

    async def breaks_late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(SECRET)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await LastResort(breaks_late, response)({"type": "http"}, None, send)  # type: ignore[arg-type]
    assert sent == ["http.response.start"]
    assert "RuntimeError" in log.getvalue()
    assert SECRET not in log.getvalue()


async def test_a_bug_in_a_handler_has_all_headers() -> None:
    house = House()
    house.ring.problem = RuntimeError(SECRET)
    async with house.client() as client:
        answer = await client.post("/login", data={"name": "ada", "password": "right"})
    assert answer.status_code == 500
    assert answer.headers["x-guard-request-id"].startswith("req_")
    assert answer.headers["content-security-policy"]
    assert SECRET not in answer.text
