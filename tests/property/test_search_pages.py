"""Pages of a search have no gap and no repeat, whatever is searched for, however long they are, and both ways."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit import search as module
from guard.audit.facts import Filters
from guard.audit.search import Page, Search
from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import Principal

Record = tuple[str, str, str | None, dict[str, int], dict[str, int]]


def drawn(seed: int) -> tuple[list[Record], Filters, int, str | None, tuple[int, int]]:
    """A log, and what is searched for in it. Drawn by a seed, because short logs and single pages tell nothing."""
    draw = random.Random(seed)
    records: list[Record] = [
        (
            draw.choice(["a.read", "b.made"]),
            draw.choice(["default", "acme"]),
            draw.choice(["req_1", "req_2", None]),
            draw.choice([{"toxicity": 700}, {"bias": 1}, {}]),
            draw.choice([{"PERSON": 1}, {}]),
        )
        for _ in range(draw.randint(1, 50))
    ]
    filters = Filters(
        event=draw.choice([None, "a.read"]),
        request_id=draw.choice([None, None, "req_1"]),
        entity=draw.choice([None, None, "PERSON"]),
        score=draw.choice([None, None, 1, 700]),
    )
    bounds = draw.choice([(3, 2), (9, 4), (10**6, 5000)])
    return records, filters, draw.randint(1, 7), draw.choice([None, "acme"]), bounds


@asynccontextmanager
async def log(records: list[Record]) -> AsyncIterator[Search]:
    with tempfile.TemporaryDirectory() as folder:
        keys = LocalKeys.create(Path(folder) / "keys")
        async with Database(f"sqlite+aiosqlite:///{folder}/guard.db") as database:
            audit = SqlAudit(database, keys.signing_key)
            writes = [
                audit.record(
                    event, Principal("user_1", tenant, ()), {"request_id": request, "scores": scores, "entities": found}
                )
                for event, tenant, request, scores, found in records
            ]
            await database.write(*writes)
            yield Search(database)


async def walked(search: Search, filters: Filters, limit: int, tenant: str | None) -> tuple[list[Page], list[Page]]:
    """All pages downward from the newest, and all upward from the oldest."""
    tenants = None if tenant is None else frozenset({tenant})
    down = [await search.page(filters, limit=limit, tenants=tenants)]
    while down[-1].older is not None:
        down.append(await search.page(filters, limit=limit, tenants=tenants, before=down[-1].older))
    up = [await search.page(filters, limit=limit, tenants=tenants, after=-1)]
    while up[-1].newer is not None:
        up.append(await search.page(filters, limit=limit, tenants=tenants, after=up[-1].newer))
    return down, up


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_every_match_is_on_one_page(seed: int) -> None:
    records, filters, limit, tenant, bounds = drawn(seed)
    expected = [
        index
        for index, (event, of, request, scores, found) in enumerate(records)
        if tenant in (None, of)
        and filters.event in (None, event)
        and filters.request_id in (None, request)
        and (filters.entity is None or filters.entity in found)
        and (filters.score is None or any(value >= filters.score for value in scores.values()))
    ]

    async def work() -> tuple[list[Page], list[Page]]:
        async with log(records) as search:
            return await walked(search, filters, limit, tenant)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", bounds[0])
        patch.setattr(module, "MOST_READ", bounds[0])
        patch.setattr(module, "_STEP", bounds[1])
        down, up = asyncio.run(work())
    assert [row.facts.index for page in down for row in page.rows] == expected[::-1]
    assert [row.facts.index for page in up for row in reversed(page.rows)] == expected
    assert all(len(page.rows) <= limit for page in (*down, *up))
    assert all(len(page.rows) == limit or page.is_partial for page in down[:-1])
