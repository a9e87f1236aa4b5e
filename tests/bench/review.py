"""How fast reviewers search: `python -m tests.bench.review [--records N] [--json]`.

Each figure is the median of a page of 50 on a log of N records (every request of about two), with the slowest beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from guard.audit.facts import Filters
from guard.audit.heads import head_path
from guard.audit.place import MOST, place_of
from guard.audit.record import Head
from guard.audit.search import Search
from guard.database import Database
from guard.policy import shipped
from guard.policy.snapshot import Snapshot
from guard.review.casting import Casting
from guard.tables import audit_records
from guard.tables import cases as cases_table
from tests.bench.history import START, STEP_MS, History

ROUNDS = 7


def searches(requests: int) -> dict[str, tuple[Filters, str | None]]:
    """Searches by name: filters, and the tenant that they are bound to."""
    middle = START + requests // 2 * STEP_MS
    return {
        "newest": (Filters(), None),
        "request": (Filters(request_id=f"req_{requests // 3:026d}"), None),
        "conversation": (Filters(conversation_id=f"conv_{77:026d}"), None),
        "conversation_of_tenant": (Filters(conversation_id=f"conv_{77:026d}"), "default"),
        "time": (Filters(since=middle, until=middle + 3_600_000), None),
        "decision": (Filters(decision="withheld"), None),
        "reason": (Filters(reason_id="withheld_toxicity"), None),
        "actor": (Filters(actor=f"usr_{7:026d}"), None),
        "decision_that_never_was": (Filters(decision="never"), None),
        "time_and_decision_that_never_was": (Filters(decision="never", since=middle), None),
        "entity": (Filters(entity="PERSON"), None),
        "score": (Filters(category="toxicity", score=900), None),
        "rule_that_never_was": (Filters(rule="never"), None),
        "tenant_that_never_was": (Filters(), "never"),
    }


async def measured(path: Path, requests: int) -> list[dict[str, Any]]:
    """The figures."""
    figures = []
    key = Ed25519PrivateKey.generate()
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        async with database.read() as connection:
            (count,) = (await connection.execute(select(func.count()).select_from(audit_records))).one()
            query = select(audit_records.c.hash).where(audit_records.c.index == count - 1)
            digest = (await connection.execute(query)).scalar_one()
        head_path(path).write_bytes(Head(count, digest, START).sign(key))
        search = Search(database)

        async def figure(name: str, work: Any) -> None:
            times = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                result = await work()
                times.append((time.perf_counter() - begun) * 1000)
            figures.append({
                "name": f"review.{name}", "value": round(statistics.median(times), 1), "unit": "ms", "of": result,
                "beside": {"name": "slowest", "value": round(max(times), 1)},
            })  # fmt: skip

        for name, (filters, tenant) in searches(requests).items():

            async def one(filters: Filters = filters, tenant: str | None = tenant) -> str:
                page = await search.page(filters, tenants=None if tenant is None else frozenset({tenant}))
                return f"{len(page.rows)} rows of {page.looked_at} looked at{', partial' if page.is_partial else ''}"

            await figure(name, one)

        async def deep() -> str:
            return f"{len((await search.page(Filters(), before=count // 2)).rows)} rows"

        async def place() -> str:
            return f"{(await place_of(database, key.public_key(), max(0, count - MOST))).checked} records checked"

        async def cases() -> str:
            async with database.read() as connection:
                found = (await connection.execute(select(func.count()).select_from(cases_table))).scalar_one()
            return f"{found} cases"

        async def caught_up() -> str:
            await casting.catch_up()
            return await cases()

        casting, begun = Casting(database, 0.01, bytes(32)), time.perf_counter()
        while await casting.catch_up():
            pass
        figures.append({
            "name": "review.cases_of_the_whole_log", "value": round((time.perf_counter() - begun) * 1000, 1),
            "unit": "ms", "of": await cases(), "beside": {"name": "once", "value": 1},
        })  # fmt: skip
        await figure("cases_where_nothing_is_new", caught_up)
        await figure("page_in_the_middle", deep)
        await figure("place_in_the_log", place)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--database", type=Path, help="keep the database here, and take it if it is there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    requests = options.records * 10 // 18  # A request has 1.8 records, as these histories go.
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "guard.db"
        if not path.exists():
            History(Snapshot(shipped.load()), requests).build(path)
        figures = asyncio.run(measured(path, requests))
    if options.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for each in figures:
        print(f"{each['name']:42} {each['value']:>8} ms  (slowest {each['beside']['value']}; {each['of']})")


if __name__ == "__main__":
    main()
