"""Liveness and readiness, for anyone."""

from __future__ import annotations

import pytest

from tests.unit.serving import House


async def test_alive() -> None:
    async with House(ready={}).client() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("parts", "status"),
    [({"database": True, "keys": True}, 200), ({"database": True, "keys": False}, 503), ({}, 503)],
)
async def test_ready(parts: dict[str, bool], status: int) -> None:
    async with House(ready=parts).client() as client:
        answer = await client.get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {"ready": status == 200, "parts": parts}
