"""Each record that matches becomes a case exactly once, however the log grows, whoever walks it and in whatever batches."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from guard.review.casting import Casting
from guard.tables import cases

KINDS = (
    ("chat.closed", "withheld"), ("chat.closed", "allow"), ("chat.refused", "blocked"), ("chat.refused", "deny"),
    ("chat.closed", "error"), ("chat.opened", "allow"), ("reveal.granted", "allow"), ("reveal.asked", "allow"),
)  # fmt: skip


async def grown(seed: int) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    """Expected and made (queue, record) of a log that grows while several processes walk it."""
    draw = random.Random(seed)
    expected: Counter[tuple[str, int]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        keys = LocalKeys.create(Path(folder) / "keys")
        async with Database(f"sqlite+aiosqlite:///{folder}/guard.db") as database:
            audit = SqlAudit(database, keys.signing_key)
            share = draw.choice([0.0, 0.5, 1.0])
            walkers = [Casting(database, share, bytes(32), step=draw.randint(1, 9)) for _ in range(3)]
            index = 0
            for _ in range(draw.randint(1, 6)):
                writes = []
                for _ in range(draw.randint(0, 12)):
                    (event, decision), tenant = draw.choice(KINDS), draw.choice(["default", "acme"])
                    fields = {"request_id": f"req_{index}", "decision": decision}
                    writes.append(audit.record(event, Principal("user_1", tenant, ()), fields))
                    expected.update((queue, index) for queue in walkers[0].queues(event, decision, f"req_{index}"))
                    index += 1
                walks = [walker.catch_up() for walker in draw.sample(walkers, draw.randint(0, 3))]
                await asyncio.gather(database.write(*writes), *walks)
            await asyncio.gather(*(walker.catch_up() for walker in walkers))
            async with database.read() as connection:
                rows = (await connection.execute(select(cases.c.queue, cases.c.record))).all()
    return expected, Counter((queue, record) for queue, record in rows)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_case_is_made_once_for_each_record(seed: int) -> None:
    expected, made = asyncio.run(grown(seed))
    assert made == expected
