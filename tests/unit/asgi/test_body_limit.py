"""A body is bounded, whether it says its length or not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.serving import KEY, House, chat

PATH = "/v1/chat/completions"


@pytest.mark.parametrize("path", [PATH, "/api/redact", "/login", "/chat"])
async def test_a_body_that_says_it_is_too_large(path: str) -> None:
    async with House(max_body_bytes=2000).client(headers=KEY) as client:
        answer = await client.post(path, content=b"quokka7741" * 400)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "request_too_large"
    assert "quokka" not in answer.text
    assert answer.headers["x-guard-request-id"].startswith("req_")


@pytest.mark.parametrize("path", [PATH, "/api/redact", "/login"])
async def test_a_body_that_grows_too_large(path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(10_000):
            sent += 100
            yield b"x" * 100

    async with House(max_body_bytes=2000).client(headers=KEY) as client:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post(path, content=endless(), headers=headers)
    assert answer.status_code == 413
    if path == "/login":  # People get a page.
        assert "This is too large" in answer.text
    else:
        assert answer.json()["error"]["code"] == "request_too_large"
    assert sent <= 2200


async def test_the_limit_itself_passes() -> None:
    async with House(max_body_bytes=2000).client(headers=KEY) as client:
        body = b'{"model": "echo", "messages": [{"role": "user", "content": "Hi."}]'
        assert (await client.post(PATH, content=body.ljust(1999) + b"}")).status_code == 200
        assert (await client.post(PATH, content=body.ljust(2000) + b"}")).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", ""])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(PATH, json=chat(), headers={"content-length": length})
    assert answer.status_code == 413


def test_a_client_that_sends_much_too_much_still_reads_the_answer() -> None:
    import httpx

    with House(max_body_bytes=2_000_000).server() as url:
        answer = httpx.post(url + PATH, content=b"x" * 5_000_000, headers=KEY, trust_env=False)
    assert answer.status_code == 413
