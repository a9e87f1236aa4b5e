"""The two places to count in: memory, and a real Redis under a prefix of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from guard.limit import storage
from guard.limit.storage import Counting
from tests.unit.authenticate.conftest import people
from tests.unit.limit.redis import URL, own_prefix

__all__ = ["people"]


@pytest.fixture
async def prefix() -> AsyncIterator[str]:
    async with own_prefix() as name:
        yield name


@pytest.fixture(params=["memory", "redis"])
async def counting(request: pytest.FixtureRequest) -> AsyncIterator[Counting]:
    if request.param == "memory":
        yield storage.in_memory()
        return
    async with own_prefix() as name, storage.opened(URL, prefix=name) as opened:
        yield opened
