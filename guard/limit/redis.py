"""Counts in Redis, shared by all processes. Needs the extra `redis`.

A place is a member of a sorted set whose score is the time, by the clock of Redis, at which its lease ends. A lease is
made longer while its request runs, so that a process that was killed frees its places after `LEASE` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any

from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError

from guard.errors import ConfigurationError

LEASE = 30.0
"""Seconds for which a place is held without a sign of life."""

CONNECTIONS = 50
TIMEOUT = 2.0
"""Seconds: a Redis that does not answer in time is down, and nobody is let in."""

log = logging.getLogger(__name__)

# All or none: a place in each set is taken only when none of them is full.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for index, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    if redis.call('ZCARD', key) >= tonumber(ARGV[index + 2]) then
        return index
    end
end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
end
return 0
"""

# XX: a place that was given back in the meantime does not come back.
_EXTEND = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for index, key in ipairs(KEYS) do
    redis.call('ZADD', key, 'XX', now + ARGV[1], ARGV[index + 1])
    redis.call('PEXPIRE', key, ARGV[1])
end
"""

# Leases that have ended are no places.
_COUNT = """
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')
"""


class RedisPlaces:
    """Implements Places.

    Args:
        lease: seconds for which a place is held without a sign of life.
    """

    def __init__(self, client: Redis, prefix: str, lease: float = LEASE) -> None:
        self._client = client
        self._prefix = f"{prefix}:places/"
        self._milliseconds = round(lease * 1000)
        self._take = client.register_script(_TAKE)
        self._extend = client.register_script(_EXTEND)
        self._count = client.register_script(_COUNT)
        self._held: dict[str, list[str]] = {}
        self._extending: asyncio.Task[None] | None = None

    async def take(self, lease: str, wanted: Sequence[tuple[str, int]]) -> int | None:
        if not wanted:
            return None
        keys = [self._prefix + key for key, _ in wanted]
        # Noted before it is asked for: a request that is cancelled meanwhile gives back what it may have got.
        self._held[lease] = keys
        full = await self._take(keys=keys, args=[lease, self._milliseconds, *(places for _, places in wanted)])
        if full:
            del self._held[lease]
            return int(full) - 1
        if self._extending is None or self._extending.done():
            # Not in the context of this request, whose id the log lines would have.
            self._extending = asyncio.create_task(self._keep_extending(), context=Context())
        return None

    async def give_back(self, lease: str) -> None:
        keys = self._held.pop(lease, None)
        if keys is None:
            return
        async with self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.zrem(key, lease)
            await pipeline.execute()

    async def held(self, key: str) -> int:
        return int(await self._count(keys=[self._prefix + key]))

    async def aclose(self) -> None:
        """Stop extending leases."""
        if self._extending is not None:
            self._extending.cancel()
            await asyncio.gather(self._extending, return_exceptions=True)

    async def _keep_extending(self) -> None:
        """Make the leases of this process longer, until it holds none."""
        while self._held:
            await asyncio.sleep(self._milliseconds / 3000)
            held = [(key, lease) for lease, keys in self._held.items() for key in keys]
            try:
                await self._extend(
                    keys=[key for key, _ in held], args=[self._milliseconds, *(lease for _, lease in held)]
                )
            except RedisError:
                log.warning(
                    "The places of requests under way could not be kept.", extra={"reason_id": "limiter_failed"}
                )


@asynccontextmanager
async def connected(url: str, prefix: str) -> AsyncIterator[tuple[RedisStorage, RedisPlaces]]:
    """Counts and places over one pool of connections. Raises ConfigurationError, which never quotes the URL."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # Once more, for a connection that Redis closed while it was idle.
            retry=Retry(NoBackoff(), 1, supported_errors=(LostConnectionError,)),
        )
    except ValueError:
        raise ConfigurationError("`limits.storage` is no URL of a Redis, such as `redis://127.0.0.1:6379/0`.") from None
    shared: dict[str, Any] = {"connection_pool": pool}
    client = Redis(connection_pool=pool)
    places = RedisPlaces(client, prefix)
    try:
        yield RedisStorage("async+redis://", implementation="redispy", key_prefix=prefix, **shared), places
    finally:
        await places.aclose()
        await client.aclose()
        await pool.aclose()
