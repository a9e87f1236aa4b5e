"""A real Redis on the loopback, if there is one."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def needs_redis() -> None:
    """Skip the test where no Redis answers."""
    where = urlsplit(URL)
    try:
        socket.create_connection((where.hostname or "127.0.0.1", where.port or 6379), timeout=1).close()
    except OSError:
        pytest.skip("no Redis answers at 127.0.0.1:6379")


@asynccontextmanager
async def client() -> AsyncIterator[Redis]:
    """A client that looks into the Redis."""
    async with Redis.from_url(URL) as redis:
        yield redis


@asynccontextmanager
async def own_prefix() -> AsyncIterator[str]:
    """What the keys of one test begin with; they are deleted at its end."""
    needs_redis()
    name = f"guard-test-{secrets.token_hex(6)}"
    try:
        yield name
    finally:
        async with client() as redis:
            if left := [key async for key in redis.scan_iter(f"{name}:*")]:
                await redis.delete(*left)
