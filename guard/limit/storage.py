"""Where is counted: in the memory of this process, or in a Redis that all processes share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from limits.aio.storage import MemoryStorage, Storage

from guard.errors import ConfigurationError
from guard.limit.places import MemoryPlaces
from guard.limit.protocol import Places

MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Counting:
    """What the limiter counts with. `shared`: other processes count here too."""

    storage: Storage
    places: Places
    shared: bool


def in_memory() -> Counting:
    """Counts of this process alone; they begin anew when it starts."""
    return Counting(MemoryStorage(), MemoryPlaces(), shared=False)


@asynccontextmanager
async def opened(storage: str, *, prefix: str = "guard") -> AsyncIterator[Counting]:
    """Open the storage that the settings name. A Redis that is down is found by the first request, not here.

    Args:
        storage: `memory`, or a `redis://` or `rediss://` URL.
        prefix: what every key in Redis begins with, a colon after it.

    Raises ConfigurationError, which never quotes the URL: it may hold a password.
    """
    if storage == MEMORY:
        yield in_memory()
        return
    try:
        from guard.limit import redis
    except ImportError:
        raise ConfigurationError(
            "`limits.storage` names a Redis, but its client is missing. Run `pip install 'guard-gateway[redis]'`."
        ) from None
    async with redis.connected(storage, prefix) as (counts, places):
        yield Counting(counts, places, shared=True)
